"""Rows 5 and 22: the problems of the report are in the ledger, what was closed was proven, the expert came in time."""

from django.db.models import QuerySet
from django.utils import timezone

from demo.figures.figure import Figure, campaign, office
from sijin.ledger.models import ConfirmLink, Need
from sijin.people.policy import visible


def _told() -> QuerySet[Need]:
    return visible(office(), Need).filter(campaign=campaign(), generated=False)


def _unproven() -> str:
    closed = _told().filter(state=Need.State.CLOSED)
    proven = closed.filter(evidence__isnull=False, confirm_links__used_at__isnull=False)
    return str(closed.exclude(pk__in=proven.values("pk")).count())


def _days_to_the_expert() -> str:
    need = _told().filter(title__startswith="茶园").first()
    if need is None:
        return "none"
    came = need.events.filter(verb="answer").order_by("sequence").first()
    days = (timezone.localtime(came.at).date() - timezone.localtime(need.raised_at).date()).days if came else None
    return str(days)


def _untold(**which: str) -> object:
    need = _told().filter(**which).first()
    return Need.objects.filter(pk=need.pk).update(generated=True) if need else None


FIGURES = [
    Figure(5, "problems of the report in the ledger", "12", lambda: str(_told().count()), _untold),
    Figure(5, "closed ones without evidence or the served party's word", "0", _unproven,
           lambda: ConfirmLink.objects.filter(need__in=_told().filter(state="closed")).first().delete()),
    Figure(22, "days until the tea experts came", "3", _days_to_the_expert,
           lambda: _untold(title__startswith="茶园")),
]  # fmt: skip
