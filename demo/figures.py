"""The report's figures beside the computed ones; each computed figure is the query that the pages use."""

from collections.abc import Callable
from typing import Any

from django.db.models import Count, Min

from sijin.dispatch.models import Campaign, Membership, Team
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.visits.models import Visit


def _office() -> Account:
    return Account.objects.get(username="office")


def _campaign() -> Campaign:
    return visible(_office(), Campaign).get(code="weihai-2020")


def _province() -> Any:
    return visible(_office(), Team).filter(campaign=_campaign(), level="province")


def _started() -> str:
    return _campaign().start.isoformat()


def _day() -> str:
    return str(_campaign().day())


def _doors() -> str:
    return " ".join(_campaign().doors)


def _teams() -> str:
    return str(_province().count())


def _people() -> str:
    return str(Membership.objects.filter(team__in=_province()).count())


def _sizes() -> str:
    sizes = set(_province().annotate(n=Count("memberships")).values_list("n", flat=True))
    return " ".join(map(str, sorted(sizes)))


def _arrival() -> str:
    first = visible(_office(), Visit).filter(team__in=_province()).aggregate(first=Min("at"))["first"]
    return first.astimezone(_campaign().cutoff.tzinfo).date().isoformat() if first else "none"


FIGURES: list[tuple[int, str, str, Callable[[], str]]] = [
    (1, "start of the campaign", "2020-03-04", _started),
    (1, "day number on 2020-05-26", "84", _day),
    (1, "doors, in order", "enterprise project village community", _doors),
    (2, "provincial teams", "7", _teams),
    (2, "people in provincial teams", "35", _people),
    (2, "people in each provincial team", "5", _sizes),
    (4, "provincial teams arrive", "2020-03-05", _arrival),
]


def compare() -> list[dict[str, Any]]:
    """Return [{row, what, report, computed, equal}] for every figure that the rooms built so far can carry."""
    found = []
    for row, what, report, compute in FIGURES:
        computed = compute()
        found.append({"row": row, "what": what, "report": report, "computed": computed, "equal": computed == report})
    return found
