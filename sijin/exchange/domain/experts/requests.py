"""Expert requests: needs that ask for an expert by an item or by their words, each with its promise and who comes.

A need that only has a category in which experts help is none: the finder suggests experts for it, but nobody promised
one. Whoever was reserved elsewhere in the exchange counts as well: a match that was delivered is a visit.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from sijin.dispatch.models import Campaign
from sijin.exchange.domain import kinds
from sijin.exchange.domain.experts.promise import KEPT, LATE, OVER, RUNNING, Promise
from sijin.exchange.market import table
from sijin.exchange.models import ExpertVisit, Match
from sijin.ledger.domain.reads import ENDED
from sijin.ledger.models import Event, Need, NeedItem
from sijin.ledger.script import simplified
from sijin.people.models import Account
from sijin.people.policy import may, visible

KIND = "expert"


@dataclass(frozen=True)
class Coming:
    """Somebody who is to come, or came: named here (`visit`), or by a match of the exchange alone."""

    who: str
    expected: date | None
    came: date | None
    visit: ExpertVisit | None = None
    match: Match | None = None


@dataclass(frozen=True)
class Request:
    """A need that asks for an expert, its promise, who comes."""

    need: Need
    promise: Promise
    coming: list[Coming] = field(default_factory=list)

    @property
    def who(self) -> str:
        """Return everybody who comes, in one line."""
        return "、".join(one.who for one in self.coming)

    @property
    def order(self) -> tuple[Any, ...]:
        """Sort key: what is most over first, then what is due next; what was kept or has ended after, latest first."""
        if self.promise.state in RUNNING:
            return (0, self.promise.left, self.need.pk)
        return (1, -self.promise.asked.toordinal(), self.need.pk)


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to; empty values narrow nothing."""

    state: str = ""
    q: str = ""
    county: str = ""
    unnamed: bool = False  # nobody is named yet


def days() -> int:
    """Return within how many calendar days somebody is promised."""
    return int(table()["kinds"][KIND]["promise_days"])


def asking(account: Account, campaign: Campaign) -> QuerySet[Need]:
    """Return the needs that `account` sees and that ask for an expert."""
    items = NeedItem.objects.filter(need=OuterRef("pk"))
    said = Q(pk__in=[])
    for words in table()["kinds"][KIND]["asks"]:
        said |= Q(search__contains=words)
    rows = visible(account, Need).filter(campaign=campaign)
    return rows.filter(Q(Exists(items.filter(kind=KIND))) | (~Q(Exists(items)) & said) | Q(Exists(_live())))


def _live() -> QuerySet[ExpertVisit]:
    return ExpertVisit.objects.filter(need=OuterRef("pk"), withdrawn_at=None)


def requests(account: Account, campaign: Campaign, wanted: Filter | None = None) -> list[Request]:
    """Return the expert requests of the words and the county that `wanted` names, most urgent first (five queries)."""
    wanted = wanted or Filter()
    rows = asking(account, campaign)
    for word in simplified(wanted.q).split():
        rows = rows.filter(Q(search__icontains=word) | Q(number__icontains=word) | Q(site__name__icontains=word))
    if wanted.county:
        rows = rows.filter(site__county__code=wanted.county)
    return sorted(_filled(account, campaign, rows), key=lambda one: one.order)


def narrowed(found: Iterable[Request], wanted: Filter) -> list[Request]:
    """Return those of `found` in the state that `wanted` names, or for which nobody is named."""
    return [
        one
        for one in found
        if wanted.state in ("", one.promise.state)
        and (not wanted.unnamed or (not one.coming and one.promise.state in RUNNING))
    ]


def request_if_any(account: Account, need: Need, lacks: Collection[str]) -> Request | None:
    """Return `need` as a request when it is one and `account` may see who comes; no query where nothing speaks for it.

    `lacks` are kinds of which something is missing, as far as they are known.
    """
    spoken = KIND in lacks or KIND in kinds.asked(need.search, need.category)
    if not spoken or not may(account, "view", ExpertVisit):
        return None
    found = _filled(account, need.campaign, asking(account, need.campaign).filter(pk=need.pk))
    return found[0] if found else None


def request_of(account: Account, need: Need) -> Request:
    """Return one need as a request, whether or not its words ask for an expert (four queries)."""
    return _filled(account, need.campaign, visible(account, Need).filter(pk=need.pk))[0]


def _filled(account: Account, campaign: Campaign, rows: QuerySet[Need]) -> list[Request]:
    today = timezone.localtime(campaign.now()).date()
    visits = ExpertVisit.objects.filter(withdrawn_at=None).select_related("match")
    needs = list(
        rows.select_related("site__county", "site__town", "lead_unit", "team").prefetch_related(
            Prefetch("expert_visits", visits, to_attr="experts")
        )
    )
    matched = _matched(need.pk for need in needs)
    made = []
    for need in needs:
        coming = [Coming(visit.expert, visit.expected_on, visit.came_on, visit, visit.match) for visit in need.experts]
        coming += matched.get(need.pk, [])
        came = min((one.came for one in coming if one.came), default=None)
        asked = timezone.localtime(need.raised_at).date()
        made.append(Request(need, Promise(asked, days(), came, today, need.state in ENDED), coming))
    return made


def _matched(needs: Iterable[int]) -> dict[int, list[Coming]]:
    """Return who comes by a match alone, by need (two queries)."""
    gone = (Match.State.DELIVERED, Match.State.CONFIRMED)
    rows = list(
        Match.objects.filter(item__need__in=list(needs), offer__kind=KIND, expert_visit=None)
        .exclude(state=Match.State.RELEASED)
        .select_related("offer", "item")
        .order_by("made_at", "pk")
    )
    delivered = [match for match in rows if match.state in gone]
    came = _delivered({match.item.need_id for match in delivered}) if delivered else {}
    found: dict[int, list[Coming]] = defaultdict(list)
    for match in rows:
        who = f"{match.offer.provider} · {match.offer.item}"
        found[match.item.need_id].append(Coming(who, None, came.get(match.pk), match=match))
    return found


def _delivered(needs: set[int]) -> dict[int, date]:
    """Return on which day each match of these needs was delivered, out of their chains."""
    rows = Event.objects.filter(need__in=needs, verb="match", change__step="deliver").values_list("change", "at")
    return {change["match"]: timezone.localtime(at).date() for change, at in rows if "match" in change}


def counted(found: Iterable[Request]) -> dict[str, int]:
    """Return how many requests stand in each state, how many were visited, and by how many the promise was kept."""
    counts: dict[str, int] = defaultdict(int)
    for one in found:
        counts[one.promise.state] += 1
        counts["all"] += 1
        counts["unnamed"] += one.promise.state in RUNNING and not one.coming
    counts["visited"] = counts[KEPT] + counts[LATE]
    counts["measured"] = counts["visited"] + counts[OVER]  # those of which it is known whether the promise was kept
    return counts


def expected_day(promise: Promise) -> date:
    """Return the day to propose for a visit: tomorrow, but not after the promise while it can still be kept."""
    tomorrow = promise.today + timedelta(days=1)
    return min(tomorrow, promise.due) if promise.today <= promise.due else tomorrow
