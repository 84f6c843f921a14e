"""The portfolio plan against brute force, against a check written apart, and with every kind of bad input."""

from itertools import product

import numpy as np
import polars as pl
import pytest

from sijin.engines import approvals
from sijin.engines.approvals.problem import ApprovalError
from sijin.engines.approvals.schedule_check import cost, faults

CASES = 320


def drawn(seed):
    """Return a tiny random portfolio: tasks, arcs, capacity, and what is passed by name."""
    dice = np.random.default_rng(seed)
    n, kinds = int(dice.integers(2, 6)), int(dice.integers(0, 3))
    room = {f"desk {k}": int(dice.integers(1, 4)) for k in range(kinds)}
    tasks = pl.DataFrame({
        "task": [f"t{i}" for i in range(n)], "duration": dice.integers(0, 4, n),
        **{name: dice.integers(0, most + 1, n) for name, most in room.items()},
    })  # fmt: skip
    if dice.random() < 0.4:
        tasks = tasks.with_columns(release=pl.Series(dice.integers(0, 4, n)))
    if dice.random() < 0.4:
        due = [int(dice.integers(1, 7)) if dice.random() < 0.7 else None for _ in range(n)]
        tasks = tasks.with_columns(due=pl.Series(due, dtype=pl.Int64), weight=pl.Series(dice.choice([0.5, 1, 3], n)))
    shuffled = dice.permutation(n)
    pairs = [(i, j) for i in range(n) for j in range(i) if dice.random() < 0.3]
    arcs = pl.DataFrame(
        [(f"t{shuffled[j]}", f"t{shuffled[i]}", int(dice.choice([0, 0, 1, 2]))) for i, j in pairs],
        schema={"before": pl.String, "after": pl.String, "lag": pl.Int64}, orient="row",
    )  # fmt: skip
    named = {}
    if dice.random() < 0.35:
        some = dice.random(n) < 0.4
        named["locks"] = pl.DataFrame(
            {"task": tasks["task"].filter(some), "start": dice.integers(0, 7, int(some.sum()))}
        )
    if dice.random() < 0.35:
        named["previous"] = pl.DataFrame({"task": tasks["task"], "start": dice.integers(0, 7, n)})
        named["price"] = float(dice.choice([0.5, 1, 4]))
    return tasks, arcs, room, named


def cheapest(tasks, arcs, room, named):
    """Try starts day by day, depth first, each task in its turn; the least cost of any plan, None when there is none.

    No plan needs a day later than all that is asked for, laid end to end.
    """
    rows, price = tasks.to_dicts(), named.get("price", 0.0)
    locks = {row["task"]: row["start"] for row in named.get("locks", pl.DataFrame({"task": []})).to_dicts()}
    was = {row["task"]: row["start"] for row in named.get("previous", pl.DataFrame({"task": []})).to_dicts()}
    lags = arcs.to_dicts()
    last = max([*locks.values(), *was.values(), *(row.get("release") or 0 for row in rows)], default=0)
    last += sum(row["duration"] for row in rows) + sum(arc["lag"] for arc in lags)
    order, waits = [], {row["task"]: {a["before"] for a in lags if a["after"] == row["task"]} for row in rows}
    own = {row["task"]: row for row in rows}
    while waits:
        task = next(name for name, before in waits.items() if not before & waits.keys())
        order.append(task)
        del waits[task]
    used = {name: [0] * (last + 5) for name in room}
    best = [float("inf")]

    def go(k, when, makespan, late):
        if makespan + late >= best[0]:
            return
        if k == len(order):
            best[0] = makespan + late
            return
        row = own[order[k]]
        task, length = row["task"], row["duration"]
        early = max([row.get("release") or 0, *(when[a["before"]] + own[a["before"]]["duration"] + a["lag"]
                                                for a in lags if a["after"] == task)])  # fmt: skip
        days = [locks[task]] if task in locks else range(early, last + 1)
        for day in days:
            if day < early or day + length >= best[0]:
                continue
            if all(used[d][x] + row[d] <= room[d] for d, x in product(room, range(day, day + length))):
                for d, x in product(room, range(day, day + length)):
                    used[d][x] += row[d]
                extra = price * (task in was and was[task] != day)
                if row.get("due") is not None:
                    extra += row["weight"] * max(0, day + length - row["due"])
                go(k + 1, {**when, task: day}, max(makespan, day + length), late + extra)
                for d, x in product(room, range(day, day + length)):
                    used[d][x] -= row[d]

    go(0, {}, 0, 0.0)
    return None if best[0] == float("inf") else best[0]


@pytest.fixture(scope="module")
def solved():
    found = []
    for seed in range(CASES):
        tasks, arcs, room, named = drawn(seed)
        try:
            plan = approvals.schedule(tasks, arcs, room, time_limit=20, seed=seed, more=False, **named)
        except ApprovalError as error:
            plan = str(error)
        found.append((tasks, arcs, room, named, plan))
    return found


def test_brute_force_finds_nothing_cheaper(solved):
    refused = 0
    for seed, (tasks, arcs, room, named, plan) in enumerate(solved):
        best = cheapest(tasks, arcs, room, named)
        if isinstance(plan, str):
            assert best is None and plan.startswith("locks"), (seed, plan, best)
            refused += 1
            continue
        assert faults(tasks, arcs, room, plan.start, named.get("locks")) == [], seed
        paid = cost(tasks, plan.start, named.get("previous"), named.get("price", 0.0))
        assert plan.cost == pytest.approx(paid) and paid == pytest.approx(best), (seed, plan.cost, paid, best)
        assert plan.bound == pytest.approx(best) and plan.gap == pytest.approx(0)
    assert 10 < refused < CASES // 4
