"""What is kept of a firm for the relief rules: its figures, and the rules that it claimed."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.engines.relief import Faulty, Firm
from sijin.exchange.domain.relief import book, sheets, words
from sijin.exchange.models import ReliefClaim, ReliefFigures
from sijin.people.models import Account
from sijin.people.policy import may, require, visible
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import Door, Site


def firms(account: Account) -> QuerySet[Site]:
    """Return the enterprises whose relief `account` may look at."""
    if not may(account, "view", ReliefFigures):
        return Site.objects.none()
    seen = Q(pk__in=visible(account, Site).values("pk")) | Q(pk__in=visible(account, ReliefFigures).values("site"))
    rows = Site.objects.filter(seen, door=Door.ENTERPRISE)
    return rows.select_related("region", "county", "enterprise", "relief_figures").prefetch_related("relief_claims")


def may_keep(by: Account, site: Site) -> bool:
    """Say whether `by` may write down the figures of a firm."""
    return may(by, "keep", ReliefFigures) and visible(by, Site).filter(pk=site.pk).exists()


def may_mark(by: Account, site: Site) -> bool:
    """Say whether `by` may mark a rule as claimed by a firm."""
    return may(by, "mark", ReliefClaim) and visible(by, Site).filter(pk=site.pk).exists()


@transaction.atomic
def keep(
    by: Account,
    site: Site,
    campaign: Campaign,
    values: Mapping[str, str],
    *,
    version: int,
    at: datetime | None = None,
    source: str = "",
    generated: bool = False,
) -> ReliefFigures:
    """Write down a firm's figures, as typed; what is empty is not known.

    Stale when they were changed since `version` (0: there were none); RuleBroken with `faults` {column: words} when a
    figure cannot be taken. Figures that are as they were are left alone.
    """
    require(by, "keep", ReliefFigures)
    if not may_keep(by, site):
        raise NotAllowed(_("Your role does not give you this."))
    if site.door != Door.ENTERPRISE:
        raise RuleBroken(_("Relief is worked out for enterprises only."))
    kept = {name: str(value).strip() for name, value in values.items() if str(value or "").strip()}
    kept.pop("firm", None)
    check({"firm": site.code, **kept})
    found = ReliefFigures.objects.select_for_update().filter(site=site).first()
    if version != (found.version if found else 0):
        theirs = found.values if found else {}
        diff = {name: (kept.get(name), theirs.get(name)) for name in {*kept, *theirs}}
        raise Stale(
            _("These figures were changed by someone else in the meantime."),
            found=found.version if found else 0,
            diff={name: pair for name, pair in sorted(diff.items()) if pair[0] != pair[1]},
        )
    if found is None:
        found = ReliefFigures(site=site, version=0)
    elif found.values == kept:
        return found
    found.values, found.by, found.at = kept, by, at or campaign.now()
    found.source, found.generated, found.version = source[:200], generated, found.version + 1
    found.save()
    return found


def check(row: Mapping[str, Any]) -> Firm:
    """Read a firm's figures; RuleBroken with `faults` {column: words} names all that cannot be taken."""
    try:
        return Firm.of(row, book.book())
    except Faulty as faulty:
        told = {fault.field: words.fault(fault.field, fault.code) for fault in faulty.faults}
        raise RuleBroken(_("Some figures cannot be taken."), faults=told) from faulty


@transaction.atomic
def mark(by: Account, site: Site, campaign: Campaign, rule: str, on: date, at: datetime | None = None) -> ReliefClaim:
    """Mark a rule as claimed by a firm, with what it comes to on that day; once marked it stays as it was."""
    _may_mark(by, site)
    sheet = sheets.sheet(site, on)
    line = next((line for line in sheet.lines if line.rule.id == rule), None)
    if line is None or line.status not in ("due", "missed", "claimed"):
        raise RuleBroken(_("This rule does not apply to the firm as far as is known."))
    found, _made = ReliefClaim.objects.get_or_create(
        site=site,
        rule=rule,
        defaults={"yuan": line.yuan or 0, "claimed_on": on, "by": by, "at": at or campaign.now()},
    )
    return found


@transaction.atomic
def unmark(by: Account, site: Site, rule: str) -> None:
    """Take back that a rule was claimed."""
    _may_mark(by, site)
    ReliefClaim.objects.filter(site=site, rule=rule).delete()


def _may_mark(by: Account, site: Site) -> None:
    require(by, "mark", ReliefClaim)
    if not may_mark(by, site):
        raise NotAllowed(_("Your role does not give you this."))
