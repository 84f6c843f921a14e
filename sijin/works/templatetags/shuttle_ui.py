"""Filters of the shuttle's pages: money, lights, parts of a form and of a change."""

from decimal import Decimal
from typing import Any

from django import forms, template
from django.utils.translation import gettext as _

from sijin.works.domain.shuttles.replanning import Difference, Moved

register = template.Library()
LIGHTS = {"draft": "soon", "proposed": "soon", "approved": "ok"}


@register.filter
def whole_yuan(value: Decimal | float | None) -> str:
    """Return an amount (or a number of km) rounded to the whole, with thousand separators; nothing for none."""
    return "" if value in (None, "") else f"{round(float(value)):,}"


@register.filter
def signed_yuan(value: float) -> str:
    """Return what is more or less, with its sign."""
    return f"{round(value):+,}".replace("-", "−") if round(value) else "0"


@register.filter
def shuttle_light(state: str) -> str:
    """Return the light of a plan's state."""
    return LIGHTS.get(state, "none")


@register.filter
def some_fields(form: forms.Form, names: str) -> list[Any]:
    """Return the fields of a form that are named, in this order."""
    return [form[name] for name in names.split()]


@register.filter
def difference_parts(found: Difference) -> list[tuple[str, list[Moved]]]:
    """Return the lines of a change under what happens to the person, the gravest first."""
    return [
        (_("loses the seat"), found.waiting), (_("changes bus"), found.moved), (_("drops out"), found.dropped),
        (_("joins"), found.joined),
    ]  # fmt: skip
