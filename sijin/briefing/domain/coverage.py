"""Which sites were seen, and when last: sites and visits of the reader as of a time."""

from datetime import datetime
from typing import Any

import polars as pl

from sijin.briefing.domain.standing import SHANGHAI, day_of
from sijin.briefing.domain.tables import TIME, table
from sijin.dispatch.models import Campaign
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.models import Site
from sijin.visits.models import Visit

UNSEEN = 14  # days: after two weeks without a visit a site counts as not visited
VISITS: dict[str, Any] = {"pk": pl.Int64, "site_id": pl.Int64, "at": TIME, "site__door": pl.String}
SITES: dict[str, Any] = {
    "pk": pl.Int64,
    "name": pl.String,
    "door": pl.String,
    "county_id": pl.Int64,
    "town_id": pl.Int64,
    "lon": pl.Float64,
    "lat": pl.Float64,
}


def visits(account: Account, campaign: Campaign, at: datetime) -> pl.DataFrame:
    """Return the visits that `account` sees up to `at`, with their day and the door of their site (one query)."""
    rows = visible(account, Visit).filter(campaign=campaign, at__lte=at).order_by()
    frame = table(rows, VISITS).rename({"site__door": "door"})
    return frame.with_columns(day=pl.col("at").dt.convert_time_zone(SHANGHAI).dt.date())


def sites(account: Account, campaign: Campaign, at: datetime, seen: pl.DataFrame) -> pl.DataFrame:
    """Return the sites that `account` sees with the day of their last visit among `seen` (one query).

    `idle` is the number of days since that visit, or since the start of the campaign when there was none.
    """
    today, start = day_of(at), campaign.start
    frame = table(visible(account, Site).order_by("code"), SITES)
    last = seen.group_by("site_id").agg(last=pl.col("day").max())
    return frame.join(last, left_on="pk", right_on="site_id", how="left", maintain_order="left").with_columns(
        idle=(pl.lit(today) - pl.col("last").fill_null(pl.lit(start))).dt.total_days()
    )
