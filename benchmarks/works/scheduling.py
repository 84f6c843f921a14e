"""The portfolio plan beside CP-SAT and PyJobShop: J120, MPLIB portfolios, and 202 projects over 12 desks.

    python -m benchmarks.works.scheduling FOLDER [--set j120 mplib desks --names 1 101 --ways ours cp-sat pyjobshop]

FOLDER has rcpsp/J120_*.txt (Patterson), mplib/*.txt and scheduling_bks.csv (best known makespans). Every plan, also
those of the peers, goes through the check that is written apart from the engine. Peers get the same time and two
workers in the same run; PyJobShop has no lags and gets no desks.

The desks are generated: 202 projects of 40 items, four stages of ten. An item takes 1 to 20 workdays (short ones are
the many), waits for one to three items before it in its own or the last stage, and for a tenth of them a lag of 1 to
5 days (publicity); it holds one case at one of 12 desks of capacity 2 to 8, desks of its stage more often; 7 % hold
two. A third of the projects is released in the first 60 days. Kind `even` draws desks by their capacity; `skewed` has
two desks that are asked twice as much; in `level` each desk gets the capacity that its work asks for.
"""

import argparse
import csv
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.results import keep
from sijin.engines import approvals
from sijin.engines.approvals.schedule_check import cost, faults

HARD = ("1", "101", "155", "355", "505", "201")
Tables = tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]


def patterson(text: str) -> Tables:
    """Read an instance of PSPLIB in Patterson's format."""
    numbers = iter(text.split())
    n, kinds = int(next(numbers)), int(next(numbers))
    room = [int(next(numbers)) for _ in range(kinds)]
    rows, arcs = [], []
    for i in range(n):
        rows.append([i, *(int(next(numbers)) for _ in range(1 + kinds))])
        arcs += [(i, int(next(numbers)) - 1) for _ in range(int(next(numbers)))]
    return _tables(rows, arcs, room)


def mplib(text: str) -> Tables:
    """Read a portfolio of MPLIB: projects one after the other, arcs as project:activity."""
    words = iter(text.split())
    projects, kinds = int(next(words)), int(next(words))
    room = [int(next(words)) for _ in range(kinds)]
    rows: list[list[int]] = []
    waits: list[tuple[int, str]] = []
    first = []
    for project in range(projects):
        first.append(len(rows))
        count, release = int(next(words)), int(next(words))
        for _ in range(kinds):
            next(words)  # whether the project uses the resource
        for _ in range(count):
            rows.append([len(rows), *(int(next(words)) for _ in range(1 + kinds)), project, release])
            waits += [(len(rows) - 1, next(words)) for _ in range(int(next(words)))]
    arcs = []
    for tail, word in waits:
        project, activity = map(int, word.split(":"))
        arcs.append((tail, first[project - 1] + activity - 1))
    return _tables(rows, arcs, room, "project", "release")


def _tables(rows: list[list[int]], arcs: list[tuple[int, int]], room: list[int], *more: str) -> Tables:
    names = [f"r{k}" for k in range(len(room))]
    return (
        pl.DataFrame(rows, schema=["task", "duration", *names, *more], orient="row"),
        pl.DataFrame(arcs, schema={"before": pl.Int64, "after": pl.Int64}, orient="row"),
        dict(zip(names, room, strict=True)),
    )


def desks(kind: str, seed: int, projects: int = 202, items: int = 40) -> Tables:
    """Return the generated portfolio."""
    dice = np.random.default_rng(seed)
    names = [f"desk {k}" for k in range(12)]
    room = dict(zip(names, map(int, dice.integers(2, 9, 12)), strict=True))
    share = np.array([*room.values()], float)
    if kind == "skewed":
        share[:2] *= 2
    rows: list[dict[str, Any]] = []
    arcs: list[tuple[int, int, int]] = []
    for project in range(projects):
        release = int(dice.integers(0, 60)) if dice.random() < 1 / 3 else 0
        for item in range(items):
            stage, at = item * 4 // items, len(rows)
            near = share * np.where(np.arange(12) % 4 == stage, 4.0, 1.0)
            held = dice.choice(12, 2 if dice.random() < 0.07 else 1, replace=False, p=near / near.sum())
            rows.append({
                "task": at, "project": project, "duration": min(20, 1 + int(dice.exponential(5))), "release": release,
                **{name: int(k in held) for k, name in enumerate(names)},
            })  # fmt: skip
            early = max(0, (stage - 1) * items // 4)
            for other in dice.choice(
                np.arange(early, item), min(item - early, int(dice.integers(1, 4))), replace=False
            ):
                lag = int(dice.integers(1, 6)) if dice.random() < 0.1 else 0
                arcs.append((at - item + int(other), at, lag))
    if kind == "level":
        work = [sum(row[name] * row["duration"] for row in rows) for name in names]
        room = {name: max(2, round(5 * 12 * done / sum(work))) for name, done in zip(names, work, strict=True)}
    return pl.DataFrame(rows), pl.DataFrame(arcs, schema=["before", "after", "lag"], orient="row"), room


def ours(tables: Tables, seconds: float, seed: int) -> tuple[pl.DataFrame, float]:
    """Plan by the engine; return starts and bound."""
    plan = approvals.schedule(*tables, time_limit=seconds, seed=seed, more=False)
    return plan.start, plan.bound


def cp_sat(tables: Tables, seconds: float, seed: int) -> tuple[pl.DataFrame, float]:
    """Plan by OR-Tools alone: intervals, cumulatives, two workers."""
    from ortools.sat.python import cp_model

    tasks, arcs, room = tables
    days, most = tasks["duration"].to_list(), int(tasks["duration"].sum() + 60 + 5 * len(arcs))
    release = tasks["release"].to_list() if "release" in tasks.columns else [0] * len(tasks)
    model = cp_model.CpModel()
    starts = [model.new_int_var(release[i], most, "") for i in range(len(days))]
    intervals = [model.new_fixed_size_interval_var(starts[i], days[i], "") for i in range(len(days))]
    for arc in arcs.iter_rows(named=True):
        model.add(starts[arc["after"]] >= starts[arc["before"]] + days[arc["before"]] + arc.get("lag", 0))
    for name, amount in room.items():
        users = [i for i, wanted in enumerate(tasks[name]) if wanted and days[i]]
        model.add_cumulative([intervals[i] for i in users], [tasks[name][i] for i in users], amount)
    end = model.new_int_var(0, most + 20, "")
    for i, day in enumerate(days):
        model.add(end >= starts[i] + day)
    model.minimize(end)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = seconds, 2
    solver.parameters.random_seed = seed
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return pl.DataFrame(), 0.0
    found = [solver.value(start) for start in starts]
    return pl.DataFrame({"task": tasks["task"], "start": found}), solver.best_objective_bound


def pyjobshop(tables: Tables, seconds: float, seed: int) -> tuple[pl.DataFrame, float]:
    """Plan by PyJobShop over CP-SAT, two workers; has no lags."""
    from pyjobshop import Model

    tasks, arcs, room = tables
    model = Model()
    resources = {name: model.add_renewable(capacity=amount) for name, amount in room.items()}
    made = []
    for row in tasks.iter_rows(named=True):
        made.append(model.add_task(earliest_start=row.get("release") or 0))
        used = [name for name in room if row[name]]
        model.add_mode(made[-1], [resources[name] for name in used], row["duration"], [row[name] for name in used])
    for arc in arcs.iter_rows(named=True):
        model.add_end_before_start(made[arc["before"]], made[arc["after"]])
    result = model.solve(time_limit=seconds, num_workers=2, display=False, random_seed=seed)
    found = [task.start for task in result.best.tasks]
    if len(found) < len(tasks):
        return pl.DataFrame(), 0.0
    return pl.DataFrame({"task": tasks["task"], "start": found}), float(result.lower_bound)


def instances(folder: Path, which: str, names: list[str]) -> dict[str, Tables]:
    """Return the instances of a set by name."""
    if which == "j120":
        return {f"J120_{name}": patterson((folder / f"rcpsp/J120_{name}.txt").read_text()) for name in names or HARD}
    if which == "mplib":
        paths = sorted((folder / "mplib").glob("*.txt"))
        return {path.stem: mplib(path.read_text()) for path in paths if not names or path.stem in names}
    kinds = [(kind, seed) for kind in ("even", "skewed", "level") for seed in (1, 2)]
    return {f"{kind}-{seed}": desks(kind, seed) for kind, seed in kinds if not names or f"{kind}-{seed}" in names}


def measure(
    found: dict[str, Tables], known: dict[str, int], ways: list[str], seconds: float, seed: int
) -> list[dict[str, Any]]:
    """Run everything; return a row for each plan."""
    rows = []
    for name, tables in found.items():
        for way in ways:
            began = time.monotonic()
            start, bound = WAYS[way](tables, seconds, seed)
            took = time.monotonic() - began
            wrong = faults(*tables, start) if len(start) else []
            assert not wrong, (way, name, wrong[:3])
            rows.append({
                "instance": name, "known": known.get(f"{name}.txt"), "way": way, "seed": seed, "seconds": seconds,
                "makespan": int(cost(tables[0], start)) if len(start) else None, "bound": int(bound),
                "took": round(took, 1),
            })  # fmt: skip
            print(rows[-1], flush=True)
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """Return makespans and gaps, to the best known where there is one, else to the best bound."""
    ways = [way for way in WAYS if any(row["way"] == way for row in rows)]
    lines = ["| instance | best known, or bound | " + " | ".join(ways) + " |", "|---|--:|" + "--:|" * len(ways)]
    gaps: dict[str, list[float]] = {way: [] for way in ways}
    for name in dict.fromkeys(row["instance"] for row in rows):
        own = {row["way"]: row for row in rows if row["instance"] == name}
        base = next(iter(own.values()))["known"] or max(row["bound"] for row in own.values())
        cells = []
        for way in ways:
            if way not in own or own[way]["makespan"] is None:
                cells.append("" if way not in own else "none found")
                continue
            gaps[way].append(100 * (own[way]["makespan"] / base - 1))
            cells.append(f"{own[way]['makespan']} ({gaps[way][-1]:+.2f} %, {own[way]['took']:.0f} s)")
        lines.append(f"| {name} | {base} | " + " | ".join(cells) + " |")
    lines.append("| mean | | " + " | ".join(f"{np.mean(gap):.2f} %" if gap else "" for gap in gaps.values()) + " |")
    return "\n".join(lines)


WAYS: dict[str, Callable[..., tuple[pl.DataFrame, float]]] = {"ours": ours, "cp-sat": cp_sat, "pyjobshop": pyjobshop}


def main() -> None:
    """Measure what was asked for."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("folder", type=Path)
    words.add_argument("--set", default="j120", choices=["j120", "mplib", "desks"])
    words.add_argument("--names", nargs="*", default=[], help="numbers of J120, names of the others")
    words.add_argument("--seconds", type=float, default=30)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--ways", nargs="*", default=["ours"], choices=list(WAYS))
    words.add_argument("--log", type=Path, help="a file of rows to add to")
    words.add_argument("--keep", action="store_true", help="write the table, of all rows in the log, into RESULTS.md")
    told = words.parse_args()
    known = {row["instance"]: int(row["bks"]) for row in csv.DictReader((told.folder / "scheduling_bks.csv").open())}
    rows = []
    if told.ways:
        ours(desks("even", 1, 2, 4), 1, 1)  # machine code is fetched before the clock runs
        rows = measure(instances(told.folder, told.set, told.names), known, told.ways, told.seconds, told.seed)
    if told.log:
        with told.log.open("a") as log:
            log.writelines(json.dumps(row) + "\n" for row in rows)
        rows = [json.loads(line) for line in told.log.read_text().splitlines()]
    print(table(rows))
    if told.keep:
        kinds = " ".join(way for way in WAYS if any(row["way"] == way for row in rows))
        keep(
            f"Scheduling: {told.set}",
            f"python -m benchmarks.works.scheduling FOLDER --set {told.set} --seconds {rows[0]['seconds']:g} "
            f"--seed {told.seed} --ways {kinds}", table(rows), Path(__file__).with_name("RESULTS.md"),
        )  # fmt: skip


if __name__ == "__main__":
    main()
