"""Work groups, people sent, matches and complements of the reader, as tables for the figures."""

from datetime import datetime

import polars as pl

from sijin.briefing.domain.standing import SHANGHAI
from sijin.briefing.domain.tables import TIME, table
from sijin.dispatch.models import Campaign, Membership, Team
from sijin.exchange.models import Complement, Match
from sijin.people.models import Account, Official
from sijin.people.policy import visible

LEVELLED = {"pk": pl.Int64, "level": pl.String}


def teams(account: Account, campaign: Campaign) -> pl.DataFrame:
    """Return the work groups that `account` sees: key, level (one query)."""
    rows = visible(account, Team).filter(campaign=campaign).order_by("number")
    return table(rows, LEVELLED)


def people(account: Account, campaign: Campaign) -> pl.DataFrame:
    """Return the officials that `account` sees in the campaign's work groups: key, level (one query)."""
    rows = Membership.objects.filter(
        team__campaign=campaign, official__in=visible(account, Official).order_by().values("pk")
    )
    rows = rows.order_by("official__code").values_list("official_id", "team__level")
    return pl.DataFrame(list(rows), schema=LEVELLED, orient="row").unique("pk", keep="first", maintain_order=True)


def matches(account: Account, campaign: Campaign, at: datetime) -> pl.DataFrame:
    """Return the matches that `account` sees, made up to `at`: key, day (one query)."""
    rows = visible(account, Match).filter(offer__campaign=campaign, made_at__lte=at).order_by()
    frame = table(rows, {"pk": pl.Int64, "made_at": TIME})
    return frame.with_columns(day=pl.col("made_at").dt.convert_time_zone(SHANGHAI).dt.date())


def complements(account: Account, campaign: Campaign, at: datetime) -> pl.DataFrame:
    """Return the pairs that the search found for needs that `account` sees, up to `at`: key, day (one query)."""
    rows = visible(account, Complement).filter(need__campaign=campaign, found_at__lte=at).order_by()
    frame = table(rows, {"pk": pl.Int64, "found_at": TIME})
    return frame.with_columns(day=pl.col("found_at").dt.convert_time_zone(SHANGHAI).dt.date())
