"""What every page shows around its content: the tabs of the loop with what waits for the reader, and the campaign.

Costs two queries a page (three on the home of someone with something new to read), and none where a template does not
show the frame.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign, Posting, Team
from sijin.exchange.domain.reads import waiting_for as matches_waiting_for
from sijin.exchange.models import Match, Offer
from sijin.ledger.domain.reads import waiting_for
from sijin.ledger.models import Need
from sijin.people.models import Account, Job, Notice
from sijin.people.notices import unread, worded
from sijin.people.policy import may, visible
from sijin.visits.domain.rounds import LONG
from sijin.visits.models import Visit
from sijin.works.models import Project

NEWS = 2  # notices that the reader's home shows
AT_WORK = (Job.State.WAITING, Job.State.RUNNING)


@dataclass(frozen=True)
class Tab:
    """One room of the loop: `key` follows `g` on the keyboard, `count` is what waits there for the reader."""

    key: str
    glyph: str
    name: str
    url: str
    current: bool
    count: int


@dataclass(frozen=True)
class Shell:
    """The frame of one page for one reader."""

    account: Account
    campaign: Campaign | None
    tabs: list[Tab]
    jobs: int
    notices: int
    news: list[Notice]  # what is not read yet, on the reader's home
    accounts: bool
    searches: bool


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the frame; empty for strangers. Built when a template asks for it, once a request."""
    account = getattr(request, "user", None)
    if account is None or not account.is_authenticated:
        return {}
    if not hasattr(request, "shell"):
        request.shell = SimpleLazyObject(lambda: _build(request, account))
    return {"shell": request.shell}


def _build(request: HttpRequest, account: Account) -> Shell:
    path = request.path
    campaign = request.campaign if hasattr(request, "campaign") else visible(account, Campaign).first()
    counts = _counts(account, campaign)
    tabs = []
    for room, key, glyph, name, model in (  # the loop, in its order; a room is here when it works
        ("dispatch", "d", "派", _("Dispatch"), Team),
        ("visits", "v", "访", _("Visits"), Visit),
        ("ledger", "l", "账", _("Ledger"), Need),
        ("exchange", "x", "配", _("Exchange"), Match),
        ("works", "w", "办", _("Works"), Project),
        ("briefing", "b", "汇", _("Overview"), Need),
    ):
        if room == "works" and account.site_id:  # who stands for one site finds its project on that site's page
            continue
        if may(account, "view", model):
            url = home = reverse(f"{room}:home")
            below = reverse("works:sites") if room == "works" else home
            current = path == home or (room != "briefing" and path.startswith(below))
            if room == "exchange" and not may(account, "view", Offer):  # a firm has matches there, and no board
                url = reverse("exchange:matches")
            tabs.append(Tab(key, glyph, name, url, current, counts.get(room, 0)))
    searches = bool(tabs)
    if may(account, "create", Account):  # an administrator's own room stands below the loop
        url = reverse("people:accounts")
        tabs.append(Tab("a", "号", _("Accounts"), url, path.startswith(url), 0))
    at_home = path in (reverse("briefing:home"), reverse("visits:home"))
    news = _news(account) if counts["notices"] and at_home else []
    return Shell(
        account, campaign, tabs, counts["jobs"], counts["notices"], news, may(account, "view", Account), searches
    )


def _news(account: Account) -> list[Notice]:
    found = list(unread(account)[:NEWS])
    for notice in found:
        notice.words = worded(notice)
    return found


def _counts(account: Account, campaign: Campaign | None) -> dict[str, int]:
    """Return what waits for the account in each room, and its jobs at work, by one query."""
    at_work = visible(account, Job).filter(account=account, state__in=AT_WORK)
    waiting: dict[str, QuerySet] = {"jobs": at_work, "notices": unread(account)}
    if campaign:
        waiting["ledger"] = waiting_for(account)
        waiting["exchange"] = matches_waiting_for(account, campaign)
        if may(account, "record", Visit):
            since = campaign.now() - timedelta(days=LONG)  # a site without a visit for so long waits for its team
            lately = Visit.objects.filter(site=OuterRef("site"), at__gt=since)
            waiting["visits"] = visible(account, Posting).filter(~Exists(lately), until=None)
    columns = {f"in_{room}": _count(rows) for room, rows in waiting.items()}
    found = Account.objects.filter(pk=account.pk).values(**columns).get()
    return {room: found[f"in_{room}"] or 0 for room in waiting}


def _count(rows: QuerySet) -> Subquery:
    """Return the number of `rows` as a column."""
    counted = rows.order_by().annotate(of_all=Value(1)).values("of_all").annotate(n=Count("pk")).values("n")
    return Subquery(counted)
