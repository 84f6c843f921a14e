"""Reads of the ledger: lists, lights, what waits for an account, the funnel. Each says what it costs."""

from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from sijin.dispatch.models import Campaign
from sijin.ledger.domain import filters
from sijin.ledger.domain.filters import TABS
from sijin.ledger.domain.standing import ENDED, lit, waiting, waiting_for
from sijin.ledger.models import Need
from sijin.ledger.transitions import TABLE
from sijin.people.models import Account
from sijin.people.policy import may, visible
from sijin.places.models import Door

__all__ = ["ENDED", "TABS", "doors", "funnel", "listed", "lit", "verbs_for", "waiting", "waiting_for"]

S = Need.State
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


def listed(account: Account, campaign: Campaign, *, tab: str = "open", q: str = "", door: str = "") -> QuerySet[Need]:
    """Return the needs of one tab of the ledger, with what a row shows already joined."""
    return filters.Filter(tab=tab, q=q, door=door if door in Door.values else "").rows(account, campaign)


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
