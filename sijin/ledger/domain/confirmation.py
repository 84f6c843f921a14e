"""The served party's word: a one-time link that needs no account. Only the token's hash is stored.

A newer link ends the older one; an answer ends the link; a link that nobody used expires.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Literal

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from sijin.ledger.domain.transition import apply
from sijin.ledger.models import ConfirmLink, Need
from sijin.people.models import Account
from sijin.people.refusals import RuleBroken

LINK_DAYS = 14
Standing = Literal["open", "used", "reissued", "expired", "answered", "unknown"]


@transaction.atomic
def confirm_link(need: Need, by: Account, at: datetime | None = None, *, version: int | None = None) -> str:
    """Make a one-time link token for the served party and return it; the link made before stops working."""
    need = apply(need, "ask_confirm", by, at=at, version=version)
    made = at or need.campaign.now()
    _open(need).update(ended_at=made, ended=ConfirmLink.End.REISSUED)
    token = secrets.token_urlsafe(24)
    ConfirmLink.objects.create(
        need=need, token_hash=_hash(token), made_by=by, made_at=made, expires_at=made + timedelta(days=LINK_DAYS)
    )
    return token


SHOWN = ("need__site", "need__campaign", "need__lead_unit", "need__team")  # what the link's page tells of its need


def standing(
    token: str, at: datetime | None = None, with_: tuple[str, ...] = SHOWN
) -> tuple[ConfirmLink | None, Standing]:
    """Return the link of `token`, read `with_` these rows, and how it stands (one query)."""
    link = ConfirmLink.objects.select_related(*with_).filter(token_hash=_hash(token)).first()
    if link is None:
        return None, "unknown"
    if link.used_at:
        return link, "used"
    if link.ended:
        return link, link.ended
    if link.expires_at < (at or link.need.campaign.now()):
        return link, "expired"
    return link, "open" if link.need.state == Need.State.VERIFIED else "answered"


def link_for(token: str, at: datetime | None = None, with_: tuple[str, ...] = SHOWN) -> ConfirmLink:
    """Return the usable link of `token`; RuleBroken when unknown, used, replaced or expired."""
    link, stands = standing(token, at, with_)
    if link is None or stands != "open":
        raise RuleBroken(_("This link is unknown, has been used or has expired."), standing=stands)
    return link


@transaction.atomic
def confirm_by_link(token: str, verdict: str, comment: str = "", at: datetime | None = None) -> Need:
    """Take the served party's verdict through a one-time link; the link is used up."""
    link = link_for(token, at, ("need__campaign",))
    used = ConfirmLink.objects.filter(pk=link.pk, used_at=None, ended_at=None).update(
        used_at=at or link.need.campaign.now(), comment=comment[:300]
    )
    if not used:
        raise RuleBroken(_("This link has been used."), standing="used")
    return apply(link.need, "confirm", None, at=at, verdict=verdict, note=comment)


def expire(now: datetime, campaign_id: int) -> int:
    """End the links that nobody used in time; return how many."""
    past = Q(need__campaign=campaign_id, used_at=None, ended_at=None, expires_at__lt=now)
    keys = list(ConfirmLink.objects.filter(past).values_list("pk", flat=True))
    return ConfirmLink.objects.filter(pk__in=keys).update(ended_at=F("expires_at"), ended=ConfirmLink.End.EXPIRED)


def _open(need: Need):
    return ConfirmLink.objects.filter(need=need, used_at=None, ended_at=None)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
