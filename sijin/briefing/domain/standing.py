"""The ledger as it stood at a time: one table of the reader's needs, from which every figure is counted.

A need without an event after that time stands in its own columns. From the others, the later events are taken back one
by one (each event says what was before it), and their deadline is computed anew from the events that remain.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl
from django.db.models import QuerySet
from django.utils import timezone

from sijin.dispatch.models import Campaign
from sijin.engines import deadlines
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
AGAIN = ("refuse", "redo")  # the need was not done at the first go


def closing(campaign: Campaign, day: date) -> datetime:
    """Return the last moment of `day`, or the campaign's present when that comes first."""
    midnight = datetime.combine(day + timedelta(days=1), time(), timezone.get_default_timezone())
    return min(midnight - timedelta(microseconds=1), campaign.now())


def day_of(at: datetime) -> date:
    """Return the day of `at` in Asia/Shanghai."""
    return timezone.localtime(at).date()


def standing(account: Account, campaign: Campaign, at: datetime) -> pl.DataFrame:
    """Return the needs that `account` sees as they stood at `at` (two queries; four for a past time).

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
                row[name] = pair[0]
    dues = _dues(list(before), campaign, at)
    found = []
    for row in rows:
        changed = before.get(row[0])
        if changed is not None:
            kept = dict(zip(FIELDS, row, strict=True)) | changed
            kept["due"], kept["soon_from"] = dues.get(row[0], (None, None))
            if isinstance(kept["supervised_at"], str):
                kept["supervised_at"] = datetime.fromisoformat(kept["supervised_at"])
            if kept["state"] != Need.State.CLOSED:
                kept["closed_at"] = None
            row = tuple(kept.values())
        found.append(row)
    return found


def _dues(moved: list[int], campaign: Campaign, at: datetime) -> dict[int, tuple[date | None, date | None]]:
    """Run the clock of each moved need up to `at`; return its deadline and the day its light turns yellow."""
    wanted, clocks, klasses = set(moved), {}, {}
    earlier = (
        Event.objects.filter(need__campaign=campaign, at__lte=at, verb__in=clock.KINDS)
        .order_by("need_id", "sequence")
        .values_list("need_id", "verb", "at", "change")
    )
    for need, verb, when, change in earlier.iterator(2000):
        if need not in wanted:
            continue
        klass = klasses[need] = change.get("klass", [None, None])[1] or klasses.get(need, 0)
        clocks.setdefault(need, []).append(
            deadlines.ClockEvent(clock.KINDS[verb], clock.local(when), klass, int(change.get("workdays", 0)), verb)
        )
    profile, today = clock.profiles()[campaign.profile], clock.local(at)
    results = {need: deadlines.assess(profile, events, china(), today) for need, events in clocks.items()}
    return {need: (result.due, result.soon_from) for need, result in results.items()}


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
