"""Rows 5 and 22: the problems of the report are in the ledger, what was closed was proven, the expert came in time."""

from datetime import date

from django.db.models import QuerySet

from demo.figures.figure import Figure, campaign, office
from sijin.exchange.domain.experts import requests
from sijin.exchange.models import ExpertVisit
from sijin.ledger.models import ConfirmLink, Need
from sijin.people.policy import visible


def _told() -> QuerySet[Need]:
    return visible(office(), Need).filter(campaign=campaign(), generated=False)


def _unproven() -> str:
    closed = _told().filter(state=Need.State.CLOSED)
    proven = closed.filter(evidence__isnull=False, confirm_links__used_at__isnull=False)
    return str(closed.exclude(pk__in=proven.values("pk")).count())


def _asked_for_tea() -> requests.Request:
    """The request of the tea village, among those that the page of experts lists."""
    return next(one for one in requests.requests(office(), campaign()) if 22 in one.need.report_rows)


def _days_to_the_expert() -> str:
    promise = _asked_for_tea().promise
    return str((promise.came - promise.asked).days) if promise.came else "nobody came"


def _promise() -> str:
    return _asked_for_tea().promise.state


def _experts() -> str:
    return str(sum(one.came is not None for one in _asked_for_tea().coming))


def _all_visits() -> QuerySet[ExpertVisit]:
    return ExpertVisit.objects.filter(need=_asked_for_tea().need)


def _first_visit() -> QuerySet[ExpertVisit]:
    return ExpertVisit.objects.filter(pk=_asked_for_tea().coming[0].visit.pk)


def _untold(**which: str) -> object:
    need = _told().filter(**which).first()
    return Need.objects.filter(pk=need.pk).update(generated=True) if need else None


FIGURES = [
    Figure(5, "problems of the report in the ledger", "12", lambda: str(_told().count()), _untold),
    Figure(5, "closed ones without evidence or the served party's word", "0", _unproven,
           lambda: ConfirmLink.objects.filter(need__in=_told().filter(state="closed")).first().delete()),
    Figure(22, "days until the tea experts came", "3", _days_to_the_expert,
           lambda: _all_visits().update(came_on=date(2020, 3, 14))),
    Figure(22, "the promise of three days", "kept", _promise, lambda: _all_visits().update(came_on=date(2020, 3, 14))),
    Figure(22, "experts who came to the tea village", "2", _experts, lambda: _first_visit().update(came_on=None)),
]  # fmt: skip
