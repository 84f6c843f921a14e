"""Filters of the dispatch's pages."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def at(table: dict[str, str], key: str) -> str:
    """Return the word of a key; a key without one is its own word."""
    return table.get(key, key)


@register.filter
def signed(value: float) -> str:
    """Return a change with its sign: +3.2, −0.4, ±0."""
    if abs(value) < 0.05:
        return "±0"
    return f"{'+' if value > 0 else '−'}{abs(value):,.1f}"


@register.filter
def signed_whole(value: int) -> str:
    """Return a change of a count with its sign: +3, −2."""
    return f"{'+' if value > 0 else '−'}{abs(value):,d}"


@register.filter
def rounded(value: float) -> int:
    """Return the nearest whole number."""
    return round(value)


@register.filter
def gap(share: float) -> str:
    """Return a proven gap in percent, with two digits."""
    return f"{100 * share:.2f}"


@register.filter
def size(value: float) -> int:
    """Return the nearest whole number without its sign: the words beside it say what the sign would."""
    return abs(round(value))


@register.filter
def percent(share: float) -> str:
    """Return a share as percent."""
    return f"{100 * share:.0f} %"


@register.filter
def hours(minutes: float) -> str:
    """Return minutes as hours with one decimal."""
    return f"{minutes / 60:.1f}"


@register.filter
def unlocal(value: Any) -> str:
    """Return a number as attributes of HTML want it."""
    return f"{value:g}"


@register.filter
def finding_word(code: str) -> str:
    """Return the short name of what a team bends."""
    return {
        "short": _("seats short"),
        "over": _("too many people"),
        "leader": _("no leader"),
        "cannot_lead": _("leader cannot lead"),
        "leader_title": _("leader's level"),
        "title_unknown": _("title unknown"),
        "city_share": _("city staff"),
        "load": _("load"),
        "no_sites": _("no sites"),
        "skills": _("skills missing"),
        "senior": _("seniors missing"),
        "junior": _("too many juniors"),
        "unit_most": _("many of one unit"),
        "apart": _("not kept apart"),
        "together": _("not together"),
        "away": _("away"),
    }.get(code, code)
