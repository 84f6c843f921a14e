"""The ledger as it stood at a time: one table of the reader's needs, from which every figure is counted.

A need without an event after that time stands in its own columns. From the others, the later events are taken back one
by one: each event says what was before it.
"""

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl
from django.db.models import Max, QuerySet
from django.utils import timezone

from sijin.briefing.domain.tables import TIME, table
from sijin.dispatch.models import Campaign
from sijin.engines.calendars import china
from sijin.ledger.domain import clock
from sijin.ledger.domain.reads import ENDED
from sijin.ledger.models import Event, Need
from sijin.people.models import Account
from sijin.people.policy import visible

SHANGHAI = "Asia/Shanghai"
COLUMNS: dict[str, Any] = {
    "pk": pl.Int64,
    "site_id": pl.Int64,
    "team_id": pl.Int64,
    "lead_unit_id": pl.Int64,
    "door": pl.String,
    "state": pl.String,
    "klass": pl.Int64,
    "raised_at": TIME,
    "due": pl.Date,
    "soon_from": pl.Date,
    "paused": pl.Boolean,
    "verdict": pl.String,
    "dissatisfied": pl.Int64,
    "supervised_at": TIME,
    "closed_at": TIME,
}
SILENT = ("look_back", "ask_confirm")  # these leave the columns above as they are
AGAIN = ("refuse", "redo", "recur")  # the need was not done at the first go


def closing(campaign: Campaign, day: date) -> datetime:
    """Return the last moment of `day`, or the campaign's present when that comes first."""
    midnight = datetime.combine(day + timedelta(days=1), time(), timezone.get_default_timezone())
    return min(midnight - timedelta(microseconds=1), campaign.now())


def day_of(at: datetime) -> date:
    """Return the day of `at` in Asia/Shanghai."""
    return timezone.localtime(at).date()


def standing(account: Account, campaign: Campaign, at: datetime) -> pl.DataFrame:
    """Return the needs that `account` sees as they stood at `at` (two queries; three or four for a past time).

    Columns: those of `COLUMNS` and `light`, `raised`, `closed` (days), `again` (was refused or done anew), `on_time`
    (null while not closed or without a deadline), `workdays` (found to closed).
    """
    needs = visible(account, Need).filter(campaign=campaign, raised_at__lte=at).order_by()
    frame = table(needs, COLUMNS)
    if at < campaign.now():
        frame = _taken_back(frame, needs, campaign, at)
    again = Event.objects.filter(verb__in=AGAIN, at__lte=at, need__campaign=campaign).values_list("need_id", flat=True)
    return _lit(frame.sort("due", "pk", nulls_last=True), day_of(at), sorted(set(again)))


def _taken_back(frame: pl.DataFrame, needs: QuerySet[Need], campaign: Campaign, at: datetime) -> pl.DataFrame:
    """Return the needs without what happened after `at`."""
    later = (
        Event.objects.filter(need__in=needs.values("pk"), at__gt=at)
        .exclude(verb__in=SILENT)
        .order_by("need_id", "-sequence")
        .values_list("need_id", "change")
    )
    before: dict[int, dict[str, Any]] = {}
    for need, change in later.iterator(2000):
        row = before.setdefault(need, {})
        for name, pair in change.items():
            if name in COLUMNS and isinstance(pair, list):
                row[name] = _typed(name, pair[0])
    came_back = [need for need, row in before.items() if row.get("state") == Need.State.CLOSED]
    closings = Event.objects.filter(need__in=came_back, verb="close", at__lte=at).order_by().values_list("need_id")
    closed_at = dict(closings.annotate(Max("at"))) if came_back else {}
    soon = clock.profiles()[campaign.profile].soon
    moved = pl.col("pk").is_in(list(before))
    rows = []
    for row in frame.filter(moved).to_dicts():
        changed = before[row["pk"]]
        row |= changed
        if "state" in changed:
            row["closed_at"] = closed_at.get(row["pk"])
        row["soon_from"] = china().back(row["due"], soon) if row["due"] else None
        rows.append(row)
    return pl.concat([frame.filter(~moved), pl.DataFrame(rows, schema=COLUMNS, orient="row")])


def _typed(name: str, value: Any) -> Any:
    """Return a value of an event as its column has it: events keep days and times as text."""
    if not isinstance(value, str):
        return value
    return {"due": date.fromisoformat, "supervised_at": datetime.fromisoformat}.get(name, str)(value)


def _lit(frame: pl.DataFrame, today: date, again: list[int]) -> pl.DataFrame:
    """Add the columns that follow from the others; the light as `ledger.domain.clock.light` has it."""
    day, due = pl.lit(today), pl.col("due")
    closed = pl.col("state") == Need.State.CLOSED
    frame = frame.with_columns(
        light=pl.when(pl.col("state").is_in([str(state) for state in ENDED]))
        .then(pl.lit("done"))
        .when(pl.col("paused") | (pl.col("state") == Need.State.PARKED))
        .then(pl.lit("held"))
        .when(due.is_null())
        .then(pl.lit("none"))
        .when(due < day)
        .then(pl.lit("late"))
        .when(pl.col("soon_from") <= day)
        .then(pl.lit("soon"))
        .otherwise(pl.lit("ok")),
        raised=pl.col("raised_at").dt.convert_time_zone(SHANGHAI).dt.date(),
        closed=pl.when(closed).then(pl.col("closed_at").dt.convert_time_zone(SHANGHAI).dt.date()),
        again=pl.col("pk").is_in(again),
    )
    return frame.with_columns(
        on_time=pl.when(due.is_not_null()).then(pl.col("closed") <= due),
        workdays=_workdays(frame["raised"], frame["closed"]),
    )


@cache
def _worked() -> np.ndarray:
    return np.array(china().workdays, dtype="datetime64[D]")


def _workdays(first: pl.Series, last: pl.Series) -> pl.Series:
    """Return the working days after `first` up to `last`; null where `last` is."""
    worked = _worked()
    first_at = np.searchsorted(worked, first.to_numpy().astype("datetime64[D]"), side="right")
    filled = last.fill_null(pl.Series([date(2004, 1, 1)])[0]).to_numpy().astype("datetime64[D]")
    counted = pl.Series("workdays", np.searchsorted(worked, filled, side="right") - first_at)
    return pl.select(pl.when(last.is_not_null()).then(counted)).to_series()
