"""Reads of the contact log: the list, tallies by state and site, the curve of promises, what worries people."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from sijin.exchange.domain.employment.reads import masked, masked_number
from sijin.people.models import Account
from sijin.people.policy import visible, within
from sijin.places.models import Site
from sijin.works.domain.returning.contacts import last_reached
from sijin.works.models import Worker, WorkerContact

State = Worker.State
STATES = (State.UNREACHED, State.HESITANT, State.PROMISED, State.BACK, State.AWAY)  # in the order of the columns
MOST_DAYS = 400  # of the curve


@dataclass(frozen=True)
class Wanted:
    """What a list of workers is narrowed to; empty: everything."""

    q: str = ""
    site: int | None = None
    state: str = ""
    worry: str = ""
    placeless: bool = False

    @property
    def narrow(self) -> bool:
        """Say whether anything is asked for."""
        return any((self.q, self.site, self.state, self.worry, self.placeless))


@dataclass(frozen=True)
class Tally:
    """How many workers stand where: by state, in all, and those of them without a place to board."""

    states: dict[str, int]
    placeless: int

    @property
    def all(self) -> int:
        """How many there are."""
        return sum(self.states.values())


@dataclass(frozen=True)
class Day:
    """A day of the curve: first promises and returns so far."""

    day: date
    promised: int
    back: int


@dataclass(frozen=True)
class Weight:
    """What a worry holds back: those who hesitate over it, and how many of them had an answer but were not asked since.

    `moved` counts those with this worry once who promised afterwards.
    """

    worry: str
    words: str
    hesitant: int
    answered: int
    moved: int


def listed(account: Account, wanted: Wanted) -> QuerySet[Worker]:
    """Return the workers that `account` sees, with the worry of the last talk that reached them as `worry`."""
    rows = worried(visible(account, Worker)).select_related("site", "pick_up")
    if wanted.site:
        rows = rows.filter(site=wanted.site)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.worry:
        rows = rows.filter(worry=wanted.worry)
    if wanted.placeless:
        rows = rows.filter(PLACELESS)
    if q := wanted.q.strip():
        named = within(account, "name", Worker.objects.filter(Q(name__icontains=q) | Q(phone__contains=q)))
        fields = ("code", "post", "home", "pick_up__name", "pick_up__province", "site__name")
        found = Q(pk__in=named.values("pk"))
        for field in fields:
            found |= Q(**{f"{field}__icontains": q})
        rows = rows.filter(found)
    return rows.order_by(F("wanted_on").asc(nulls_last=True), "site", "code")


# Who is to be fetched, and nobody knows where.
PLACELESS = Q(pick_up=None, own_way=False) & ~Q(state__in=(State.BACK, State.AWAY))
REACHED = Q(taken_back_at=None) & ~Q(state=State.UNREACHED)


def worried(rows: QuerySet[Worker]) -> QuerySet[Worker]:
    """Give workers the worry of the last talk that reached them, empty where it named none."""
    last = WorkerContact.objects.filter(REACHED, worker=OuterRef("pk")).order_by("-at", "-pk")
    return rows.annotate(worry=Subquery(last.values("worry")[:1]))


def tally(account: Account, wanted: Wanted) -> Tally:
    """Count the workers that `account` sees by state (two queries)."""
    rows = listed(account, wanted).order_by()
    counts = dict(rows.values_list("state").annotate(n=Count("pk")))
    return Tally({state.value: counts.get(state.value, 0) for state in STATES}, rows.filter(PLACELESS).count())


def sites(account: Account) -> list[tuple[Site, Tally]]:
    """Return the sites that have workers, each with its tally (two queries), those with the most to do first."""
    rows = visible(account, Worker).order_by()
    counts: dict[int, Counter[str]] = {}
    without: Counter[int] = Counter()
    columns = rows.values_list("site", "state").annotate(n=Count("pk"), bare=Count("pk", filter=PLACELESS))
    for site, state, n, bare in columns:
        counts.setdefault(site, Counter())[state] += n
        without[site] += bare
    there = Site.objects.filter(pk__in=counts).select_related("county")
    found = [(site, Tally({s.value: counts[site.pk][s.value] for s in STATES}, without[site.pk])) for site in there]
    return sorted(found, key=lambda row: (-row[1].states["hesitant"] - row[1].states["unreached"], row[0].code))


def curve(account: Account, wanted: Wanted) -> list[Day]:
    """Return first promises and returns so far, for every day from the first to the last of them (one query).

    First promises are never taken away, so that neither count falls. What came before the last `MOST_DAYS` is
    counted in the first day that is shown.
    """
    rows = visible(account, Worker).filter(**{"site": wanted.site} if wanted.site else {})
    promised: Counter[date] = Counter()
    back: Counter[date] = Counter()
    for promise, arrival in rows.values_list("promised_on", "back_on"):
        promised.update([promise] if promise else [])
        back.update([arrival] if arrival else [])
    days = [*promised, *back]
    if not days:
        return []
    first = max(min(days), max(days) - timedelta(days=MOST_DAYS - 1))
    so_far = sum(n for day, n in promised.items() if day < first)
    there, found = sum(n for day, n in back.items() if day < first), []
    for n in range((max(days) - first).days + 1):
        day = first + timedelta(days=n)
        so_far, there = so_far + promised[day], there + back[day]
        found.append(Day(day, so_far, there))
    return found


def unplaced(account: Account) -> list[tuple[str, int]]:
    """Return the homes that lead to no place, with how many are to be fetched from each, the most first."""
    rows = visible(account, Worker).filter(PLACELESS).order_by()
    return sorted(rows.values_list("home").annotate(n=Count("pk")), key=lambda row: (-row[1], row[0]))


def worries(account: Account, wanted: Wanted) -> list[Weight]:
    """Return what worries the hesitant, the heaviest first (two queries)."""
    rows = visible(account, Worker).filter(**{"site": wanted.site} if wanted.site else {})
    hesitant: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    for log in logs(account, rows.filter(state=State.HESITANT)).values():
        if last := last_reached(log):
            hesitant[last.worry] += 1
            answered[last.worry] += bool(answer_since(log))
    came = rows.filter(state__in=(State.PROMISED, State.BACK))
    doubts = WorkerContact.objects.filter(taken_back_at=None, state=State.HESITANT, worker__in=came).exclude(worry="")
    counts = doubts.order_by().values_list("worry").annotate(n=Count("worker", distinct=True))
    moved = Counter(dict(counts))
    words = dict(WorkerContact.Worry.choices)
    keys = sorted({*hesitant, *moved}, key=lambda key: (-hesitant[key], -moved[key], key))
    return [Weight(key, str(words.get(key, "")), hesitant[key], answered[key], moved[key]) for key in keys]


def logs(account: Account, rows: QuerySet[Worker]) -> dict[int, list[Any]]:
    """Return what counts of the logs of workers, as light rows (one query)."""
    found: dict[int, list[Any]] = {}
    entries = visible(account, WorkerContact).filter(taken_back_at=None, worker__in=rows.order_by().values("pk"))
    fields = ("pk", "worker_id", "at", "state", "worry", "answer", "taken_back_at")
    for entry in entries.order_by("at", "pk").values_list(*fields, named=True):
        found.setdefault(entry.worker_id, []).append(entry)
    return found


def answer_since(log: Iterable[Any]) -> Any:
    """Return the answer to a worry that was sent after the last talk that reached them; None where there is none."""
    log = [entry for entry in log if entry.taken_back_at is None]
    last = last_reached(log)
    if last is None or not last.worry:
        return None
    later = [entry for entry in log if (entry.at, entry.pk) > (last.at, last.pk)]
    return next((one for one in reversed(later) if one.answer and one.worry == last.worry), None)


def opened(account: Account, rows: QuerySet[Worker]) -> QuerySet[Worker]:
    """Give workers `open`: whether `account` may read their names and numbers."""
    return rows.annotate(open=Exists(within(account, "name", Worker.objects.filter(pk=OuterRef("pk")))))


def named(account: Account, workers: Sequence[Any]) -> Sequence[Any]:
    """Give each worker `open`, and `shown` and `number`: name and telephone, or their masks (one query)."""
    rows = Worker.objects.filter(pk__in={worker.pk for worker in workers})
    open_to = set(within(account, "name", rows).values_list("pk", flat=True))
    for worker in workers:
        worker.open = worker.pk in open_to
        worker.shown, worker.number = shown(worker)
    return workers


def shown(worker: Any) -> tuple[str, str]:
    """Return name and telephone of a worker of `opened` or `named`, or their masks."""
    if worker.open:
        return worker.name, worker.phone
    return masked(worker.name), masked_number(worker.phone)
