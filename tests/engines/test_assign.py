"""Generalised assignment: brute force agrees with every way of solving, bounds hold, stops and starts are honoured."""

import itertools
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sijin.engines import dispatch
from sijin.engines.dispatch import Band, Infeasible, dives, ejection, kernels, knapsacks
from sijin.engines.dispatch import pursuit as pursuing
from sijin.engines.dispatch.assignment import Clock, Posed
from sijin.engines.dispatch.dice import seeded
from sijin.engines.dispatch.relaxation import relax


@pytest.fixture(scope="module", autouse=True)
def made() -> None:
    """Compile first, as the engine does: on a machine's first use that alone takes more than a search may here."""
    pursuing.warm()


def priced(cost, use, capacity, agent, overload_price=None, band=None) -> float:
    """Add up what an assignment costs; infinity when a hard rule is broken."""
    total, load, count = 0.0, [0.0] * len(capacity), [0] * len(capacity)
    for job, place in enumerate(agent):
        total += cost[job][place]
        load[place] += use[job][place]
        count[place] += 1
    for place, most in enumerate(capacity):
        over = max(load[place] - most, 0.0)
        if over > 1e-9:
            total += math.inf if overload_price is None else overload_price * over
        if band:
            total += band.price * (max(band.least - count[place], 0) + max(count[place] - band.most, 0))
    return total


def cheapest(cost, use, capacity, overload_price=None, band=None, fixed=None) -> float:
    """Try every assignment, or every one that gives job `fixed[0]` to agent `fixed[1]`."""
    jobs, agents = len(cost), len(capacity)
    choices = itertools.product(range(agents), repeat=jobs)
    return min(
        (
            priced(cost, use, capacity, choice, overload_price, band)
            for choice in choices
            if fixed is None or choice[fixed[0]] == fixed[1]
        ),
        default=math.inf,
    )


@st.composite
def problems(draw, *, forbidden: bool = True, whole: bool = False):
    """Draw costs, uses and capacities; some pairs forbidden; every job may go somewhere."""
    jobs, agents = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    size = jobs * agents
    number = st.integers(0, 20) if whole else st.one_of(st.integers(0, 20), st.floats(0, 20, width=16))
    cost = np.array(draw(st.lists(number, min_size=size, max_size=size)), float).reshape(jobs, agents)
    use = np.array(draw(st.lists(st.integers(0, 9), min_size=size, max_size=size)), float).reshape(jobs, agents)
    capacity = np.array(draw(st.lists(st.integers(0, 20), min_size=agents, max_size=agents)), float)
    if forbidden:
        for job in range(jobs):
            if agents > 1 and draw(st.booleans()):
                cost[job, draw(st.integers(0, agents - 1))] = np.inf
    return cost, use, capacity


bands = st.one_of(st.none(), st.builds(Band, st.integers(0, 1), st.integers(1, 3), st.sampled_from([0.5, 3.0, 30.0])))


@settings(max_examples=200, deadline=None)
@given(problems(), st.sampled_from([None, 0.5, 4.0, 50.0]), bands)
def test_small_problems_agree_with_brute_force(problem, price, band) -> None:
    best = cheapest(*problem, price, band)
    if math.isinf(best):
        with pytest.raises(Infeasible):
            dispatch.assign(*problem, time_limit=5, overload_price=price, band=band)
        return
    found = dispatch.assign(*problem, time_limit=5, overload_price=price, band=band)
    assert found.cost == pytest.approx(best, abs=1e-6) and found.bound == pytest.approx(best, abs=1e-4)
    assert found.cost == pytest.approx(priced(*problem, found.agent, price, band), abs=1e-6)


@settings(max_examples=150, deadline=None)
@given(problems(), bands, st.integers(0, 3))
def test_the_search_for_large_hard_problems_agrees_with_brute_force(problem, band, seed) -> None:
    best = cheapest(*problem, None, band)
    posed = hard(*problem, band)
    clock = Clock(time.monotonic(), 5.0, None)
    try:
        agent, bound = pursuing.pursue(posed, relax(posed, clock, seed), None, clock, seed)
    except Infeasible:
        assert math.isinf(best)
        return
    assert priced(*problem, agent, None, band) == pytest.approx(best, abs=1e-5)  # small programmes end at 1e-6 of it
    assert bound <= best + 1e-6 and best - bound <= 1e-6 * max(best, 1) + 1


def hard(cost, use, capacity, band=None) -> Posed:
    band, size = band or Band(0, len(cost), 0.0), np.ones(len(capacity))
    return Posed(cost, use, capacity, 1e4, True, band.least * size, band.most * size, band.price)


def soft(cost, use, capacity, price, band) -> Posed:
    size = np.ones(len(capacity))
    return Posed(cost, use, capacity, price, False, band.least * size, band.most * size, band.price)


@settings(max_examples=60, deadline=None)
@given(problems(whole=True))
def test_the_lagrangian_bound_holds_for_every_pair(problem) -> None:
    cost, use, capacity = problem
    allowed = np.isfinite(cost)
    dice = np.random.default_rng(0)
    prices = np.where(allowed, cost, 20.0).min(axis=1) + dice.integers(0, 9, len(cost))
    inside = np.where(allowed, use, 99).astype(np.int64)
    bound, forced = knapsacks.probe(cost, inside, capacity.astype(np.int64), prices)
    assert bound <= cheapest(*problem) + 1e-9
    for job, agent in itertools.product(range(len(cost)), range(len(capacity))):
        assert forced[job, agent] <= cheapest(*problem, fixed=(job, agent)) + 1e-9


@settings(max_examples=60, deadline=None)
@given(problems(), st.sampled_from([None, 0.5, 4.0]), bands, st.integers(0, 9))
def test_chains_account_for_every_move(problem, price, band, seed) -> None:
    cost, _, _ = problem
    posed = hard(*problem, band) if price is None else soft(*problem, price, band or Band(0, 9, 0.0))
    clock = Clock(time.monotonic(), 5.0, None)
    try:
        relaxed = relax(posed, clock, seed)
    except Infeasible:
        return
    start = np.argmin(cost, axis=1)
    before = priced(*problem, start, price, band)
    found = start.copy()
    value = ejection.search(
        posed.cost, relaxed.reduced, posed.use, dives.rules(posed, relaxed), dives.nearest(relaxed.reduced, 8),
        start.copy(), found, before, np.inf if price is None else price, np.arange(len(cost)), 200,
        np.array([1.0, 0.1]), np.array([0.3, 1.0]), seeded(seed),
    )  # fmt: skip
    assert value <= before
    if math.isfinite(value):
        assert value == pytest.approx(priced(*problem, found, price, band), abs=1e-6)
        assert value >= cheapest(*problem, price, band) - 1e-6


def correlated(jobs: int, agents: int, seed: int = 3):
    """Draw an instance of type d: what costs little takes much."""
    dice = np.random.default_rng(seed)
    use = dice.integers(1, 101, (jobs, agents)).astype(float)
    cost = 111 - use + dice.integers(-10, 11, (jobs, agents))
    return cost, use, np.floor(0.8 * use.sum(axis=0) / agents)


def test_a_hard_instance_comes_close_to_its_bound() -> None:
    problem = correlated(200, 25)
    found = dispatch.assign(*problem, time_limit=6, seed=1)
    assert priced(*problem, found.agent) == pytest.approx(found.cost)
    assert found.bound <= found.cost and found.gap < 0.01 and not found.over.any()
    costs = [cost for _, cost in found.trace]
    assert costs == sorted(costs, reverse=True) and costs[-1] == found.cost
    assert found.seconds < 7.5


def test_uses_that_are_not_whole_keep_their_capacities() -> None:
    cost, use, capacity = correlated(250, 25)
    problem = cost + 0.25, 0.0137 * use, 0.0137 * capacity
    found = dispatch.assign(*problem, time_limit=4)
    assert priced(*problem, found.agent) == pytest.approx(found.cost)
    assert found.bound <= found.cost + 1e-9 and found.gap < 0.01


def test_forbidden_pairs_stay_unused_beyond_small_problems() -> None:
    cost, use, capacity = correlated(150, 30)
    cost[np.random.default_rng(1).random(cost.shape) < 0.6] = np.inf
    cost[np.arange(150), np.arange(150) % 30] = 300.0
    found = dispatch.assign(cost, use, 1.3 * capacity, time_limit=3)
    assert math.isfinite(priced(cost, use, 1.3 * capacity, found.agent)) and found.gap < 0.02


def test_what_cannot_be_held_is_infeasible_at_once() -> None:
    cost, use, capacity = correlated(150, 30)
    began = time.monotonic()
    with pytest.raises(Infeasible, match="even in parts"):
        dispatch.assign(cost, use, 0.09 * capacity, time_limit=20)
    use[7] = 1e4
    with pytest.raises(Infeasible, match="job 7 fits into no agent"):
        dispatch.assign(cost, use, capacity, time_limit=20)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("price", [None, 5.0])
@pytest.mark.parametrize("size", [(60, 20), (160, 40)])
def test_true_from_progress_stops_with_the_best_so_far(price, size) -> None:
    problem = correlated(*size)
    told: list[tuple[int, int, str]] = []

    def stop(done: int, total: int, words: str) -> bool:
        told.append((done, total, words))
        return done > 1_500

    band = None if price is None else Band(2, 6, 20.0)
    found = dispatch.assign(*problem, time_limit=60, overload_price=price, band=band, progress=stop)
    assert found.seconds < 15 and told[0][1] == 60_000
    assert found.cost == pytest.approx(priced(*problem, found.agent, price, band))
    assert found.bound <= found.cost and found.gap < 0.1


@pytest.mark.parametrize("size", [(60, 20), (160, 40)])
def test_what_progress_raises_ends_the_search(size) -> None:
    def cancel(done: int, total: int, words: str) -> None:
        if done > 800:
            raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        dispatch.assign(*correlated(*size), time_limit=60, progress=cancel)
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("price", [None, 5.0])
def test_the_answer_is_never_worse_than_the_start(price) -> None:
    problem = correlated(160, 40)
    first = dispatch.assign(*problem, time_limit=3, overload_price=price)
    again = dispatch.assign(*problem, time_limit=0.5, overload_price=price, start=first.agent, seed=9)
    assert again.cost <= first.cost
    assert again.cost == pytest.approx(priced(*problem, again.agent, price))


def test_a_start_that_fits_nowhere_is_refused() -> None:
    problem = correlated(10, 3)
    with pytest.raises(ValueError, match="start must name one of 3 agents for each of 10 jobs"):
        dispatch.assign(*problem, start=[0] * 9)
    with pytest.raises(ValueError, match="start must name one of 3 agents"):
        dispatch.assign(*problem, start=[3] * 10)
    with pytest.raises(ValueError, match="use of job 4 is not finite"):
        dispatch.assign(problem[0], np.where(np.arange(10)[:, None] == 4, np.inf, problem[1]), problem[2])


def test_the_same_seed_gives_the_same_soft_answer() -> None:
    dice = np.random.default_rng(5)
    cost, use = dice.random((60, 12)), np.repeat(dice.random((60, 1)), 12, axis=1)
    asked = {"overload_price": 3.0, "band": Band(3, 8, 1.0), "time_limit": 20, "seed": 4}
    one, two = (dispatch.assign(cost, use, np.full(12, 3.0), **asked) for _ in range(2))
    assert (one.agent == two.agent).all() and one.cost == two.cost and one.gap < 1e-3


def test_a_dive_is_the_same_for_the_same_seed() -> None:
    problem = hard(*correlated(100, 50))
    answers = []
    for _ in range(2):
        clock = Clock(time.monotonic(), 1e6, None)
        relaxed = relax(problem, clock, 0)
        best = dives.Best(problem, clock, np.zeros(100, np.int64), -np.inf)
        diver = dives.Diver(problem, relaxed, dives.Scaled(problem, relaxed.reduced), relaxed.of_job.copy(), 7)
        for _ in range(5):
            diver.dive(best)
        answers.append((best.value, best.agent))
    assert math.isfinite(answers[0][0]) and answers[0][0] == answers[1][0]
    assert (answers[0][1] == answers[1][1]).all()


def test_a_failure_while_compiling_is_raised_to_the_caller(monkeypatch) -> None:
    monkeypatch.setattr(pursuing, "warm", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        kernels.Kernels().pursue()


def test_without_a_folder_for_the_cache_the_code_is_made_in_memory(monkeypatch) -> None:
    import numba

    from sijin.engines.dispatch.compiled import compiled

    real = numba.njit

    def refusing(**options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return real(**options)

    monkeypatch.setattr(numba, "njit", refusing)
    assert compiled(lambda x: x + 1)(2) == 3
