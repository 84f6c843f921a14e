"""The formation under all its rules: the engine beside HiGHS and CP-SAT on the same programme, and a plot of the gap.

    python -m benchmarks.dispatch.formation [--officials 2400 --teams 490 --seconds 10 --seeds 5 --peers --plot FILE]

Generated: officials around their units, three wanted skills and a leader a team, a senior at least and two juniors at
most, 85 pairs together and 85 apart. Further rules: `--city-share 0.5` wants half city staff in each team (of 60 % in
all, so that their seats just suffice), `--unit-most 2` at most two people of a unit.
Every plan is priced by the independent checker. A peer gets the whole programme (the columns that the engine's sketch
opens) and the seconds that the engine had in all.
"""

import argparse
import time
from pathlib import Path
from statistics import mean

import numpy as np
import polars as pl
from numpy.random import Generator, default_rng
from ortools.sat.python import cp_model

from sijin.engines import dispatch, milp
from sijin.engines.dispatch import formation
from sijin.engines.dispatch.openings import begin
from sijin.engines.dispatch.relaxed import FIRST
from sijin.engines.dispatch.seats import Seating
from sijin.engines.dispatch.sketch import sketch
from sijin.engines.distances import kilometres

SKILLS = [f"skill{n}" for n in range(12)]


def problem(
    officials: int, teams: int, seed: int, unit_most: int | None = None, city_share: float = 0.0
) -> dispatch.Problem:
    """Return a generated campaign: teams with bases and wanted skills of their own, no sites."""
    dice = default_rng(seed)
    count, side = max(4, officials // 40), (officials / 2400) ** 0.5
    homes, units = _around(dice, count, side), dice.integers(0, count, officials)
    home = homes[units] + dice.normal(0, 0.05, (officials, 2))
    bases = _around(dice, teams, side)
    people = {
        "official": [f"p{n}" for n in range(officials)],
        "unit": [f"u{n}" for n in units],
        "level": dice.choice(["city", "county"], officials, p=[0.6, 0.4]),
        "lat": home[:, 0],
        "lon": home[:, 1],
        "skills": _drawn(dice, officials, [0, 1, 2], [0.2, 0.5, 0.3]),
        "can_lead": dice.random(officials) < 0.3,
        "grade": dice.choice(["senior", "", "junior"], officials, p=[0.3, 0.4, 0.3]),
    }
    wanted = {"team": [f"t{n}" for n in range(teams)], "lat": bases[:, 0], "lon": bases[:, 1],
              "skills": _drawn(dice, teams, [3], [1.0])}  # fmt: skip
    drawn = [f"p{n}" for n in dice.permutation(officials)]
    pairs = round(85 * officials / 2400)
    tied = [(drawn[2 * n], drawn[2 * n + 1]) for n in range(2 * pairs)]
    nothing = {"site": pl.Series([], dtype=pl.String), "door": [], "lat": [], "lon": []}
    rules = dispatch.Rules(senior_least=1, junior_most=2, unit_most=unit_most, city_share=city_share)
    return dispatch.Problem(people, nothing, wanted, rules, ties=dispatch.Ties(tied[:pairs], tied[pairs:]))


def _around(dice: Generator, count: int, side: float) -> np.ndarray:
    return np.c_[36.9 + 0.6 * side * dice.random(count), 121.5 + 1.2 * side * dice.random(count)]


def _drawn(dice: Generator, rows: int, counts: list[int], chance: list[float]) -> pl.Series:
    drawn = [list(dice.choice(SKILLS, dice.choice(counts, p=chance), replace=False)) for _ in range(rows)]
    return pl.Series(drawn, dtype=pl.List(pl.String))


def priced(posed: dispatch.Problem, found: dispatch.Plan) -> float:
    """Price every team of a plan as it stands; this is not the solver's own account."""
    people = {row["official"]: row for row in posed.table("officials").iter_rows(named=True)}
    teams = {row["team"]: row for row in posed.table("teams").iter_rows(named=True)}
    members: dict[str, list[dispatch.Person]] = {team: [] for team in teams}
    for name, team, role in found.members.select("official", "team", "role").iter_rows():
        own, base = people[name], teams[team]
        km = float(kilometres(own["lat"], own["lon"], base["lat"], base["lon"]))
        members[team].append(dispatch.Person(own["level"], frozenset(own["skills"]), role == "leader", km, own["unit"],
                                             own["grade"], name))  # fmt: skip
    total = posed.rules.unplaced * len(found.unplaced)
    sets = [set(group) for group in posed.ties.apart]
    for team, own in members.items():
        near = [group for group in sets if sum(person.name in group for person in own) > 1]
        total += sum(dispatch.price(own, [], posed.rules, skills=teams[team]["skills"], apart=near).values())
    where = dict(found.members.select("official", "team").iter_rows())
    assert all(where.get(one) == where.get(other) for one, other in posed.ties.together)
    return total


def peers(posed: dispatch.Problem, seconds: float) -> dict[str, float]:
    """Return what HiGHS and CP-SAT reach with the whole programme in `seconds` on two threads; inf for nothing."""
    teams = posed.table("teams")
    wanted = formation.demand(posed, np.empty(0, np.int64))
    built = Seating(posed, wanted, (teams["lat"].to_numpy(), teams["lon"].to_numpy()))
    drawn = sketch(built, 2.0)
    begin(built, drawn.party, drawn.rows, FIRST)
    whole = built.programme()
    answer = milp.solve(whole, time_limit=seconds, threads=2)
    return {"HiGHS": answer.objective if answer.feasible else float("inf"), "CP-SAT": _cp_sat(whole, seconds)}


def _cp_sat(programme: milp.Programme, seconds: float) -> float:
    model, scale = cp_model.CpModel(), 1000
    most = np.where(np.isfinite(programme.hi), programme.hi, 50).astype(int)
    columns = [model.new_int_var(0, int(hi), "") for hi in most]
    rows: dict[int, list[tuple[int, int]]] = {}
    for row, column, value in zip(programme.rows, programme.cols, programme.values, strict=True):
        rows.setdefault(int(row), []).append((int(column), int(value)))
    for row, entries in rows.items():
        total = sum(value * columns[column] for column, value in entries)
        lo, hi = programme.row_lo[row], programme.row_hi[row]
        model.add_linear_constraint(
            total, int(lo) if np.isfinite(lo) else -10_000, int(hi) if np.isfinite(hi) else 10_000
        )
    costs = np.round(scale * programme.cost).astype(int)
    model.minimize(sum(int(cost) * column for cost, column in zip(costs, columns, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = seconds, 2
    status = solver.solve(model)
    return solver.objective_value / scale if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else float("inf")


def plot(traces: list[tuple[tuple[float, float, float], ...]], path: Path) -> None:
    """Draw the gap over time, a line a seed, on a logarithmic scale from 0.1 % to 100 %."""
    width, height, left, top = 640, 320, 60, 20
    until = max(trace[-1][0] for trace in traces)

    def at(seconds: float, gap: float) -> str:
        y = top + (height - 60) * (2 - np.log10(max(100 * gap, 0.1))) / 3
        return f"{left + (width - 80) * seconds / until:.1f},{y:.1f}"

    lines = []
    for trace in traces:
        best = max(bound for *_, bound in trace)
        points = [at(s, (cost - best) / cost) for s, cost, _ in trace if np.isfinite(cost)]
        lines.append(f'<polyline fill="none" stroke="#b3282d" stroke-opacity=".7" points="{" ".join(points)}"/>')
    for gap in (1.0, 0.1, 0.01, 0.001):
        x, y = at(0, gap).split(",")
        lines.append(f'<line x1="{x}" x2="{width - 20}" y1="{y}" y2="{y}" stroke="#ddd"/>')
        lines.append(f'<text x="8" y="{y}">{gap:.1%}</text>')
    for seconds in range(0, int(until) + 1, max(1, int(until) // 6)):
        x = at(seconds, 0.001).split(",")[0]
        lines.append(f'<text x="{x}" y="{height - 12}">{seconds} s</text>')
    style = "<style>text{font:12px sans-serif;fill:#555}</style>"
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{style}{"".join(lines)}</svg>\n',
        encoding="utf-8",
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (("officials", 2400), ("teams", 490), ("seeds", 5)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--unit-most", type=int)
    parser.add_argument("--city-share", type=float, default=0.0)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    print("| seed | objective | bound | gap % | seconds | checker | HiGHS gap % | CP-SAT gap % |")
    print("|--|--|--|--|--|--|--|--|")
    gaps, traces = [], []
    for seed in range(given.seeds):
        posed = problem(given.officials, given.teams, seed, given.unit_most, given.city_share)
        began = time.monotonic()
        found = dispatch.plan(posed, time_limit=given.seconds, seed=seed)
        seconds = time.monotonic() - began
        agrees = abs(priced(posed, found) - found.cost) < 1e-3 * found.cost
        others = peers(posed, seconds) if given.peers else {}
        shown = [f"{100 * (1 - found.bound / cost):.2f}" for cost in others.values()] or ["", ""]
        print(f"| {seed} | {found.cost:,.1f} | {found.bound:,.1f} | {100 * found.gap:.2f} | {seconds:.1f} | "
              f"{'agrees' if agrees else 'DIFFERS'} | {shown[0]} | {shown[1]} |", flush=True)  # fmt: skip
        gaps.append(found.gap)
        traces.append(found.trace)
    print(f"\nmean gap {100 * mean(gaps):.2f} %")
    if given.plot:
        plot(traces, given.plot)


if __name__ == "__main__":
    main()
