"""What each figure counts, as data: its words, its unit, whose rows, under which condition.

A key is a name, optionally narrowed: `late.village`, `closed.klass-2`, `found.day-2020-03-05`, `late.unit-12`. The
condition is a function of the day, so that the same definition serves every cut-off.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl
from django.utils.translation import gettext_lazy as _

from sijin.briefing.domain.coverage import UNSEEN
from sijin.ledger.domain.reads import REACHED
from sijin.ledger.models import Need

S = Need.State
Condition = Callable[[date], pl.Expr]
NEEDS = _("needs")
WEEK = 7  # days, the day itself included


@dataclass(frozen=True)
class Counted:
    """A figure that counts rows: `table` names where they are (needs, sites, visits, teams, people, matches…)."""

    label: Any
    meaning: Any
    table: str
    condition: Condition
    unit: Any = NEEDS


@dataclass(frozen=True)
class Rate:
    """A figure made of two others; with `interval`, the 95 % Wilson interval is shown beside it."""

    label: Any
    meaning: Any
    part: str
    whole: str
    interval: bool = False


def _state(*states: str) -> Condition:
    return lambda day: pl.col("state").is_in([str(state) for state in states])


def _light(*lights: str) -> Condition:
    return lambda day: pl.col("light").is_in(lights)


def _on(column: str, days: int = 1, back: int = 0) -> Condition:
    """The condition that `column` lies in the `days` days that end `back` days before the day."""

    def condition(day: date) -> pl.Expr:
        last = day - timedelta(days=back)
        return pl.col(column).is_between(last - timedelta(days=days - 1), last)

    return condition


def _all(day: date) -> pl.Expr:
    return pl.lit(True)


def _running(day: date) -> pl.Expr:
    return pl.col("light").is_in(["ok", "soon", "late"])


def _due(ahead: int) -> Condition:
    """The condition that the deadline of a running need is `ahead` days after the day."""
    return lambda day: _running(day) & (pl.col("due") == day + timedelta(days=ahead))


def _supervised(day: date) -> pl.Expr:
    return pl.col("supervised_at").is_not_null() & (pl.col("light") != "done")


def _at_once(day: date) -> pl.Expr:
    return (pl.col("state") == S.CLOSED) & ~pl.col("again")


def _asked(day: date) -> pl.Expr:
    return (pl.col("verdict") != "") | (pl.col("dissatisfied") > 0)


def _satisfied(day: date) -> pl.Expr:
    return pl.col("verdict").is_in(["satisfied", "basic"]) & (pl.col("dissatisfied") == 0)


COUNTS: dict[str, Counted] = {
    "found": Counted(_("Found"), _("All needs raised so far"), "needs", _all),
    "open": Counted(
        _("Open"),
        _("Neither closed nor explained as not solvable"),
        "needs",
        _light("ok", "soon", "late", "held", "none"),
    ),
    "ok": Counted(_("On time"), _("Open, the deadline is not near"), "needs", _light("ok")),
    "soon": Counted(_("Due soon"), _("Open, the light is yellow"), "needs", _light("soon")),
    "late": Counted(_("Overdue"), _("Open, the deadline has passed"), "needs", _light("late")),
    "held": Counted(_("On hold"), _("Parked, or the clock is paused"), "needs", _light("held")),
    "undated": Counted(
        _("No deadline yet"), _("Open, not handed over yet or without a limit"), "needs", _light("none")
    ),
    "closed": Counted(
        _("Closed"), _("Closed with evidence and the served party's confirmation"), "needs", _state(S.CLOSED)
    ),
    "explained": Counted(
        _("Not solvable, explained"),
        _("Ended with an explanation; never counts as solved"),
        "needs",
        _state(S.UNSOLVABLE),
    ),
    "found_today": Counted(_("Found on the day"), _("Raised on the day"), "needs", _on("raised")),
    "closed_today": Counted(_("Closed on the day"), _("Closed on the day"), "needs", _on("closed")),
    "found_week": Counted(
        _("Found in seven days"), _("Raised in the seven days up to the day"), "needs", _on("raised", WEEK)
    ),
    "closed_week": Counted(
        _("Closed in seven days"), _("Closed in the seven days up to the day"), "needs", _on("closed", WEEK)
    ),
    "due_today": Counted(_("Due on the day"), _("Open, the deadline is the day itself"), "needs", _due(0)),
    "due_tomorrow": Counted(_("Due the day after"), _("Open, the deadline is the day after"), "needs", _due(1)),
    "supervised": Counted(_("Under supervision"), _("Open and supervised"), "needs", _supervised),
    "timed": Counted(
        _("Closed with a deadline"),
        _("Closed needs that had a deadline"),
        "needs",
        lambda day: pl.col("on_time").is_not_null(),
    ),
    "on_time": Counted(
        _("Closed in time"), _("Closed on or before the deadline"), "needs", lambda day: pl.col("on_time")
    ),
    "at_once": Counted(
        _("Closed at the first go"), _("Closed, never refused on site nor done again"), "needs", _at_once
    ),
    "asked": Counted(
        _("Served parties who answered"), _("Needs on which the served party gave a verdict"), "needs", _asked
    ),
    "satisfied": Counted(
        _("Satisfied at the first asking"),
        _("Satisfied or basically satisfied, and never dissatisfied before"),
        "needs",
        _satisfied,
    ),
    "missing": Counted(
        _("Waiting for things"), _("Open needs that have not received what they ask for"), "missing", _all
    ),
    "sites": Counted(_("Sites"), _("Sites behind the doors"), "sites", _all, _("sites")),
    "unvisited": Counted(
        _("Not visited for two weeks"),
        _("Sites whose last visit, or the start when there was none, is two weeks ago or more"),
        "sites",
        lambda day: pl.col("idle") >= UNSEEN,
        _("sites"),
    ),
    "visited": Counted(
        _("Visited within two weeks"),
        _("Sites whose last visit is less than two weeks ago"),
        "sites",
        lambda day: pl.col("last").is_not_null() & (pl.col("idle") < UNSEEN),
        _("sites"),
    ),
    "visits": Counted(_("Visits"), _("All visits so far"), "visits", _all, _("visits")),
    "visits_today": Counted(_("Visits on the day"), _("Visits made on the day"), "visits", _on("day"), _("visits")),
    "matches_today": Counted(
        _("Matched on the day"), _("Offers matched to needs on the day"), "matches", _on("day"), _("matches")
    ),
    "complements_today": Counted(
        _("New complements"),
        _("Pairs of a need with an offer or another need that the search found on the day"),
        "complements",
        _on("day"),
        _("pairs"),
    ),
    "teams": Counted(_("Work groups"), _("Work groups sent out"), "teams", _all, _("groups")),
    "people": Counted(_("People sent"), _("Officials in the work groups"), "people", _all, _("people")),
}
COUNTS |= {
    f"reached_{state}": Counted(S(state).label, _("Needs that have come at least this far"), "needs", _state(*passed))
    for state, passed in REACHED.items()
}
RATES: dict[str, Rate] = {
    "closed_rate": Rate(_("Closed of found"), _("Closed needs of all needs found"), "closed", "found"),
    "on_time_rate": Rate(
        _("Closed in time"), _("Closed on or before the deadline, of the closed needs that had one"), "on_time", "timed"
    ),
    "at_once_rate": Rate(
        _("Done at the first go"), _("Never refused on site nor done again, of the closed needs"), "at_once", "closed"
    ),
    "satisfied_rate": Rate(
        _("Satisfied"),
        _("Never dissatisfied, of the needs whose served party answered"),
        "satisfied",
        "asked",
        interval=True,
    ),
    "visited_rate": Rate(
        _("Seen within two weeks"), _("Sites visited within two weeks, of all sites"), "visited", "sites"
    ),
}
