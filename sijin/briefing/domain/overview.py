"""What the overview says: the answer in one sentence, the four doors, the funnel, the trend, the evaluation."""

from datetime import timedelta
from typing import Any

import polars as pl
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from sijin.briefing.domain.composing import Segment, compose
from sijin.briefing.domain.figures import Figures
from sijin.briefing.domain.scarcity import scarcest
from sijin.ledger.domain.reads import REACHED
from sijin.ledger.models import Need
from sijin.places.models import Door

LIGHTS = ("ok", "soon", "late", "held", "undated")


def answer(figures: Figures) -> list[Segment]:
    """Return the answer to "are we clearing what we find?" in one sentence, its numbers as figures."""
    found, closed = figures["found_week"].value or 0, figures["closed_week"].value or 0
    if closed > found:
        words = _(
            "In the last seven days {found_week} found and {closed_week} closed: the stock is falling; {late} overdue."
        )
    elif closed < found:
        words = _(
            "In the last seven days {found_week} found and {closed_week} closed: the stock is rising; {late} overdue."
        )
    else:
        words = _(
            "In the last seven days {found_week} found and {closed_week} closed: the stock stays level; {late} overdue."
        )
    return compose(words, figures)


def cards(figures: Figures) -> list[dict[str, Any]]:
    """Return one card a door: open needs by light, closed, sites, sites not visited."""
    return [
        {
            "door": door.value,
            "label": door.label,
            "open": figures[f"open.{door}"],
            "lights": [("none" if name == "undated" else name, figures[f"{name}.{door}"]) for name in LIGHTS],
            "closed": figures[f"closed.{door}"],
            "sites": figures[f"sites.{door}"],
            "unvisited": figures[f"unvisited.{door}"],
        }
        for door in Door
    ]


def funnel(figures: Figures) -> list[dict[str, Any]]:
    """Return how many needs have come at least as far as each step, in all and by door."""
    return [
        {
            "label": str(STEPS[state]),
            "all": figures[f"reached_{state}"],
            "doors": [figures[f"reached_{state}.{door}"] for door in Door],
        }
        for state in REACHED
    ]


STEPS = {  # the steps of the loop in their short words
    Need.State.FOUND: pgettext_lazy("step", "Find"),
    Need.State.HANDED_OVER: pgettext_lazy("step", "Hand over"),
    Need.State.RECEIVED: pgettext_lazy("step", "Receive"),
    Need.State.IN_PROGRESS: pgettext_lazy("step", "Carry out"),
    Need.State.ANSWERED: pgettext_lazy("step", "Answer"),
    Need.State.VERIFIED: pgettext_lazy("step", "Verify"),
    Need.State.CONFIRMED: pgettext_lazy("step", "Confirm"),
    Need.State.CLOSED: pgettext_lazy("step", "Close"),
}


def trend(figures: Figures) -> dict[str, list[Any]]:
    """Return the days from the start to the day, and how many needs were found and closed on each."""
    count = (figures.day - figures.campaign.start).days + 1
    days = [figures.campaign.start + timedelta(days=n) for n in range(max(count, 1))]
    series: dict[str, list[Any]] = {"days": [day.isoformat() for day in days]}
    for name, column in (("found", "raised"), ("closed", "closed")):
        counted = dict(figures.needs.filter(pl.col(column).is_not_null()).group_by(column).len().iter_rows())
        series[name] = [counted.get(day, 0) for day in days]
    return series


def evaluation(figures: Figures) -> dict[str, Any]:
    """Return the rates, each with what it is a share of, and the median working days of each class."""
    rates = [figures[name] for name in ("closed_rate", "on_time_rate", "at_once_rate", "satisfied_rate")]
    classes = [
        {
            "label": klass.label,
            "median": figures[f"median_days.klass-{klass}"],
            "closed": figures[f"closed.klass-{klass}"],
        }
        for klass in Need.Klass
    ]
    return {"rates": rates, "classes": classes}


def lacking(figures: Figures) -> list[dict[str, Any]]:
    """Return the five things for which most needs wait."""
    return [row | {"figure": figures[f"missing.item-{row['group']}"]} for row in scarcest(figures.missing)]


def coverage(figures: Figures) -> list[dict[str, Any]]:
    """Return the sites of each door by the time since their last visit."""
    names = {"sites": "sites", "visited": "visited", "unvisited": "unvisited", "rate": "visited_rate"}
    return [
        {"label": door.label} | {column: figures[f"{name}.{door}"] for column, name in names.items()} for door in Door
    ]
