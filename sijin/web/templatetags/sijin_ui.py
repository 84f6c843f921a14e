"""Filters of the pages: figures, days, lights."""

from datetime import date, datetime

from django import template
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from sijin.ledger.transitions import word

register = template.Library()
LIGHTS = {"ok": "●", "soon": "▲", "late": "■", "held": "◆", "done": "✓", "none": "○"}


@register.filter
def day(value: date | datetime | None) -> str:
    """Return 3月4日 (or 4 Mar in English) for a date; empty for none."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    if (translation.get_language() or "").startswith("zh"):
        return f"{value.month}月{value.day}日"
    return f"{value.day} {value:%b}"


@register.filter
def long_day(value: date | datetime | None) -> str:
    """Return 2020年3月4日 (or 4 March 2020 in English), as documents write it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    if (translation.get_language() or "").startswith("zh"):
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {value:%B %Y}"


@register.filter
def few(value: int) -> str:
    """Return a count that fits into a badge."""
    return "99+" if value > 99 else str(value)


@register.filter
def fig(value: int | float | None) -> str:
    """Return a number with thousand separators."""
    return "" if value is None else f"{value:,}"


@register.filter
def shape(light: str) -> str:
    """Return the shape of a light, so that colour is never the only signal."""
    return LIGHTS.get(light, "○")


@register.filter
def light_word(light: str) -> str:
    """Return the word of a light."""
    return {
        "ok": _("On time"),
        "soon": _("Due soon"),
        "late": _("Overdue"),
        "held": _("On hold"),
        "done": _("Finished"),
    }.get(light, _("No deadline"))


@register.filter
def verb_word(verb: str) -> str:
    """Return the word of a need's verb."""
    return str(word(verb))
