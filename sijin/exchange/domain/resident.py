"""The indexes that stay in the memory of a process: open offers and open needs of a campaign, followed row by row.

No broker: before every question the index asks the store for what was written since it last looked (one query on an
index of its own), and takes those rows in. See decision 0035. The ranking may be a moment old; what is shown, promised
and counted is read anew from the store by whoever asks.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any

from django.db.models import Count, IntegerField, Max, Q, Value
from django.utils import timezone

from sijin.dispatch.models import Campaign
from sijin.engines.complements import Finder, History
from sijin.exchange import market
from sijin.exchange.domain import kinds
from sijin.exchange.domain.pairs import COLUMNS, have, lack, placed
from sijin.exchange.models import Complement, Match, Offer
from sijin.ledger import semantic
from sijin.ledger.domain.reads import ENDED
from sijin.ledger.models import Event, Need

OVERLAP = timedelta(minutes=2)  # looked at again: a transaction may commit after a later one, clocks differ
EVENTS = 1_000  # as many events are looked at again, for the same reason
HISTORY = timedelta(minutes=5)  # how old what became of earlier matches may be
CHUNK = 5_000
Progress = Callable[[int, int], None]


class Resident(ABC):
    """One index that follows its rows; a question waits while another one brings it up to date."""

    def __init__(self, campaign: int) -> None:
        self.campaign = campaign
        self.lock = RLock()
        self.finder = market.finder()
        self.history_at: datetime | None = None
        self.told: set[tuple[str, str]] = set()
        self.built = False

    def current(self, progress: Progress | None = None) -> Finder:
        """Return the index as the store is now."""
        with self.lock:
            if not self.built or self.lost():
                self.finder, self.built = market.finder(), True
                self.build(progress)
            else:
                self.follow()
            if self.history_at is None or timezone.now() - self.history_at > HISTORY:
                self.history_at = timezone.now()
                self.finder.complete()
                told = histories(self.campaign)
                for provider, kind in {*self.told, *told}:
                    self.finder.tell(provider, kind, told.get((provider, kind), History()))
                self.told = set(told)
            return self.finder

    @abstractmethod
    def lost(self) -> bool:
        """Say whether rows are gone from the store: then everything is read anew."""

    @abstractmethod
    def build(self, progress: Progress | None = None) -> None:
        """Read everything."""

    @abstractmethod
    def follow(self) -> None:
        """Read what was written since."""


class Offers(Resident):
    """The open offers of a campaign; written rows are found by `Offer.touched`."""

    def __init__(self, campaign: int) -> None:
        super().__init__(campaign)
        self.seen: dict[int, datetime] = {}
        self.looked = datetime.min.replace(tzinfo=UTC)  # when it last looked, by this process's clock

    def lost(self) -> bool:
        """Say whether there are fewer rows than were seen."""
        return Offer.objects.filter(campaign=self.campaign).count() < len(self.seen)

    def build(self, progress: Progress | None = None) -> None:
        """Read every offer."""
        self.seen, self.looked = {}, timezone.now()
        self._take(Offer.objects.filter(campaign=self.campaign), progress)

    def follow(self) -> None:
        """Read the offers written since the last look."""
        rows = Offer.objects.filter(campaign=self.campaign)
        since, self.looked = self.looked - OVERLAP, timezone.now()
        if self.seen:
            late = rows.filter(touched__gte=since).values_list("pk", "touched")
            rows = rows.filter(pk__in=[pk for pk, touched in late if self.seen.get(pk) != touched])
        self._take(rows)

    def _take(self, rows: Any, progress: Progress | None = None) -> None:
        total = rows.count() if progress else 0
        columns = (*COLUMNS, "lat", "lon", "withdrawn_at", "touched")
        read = placed(rows).order_by("pk").values_list(*columns, named=True)
        for n, some in enumerate(_chunks(read.iterator(CHUNK))):
            self.seen.update((row.pk, row.touched) for row in some)
            is_open = [row.withdrawn_at is None and row.quantity > row.promised for row in some]
            self.finder.remove([row.pk for row, kept in zip(some, is_open, strict=True) if not kept])
            self.finder.add([have(row) for row, kept in zip(some, is_open, strict=True) if kept])
            if progress:
                progress(min((n + 1) * CHUNK, total), total)


class Needs(Resident):
    """The open needs of a campaign by what they lack; changed ones are found by the events of their chains."""

    def __init__(self, campaign: int) -> None:
        super().__init__(campaign)
        self.last = 0
        self.rows: dict[int, list[tuple[int, str]]] = {}

    def lost(self) -> bool:
        """Say whether events are gone: they never are, but in another store."""
        return (Event.objects.filter(need__campaign=self.campaign).aggregate(n=Max("pk"))["n"] or 0) < self.last

    def build(self, progress: Progress | None = None) -> None:
        """Read every open need."""
        self.last, self.rows = 0, {}
        self.follow(everything=True)

    def follow(self, everything: bool = False) -> None:
        """Read the needs whose chains have grown since."""
        rows = Event.objects.filter(need__campaign=self.campaign)
        last = rows.aggregate(n=Max("pk"))["n"] or 0
        if not everything and last == self.last:
            return
        changed = Need.objects.filter(campaign=self.campaign)
        if not everything:
            keys = set(rows.filter(pk__gt=self.last - EVENTS).values_list("need", flat=True))
            self.finder.remove([key for pk in keys for key in self.rows.pop(pk, [])])
            changed = changed.filter(pk__in=keys)
        self.last = last
        for some in _chunks(open_needs(changed).iterator(CHUNK)):
            found = [one for need in some for one in lacks(need)]
            self.finder.add(found)
            for one in found:
                self.rows.setdefault(one.key[0], []).append(one.key)


_held: dict[tuple[type[Resident], int], Resident] = {}
_guard = RLock()


def offers(campaign: Campaign) -> Offers:
    """Return the process's index of the open offers of `campaign`."""
    return _of(Offers, campaign.pk)


def needs(campaign: Campaign) -> Needs:
    """Return the process's index of the open needs of `campaign`."""
    return _of(Needs, campaign.pk)


def prepare(campaign: Campaign) -> int:
    """Compute the vectors that open offers and needs of `campaign` lack, where there is an embedding; return how many.

    Every process finds them a few minutes later.
    """
    known = semantic.current()
    before = known.count() if known else 0
    for index in (offers(campaign), needs(campaign)):
        index.current().complete(wait=True)
    return known.count() - before if known else 0


def is_large(campaign: int, few: int) -> bool:
    """Say whether the process keeps an index of more than `few` offers of `campaign` already."""
    held = _held.get((Offers, campaign))
    return held is not None and len(held.finder) > few


def _of(what: type[Any], campaign: int) -> Any:
    with _guard:
        return _held.setdefault((what, campaign), what(campaign))


def open_needs(rows: Any) -> Any:
    """Narrow needs to those that are open, with what `lacks` reads."""
    return (
        rows.exclude(state__in=(*ENDED, Need.State.PARKED))
        .select_related("site")
        .prefetch_related("items")
        .order_by("pk")
    )


def lacks(need: Need) -> list[Any]:
    """Return what `need` lacks as rows of an index: one a kind; of several items of a kind, the first."""
    stated = list(need.items.all())
    if not stated:
        return [lack(need, kind, None) for kind in kinds.asked(f"{need.title}{need.text}", need.category)]
    found = {}
    for item in stated:
        item.left = item.quantity - item.received
        if item.left > 0:
            found.setdefault(item.kind, lack(need, item.kind, item))
    return list(found.values())


def histories(campaign: int) -> dict[tuple[str, str], History]:
    """Return what became of earlier matches by (provider, kind): clerks' words and receipts (one query)."""
    V, named, none = Complement.Verdict, ("offer__provider", "offer__kind"), Value(0, IntegerField())
    said = (
        Complement.objects.filter(offer__campaign=campaign)
        .order_by()
        .values(*named)
        .annotate(
            yes=Count("pk", filter=Q(verdict=V.ACCEPTED)),
            no=Count("pk", filter=Q(verdict=V.REFUSED, reason__in=kinds.against_provider())),
            arrived=none,
        )
        .filter(Q(yes__gt=0) | Q(no__gt=0))
    )
    done = (
        Match.objects.filter(offer__campaign=campaign, state=Match.State.CONFIRMED)
        .order_by()
        .values(*named)
        .annotate(yes=none, no=none, arrived=Count("pk"))
    )
    found: dict[tuple[str, str], History] = {}
    columns = (*named, "yes", "no", "arrived")
    for provider, kind, *counts in said.values_list(*columns).union(done.values_list(*columns), all=True):
        old = found.get((provider, kind), History())
        sums = [one + more for one, more in zip((old.accepted, old.failed, old.delivered), counts, strict=True)]
        found[provider, kind] = History(accepted=sums[0], failed=sums[1], delivered=sums[2])
    return found


def _chunks(rows: Iterable[Any]) -> Iterator[list[Any]]:
    some: list[Any] = []
    for row in rows:
        some.append(row)
        if len(some) == CHUNK:
            yield some
            some = []
    if some:
        yield some
