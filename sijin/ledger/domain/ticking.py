"""What time does to the needs of a campaign: overdue ones go under supervision, parked ones come back, links end.

Run once a day (`sijin tick`); running it again changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.ledger.domain import clock
from sijin.ledger.domain.confirmation import expire
from sijin.ledger.domain.reads import lit
from sijin.ledger.domain.transition import apply
from sijin.ledger.models import Need
from sijin.ledger.transitions import OPEN
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.people.refusals import RuleBroken


@dataclass(frozen=True)
class Ticked:
    """How many needs went under supervision and came back from parking, and how many links ended."""

    supervised: int
    taken_up: int
    expired: int


def _to_supervise(campaign: Campaign, now: datetime) -> Q:
    due = lit("late", clock.local(now)) | Q(dissatisfied__gte=2)
    return Q(campaign=campaign, supervised_at=None, state__in=OPEN) & due


def to_supervise(account: Account, campaign: Campaign) -> QuerySet[Need]:
    """Return the needs that `account` sees and that should be under supervision and are not yet."""
    return visible(account, Need).filter(_to_supervise(campaign, campaign.now()))


def tick(campaign: Campaign, at: datetime | None = None) -> Ticked:
    """Do what is due at `at` (the campaign's present by default); each need in its own transaction."""
    now = at or campaign.now()
    to_whom = clock.profiles()[campaign.profile].supervised_by
    words = _("Overdue or twice dissatisfied") + (f" → {to_whom}" if to_whom else "")
    supervised = _each(_to_supervise(campaign, now), "supervise", now, words)
    review = Q(campaign=campaign, state=Need.State.PARKED, review_on__lte=clock.local(now))
    taken_up = _each(review, "unpark", now, _("The review date has come"))
    return Ticked(supervised, taken_up, expire(now, campaign.pk))


def _each(rows: Q, verb: str, at: datetime, note: str) -> int:
    """Apply `verb` by the clock to every need of `rows`; one that was changed in between is left to the next run."""
    done = 0
    for need in Need.objects.filter(rows).order_by("pk"):
        try:
            apply(need, verb, None, at=at, note=note)
        except RuleBroken:
            continue
        done += 1
    return done
