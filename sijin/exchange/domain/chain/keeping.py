"""Verbs of the chain map: keep a supply, raise a weak link as a need."""

import uuid
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.models import ChainFirm, ChainSupply
from sijin.ledger.domain import needs
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken, Stale
from sijin.places.models import Site

NAMESPACE = uuid.UUID("3b1a3a36-1c5e-4c0b-9a44-5f2d9f0f7c11")
CATEGORY = "supply"
MOST_TITLE = 120


@transaction.atomic
def keep_supply(
    by: Account, campaign: Campaign, supplier: dict[str, Any], buyer: dict[str, Any], product: str, volume: Decimal,
    *, version: int | None = None, source: str = "", generated: bool = False,
) -> str:  # fmt: skip
    """Keep what `supplier` sells to `buyer`; say whether it was `created`, `changed` or is the `same`.

    A volume of nought takes the supply off the map, and firms that no supply names any more.

    Both are facts of a firm: `name`, and whatever is known of `site`, `capacity`, `running`, `local`. A supply that is
    there already takes the version that was read (Stale when it is not the present one).
    """
    require(by, "keep", ChainFirm)
    if supplier["name"] == buyer["name"]:
        raise RuleBroken(_("A firm does not supply itself."), field="buyer")
    firms, changed = [], False
    for facts in (supplier, buyer):
        firm, became = _firm(campaign, facts, source, generated)
        firms.append(firm)
        changed |= became
    found = ChainSupply.objects.select_for_update().filter(supplier=firms[0], buyer=firms[1], product=product).first()
    if volume <= 0:
        return _gone(found, firms)
    if found is None:
        ChainSupply.objects.create(
            supplier=firms[0], buyer=firms[1], product=product, volume=volume, source=source, generated=generated
        )
        return "created"
    if found.volume == volume:
        return "changed" if changed else "same"
    if version is not None and version != found.version:
        raise Stale(_("This supply was changed meanwhile."), diff={"volume": (volume, found.volume)})
    found.volume, found.version, found.source = volume, found.version + 1, source
    found.save(update_fields=["volume", "version", "source"])
    return "changed"


def _gone(found: ChainSupply | None, firms: list[ChainFirm]) -> str:
    if found is not None:
        found.delete()
    ChainFirm.objects.filter(pk__in=[firm.pk for firm in firms], sells=None, buys=None).delete()
    return "same" if found is None else "changed"


def _firm(campaign: Campaign, facts: dict[str, Any], source: str, generated: bool) -> tuple[ChainFirm, bool]:
    """Return the firm of this name with what is known of it now, and whether that changed it."""
    known = {name: value for name, value in facts.items() if name != "name" and value is not None}
    firm, made = ChainFirm.objects.get_or_create(
        campaign=campaign, name=facts["name"], defaults={"source": source, "generated": generated, **known}
    )
    differing = {name: value for name, value in known.items() if getattr(firm, name) != value}
    if made or not differing:
        return firm, False
    for name, value in differing.items():
        setattr(firm, name, value)
    firm.save(update_fields=list(differing))
    return firm, True


def key_of(campaign: Campaign, product: str, kind: str) -> uuid.UUID:
    """Return the client UUID of the need that stands for a weak link."""
    return uuid.uuid5(NAMESPACE, f"{campaign.pk}:{kind}:{product}")


@transaction.atomic
def raise_link(by: Account, campaign: Campaign, site: Site, product: str, kind: str, words: str, **more: Any) -> Need:
    """Raise a weak link as a need of `site`, a firm that buys the product; twice gives the need that is there."""
    posting = site.postings.filter(until=None).select_related("team").first()
    if posting is None:
        raise RuleBroken(_("No team serves %(site)s yet: the need could not be looked after.") % {"site": site})
    title = (_("Weak link: %(product)s") % {"product": product})[:MOST_TITLE]
    key = key_of(campaign, product, kind)
    return needs.raise_need(by, posting.team, site, title, words, category=CATEGORY, client_uuid=key, **more)
