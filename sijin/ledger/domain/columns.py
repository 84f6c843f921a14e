"""The columns of the ledger's table: their words, how they are ordered, what they must have loaded."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, IntegerField, OuterRef, Prefetch, QuerySet, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from sijin.ledger.models import ColumnChoice, HandOver, Measure, Need
from sijin.people.models import Account
from sijin.places.models import Door


def _ranked(field: str, values: Iterable[str]) -> Case:
    """Order by the place of the field's value in `values` instead of by its letters."""
    ranks = [When(**{field: value}, then=Value(rank)) for rank, value in enumerate(values)]
    return Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())


def _co_units() -> QuerySet[HandOver]:
    return HandOver.objects.filter(leads=False, sent_back_at=None)


@dataclass(frozen=True)
class Column:
    """One column: its key in addresses, its word, the expression it is ordered by."""

    key: str
    label: Any
    by: Any


COLUMNS: dict[str, Column] = {
    c.key: c
    for c in (
        Column("title", _("Need"), F("title")),
        Column("site", _("Site"), F("site__name")),
        Column("door", _("Kind of door"), _ranked("door", Door.values)),
        Column("county", _("District or county"), F("site__county__code")),
        Column("town", _("Town or street"), F("site__town__code")),
        Column("category", _("Category"), F("category")),
        Column("klass", _("Class of the problem"), F("klass")),
        Column("lead", _("Lead unit"), F("lead_unit__name")),
        Column(
            "co",
            _("Co-handlers"),
            Subquery(_co_units().filter(need=OuterRef("pk")).order_by("pk").values("unit__name")[:1]),
        ),
        Column("team", _("Team"), F("team__number")),
        Column("state", _("State"), _ranked("state", Need.State.values)),
        Column("due", _("Deadline"), F("due")),
        Column("wanted", _("Wanted by"), F("wanted_by")),
        Column(
            "measure",
            _("Measure"),
            Subquery(Measure.objects.filter(need=OuterRef("pk")).order_by("-pk").values("text")[:1]),
        ),
        Column("raised", _("Found on"), F("raised_at")),
        Column("receive_due", _("To be received by"), F("receive_due")),
        Column("review", _("Review on"), F("review_on")),
        Column("verdict", _("Verdict"), _ranked("verdict", ("satisfied", "basic", "dissatisfied"))),
        Column("closed", _("Closed on"), F("closed_at")),
        Column("look_back", _("Look back on"), F("look_back_on")),
        Column("supervised", _("Supervised since"), F("supervised_at")),
        Column("next", _("Next step"), _ranked("state", Need.State.values)),
    )
}
FIRST = "title"  # always shown, stays in sight when the table is scrolled sideways
SHOWN: dict[str, tuple[str, ...]] = {  # what each list shows to an account that has not chosen
    "": ("title", "site", "klass", "lead", "state", "due", "next"),
    "problems": ("title", "site", "category", "klass", "team", "raised", "due", "next"),
    "handling": ("title", "site", "klass", "lead", "co", "measure", "due", "next"),
    "effect": ("title", "site", "lead", "state", "verdict", "closed", "look_back", "next"),
}


def order(sort: str) -> list[Any]:
    """Return the ordering for `sort` ("-" before the key turns it round); what has no value comes last either way."""
    by = COLUMNS[sort.removeprefix("-")].by
    return [by.desc(nulls_last=True) if sort.startswith("-") else by.asc(nulls_last=True)]


def shown(account: Account, on_list: str) -> list[Column]:
    """Return the columns that `account` sees in a list (one query)."""
    choice = ColumnChoice.objects.filter(account=account).values_list("columns", flat=True).first() or {}
    keys = choice.get(on_list) or SHOWN[on_list]
    return [COLUMNS[key] for key in keys if key in COLUMNS]


def choose(account: Account, on_list: str, keys: Iterable[str]) -> None:
    """Keep the columns that `account` wants in a list, in the order of the table; none brings the usual ones back."""
    wanted = set(keys)
    kept = [key for key in COLUMNS if key in wanted or key == FIRST]
    choice, _made = ColumnChoice.objects.get_or_create(account=account)
    choice.columns = {**choice.columns, on_list: kept if wanted else []}
    choice.save(update_fields=["columns"])


def loaded(rows: QuerySet[Need], keys: Iterable[str]) -> QuerySet[Need]:
    """Let `rows` bring what the columns show: co-handlers as `co_handed`, measures as `measures_so_far`."""
    wanted = set(keys)
    if "co" in wanted:
        rows = rows.prefetch_related(
            Prefetch("hand_overs", _co_units().select_related("unit").order_by("pk"), to_attr="co_handed")
        )
    if "measure" in wanted:
        rows = rows.prefetch_related(Prefetch("measures", Measure.objects.order_by("pk"), to_attr="measures_so_far"))
    return rows
