"""The rows behind a figure, for one reader: those that the policy shows; the others are counted, not listed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.urls import reverse
from django.utils.translation import gettext as _

from sijin.dispatch.models import Team
from sijin.exchange.models import Complement, Match
from sijin.ledger.models import Need
from sijin.people.models import Account, Official
from sijin.people.policy import visible
from sijin.places.models import Site
from sijin.visits.models import Visit


@dataclass(frozen=True)
class Behind:
    """Keys of the rows that the reader may see, in their order, and how many more there are."""

    model: str
    keys: list[int]
    hidden: int


def behind(account: Account, model: str, keys: Iterable[int]) -> Behind:
    """Split the rows behind a figure into those that `account` sees and a count of the others (one query)."""
    keys = list(keys)
    if not model:
        return Behind(model, [], 0)
    seen = set(visible(account, apps.get_model(model)).order_by().values_list("pk", flat=True))
    shown = [key for key in keys if key in seen]
    return Behind(model, shown, len(keys) - len(shown))


def columns(model: str) -> list[str]:
    """Return the headings of the rows of `model`."""
    return {
        "ledger.Need": [_("Number"), _("Problem"), _("Site"), _("Lead unit"), _("Found on"), _("Deadline"), _("State")],
        "places.Site": [_("Code"), _("Site"), _("Door"), _("Town"), _("Last visit")],
        "visits.Visit": [_("Visit"), _("Site"), _("Group"), _("Day"), _("Met")],
        "dispatch.Team": [_("Number"), _("Group"), _("Level")],
        "people.Official": [_("Code"), _("Name"), _("Unit")],
        "exchange.Match": [_("Match"), _("Thing"), _("Quantity"), _("For the need"), _("State")],
        "exchange.Complement": [_("For the need"), _("What can solve it"), _("Of whom"), _("Likeness"), _("State")],
    }[model]


@dataclass(frozen=True)
class Row:
    """One row behind a figure: its cells in the order of `columns`, and where it is opened."""

    pk: int
    cells: tuple[Any, ...]
    url: str = ""


def listed(model: str, keys: list[int], standing: dict[int, dict[str, Any]] | None = None) -> list[Row]:
    """Return the rows of `keys`, which the caller has narrowed to what the reader sees (one query).

    `standing` gives the state and the deadline that a need had, where it stood otherwise than now.
    """
    made = {row.pk: row for row in _MADE[model](keys, standing or {})}
    return [made[key] for key in keys if key in made]


def _needs(keys: list[int], standing: dict[int, dict[str, Any]]) -> Iterable[Row]:
    for need in Need.objects.filter(pk__in=keys).select_related("site", "lead_unit"):
        stood = standing.get(need.pk, {})
        state = Need.State(stood.get("state", need.state)).label
        unit = str(need.lead_unit or "")
        cells = (need.number, need.title, str(need.site), unit, need.raised_at, stood.get("due", need.due), state)
        yield Row(need.pk, cells, reverse("ledger:need", args=[need.pk]))


def _sites(keys: list[int], standing: dict[int, dict[str, Any]]) -> Iterable[Row]:
    for site in Site.objects.filter(pk__in=keys).select_related("town"):
        last = standing.get(site.pk, {}).get("last")
        cells = (site.code, site.name, str(site.get_door_display()), str(site.town or ""), last)
        yield Row(site.pk, cells, reverse("works:site", args=[site.pk]))


def _visits(keys: list[int], standing: dict[int, dict[str, Any]]) -> Iterable[Row]:
    for visit in Visit.objects.filter(pk__in=keys).select_related("site", "team"):
        yield Row(visit.pk, (visit.pk, str(visit.site), str(visit.team), visit.at, visit.met))


def _teams(keys: list[int], standing: dict[int, dict[str, Any]]) -> Iterable[Row]:
    for team in Team.objects.filter(pk__in=keys):
        cells = (team.number, team.name, str(team.get_level_display()))
        yield Row(team.pk, cells, reverse("dispatch:team", args=[team.pk]))


def _people(keys: list[int], standing: dict[int, dict[str, Any]]) -> Iterable[Row]:
    for official in Official.objects.filter(pk__in=keys).select_related("unit"):
        yield Row(official.pk, (official.code, official.name, str(official.unit)))


def _matches(keys: list[int], standing: dict[int, dict[str, Any]]) -> Iterable[Row]:
    for match in Match.objects.filter(pk__in=keys).select_related("item__need", "offer"):
        cells = (match.pk, match.offer.item, match.quantity, match.item.need.title, str(match.get_state_display()))
        yield Row(match.pk, cells, reverse("exchange:offer", args=[match.offer_id]))


def _complements(keys: list[int], standing: dict[int, dict[str, Any]]) -> Iterable[Row]:
    rows = Complement.objects.filter(pk__in=keys).select_related("need", "offer", "other__site")
    for one in rows:  # of another need nothing is told here but its number: the reader may not see it
        told = (one.offer.item, one.offer.provider) if one.offer else (_("another need"), one.other.number)
        cells = (one.need.title, *told, f"{100 * one.score:.0f} %", str(one.get_verdict_display()))
        yield Row(one.pk, cells, reverse("ledger:need", args=[one.need_id]))


_MADE = {
    "ledger.Need": _needs,
    "places.Site": _sites,
    "visits.Visit": _visits,
    "dispatch.Team": _teams,
    "people.Official": _people,
    "exchange.Match": _matches,
    "exchange.Complement": _complements,
}
