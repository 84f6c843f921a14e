"""Reads of the ledger: lists, lights, what waits for an account, the funnel. Each says what it costs."""

from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from sijin.dispatch.models import Campaign
from sijin.ledger.models import Need
from sijin.ledger.script import simplified
from sijin.ledger.transitions import TABLE
from sijin.people.models import Account
from sijin.people.policy import may, scope_of, visible, within
from sijin.places.models import Door

S = Need.State
ENDED = (S.CLOSED, S.UNSOLVABLE)
TABS = {
    "mine": _("Waiting for me"),
    "open": _("Open"),
    "late": _("Overdue"),
    "soon": _("Due soon"),
    "held": _("On hold"),
    "closed": _("Finished"),
    "all": _("All"),
}
REACHED = {  # the funnel: a need that stands at a later state has passed the earlier ones
    S.FOUND: tuple(S.values),
    S.HANDED_OVER: (
        S.HANDED_OVER,
        S.RECEIVED,
        S.IN_PROGRESS,
        S.ANSWERED,
        S.VERIFIED,
        S.CONFIRMED,
        S.CLOSED,
        S.UNSOLVABLE,
    ),
    S.RECEIVED: (S.RECEIVED, S.IN_PROGRESS, S.ANSWERED, S.VERIFIED, S.CONFIRMED, S.CLOSED),
    S.IN_PROGRESS: (S.IN_PROGRESS, S.ANSWERED, S.VERIFIED, S.CONFIRMED, S.CLOSED),
    S.ANSWERED: (S.ANSWERED, S.VERIFIED, S.CONFIRMED, S.CLOSED),
    S.VERIFIED: (S.VERIFIED, S.CONFIRMED, S.CLOSED),
    S.CONFIRMED: (S.CONFIRMED, S.CLOSED),
    S.CLOSED: (S.CLOSED,),
}
NEXT_VERB = {
    S.FOUND: "hand_over",
    S.HANDED_OVER: "receive",
    S.RECEIVED: "carry_out",
    S.IN_PROGRESS: "answer",
    S.ANSWERED: "verify",
    S.VERIFIED: "ask_confirm",
    S.CONFIRMED: "close",
}


def lit(light: str, today: date) -> Q:
    """Return the condition under which a need shows `light` on `today`; the counterpart of `clock.light`."""
    running = ~Q(state__in=(*ENDED, S.PARKED)) & Q(paused=False)
    return {
        "late": running & Q(due__lt=today),
        "soon": running & Q(due__gte=today, soon_from__lte=today),
        "ok": running & Q(soon_from__gt=today),
        "held": Q(state=S.PARKED) | (Q(paused=True) & ~Q(state__in=ENDED)),
        "done": Q(state__in=ENDED),
    }[light]


def waiting_for(account: Account) -> QuerySet[Need]:
    """Return the needs whose next regular verb is this account's to do."""
    waiting = Q(pk__in=[])
    for state, verb in NEXT_VERB.items():
        if scope_of(account, verb, "ledger.Need"):
            waiting |= Q(state=state, pk__in=within(account, verb, Need.objects.all()).order_by().values("pk"))
    return visible(account, Need).filter(waiting)


def listed(account: Account, campaign: Campaign, *, tab: str = "open", q: str = "", door: str = "") -> QuerySet[Need]:
    """Return the needs of one tab of the ledger, with what a row shows already joined."""
    today = campaign.now().astimezone().date()
    rows = waiting_for(account) if tab == "mine" else visible(account, Need)
    rows = rows.filter(campaign=campaign)
    if tab == "open":
        rows = rows.exclude(state__in=ENDED)
    elif tab == "closed":
        rows = rows.filter(state__in=ENDED)
    elif tab in ("late", "soon", "held"):
        rows = rows.filter(lit(tab, today))
    if door in Door.values:
        rows = rows.filter(door=door)
    for word in simplified(q).split():
        rows = rows.filter(Q(search__icontains=word) | Q(number__icontains=word) | Q(site__name__icontains=word))
    return rows.select_related("site", "team", "lead_unit", "campaign").order_by("due", "pk")


def doors(account: Account, campaign: Campaign, today: date) -> list[dict[str, Any]]:
    """Return one card per door: sites are counted by the caller; open needs by light, closed (one query)."""
    counts = (
        visible(account, Need)
        .filter(campaign=campaign)
        .order_by()
        .values("door")
        .annotate(
            found=Count("pk"),
            open=Count("pk", filter=~Q(state__in=ENDED)),
            closed=Count("pk", filter=Q(state=S.CLOSED)),
            ok=Count("pk", filter=lit("ok", today)),
            soon=Count("pk", filter=lit("soon", today)),
            late=Count("pk", filter=lit("late", today)),
            held=Count("pk", filter=lit("held", today)),
        )
    )
    by_door = {row["door"]: row for row in counts}
    nothing = dict.fromkeys(("found", "open", "closed", "ok", "soon", "late", "held"), 0)
    return [{**nothing, **by_door.get(door.value, {}), "door": door.value, "label": door.label} for door in Door]


def funnel(account: Account, campaign: Campaign) -> list[dict[str, Any]]:
    """Return how many needs have reached each step, from found to closed (one query)."""
    steps = {state: Count("pk", filter=Q(state__in=reached)) for state, reached in REACHED.items()}
    counts = visible(account, Need).filter(campaign=campaign).aggregate(**steps)
    most = max(counts.values(), default=0) or 1
    return [{"label": S(state).label, "count": n, "share": round(100 * n / most)} for state, n in counts.items()]


def verbs_for(account: Account, need: Need) -> list[str]:
    """Return the verbs that `account` may do on `need` in its present state (one query a scoped verb)."""
    return [t.verb for t in TABLE.values() if need.state in t.sources and may(account, t.verb, need)]
