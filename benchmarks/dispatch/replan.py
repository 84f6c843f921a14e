"""After people drop out: how many others move, and what the new plan costs against one from scratch.

    python -m benchmarks.dispatch.replan [--share 0.05] [--seconds 20] [--seeds 3] [--change 6]

The generated campaign at full size (see full_size). The first plan is the engine's; then a share of its people drops
out at random. The re-plan knows the running plan, with `--change` as the price of a change; the plan from scratch keeps
only the bases. Both are compared without the price of changes.
"""

import argparse
from dataclasses import replace

import numpy as np
import polars as pl

from benchmarks.dispatch.full_size import problem
from sijin.engines import dispatch


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--change", type=float, default=6.0)
    given = parser.parse_args()
    heads = "seed", "dropped out", "moved people", "new leaders", "moved sites", "moved / dropped out", "cost"
    print(f"| {' | '.join(heads)} | from scratch | more % |")
    print("|--|--|--|--|--|--|--|--|--|")
    for seed in range(given.seeds):
        posed = problem(seed)
        first = dispatch.plan(posed, time_limit=given.seconds, seed=seed)
        seats = list(first.members.select("official", "team", "role").iter_rows())
        dice = np.random.default_rng(seed)
        gone = set(dice.choice([name for name, *_ in seats], round(given.share * len(seats)), replace=False).tolist())
        running = dispatch.Previous(
            {name: team for name, team, _ in seats if name not in gone},
            dict(first.postings.select("site", "team").iter_rows()),
            {team: (lat, lon) for team, lat, lon in first.bases.select("team", "lat", "lon").iter_rows()},
            frozenset(name for name, _, role in seats if role == "leader" and name not in gone),
        )
        left = posed.table("officials").filter(~pl.col("official").is_in(list(gone)))
        fewer = replace(posed, officials=left, rules=replace(posed.rules, change=given.change))
        again = dispatch.plan(replace(fewer, previous=running), time_limit=given.seconds, seed=seed)
        scratch = dispatch.plan(
            replace(fewer, previous=dispatch.Previous(bases=running.bases)), time_limit=given.seconds, seed=seed
        )
        cost, fresh = again.cost - again.parts["changes"], scratch.cost
        moved = again.measures["moved_people"]
        print(
            f"| {seed} | {len(gone)} | {moved:.0f} | {again.measures['switched_leads']:.0f} | "
            f"{again.measures['moved_sites']:.0f} | {moved / len(gone):.2f} | {cost:,.1f} | {fresh:,.1f} | "
            f"{100 * (cost / fresh - 1):.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
