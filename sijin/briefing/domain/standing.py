"""The ledger as it stood at a time: one table of the reader's needs, from which every figure is counted.

A need without an event after that time stands in its own columns. From the others, the later events are taken back one
by one: each event says what was before it.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl
from django.db.models import Max, QuerySet
from django.utils import timezone

from sijin.dispatch.models import Campaign
from sijin.engines.calendars import china
from sijin.ledger.domain import clock
from sijin.ledger.domain.reads import ENDED
from sijin.ledger.models import Event, Need
from sijin.people.models import Account
from sijin.people.policy import visible

SHANGHAI = "Asia/Shanghai"
TIME = pl.Datetime("us", "UTC")
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
FIELDS = list(COLUMNS)
AT = {name: n for n, name in enumerate(FIELDS)}
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
    rows = list(needs.values_list(*FIELDS))
    if at < campaign.now():
        rows = _taken_back(rows, needs, campaign, at)
    again = Event.objects.filter(need__in=needs.values("pk"), verb__in=AGAIN, at__lte=at)
    frame = pl.DataFrame(rows, schema=COLUMNS, orient="row")
    frame = frame.sort("due", "pk", nulls_last=True)
    return _lit(frame, day_of(at), list(set(again.values_list("need_id", flat=True))))


def _taken_back(rows: list[tuple], needs: QuerySet[Need], campaign: Campaign, at: datetime) -> list[tuple]:
    """Return `rows` without what happened after `at`."""
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
            if name in AT and isinstance(pair, list):
                row[name] = _typed(name, pair[0])
    came_back = [need for need, row in before.items() if row.get("state") == Need.State.CLOSED]
    closings = Event.objects.filter(need__in=came_back, verb="close", at__lte=at).order_by().values_list("need_id")
    closed_at = dict(closings.annotate(Max("at"))) if came_back else {}
    soon = clock.profiles()[campaign.profile].soon
    found = []
    for row in rows:
        if changed := before.get(row[AT["pk"]]):
            kept = dict(zip(FIELDS, row, strict=True)) | changed
            kept["closed_at"] = closed_at.get(kept["pk"]) if "state" in changed else kept["closed_at"]
            kept["soon_from"] = china().back(kept["due"], soon) if kept["due"] else None
            row = tuple(kept.values())
        found.append(row)
    return found


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


def _workdays(first: pl.Series, last: pl.Series) -> pl.Series:
    """Return the working days after `first` up to `last`; null where `last` is."""
    worked = np.array(china().workdays, dtype="datetime64[D]")
    first_at = np.searchsorted(worked, first.to_numpy().astype("datetime64[D]"), side="right")
    filled = last.fill_null(pl.Series([date(2004, 1, 1)])[0]).to_numpy().astype("datetime64[D]")
    counted = pl.Series("workdays", np.searchsorted(worked, filled, side="right") - first_at)
    return pl.select(pl.when(last.is_not_null()).then(counted)).to_series()
