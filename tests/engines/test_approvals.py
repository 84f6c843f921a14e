"""Approvals: brute force over all sets of promises, the checker, what blocks, and what is wrong by name."""

import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain, combinations

import pytest

from sijin.engines import approvals
from sijin.engines.approvals import ApprovalError, Arc, Pause, Project, Step
from sijin.engines.approvals.check import faults
from sijin.engines.approvals.choice import smallest_hitting_set
from sijin.engines.calendars import china

TODAY = date(2020, 3, 4)


def some_project(rng: random.Random, steps: int = 7) -> Project:
    """A random graph of at most `steps` steps with few enough relaxations to try all sets."""
    kinds = ["item"] * 4 + ["material", "gate"]
    made, arcs, free = [], [], 0
    for n in range(rng.randint(3, steps)):
        kind = rng.choice(kinds)
        days = 0 if kind == "gate" else rng.randint(0, 8)
        pauses = (Pause("publicity", rng.randint(1, 9), rng.random() < 0.5),) if rng.random() < 0.2 else ()
        earliest = TODAY + timedelta(days=rng.randint(0, 40)) if kind == "gate" or rng.random() < 0.1 else None
        done = TODAY - timedelta(days=rng.randint(0, 9)) if rng.random() < 0.1 else None
        begun = TODAY - timedelta(days=3) if done is None and rng.random() < 0.1 else None
        opined = TODAY - timedelta(days=1) if done is None and rng.random() < 0.1 else None
        made.append(
            Step(f"s{n}", kind=kind, days=days, pauses=pauses, convert=rng.randint(0, days), earliest=earliest,
                 done=done, begun=begun, opined=opined)
        )  # fmt: skip
        for u in range(n):
            if rng.random() < 0.5:
                wait = rng.choice(["hard", "deferrable", "simulable"]) if free < 7 else "hard"
                free += wait != "hard"
                arcs.append(Arc(f"s{u}", f"s{n}", wait, rng.choice([1, 1, 2])))
    return Project(tuple(made), tuple(arcs), made[-1].step, TODAY)


def relaxations(project: Project) -> list[tuple[str, str, int]]:
    """What may be promised or simulated: (before or nothing, after, how much it counts)."""
    open_ = {step.step for step in project.steps if step.done is None and step.begun is None and step.opined is None}
    papers = [(a.before, a.after, a.promise) for a in project.arcs if a.wait == "deferrable" and a.after in open_]
    first: dict[str, int] = {}
    for arc in project.arcs:
        if arc.wait == "simulable" and arc.after in open_:
            first.setdefault(arc.after, arc.promise)
    return papers + [("", after, weight) for after, weight in first.items()]


def earliest(project: Project, taken: set[tuple[str, str]]) -> date:
    """The target's day by raising days until no rule is broken: the rules again, in no order and without a net."""
    add, back = project.calendar.add_workdays, project.calendar.back
    steps = {step.step: step for step in project.steps}
    start = {n: s.begun or s.opined or max(s.earliest or TODAY, TODAY) for n, s in steps.items()}
    opinion = {n: s.done or s.opined or TODAY for n, s in steps.items()}
    finish = {n: s.done or TODAY for n, s in steps.items()}
    changed = True
    while changed:
        before = (dict(start), dict(opinion), dict(finish))
        for n, s in steps.items():
            if s.done:
                continue
            calm = sum(p.days for p in s.pauses if not p.workdays)
            work = s.days + sum(p.days for p in s.pauses if p.workdays)
            if s.opined is None:
                opinion[n] = max(opinion[n], add(start[n] + timedelta(days=calm), work))
            finish[n] = max(finish[n], opinion[n])
        for a in project.arcs:
            s = steps[a.after]
            if s.done:
                continue
            eased = s.underway or ((a.before, a.after) if a.wait == "deferrable" else ("", a.after)) in taken
            if (a.wait == "hard" and not s.underway) or not eased:
                start[a.after] = max(start[a.after], finish[a.before])
            elif a.wait == "simulable":
                finish[a.after] = max(finish[a.after], add(finish[a.before], s.convert))
                if not s.underway and steps[a.before].kind != "gate":
                    start[a.after] = max(start[a.after], opinion[a.before])
            else:
                finish[a.after] = max(finish[a.after], finish[a.before])
                if not s.underway:
                    start[a.after] = max(start[a.after], back(finish[a.before], s.days))
        changed = before != (start, opinion, finish)
    return finish[project.target]


def subsets(items):
    return chain.from_iterable(combinations(items, size) for size in range(len(items) + 1))


def test_brute_force_agrees_on_the_day_and_on_the_fewest_promises():
    rng = random.Random(5)
    helped = 0
    for _ in range(400):
        project = some_project(rng)
        found = approvals.timelines(project)
        best: dict[int, date] = {}
        for some in subsets(relaxations(project)):
            weight = sum(w for _, _, w in some)
            day = earliest(project, {(before, after) for before, after, _ in some})
            best[weight] = min(best.get(weight, day), day)
        frontier, day = [], None
        for weight in sorted(best):
            if day is None or best[weight] < day:
                day = best[weight]
                frontier.append((weight, day))
        assert list(found.frontier) == frontier
        assert found.parallel.target == frontier[0][1]
        assert found.relaxed.target == frontier[-1][1]
        for timeline in (found.parallel, found.relaxed):
            assert faults(project, timeline) == []
        assert all(promise.brings > 0 for promise in found.deferrals)  # none could be left out
        helped += len(frontier) > 1
    assert helped > 100


def test_switches_move_the_day_as_the_second_reading_of_the_rules_says():
    rng = random.Random(6)
    moved = 0
    for _ in range(250):
        project = some_project(rng)
        possible = [(before, after) for before, after, _ in relaxations(project)]
        taken = {one for one in possible if rng.random() < 0.5}
        found = approvals.switched(project, taken | {("s0", "nothing")})
        assert {(one.before, one.after) for one in found.switches} == set(possible)
        assert {(one.before, one.after) for one in found.switches if one.on} == taken
        assert found.timeline.target == earliest(project, taken)
        assert faults(project, found.timeline) == []
        for one in found.switches:
            other = earliest(project, taken ^ {(one.before, one.after)})
            days = sorted((other, found.timeline.target))
            assert one.brings == project.calendar.workdays_between(*days)
            moved += one.brings > 0
    assert moved > 50


def test_the_checker_refuses_what_is_too_early():
    project = Project(
        (Step("paper", kind="material", days=5), Step("permit", days=8)),
        (Arc("paper", "permit", "deferrable"),),
        "permit",
        TODAY,
    )
    good = approvals.timelines(project).relaxed
    permit = good.span("permit")
    assert permit.promised == ("paper",) and faults(project, good) == []
    for wrong in (
        replace(permit, promised=()),
        replace(permit, opinion=permit.opinion - timedelta(days=1)),
        replace(permit, due=TODAY),
        replace(permit, finish=TODAY),
    ):
        spans = tuple(wrong if span.step == "permit" else span for span in good.spans)
        assert faults(project, replace(good, spans=spans, target=wrong.finish))


def land_to_start() -> Project:
    """Nine items from filing to the start of works, with the days of a city that promises less than the law allows."""
    rows = [
        ("filing", 1, 1, 0), ("site", 1, 8, 2), ("eia", 1, 10, 0), ("land", 1, 0, 0), ("land-permit", 1, 10, 1),
        ("design", 2, 7, 0), ("plan-permit", 2, 15, 2), ("drawings", 3, 15, 0), ("start", 3, 5, 2),
    ]  # fmt: skip
    gate = china().add_workdays(TODAY, 31)
    steps = tuple(
        Step(name, kind="gate" if name == "land" else "item", stage=stage, days=days, convert=convert,
             earliest=gate if name == "land" else None, desk=f"desk of {name}")
        for name, stage, days, convert in rows
    )  # fmt: skip
    waits = [
        ("filing", "site", "hard"), ("filing", "eia", "hard"), ("site", "land", "hard"),
        ("land", "land-permit", "simulable"), ("land-permit", "plan-permit", "simulable"),
        ("site", "design", "hard"), ("design", "plan-permit", "hard"), ("design", "drawings", "hard"),
        ("plan-permit", "start", "simulable"), ("drawings", "start", "hard"), ("eia", "start", "hard"),
    ]  # fmt: skip
    return Project(steps, tuple(Arc(*row) for row in waits), "start", TODAY)


def test_start_is_the_land_contract_and_the_converted_steps():
    project = land_to_start()
    found = approvals.timelines(project)
    contract = found.relaxed.span("land").finish
    converted = sum(step.convert for step in project.steps if found.relaxed.span(step.step).simulated)
    assert (found.relaxed.workdays, converted) == (36, 5)
    assert found.relaxed.target == project.calendar.add_workdays(contract, converted)
    assert found.parallel.workdays == 61 and found.series.workdays > found.parallel.workdays
    assert {promise.after for promise in found.deferrals} == {"land-permit", "plan-permit", "start"}
    assert approvals.timelines(project, promises=1).relaxed.target == dict(found.frontier)[1]


def test_blocking_names_the_root_and_frees_exactly_what_waits_for_it_alone():
    project = land_to_start()
    steps = tuple(replace(step, blocked="no quota") if step.step == "filing" else step for step in project.steps)
    steps += (Step("hook", name="bridge", days=3), Step("later", days=1))
    arcs = (*project.arcs, Arc("hook", "later"), Arc("drawings", "later"))
    stuck = approvals.timelines(replace(project, steps=steps, arcs=arcs)).blocking
    assert stuck is not None
    assert (stuck.because, stuck.reason, stuck.ask) == ("filing", "no quota", "desk of filing")
    rest = {step.step for step in project.steps} - {"filing"}
    assert set(stuck.frees) == rest and set(stuck.downstream) == rest | {"later"}
    assert stuck.at == "site"
    freed = approvals.timelines(
        replace(project, steps=tuple(replace(s, done=TODAY) if s.step == "filing" else s for s in project.steps))
    )
    assert freed.blocking is not None and freed.blocking.because != "filing"


def test_a_circle_is_named_and_other_faults_name_row_and_field():
    steps = (Step("a", name="甲"), Step("b", name="乙"), Step("c"))
    circle = (Arc("a", "b"), Arc("b", "a"), Arc("a", "c"))
    with pytest.raises(ApprovalError, match=r"甲 → 乙 → 甲|乙 → 甲 → 乙"):
        approvals.timelines(Project(steps, circle, "c", TODAY))
    for project, words in (
        (Project((), (), "a", TODAY), "steps: expected at least one"),
        (Project(steps, (Arc("a", "x"),), "c", TODAY), "arcs, row 0, after: expected a step of the project, got 'x'"),
        (Project(steps, (), "x", TODAY), "target: expected one of the steps"),
        (Project((Step("a"), Step("a")), (), "a", TODAY), r"steps, row 1 \(a\), step: .* again"),
        (Project((Step("a", days=-1),), (), "a", TODAY), r"steps, row 0 \(a\), days"),
        (Project((Step("a", days=1, convert=2),), (), "a", TODAY), "convert: expected 0 to 1"),
        (Project((Step("a", desk="d"),), (), "a", TODAY, {"d": 0}), "desks, d: expected a capacity"),
        (Project(steps, (Arc("a", "b", "soft"),), "c", TODAY), "arcs, row 0, wait"),  # type: ignore[arg-type]
    ):
        with pytest.raises(ApprovalError, match=words):
            approvals.timelines(project)


def test_smallest_hitting_set_is_smallest():
    rng = random.Random(2)
    for _ in range(300):
        weights = [rng.randint(1, 4) for _ in range(6)]
        sets = [frozenset(rng.sample(range(6), rng.randint(1, 4))) for _ in range(rng.randint(0, 6))]
        found = smallest_hitting_set(sets, weights)
        assert all(one & found for one in sets)
        least = min(sum(weights[e] for e in some) for some in subsets(range(6)) if all(one & set(some) for one in sets))
        assert sum(weights[e] for e in found) == least
