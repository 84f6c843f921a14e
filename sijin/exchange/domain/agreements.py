"""Verbs of matchmaking events and of the agreements signed there."""

import uuid
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.models import Agreement, MatchmakingEvent, Offer
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.policy import may, require
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import Site


@transaction.atomic
def hold(
    by: Account, campaign: Campaign, name: str, held_on: date, *, place: str = "", note: str = "", **marks: Any
) -> MatchmakingEvent:
    """Write down a matchmaking event; `marks` are `source` and `generated`."""
    require(by, "hold", MatchmakingEvent)
    if not name.strip():
        raise RuleBroken(_("Give the event a name."), field="name")
    return MatchmakingEvent.objects.create(
        campaign=campaign, name=name.strip(), held_on=held_on, place=place, note=note, **marks
    )


@transaction.atomic
def sign(
    by: Account,
    event: MatchmakingEvent,
    provider: str,
    site: Site,
    amount: Decimal,
    signed_on: date,
    *,
    subject: str = "",
    offer: Offer | None = None,
    needs: Iterable[Need] = (),
    client_uuid: uuid.UUID | None = None,
    **marks: Any,
) -> Agreement:
    """Write down an agreement with the value of its orders in yuan; the same `client_uuid` counts once."""
    require(by, "sign", Agreement)
    client_uuid = client_uuid or uuid.uuid4()
    if found := Agreement.objects.filter(client_uuid=client_uuid).first():
        return found
    needs = list(needs)
    _check(by, event, provider, site, amount, signed_on, needs)
    try:
        with transaction.atomic():
            agreement = Agreement.objects.create(
                client_uuid=client_uuid,
                campaign=event.campaign,
                event=event,
                provider=provider.strip(),
                offer=offer,
                site=site,
                subject=subject,
                amount=amount,
                signed_on=signed_on,
                **marks,
            )
    except IntegrityError as error:
        raise RuleBroken(_("These two have signed at this event already."), field="provider") from error
    agreement.needs.set(needs)
    return agreement


def _check(
    by: Account, event: MatchmakingEvent, provider: str, site: Site, amount: Decimal, signed_on: date, needs: list[Need]
) -> None:
    if not may(by, "view", site):
        raise NotAllowed(_("This site is not yours to see."))
    if not provider.strip():
        raise RuleBroken(_("Say who provides it."), field="provider")
    if amount < 0:
        raise RuleBroken(_("The amount cannot be negative."), field="amount")
    if signed_on < event.held_on:
        raise RuleBroken(_("It was signed before the event was held."), field="signed_on")
    if any(need.site_id != site.pk for need in needs):
        raise RuleBroken(_("The need belongs to another site."), field="needs")


@transaction.atomic
def set_amount(by: Account, agreement: Agreement, amount: Decimal, *, version: int) -> Agreement:
    """Bring the value of the orders up to date."""
    require(by, "sign", agreement)
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if agreement.version != version:
        raise Stale(
            _("This agreement was changed by someone else in the meantime."),
            diff={"amount": [str(amount), str(agreement.amount)]},
        )
    if amount < 0:
        raise RuleBroken(_("The amount cannot be negative."), field="amount")
    agreement.amount, agreement.version = amount, version + 1
    agreement.save(update_fields=["amount", "version"])
    return agreement
