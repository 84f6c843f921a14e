"""A clearing in words: why a price is what it is, why something stays unmet, what changed since."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sijin.exchange.domain.words import plain
from sijin.exchange.models import ClearingPrice, Offer, ProposedMatch


def points(value: float) -> str:
    """Return points without idle zeros."""
    return f"{value:,.1f}".removesuffix(".0")


def row(row: ProposedMatch) -> str:
    """Name a row: what, from whom, to whom."""
    return f"{row.item.item} · {row.offer.provider} → {row.item.need.site.name}"


def price(kind: str, name: str, place: str, unit: str, value: float, waiting: int, side: str) -> str:
    """Say what a price means."""
    told: dict[str, Any] = {"unit": unit, "name": name, "points": points(value), "place": place, "waiting": waiting}
    if side == ClearingPrice.Side.NEED:
        words = _("Nothing on offer fits: each %(unit)s of %(name)s that is missing counts %(points)s points.")
        return words % told
    if not value:
        return _("There is enough of it: one more %(unit)s would save nothing.") % told
    words = _("One more %(unit)s would save %(points)s points.") % told
    if waiting:
        words += ngettext(
            " %(waiting)s need that it fits goes short.", " %(waiting)s needs that it fits go short.", waiting
        ) % {"waiting": waiting}  # fmt: skip
    else:
        words += _(" It would replace offers that fit less well.")
    return words


def unmet(price: ClearingPrice) -> str:
    """Say why something of a need stays unmet."""
    if price.why == ClearingPrice.Why.NO_OFFER:
        return _("no open offer of this kind fits: the name, the unit, the distance or the date forbid it")
    if price.why == ClearingPrice.Why.NO_ROOM:
        return ngettext(
            "the %(count)s offer that fits serves needs that are more urgent or fit better",
            "the %(count)s offers that fit serve needs that are more urgent or fit better",
            len(price.fits),
        ) % {"count": len(price.fits)}  # fmt: skip
    return _("what fits is worse than to wait")


def differences(
    row: ProposedMatch, need_version: int, left: Decimal, offer: Offer, was_version: int | None
) -> list[str]:
    """Say how what a row stands on is not as it was; empty when all is as it was."""
    how = []
    if left != row.left or row.item.unit != row.unit:
        was, now = f"{plain(row.left)} {row.unit}", f"{plain(left)} {row.item.unit}"
        how.append(_("it lacked %(was)s, now %(now)s") % {"was": was, "now": now})
    elif need_version != row.need_version:
        how.append(_("the need was changed"))
    if offer.withdrawn_at:
        how.append(_("the offer was withdrawn"))
    elif offer.free != row.free:
        told = {"was": plain(row.free), "now": plain(offer.free), "unit": offer.unit}
        how.append(_("of the offer %(was)s %(unit)s were free, now %(now)s") % told)
    elif offer.version != row.offer_version:
        how.append(_("the offer was changed"))
    if row.was_id and was_version != row.was_version:
        how.append(_("the reservation was taken on or given back"))
    elif row.was_version and not row.was_id:
        how.append(_("the reservation is not there any more"))
    return how


def joined(words: Sequence[str]) -> str:
    """Return several phrases as one."""
    return "；".join(words)
