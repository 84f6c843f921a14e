"""Who needs a seat: promised workers who do not come by own means and have no seat on an approved plan.

A seat on a trip that has arrived keeps nobody from another one: whose worker is still only promised missed the bus.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.works.models import PickUp, Shuttle, ShuttleSeat, Worker

WANTS = Q(state=Worker.State.PROMISED, own_way=False)


def arrived(trip: str = "stop__trip__") -> Q:
    """Return the condition that the trip at the path `trip` has arrived by the clock of its campaign."""
    return Q(**{f"{trip}arrive_at__lte": Coalesce(f"{trip}shuttle__campaign__cutoff", Now())})


@dataclass
class Asked:
    """The demand of a day: people by pick-up place and by destination, and who named no place."""

    people: int = 0
    by_place: list[tuple[PickUp, int]] = field(default_factory=list)
    by_day: list[tuple[date | None, int]] = field(default_factory=list)
    sites: int = 0
    nowhere: list[Worker] = field(default_factory=list)


def needing(until: date | None = None) -> QuerySet[Worker]:
    """Return the workers who need a seat and whose site needs them by `until` (None: whenever)."""
    rows = Worker.objects.filter(WANTS).exclude(pk__in=holding().values("worker"))
    if until is not None:
        rows = rows.filter(Q(wanted_on=None) | Q(wanted_on__lte=until))
    return rows.select_related("pick_up", "site__county").order_by("site", "code")


def holding() -> QuerySet[ShuttleSeat]:
    """Return the seats of approved plans that are still to be ridden in: the trip has not arrived."""
    return ShuttleSeat.objects.filter(holds=True).exclude(arrived())


def elsewhere(shuttle: Shuttle) -> QuerySet[ShuttleSeat]:
    """Return the seats on other approved plans of people who are in this one."""
    there = shuttle.seats.exclude(state=ShuttleSeat.State.DROPPED).values("worker")
    return holding().filter(worker__in=there).exclude(shuttle=shuttle)


def asked(account: Account, until: date | None = None) -> Asked:
    """Return the demand that `account` sees (one query of workers)."""
    rows = list(needing(until).filter(pk__in=visible(account, Worker).values("pk")))
    placed = [worker for worker in rows if worker.pick_up is not None]
    places = Counter(worker.pick_up_id for worker in placed)
    found = {worker.pick_up_id: worker.pick_up for worker in placed}
    days = Counter(worker.wanted_on for worker in rows)
    return Asked(
        people=len(rows),
        by_place=[(found[pk], count) for pk, count in places.most_common() if found[pk] is not None],
        by_day=sorted(days.items(), key=lambda row: row[0] or date.min),
        sites=len({worker.site_id for worker in rows}),
        nowhere=[worker for worker in rows if worker.pick_up is None],
    )


def states(account: Account) -> list[tuple[str, str, int]]:
    """Return the columns of the page (state, word, workers): not reached, hesitant, promised, back."""
    counted = visible(account, Worker).order_by().values("state").annotate(n=Count("pk"))
    found = {row["state"]: row["n"] for row in counted}
    shown = (Worker.State.UNREACHED, Worker.State.HESITANT, Worker.State.PROMISED, Worker.State.BACK)
    return [(state.value, str(state.label), found.get(state.value, 0)) for state in shown]


def gone(shuttle: Shuttle) -> QuerySet[ShuttleSeat]:
    """Return the seats of a plan whose worker wants none any more: said no, has own means, is back, rides elsewhere.

    Who waits and has a seat on another approved plan is no news: the next change leaves them out by itself.
    """
    rows = shuttle.seats.exclude(state=ShuttleSeat.State.DROPPED).select_related("worker")
    wants = Q(worker__state=Worker.State.PROMISED, worker__own_way=False)
    both = Q(state=ShuttleSeat.State.RIDING, worker__in=elsewhere(shuttle).values("worker"))
    return rows.filter(~wants | both)


def new(shuttle: Shuttle) -> QuerySet[Worker]:
    """Return workers with a place who need a seat by the plan's day and are not in it, or dropped out of it before."""
    there = shuttle.seats.exclude(state=ShuttleSeat.State.DROPPED).values("worker")
    return needing(shuttle.wanted_until).exclude(pk__in=there).exclude(pick_up=None)


def with_places(workers: Iterable[Worker]) -> tuple[list[Worker], list[Worker]]:
    """Part workers into those with a place to board and those without."""
    rows = list(workers)
    return [w for w in rows if w.pick_up_id is not None], [w for w in rows if w.pick_up_id is None]
