"""Figures on a page: every number is a link to the rows that it counts."""

from datetime import date, datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sijin.briefing.domain.briefs import long_day
from sijin.briefing.domain.figures import Figure
from sijin.briefing.models import BriefFigure

register = template.Library()


@register.simple_tag(takes_context=True)
def figure(context: dict[str, Any], found: Figure | BriefFigure | str) -> SafeString:
    """Write a figure (or the figure of a key) as a link to its rows; script opens them at the side."""
    if isinstance(found, str):
        found = context["figures"][found]
    if isinstance(found, BriefFigure):
        url = reverse("briefing:brief_rows", args=[found.brief_id, found.key])
    else:
        url = reverse("briefing:rows", args=[found.key]) + context["as_of"].query
    return format_html('<a class="fig" href="{}" title="{}">{}</a>', url, found.meaning, found.shown)


@register.filter
def percent(share: float | None) -> str:
    """Write a share between 0 and 1 as a percentage."""
    return "" if share is None else f"{100 * share:.1f}%"


@register.filter
def cell(value: Any) -> Any:
    """Write a cell of a row: days as 2020-03-04 so that a column of them lines up, a dash for nothing."""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    if isinstance(value, date):
        return value.isoformat()
    return "—" if value in (None, "") else value


@register.filter
def document_day(value: date | datetime) -> str:
    """Write a day as documents have it: 2020年3月4日."""
    return long_day(timezone.localtime(value).date() if isinstance(value, datetime) else value)
