"""Figures on a page: every number is a link to the rows that it counts."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sijin.briefing.domain.figures import Figure

register = template.Library()


@register.simple_tag(takes_context=True)
def figure(context: dict[str, Any], found: Figure | str) -> SafeString:
    """Write a figure (or the figure of a key) as a link that opens its rows at the side, or as a page without script."""
    if isinstance(found, str):
        found = context["figures"][found]
    query = context["as_of"].query
    url = reverse("briefing:rows", args=[found.key]) + query
    return format_html('<a class="fig" href="{}" hx-get="{}" title="{}">{}</a>', url, url, found.meaning, found.shown)


@register.filter
def percent(share: float | None) -> str:
    """Write a share between 0 and 1 as a percentage."""
    return "" if share is None else f"{100 * share:.1f}%"
