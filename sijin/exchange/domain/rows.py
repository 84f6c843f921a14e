"""Rows that several hands keep (orders and makers of the pool, posts, people): fresh, changed, taken out, put back.

Each has a campaign, a version and `withdrawn_at`; `keep` is the verb that decides who may write it.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.models import JobPost, JobWish, PoolMaker, PoolOrder
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken, Stale

Row = PoolOrder | PoolMaker | JobPost | JobWish


@transaction.atomic
def withdraw(by: Account, row: Row, *, version: int) -> Row:
    """Take a row out: the next plan or run does not know it."""
    row = _locked(by, row, version)
    if row.withdrawn_at:
        raise RuleBroken(_("It was taken out before."))
    row.withdrawn_at = row.campaign.now()
    return advance(row)


@transaction.atomic
def restore(by: Account, row: Row, *, version: int) -> Row:
    """Put a row back."""
    row = _locked(by, row, version)
    if not row.withdrawn_at:
        raise RuleBroken(_("It was not taken out."))
    row.withdrawn_at = None
    return advance(row)


def _locked(by: Account, row: Row, version: int) -> Row:
    hold(row.campaign)
    row = type(row).objects.select_for_update().get(pk=row.pk)
    require(by, "keep", row)
    if row.version != version:
        raise Stale(_("It was changed by someone else in the meantime."), found=row.version)
    return row


def hold(campaign: Campaign) -> None:
    """Let nobody publish a plan, or make a row of the same code, while rows change: they hold the same row."""
    Campaign.objects.select_for_update().get(pk=campaign.pk)


def different(row: Any, facts: dict[str, Any], fields: Sequence[str]) -> dict[str, list[Any]]:
    """Return {field: [what is wanted, what is there]} of all that differs."""
    pairs = {name: (facts[name], getattr(row, name)) for name in fields if name in facts}
    return {name: [_said(new), _said(old)] for name, (new, old) in pairs.items() if _plain(new) != _plain(old)}


def fresh(row: Row, version: int | None, facts: dict[str, Any], fields: Sequence[str]) -> None:
    """Raise Stale unless `version` is the row's own."""
    if version != row.version:
        words = _("It was changed by someone else in the meantime.")
        raise Stale(words, found=row.version, diff=different(row, facts, fields))


def assign(row: Row, facts: dict[str, Any], fields: Sequence[str]) -> None:
    """Write those of `facts` that are fields into the row; it is not saved yet."""
    for name in fields:
        if name in facts:
            setattr(row, name, facts[name])


def advance(row: Any) -> Any:
    """Save a changed row under its next version."""
    row.version += 1
    row.save()
    return row


def _said(value: Any) -> Any:
    return str(value) if hasattr(value, "pk") else _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value.pk) if hasattr(value, "pk") else value
