"""The portfolio plan against brute force, against a check written apart, and with every kind of bad input."""

from itertools import product

import numpy as np
import polars as pl
import pytest

from sijin.engines import approvals
from sijin.engines.approvals import bound as bounds
from sijin.engines.approvals import lateness
from sijin.engines.approvals.islands import Islands
from sijin.engines.approvals.portfolio import read
from sijin.engines.approvals.problem import ApprovalError
from sijin.engines.approvals.replan import Replan
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


def plain(solved):
    """Yield what has no lock and no earlier plan, with its best cost."""
    for tasks, arcs, room, named, plan in solved:
        if not named:
            yield tasks, arcs, room, plan.cost


def starts(posed, start):
    return pl.DataFrame({"task": posed.names, "start": start})


def test_islands_find_the_best_of_the_tiny_ones_by_themselves(solved):
    tried = 0
    for tasks, arcs, room, best in plain(solved):
        posed = read(tasks, arcs, room)
        weight = (posed.weight * 2).astype(np.int64)
        islands = Islands(posed, weight, 2, seed=1)
        islands.live(lambda _, paid, best=best: paid > 2 * best, births=400)
        start, paid = islands.best
        assert paid == 2 * best == 2 * cost(tasks, starts(posed, start))
        assert faults(tasks, arcs, room, starts(posed, start)) == []
        tried += 1
    assert tried > 100


def test_the_bound_is_never_above_the_best(solved):
    tight = 0
    for tasks, arcs, room, _ in plain(solved):
        short = tasks.drop("due", "weight", strict=False)
        best, bound = cheapest(short, arcs, room, {}), bounds.makespan(read(short, arcs, room))
        assert bound <= best
        tight += bound == best
    assert tight > 60


def test_no_plan_is_less_late_than_its_bound(solved):
    tight = 0
    for tasks, arcs, room, best in plain(solved):
        posed = read(tasks, arcs, room)
        if posed.late_costs:
            weight = (posed.weight * 2).astype(np.int64)
            late = lateness.least(posed, weight) / 2
            alone = tasks.with_columns(weight=pl.col("weight") * 1000)
            assert bounds.makespan(posed) + late <= best
            assert 1000 * late <= cheapest(alone, arcs, room, {})
            tight += late > 0
    assert tight > 10


def test_windows_of_a_replan_reach_the_best_too(solved):
    reached, tried = 0, 0
    for tasks, arcs, room, named, plan in solved:
        if not named or isinstance(plan, str) or tried == 60:
            continue
        posed, price, rounds = (
            read(tasks, arcs, room, named.get("previous"), named.get("locks")),
            named.get("price", 0),
            [],
        )

        def paid(start, tasks=tasks, posed=posed, named=named, price=price):
            return cost(tasks, starts(posed, start), named.get("previous"), price)

        def wrong(start, tasks=tasks, arcs=arcs, room=room, posed=posed, named=named):
            return faults(tasks, arcs, room, starts(posed, start), named.get("locks"))

        found = [10**6]

        def go_on(start, rounds=rounds, found=found, paid=paid, wrong=wrong, best=plan.cost):
            rounds.append(1)
            if start is not None:
                assert wrong(start) == []
                found[0] = paid(start)
            return len(rounds) < 150 and found[0] > best

        Replan(posed, 1).climb(paid, go_on, None)
        assert found[0] >= plan.cost
        reached, tried = reached + (found[0] == plan.cost), tried + 1
    assert tried == 60 and reached > 50


def line(n, **more):
    """Return n tasks of two days, each with one case at the one clerk."""
    return pl.DataFrame({"task": [f"t{i}" for i in range(n)], "duration": [2] * n, "clerk": [1] * n, **more})


NO_ARCS = pl.DataFrame({"before": [], "after": []}, schema={"before": pl.String, "after": pl.String})


def test_a_desk_holds_up_and_one_more_clerk_brings_days():
    plan = approvals.schedule(line(6), NO_ARCS, {"clerk": 1}, time_limit=2)
    assert (plan.makespan, plan.bound, plan.gap) == (12, 12, 0)
    assert plan.more.rows() == [("clerk", 1, 6, 6, 6.0, 6.0)]
    assert plan.start.sort("start")["behind"].to_list()[1:] == plan.start.sort("start")["task"].to_list()[:-1]
    assert plan.chain["decided_by"].to_list() == ["nothing"] + ["resource"] * 5
    assert plan.chain["by"].to_list()[1:] == ["clerk"] * 5
    assert plan.why == (
        "Over on day 12; no plan is over before day 12. On the critical chain 6 tasks; 5 wait for clerk. "
        "One more of clerk brings 6 days."
    )


def test_one_more_unit_saves_what_brute_force_says_and_never_more_than_proven():
    asked = found = 0
    for seed in range(60):
        tasks, arcs, room, named = drawn(seed)
        if "previous" in named or not room:
            continue
        try:
            plan = approvals.schedule(tasks, arcs, room, time_limit=0.5, seed=seed, **named)
        except ApprovalError:
            continue
        for row in plan.more.iter_rows(named=True):
            saved = plan.cost - cheapest(tasks, arcs, {**room, row["resource"]: room[row["resource"]] + 1}, named)
            assert row["saves"] <= saved + 1e-6 and saved <= row["saves_at_most"] + 1e-6, (seed, row, saved)
            assert row["brings"] <= row["at_most"]
            asked, found = asked + 1, found + (abs(row["saves"] - saved) < 1e-6)
    assert asked > 25 and found == asked


@pytest.mark.parametrize("held", [False, True])
def test_one_desk_with_far_too_much_to_do_works_by_weight_for_a_day_of_work(held):
    dice = np.random.default_rng(3)
    days, weight = dice.integers(1, 9, 60), dice.integers(1, 20, 60).astype(float)
    tasks = line(60).with_columns(duration=pl.Series(days), due=pl.Series([0] * 60), weight=pl.Series(weight))
    locks = pl.DataFrame({"task": ["t7"], "start": [0]}) if held else None
    plan = approvals.schedule(tasks, NO_ARCS, {"clerk": 1}, time_limit=0.7, seed=1, locks=locks, more=False)
    order = sorted(range(60), key=lambda i: (not (held and i == 7), -weight[i] / days[i]))  # Smith 1956
    assert plan.cost == days.sum() + (weight[order] * np.cumsum(days[order])).sum()
    assert plan.bound == plan.cost if not held else plan.bound > 0.9 * plan.cost


def test_the_chain_follows_arcs_and_releases():
    tasks = line(3, release=[0, 3, 0])
    arcs = {"before": ["t1"], "after": ["t2"], "lag": [4]}
    plan = approvals.schedule(tasks, arcs, {"clerk": 1}, time_limit=2)
    assert plan.chain.rows() == [("t1", 3, 5, "release", ""), ("t2", 9, 11, "predecessor", "t1")]
    assert plan.start["start"].to_list()[1:] == [3, 9] and plan.makespan == 11


def test_a_replan_moves_as_little_as_it_can():
    tasks = line(40)
    first = approvals.schedule(tasks, NO_ARCS, {"clerk": 2}, time_limit=2, more=False)
    longer = tasks.with_columns(duration=pl.when(pl.col("task") == "t7").then(3).otherwise(2))
    again = approvals.schedule(longer, NO_ARCS, {"clerk": 2}, time_limit=1, more=False, previous=first.start, price=5)
    after = first.start.filter(pl.col("start") >= first.start["finish"][7]).height // 2
    assert faults(longer, NO_ARCS, {"clerk": 2}, again.start) == []
    assert again.moved <= min(after, 1) and again.cost == again.makespan + 5 * again.moved
    held = pl.DataFrame({"task": ["t3"], "start": [11]})
    kept = approvals.schedule(longer, NO_ARCS, {"clerk": 2}, time_limit=1, more=False, locks=held)
    assert kept.start["start"][3] == 11 and faults(longer, NO_ARCS, {"clerk": 2}, kept.start, held) == []


def larger(n):
    """Return a random portfolio of n tasks at two desks."""
    dice = np.random.default_rng(5)
    tasks = pl.DataFrame({"task": np.arange(n), "duration": dice.integers(1, 9, n), "a": dice.integers(0, 5, n),
                          "b": dice.integers(0, 5, n)})  # fmt: skip
    arcs = pl.DataFrame([(int(dice.integers(0, i)), i) for i in range(1, n)], schema=["before", "after"], orient="row")
    return tasks, arcs


def test_every_step_of_a_replan_is_a_plan():
    tasks, arcs = larger(90)
    room = {"a": 6, "b": 6}
    posed = read(tasks, arcs, room)
    was = starts(posed, Replan(posed, 1).placed(posed.heads(), np.zeros(90, np.bool_)))
    longer = tasks.with_columns(duration=pl.col("duration") + (pl.col("task") % 10 == 5) * 4)
    locks = was.filter(pl.col("task") % 10 == 9).with_columns(start=pl.col("start") + 40)
    for held in (None, locks):
        posed, paid, offered = read(longer, arcs, room, was, held), [], []

        def go_on(start, posed=posed, held=held, paid=paid, offered=offered):
            offered.append(1)
            if start is not None:
                assert faults(longer, arcs, room, starts(posed, start), held) == []
                paid.append(cost(longer, starts(posed, start), was, 5))
            return len(offered) < 500

        Replan(posed, 1).climb(lambda start, posed=posed: int(cost(longer, starts(posed, start), was, 5)), go_on, None)
        assert len(paid) > 2 and paid == sorted(paid, reverse=True) and paid[-1] < paid[0]


def test_a_key_below_nothing_does_not_overtake_what_stays():
    arcs = {"before": ["t0", "t1"], "after": ["t1", "t2"]}
    planner = Replan(read(line(3), arcs, {"clerk": 1}, {"task": ["t0"], "start": [3]}), 1)
    assert planner.placed(np.array([-5, -5, -5]), np.array([True, False, False])).tolist() == [3, 5, 7]


def test_same_seed_same_plan():
    tasks, arcs = larger(90)
    posed = read(tasks, arcs, {"a": 6, "b": 6})
    found = []
    for _ in range(2):
        islands, rounds = Islands(posed, np.zeros(0, np.int64), 1, seed=3), iter(range(10))
        islands.live(lambda _start, _cost, rounds=rounds: next(rounds) < 9, births=300)
        found.append(islands.best[0].tolist())
    assert found[0] == found[1]
    assert faults(tasks, arcs, {"a": 6, "b": 6}, starts(posed, np.array(found[0]))) == []


def test_many_resources_take_more_than_one_word():
    n, kinds = 12, 20
    tasks = pl.DataFrame({"task": range(n), "duration": [1 + i % 3 for i in range(n)],
                          **{f"r{k}": [1 + (i * k) % 90 for i in range(n)] for k in range(kinds)}})  # fmt: skip
    room, posed = {f"r{k}": 100 for k in range(kinds)}, None
    posed = read(tasks, NO_ARCS, room)
    islands, rounds = Islands(posed, np.zeros(0, np.int64), 1, seed=3), iter(range(10))
    assert islands.arrays.project[1].shape[1] > 1
    islands.live(lambda _start, _cost: next(rounds) < 3, births=300)
    start, makespan = islands.best
    assert faults(tasks, NO_ARCS, room, starts(posed, start)) == []
    assert makespan >= bounds.makespan(posed)


@pytest.mark.parametrize(
    ("tasks", "arcs", "room", "named", "words"),
    [
        (line(3), {"before": ["t0", "t1", "t2"], "after": ["t1", "t2", "t0"]}, {"clerk": 1}, {},
         "arcs: tasks wait for each other in a circle: t0 → t1 → t2 → t0"),
        (line(2), {"before": ["t0"], "after": ["t9"]}, {"clerk": 1}, {},
         "arcs, row 0, after: expected a task of the table, got 't9'"),
        (line(2), NO_ARCS, {"clerk": 0}, {}, "capacity, row 0 (clerk), amount: expected at least 1"),
        (line(2, notary=[1, 5]), NO_ARCS, {"clerk": 1, "notary": 3}, {},
         "tasks, row 1 (t1), notary: expected at most 3, all that there is, got 5"),
        (line(2).with_columns(duration=pl.Series([2, -1])), NO_ARCS, {"clerk": 1}, {},
         "tasks, row 1, duration: expected a whole number of 0 or more, got -1"),
        (line(2).with_columns(task=pl.lit("a")), NO_ARCS, {"clerk": 1}, {},
         "tasks, row 1, task: expected a name that no other row has, got 'a'"),
        (line(2).drop("duration"), NO_ARCS, {"clerk": 1}, {}, "tasks: expected a column duration"),
        (line(0), NO_ARCS, {"clerk": 1}, {}, "tasks: expected at least one row"),
        (line(2, weight=[1.0, -2.0]), NO_ARCS, {"clerk": 1}, {},
         "tasks, row 1, weight: expected a number of 0 or more, got -2.0"),
        (line(2), {"before": ["t0"], "after": ["t1"]}, {"clerk": 1}, {"locks": {"task": ["t1"], "start": [1]}},
         "locks, t1, start: expected 2 or later, what it waits for is not over before, got 1"),
        (line(2), NO_ARCS, {"clerk": 1}, {"locks": {"task": ["t0", "t1"], "start": [4, 5]}},
         "locks: together they need more of clerk on day 5 than the 1 of it"),
        (line(2), NO_ARCS, {"clerk": 1}, {"locks": {"task": ["t7"], "start": [4]}},
         "locks, row 0, task: expected a task of the table, got 't7'"),
        (line(2).with_columns(duration=pl.lit(10**9)), NO_ARCS, {"clerk": 1}, {},
         "tasks, duration: expected at most"),
    ],
)  # fmt: skip
def test_bad_input_is_named(tasks, arcs, room, named, words):
    with pytest.raises(ApprovalError) as error:
        approvals.schedule(tasks, arcs, room, time_limit=1, **named)
    assert str(error.value).startswith(words)
