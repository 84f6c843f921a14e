"""What is still missing: the items that open needs ask for, by the quantity not yet received."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl

from sijin.dispatch.models import Campaign
from sijin.ledger.models import Event, Need, NeedItem
from sijin.people.models import Account
from sijin.people.policy import visible

ITEMS: dict[str, Any] = {
    "pk": pl.Int64,
    "need_id": pl.Int64,
    "item": pl.String,
    "unit": pl.String,
    "quantity": pl.Decimal(20, 2),
    "received": pl.Decimal(20, 2),
}


def missing(account: Account, campaign: Campaign, at: datetime, open_needs: pl.Series) -> pl.DataFrame:
    """Return what each item of `open_needs` still lacks at `at` (one query; two for a past time).

    Columns: `need_id`, `item`, `unit`, `lacking` and `group`, the key of the first row that asks for the same thing.
    """
    rows = NeedItem.objects.filter(need__in=visible(account, Need).filter(campaign=campaign).order_by().values("pk"))
    frame = pl.DataFrame(list(rows.order_by("pk").values_list(*ITEMS)), schema=ITEMS, orient="row")
    if at < campaign.now():
        later: dict[int, Decimal] = {}
        taken = Event.objects.filter(need__campaign=campaign, verb="take_in", at__gt=at).values_list(
            "change", flat=True
        )
        for change in taken.iterator(2000):
            later[change["item"]] = later.get(change["item"], Decimal(0)) + Decimal(change["quantity"])
        after = pl.DataFrame(
            {"pk": list(later), "later": list(later.values())}, schema={"pk": pl.Int64, "later": pl.Decimal(20, 2)}
        )
        frame = frame.join(after, on="pk", how="left", maintain_order="left").with_columns(
            received=pl.col("received") - pl.col("later").fill_null(Decimal(0))
        )
    return (
        frame.with_columns(
            lacking=pl.col("quantity") - pl.col("received"), group=pl.col("pk").min().over("item", "unit")
        )
        .filter(pl.col("need_id").is_in(open_needs.implode()), pl.col("lacking") > 0)
        .select("need_id", "item", "unit", "lacking", "group")
    )


def scarcest(lacking: pl.DataFrame, count: int = 5) -> list[dict[str, Any]]:
    """Return the `count` things for which most needs wait: item, unit, quantity lacking, needs, group.

    Quantities of different units cannot be compared, so the number of waiting needs decides.
    """
    return (
        lacking.group_by("group", "item", "unit")
        .agg(lacking=pl.col("lacking").sum(), needs=pl.col("need_id").n_unique())
        .sort(["needs", "lacking", "group"], descending=[True, True, False])
        .head(count)
        .to_dicts()
    )
