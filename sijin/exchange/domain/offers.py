"""Verbs of an offer: make, edit, withdraw, restore. Each checks the policy and keeps the change."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.domain import kinds
from sijin.exchange.models import Offer, OfferChange
from sijin.ledger.script import simplified
from sijin.people.models import Account
from sijin.people.policy import require, scope_of
from sijin.people.refusals import NotAllowed, RuleBroken, Stale

FIELDS = (
    "provider", "unit_of_provider", "site", "kind", "item", "unit", "quantity", "since", "until", "region", "reach_km",
    "certificate", "has_capacity", "has_channel", "tags", "conditions", "contact",
)  # fmt: skip
FIXED_ONCE_PROMISED = ("kind", "unit")  # promises are counted in them


@transaction.atomic
def make(
    by: Account,
    campaign: Campaign,
    *,
    client_uuid: uuid.UUID | None = None,
    at: datetime | None = None,
    source: str = "",
    generated: bool = False,
    **facts: Any,
) -> Offer:
    """Put a new offer into the exchange; the same `client_uuid` gives the offer that is already there."""
    client_uuid = client_uuid or uuid.uuid4()
    require(by, "offer", Offer)
    if found := Offer.objects.filter(client_uuid=client_uuid).first():
        require(by, "offer", found)
        return found
    offer = Offer(client_uuid=client_uuid, code=str(client_uuid), campaign=campaign, source=source, generated=generated)
    _write(offer, _own(by, facts))
    offer.save()
    offer.code = f"R{offer.pk:06d}"
    offer.save(update_fields=["code"])
    told = {name: _plain(value) for name in FIELDS if (value := getattr(offer, name)) not in (None, "", [])}
    change = {name: [None, value] for name, value in told.items()}
    OfferChange.objects.create(offer=offer, verb="make", by=by, at=at or campaign.now(), change=change)
    return offer


@transaction.atomic
def edit(by: Account, offer: Offer, *, version: int, at: datetime | None = None, **facts: Any) -> Offer:
    """Change an offer. Stale when `version` is not the row's any more; its `diff` shows [yours, theirs] by field."""
    offer = _locked(by, offer)
    facts = _own(by, facts)
    if version != offer.version:
        raise Stale(
            _("This offer was changed by someone else in the meantime."), found=offer.version, diff=_diff(offer, facts)
        )
    before = {name: _plain(getattr(offer, name)) for name in FIELDS}
    _write(offer, facts)
    changed = {
        name: [old, _plain(getattr(offer, name))] for name, old in before.items() if _plain(getattr(offer, name)) != old
    }
    if offer.promised and any(name in changed for name in FIXED_ONCE_PROMISED):
        raise RuleBroken(_("Part of it is promised: kind and unit can no longer be changed."), field="unit")
    if offer.quantity < offer.promised:
        raise RuleBroken(
            _("%(promised)s %(unit)s are promised already; the quantity cannot be less.")
            % {"promised": f"{offer.promised.normalize():f}", "unit": offer.unit},
            field="quantity",
        )
    if not changed:
        return offer
    return _keep(offer, "edit", by, at, changed)


@transaction.atomic
def withdraw(by: Account, offer: Offer, *, version: int, at: datetime | None = None) -> Offer:
    """Take an offer out of the suggestions; what is promised stays promised."""
    offer = _locked(by, offer, version)
    if offer.withdrawn_at:
        raise RuleBroken(_("This offer was withdrawn before."))
    offer.withdrawn_at = at or offer.campaign.now()
    return _keep(offer, "withdraw", by, at, {})


@transaction.atomic
def restore(by: Account, offer: Offer, *, version: int, at: datetime | None = None) -> Offer:
    """Put a withdrawn offer back."""
    offer = _locked(by, offer, version)
    if not offer.withdrawn_at:
        raise RuleBroken(_("This offer was not withdrawn."))
    offer.withdrawn_at = None
    return _keep(offer, "restore", by, at, {})


def word(verb: str) -> str:
    """Return the word of an offer's change in the reader's language."""
    return {"make": _("Offered"), "edit": _("Changed"), "withdraw": _("Withdrawn"), "restore": _("Put back")}[verb]


def _locked(by: Account, offer: Offer, version: int | None = None) -> Offer:
    offer = Offer.objects.select_for_update().get(pk=offer.pk)
    require(by, "offer", offer)
    if version is not None and version != offer.version:
        raise Stale(_("This offer was changed by someone else in the meantime."), found=offer.version)
    return offer


def _own(by: Account, facts: dict[str, Any]) -> dict[str, Any]:
    """A department offers in its own name only; whose scope is all may name any unit."""
    if "all" in scope_of(by, "offer", Offer._meta.label):
        return facts
    if facts.get("unit_of_provider") not in (None, by.unit):
        raise NotAllowed(_("You can only offer what your own unit has."))
    return {**facts, "unit_of_provider": by.unit}


def _write(offer: Offer, facts: dict[str, Any]) -> None:
    """Set the fields and check what makes sense together; RuleBroken names the field."""
    for name in FIELDS:
        if name in facts:
            setattr(offer, name, facts[name])
    offer.tags = clean_tags(offer.tags)
    offer.quantity = Decimal(offer.quantity or 0)
    if offer.kind not in kinds.table()["kinds"]:
        raise RuleBroken(_("Unknown kind."), field="kind")
    if not offer.item.strip():
        raise RuleBroken(_("Say what is offered."), field="item")
    if not offer.unit.strip():
        raise RuleBroken(_("Say in which unit it is counted."), field="unit")
    if not offer.provider.strip():
        raise RuleBroken(_("Say who provides it."), field="provider")
    if offer.quantity <= 0:
        raise RuleBroken(_("The quantity must be above zero."), field="quantity")
    if offer.since and offer.until and offer.until < offer.since:
        raise RuleBroken(_("The last day is before the first."), field="until")
    marks = " ".join(f"#{tag}#" for tag in offer.tags)
    offer.search = simplified(f"{offer.item}\n{offer.provider}\n{marks}\n{offer.conditions}")


def clean_tags(tags: Iterable[str]) -> list[str]:
    """Return the tags without doubles, blanks and the # that separates them in the search text."""
    return list(dict.fromkeys(tag.replace("#", "").strip()[:20] for tag in tags if tag.replace("#", "").strip()))


def _diff(offer: Offer, facts: dict[str, Any]) -> dict[str, list[Any]]:
    pairs = {name: [_plain(value), _plain(getattr(offer, name))] for name, value in facts.items() if name in FIELDS}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _keep(offer: Offer, verb: str, by: Account, at: datetime | None, change: dict[str, Any]) -> Offer:
    offer.version += 1
    offer.save()
    OfferChange.objects.create(offer=offer, verb=verb, by=by, at=at or offer.campaign.now(), change=change)
    return offer


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if hasattr(value, "pk") else value
