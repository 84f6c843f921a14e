"""Filters that an account keeps under a name; the office may share its own with everybody."""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.ledger.domain.filters import Filter
from sijin.ledger.models import SavedFilter
from sijin.people.models import Account
from sijin.people.policy import may, require, visible
from sijin.people.refusals import NotAllowed, RuleBroken

MOST = 20  # tabs of one account: more would not be found again
KEPT = timedelta(days=1)  # a deleted filter can be brought back for so long


def of(account: Account, campaign: Campaign) -> QuerySet[SavedFilter]:
    """Return the filters that stand as tabs for `account`: its own and the shared ones."""
    return visible(account, SavedFilter).filter(campaign=campaign, deleted_at=None)


@transaction.atomic
def save(by: Account, campaign: Campaign, name: str, chosen: Filter, *, shared: bool = False) -> SavedFilter:
    """Keep `chosen` under `name`; RuleBroken when the name is empty or taken, or there are too many."""
    require(by, "save", SavedFilter)
    SavedFilter.objects.filter(account=by, deleted_at__lt=timezone.now() - KEPT).delete()
    if SavedFilter.objects.filter(account=by, campaign=campaign, deleted_at=None).count() >= MOST:
        raise RuleBroken(_("At most %(most)s filters can be kept; delete one first.") % {"most": MOST}, field="name")
    saved = SavedFilter(account=by, campaign=campaign, query=chosen.query())
    return _named(saved, by, name, shared)


@transaction.atomic
def rename(saved: SavedFilter, by: Account, name: str, *, shared: bool = False) -> SavedFilter:
    """Give one's own filter another name, and share it or not."""
    require(by, "save", saved)
    return _named(saved, by, name, shared)


def delete(saved: SavedFilter, by: Account) -> None:
    """Take one's own filter away; `restore` brings it back."""
    require(by, "save", saved)
    saved.deleted_at = timezone.now()
    saved.save(update_fields=["deleted_at"])


@transaction.atomic
def restore(saved: SavedFilter, by: Account) -> SavedFilter:
    """Bring a deleted filter back, under another name when its own was taken meanwhile."""
    require(by, "save", saved)
    taken = SavedFilter.objects.filter(account=by, campaign=saved.campaign, deleted_at=None, name=saved.name)
    if taken.exclude(pk=saved.pk).exists():
        saved.name = f"{saved.name[:20]} ({saved.pk})"[:24]
    saved.deleted_at = None
    saved.save()
    return saved


def _named(saved: SavedFilter, by: Account, name: str, shared: bool) -> SavedFilter:
    name = name.strip()
    if not name or len(name) > 24:
        raise RuleBroken(_("A name of 1 to 24 characters is expected."), field="name")
    if shared and not may(by, "share", SavedFilter):
        raise NotAllowed(_("Only the campaign office shares filters with everybody."))
    taken = SavedFilter.objects.filter(account=by, campaign=saved.campaign, deleted_at=None, name=name)
    if taken.exclude(pk=saved.pk).exists():
        raise RuleBroken(_("You already keep a filter of this name."), field="name")
    saved.name, saved.shared = name, shared
    saved.save()
    return saved
