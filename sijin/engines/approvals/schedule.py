"""The plan of a portfolio: all projects over shared desks and crews, as short as can be found, with its proof.

Takes tables of tasks, arcs and capacities; gives a start for each task, a bound, what decided each start, and what one
more unit of each resource brings. Costs: makespan + weight × days late + price × tasks moved from an earlier plan.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from sijin.engines.approvals import bound as bounds
from sijin.engines.approvals import lateness, richer
from sijin.engines.approvals.chain import chain, decided
from sijin.engines.approvals.islands import Islands
from sijin.engines.approvals.portfolio import Ints, Portfolio, read
from sijin.engines.approvals.problem import ApprovalError
from sijin.engines.approvals.replan import Replan, softened
from sijin.engines.faults import Table

if TYPE_CHECKING:
    from sijin.engines.approvals.exact import Intervals, Proof

Progress = Callable[[int, int, str], bool | None]
SMALL = 30  # tasks: the model of intervals is asked first
MIDDLE = 300  # tasks: up to here it gets a core for a while
ALONE = 0.3  # of the time in which both cores breed before that
PATIENCE = 0.2  # of the time without a better plan until it gives the core back
FREE = 0.2  # of the time for a plan bred without the earlier one, whose order is tried with it
BRED = 0.7  # the same where there is no earlier plan and the locks alone are to be kept
TICK = 0.3  # seconds between two looks at whether somebody stops it
LARGE = 5_000  # tasks: from here on it is not asked at all
PARTS = 1_000  # of a cost that are told apart


@dataclass(frozen=True)
class Schedule:
    """A plan of a portfolio.

    ``start`` (task, start, finish, decided_by, by, behind, why): when each task begins and what kept it from beginning
    earlier (predecessor, resource, release, lock, previous or nothing); ``behind`` is the task that it waits for, or
    that makes room for it at the resource. ``cost`` = ``makespan`` + ``tardiness`` (weight × days
    late) + price × ``moved``; ``bound`` is proven for the cost, ``gap`` is relative (0.01 = 1 %). ``chain`` (task,
    start, finish, decided_by, by): the tasks that decide the makespan, from the first to the last. ``more`` (resource,
    amount, brings, at_most, saves, saves_at_most): days of makespan that one more unit brings as found, and at most as
    proven; the same of makespan + weight × days late. ``why`` says in words what the plan hangs on.
    """

    start: pl.DataFrame
    makespan: int
    cost: float
    bound: float
    gap: float
    seconds: float
    why: str
    tardiness: float
    moved: int
    chain: pl.DataFrame = field(repr=False)
    more: pl.DataFrame = field(repr=False)


def schedule(
    tasks: Table,
    arcs: Table,
    capacity: Table,
    *,
    time_limit: float = 30.0,
    seed: int = 0,
    progress: Progress | None = None,
    previous: Table | None = None,
    locks: Table | None = None,
    price: float = 1.0,
    more: bool = True,
) -> Schedule:
    """Plan all tasks.

    Parameters
    ----------
    tasks : task, duration (whole days), a column of each resource's name with the demand (missing or empty: 0), and
        optionally project, release (first day it may begin), due (day by which it should be over: the finish, counted
        from 0), weight (of a day late; 1).
    arcs : before, after, optionally lag (days between finish and start).
    capacity : resource, amount; or a mapping of names to amounts.
    time_limit : seconds; two threads search.
    progress : called with (done, 100, words); return True to stop with the best plan so far.
    previous : task, start: a plan that is kept where it can be, each task moved costs `price`.
    locks : task, start: starts that stay.
    more : whether to look for what one more unit of each resource brings; takes a tenth of the time.

    Raises
    ------
    ApprovalError
        Naming the table, row and field; tasks that wait for each other; locks that no plan can keep.
    """
    began = time.monotonic()
    posed = read(tasks, arcs, capacity, previous, locks)
    search = _Search(posed, began, time_limit * (0.9 if more else 1.0), seed, progress, price)
    search.run()
    return search.result(search.more(began + time_limit if more and not search.stopped else 0.0), began)


class _Search:
    """The best plan so far, its bound, and the clock."""

    def __init__(
        self, posed: Portfolio, began: float, limit: float, seed: int, progress: Progress | None, price: float
    ) -> None:
        self.posed, self.began, self.limit, self.seed, self._progress = posed, began, limit, seed, progress
        self.weight = np.rint(posed.weight * PARTS).astype(np.int64) if posed.late_costs else np.zeros(0, np.int64)
        self.price = round(price * PARTS) if (posed.previous >= 0).any() else 0
        whole = not (self.weight % PARTS).any() and not self.price % PARTS
        self.scale = 1 if whole else PARTS
        self.weight = self.weight // (PARTS // self.scale)
        self.price //= PARTS // self.scale
        self.start: Ints | None = None
        self.cost = 2**62
        self.shortest = bounds.makespan(posed)
        self.bound = self.scale * self.shortest + (lateness.least(posed, self.weight) if len(self.weight) else 0)
        self.impossible = self.stopped = False

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.limit - (time.monotonic() - self.began)

    def priced(self, start: Ints) -> int:
        """Return the cost of a plan, in parts."""
        posed = self.posed
        finish = start + posed.days
        cost = self.scale * int(finish.max())
        if len(self.weight):
            cost += int((self.weight * np.maximum(0, finish - posed.due) * (posed.due >= 0)).sum())
        return cost + self.price * int(((posed.previous >= 0) & (start != posed.previous)).sum())

    def offer(self, start: Ints | None) -> bool:
        """Keep a plan if it is the best; return whether to stop."""
        if start is not None and self.priced(start) < self.cost:
            self.start, self.cost = start, self.priced(start)
        if self._progress is not None and not self.stopped:
            share = min(1.0, 1.0 - self.left / max(self.limit, 1e-9))
            found = "no plan yet" if self.start is None else f"cost {self.cost / self.scale:g}"
            words = f"{found}, bound {self.bound / self.scale:g}"
            self.stopped = self._progress(int(100 * share), 100, words) is True
        return self.stopped or self.cost <= self.bound

    def run(self) -> None:
        """Search until the proof, the clock or a stop."""
        posed = self.posed
        if (posed.locked >= 0).any() or (posed.previous >= 0).any():
            self.replan()
        else:
            if len(posed.days) <= SMALL:
                self.prove(self.left / 2)
            if not self.done:
                self.evolve()
        if self.start is None:
            raise ApprovalError(
                "locks: there is no plan that keeps them all" if self.impossible
                else "locks: no plan that keeps them all was found in the time"
            )  # fmt: skip

    @property
    def done(self) -> bool:
        """Whether there is nothing more to do."""
        return self.stopped or self.impossible or self.left <= 0 or (self.start is not None and self.cost <= self.bound)

    def prove(self, seconds: float, workers: int = 2) -> None:
        """Ask the model of intervals."""
        most = (
            None if self.start is None or len(self.weight) or self.price else int((self.start + self.posed.days).max())
        )
        self.learn(self.intervals(most).solve(self.start, seconds, self.seed, workers, self.offer))

    def intervals(self, most: int | None) -> "Intervals":
        """Return the model of intervals."""
        from sijin.engines.approvals.exact import Intervals  # loads OR-Tools and pandas, half a second of every start

        return Intervals(self.posed, self.weight, self.scale, self.price, most)

    def learn(self, proof: "Proof") -> None:
        """Keep what the model of intervals found out."""
        self.impossible = proof.impossible
        if proof.start is not None:
            self.offer(proof.start)
        self.bound = max(self.bound, min(proof.bound, self.cost))

    def evolve(self) -> None:
        """Let the islands live; for a while the model of intervals has the core of one, longer if it succeeds."""
        islands = Islands(self.posed, self.weight, self.scale, self.seed)
        turn = self.left * (1 - ALONE) if len(self.posed.days) <= MIDDLE else 0.0
        islands.live(lambda start, cost: not (self.offer(start) or self.left <= turn))
        if not self.done:
            self._beside(islands)
        if not self.done:
            islands.live(lambda start, cost: not (self.offer(start) or self.left <= 0))

    def _beside(self, islands: Islands) -> None:
        """Let one island live beside the model of intervals, until that has found nothing for `PATIENCE`."""
        assert self.start is not None
        model = self.intervals(None if len(self.weight) else int((self.start + self.posed.days).max()))
        found: list[Ints] = []
        since = [self.left]

        def tell(start: Ints) -> bool:
            if self.priced(start) < self.cost:
                found.append(start)
                since[0] = self.left
            return self.done

        def go_on(start: Ints, cost: int) -> bool:
            stop = self.offer(found[-1] if found else start) or self.offer(start)
            return not (stop or self.left <= 0 or since[0] - self.left > PATIENCE * self.limit or thinking.done())

        with ThreadPoolExecutor(1) as pool:
            thinking = pool.submit(model.solve, self.start, self.left, self.seed, 1, tell)
            islands.live(go_on, only=1)
            model.stop()
            self.learn(thinking.result())
        islands.plant(self.start)

    def replan(self) -> None:
        """Repair the earlier plan, prove what can be proven, and go on trying."""
        planner, small = Replan(self.posed, self.seed), len(self.posed.days) <= SMALL
        orders = []
        if small:
            self.prove(self.left / 2)
        else:
            orders.append(self._unbound())
            self.offer(planner.placed(orders[0], self.posed.previous >= 0))  # whatever the clock says
        pause, told = 0.0 if small else self.left / 2, [self.left]

        def go_on(start: Ints | None) -> bool:
            if start is not None or told[0] - self.left > TICK:
                told[0] = self.left
                return not (self.offer(self.start if start is None else start) or self.left <= pause)
            return self.left > pause

        if not self.done:
            planner.climb(self.priced, go_on, self.start, orders)
        if not small and not self.done and len(self.posed.days) <= LARGE:
            self.prove(self.left * 0.8, 1 if self.start is None else 2)
        pause = 0.0
        if not small and not self.done:
            planner.climb(self.priced, go_on, self.start, orders)

    def _unbound(self) -> Ints:
        """Return a plan bred as if nothing had run before, each lock a day that nothing outweighs: an order to try."""
        posed, weight = softened(self.posed, self.weight, self.scale)
        islands = Islands(posed, weight, self.scale, self.seed)
        again = (self.posed.previous >= 0).any()
        until = self.left * (1 - (FREE if again else BRED))

        def go_on(start: Ints, cost: int) -> bool:
            return self.left > until and cost > self.bound and not self.offer(self.start)

        islands.live(go_on)
        return islands.best[0]

    def more(self, until: float) -> pl.DataFrame:
        """Return what one more unit of each resource brings."""
        assert self.start is not None
        return richer.more(self.posed, self.start, self.weight, self.scale, self.seed, until)

    def result(self, more: pl.DataFrame, began: float) -> Schedule:
        """Return the plan as tables."""
        assert self.start is not None
        posed, start = self.posed, self.start
        if not (posed.previous >= 0).any():
            none_stays = np.zeros(len(start), np.bool_)
            pushed = Replan(posed, self.seed).placed(start, none_stays)  # each as early as the others let it
            start = start if pushed is None else pushed
            self.cost = self.priced(start)
        finish = start + posed.days
        made = decided(posed, start)
        moved = int(((posed.previous >= 0) & (start != posed.previous)).sum())
        makespan = int(finish.max())
        cost, bound = self.cost / self.scale, min(self.bound, self.cost) / self.scale
        line = chain(made)
        return Schedule(
            start=made[np.argsort(posed.row)].drop("at", "by_at"),
            makespan=makespan, cost=cost, bound=bound, gap=(cost - bound) / cost if cost else 0.0,
            seconds=time.monotonic() - began, why=_why(line, makespan, self.shortest, more),
            tardiness=cost - makespan - self.price * moved / self.scale, moved=moved, chain=line, more=more,
        )  # fmt: skip


def _why(line: pl.DataFrame, makespan: int, shortest: int, more: pl.DataFrame) -> str:
    """Say what the plan hangs on."""
    waits = line.filter(pl.col("decided_by") == "resource")["by"].value_counts(sort=True)
    words = [f"Over on day {makespan}; no plan is over before day {shortest}."]
    if len(waits):
        words.append(f"On the critical chain {len(line)} tasks; {waits['count'].sum()} wait for {waits['by'][0]}"
                     + (" and others." if len(waits) > 1 else "."))  # fmt: skip
    else:
        words.append(f"On the critical chain {len(line)} tasks, each for the one before: no desk holds it up.")
    best = more.filter(pl.col("brings") > 0).sort("brings", descending=True, maintain_order=True)
    if len(best):
        words.append(f"One more of {best['resource'][0]} brings {best['brings'][0]} days.")
    return " ".join(words)
