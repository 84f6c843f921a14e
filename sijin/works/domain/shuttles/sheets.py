"""The sheet of the fleet: its columns, how a row becomes facts or faults, and taking a sheet in.

A fault names the column, what stands there and what was expected; good rows stay, bad rows come back.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.exchange.domain.cells import known, number, read_row, short, whole
from sijin.exchange.domain.imports import Kept
from sijin.people.models import Account, Unit
from sijin.people.policy import require, visible
from sijin.people.refusals import Refused, RuleBroken, Stale
from sijin.places.models import Site
from sijin.works.domain.returning import pick_ups, pins
from sijin.works.domain.shuttles import fleet
from sijin.works.domain.shuttles.terms import province_of_plate
from sijin.works.models import Bus, FleetImport, PickUp

# field, heading, width, example
COLUMNS = (
    ("plate", "车牌", 12, "鲁K12345"),
    ("version", "版本", 6, ""),
    ("seats", "座位数", 8, "44"),
    ("fixed", "每趟费用（元）", 14, "1500"),
    ("per_km", "每公里费用（元）", 16, "4.8"),
    ("depot", "停放地点", 18, "P001"),
    ("owner", "承运企业", 24, ""),
    ("unit", "负责单位", 20, ""),
    ("driver", "驾驶员甲", 12, "驾驶员01"),
    ("phone", "电话甲", 14, ""),
    ("driver_2", "驾驶员乙", 12, "驾驶员02"),
    ("phone_2", "电话乙", 14, ""),
)
REQUIRED = ("plate", "seats", "fixed", "per_km", "depot")
MOST = 2_000  # rows of a sheet


class BusRows:
    """Reads and writes rows of buses; asks for sites, places and units once for the whole sheet."""

    columns = COLUMNS
    required = REQUIRED

    def __init__(self, account: Account) -> None:
        self.account = account
        self.sites = {site.code: site for site in visible(account, Site)}
        self.units = {unit.name: unit for unit in visible(account, Unit)}

    def value(self, name: str, text: str) -> Any:
        """Return the value of one cell; ValueError says what was expected."""
        if not text:
            return None if name in ("version", "unit") else ""
        if name == "depot":
            return self._depot(text)
        if name == "unit":
            return known(self.units, text, _("the full name of a department"))
        readers: dict[str, Callable[[str], Any]] = {
            "plate": _plate, "version": whole(1), "seats": whole(*fleet.SEATS),
            "fixed": number(least=0, most=1_000_000, places=2), "per_km": number(least=0, most=10_000, places=2),
        }  # fmt: skip
        most = {"owner": 80, "driver": 40, "driver_2": 40}.get(name, 20)
        return readers.get(name, short(most))(text)

    def _depot(self, text: str) -> Site | PickUp | tuple[float, float]:
        if text in self.sites:
            return self.sites[text]
        place = PickUp.objects.filter(code=text).first() or PickUp.objects.filter(name=text).first()
        if place is not None:
            return place
        try:
            lat, lon = (float(part) for part in text.replace("，", ",").split(","))
        except ValueError:
            raise ValueError(_("the code of a site, a place to board, or latitude,longitude")) from None
        return lat, lon

    def write(self, by: Account, facts: dict[str, Any], at: datetime) -> str:
        """Write one row; say what became of it."""
        depot, plate = facts.pop("depot"), facts.pop("plate")
        drivers = _drivers(plate, facts)
        if isinstance(depot, tuple):
            depot = _set_by_hand(by, plate, *depot, at)
        where = {"depot_site": None, "depot_place": None}
        where["depot_site" if isinstance(depot, Site) else "depot_place"] = depot
        facts["drivers"] = [one for one in drivers if one["role"]]
        return fleet.keep(by, plate, version=facts.pop("version", None), **facts, **where)[1]


def _drivers(plate: str, facts: dict[str, Any]) -> list[dict[str, str]]:
    """Take the drivers out of a row's facts; what the sheet has no column for stays as the bus has it."""
    columns = (("driver", "phone"), ("driver_2", "phone_2"))
    known: list[dict[str, str]] = []
    if any(name not in facts for pair in columns for name in pair):
        known = Bus.objects.filter(plate=plate).values_list("drivers", flat=True).first() or []
    found = []
    for n, (role, phone) in enumerate(columns):
        there = known[n] if n < len(known) else {}
        found.append(
            {"role": facts.pop(role, there.get("role", "")), "phone": facts.pop(phone, there.get("phone", ""))}
        )
    return found


def _plate(text: str) -> str:
    plate = fleet.plain(text)
    if not fleet.PLATE.fullmatch(plate):
        raise ValueError(_("a plate like 鲁K12345"))
    try:
        province_of_plate(plate)
    except RuleBroken as refusal:
        raise ValueError(refusal.message) from None
    return plate


def _set_by_hand(by: Account, plate: str, lat: float, lon: float, at: datetime) -> PickUp:
    """Return the place of a bus that stands at a point: that of another bus there, else a new one."""
    there = PickUp.objects.filter(code__startswith=pick_ups.OWN, lat=lat, lon=lon).first()
    if there is not None:
        return there
    return pins.make(by, f"{plate}停放点", lat=lat, lon=lon, at=at, province=province_of_plate(plate))[0]


@transaction.atomic
def take(by: Account, name: str, rows: list[dict[str, Any]], *, at: datetime) -> FleetImport:
    """Take in every good row of a sheet of buses; the others come back with what is wrong."""
    require(by, "make", FleetImport)
    require(by, "keep", Bus)
    if len(rows) > MOST:
        raise RuleBroken(_("The sheet has more than %(limit)s rows.") % {"limit": MOST}, field="sheet")
    made, parser = FleetImport(made_by=by, made_at=at, name=name[:200]), BusRows(by)
    for row in rows:
        kept: Kept = read_row(parser, row["cells"], partial=True)
        if not kept.faults:
            try:
                with transaction.atomic():
                    became = parser.write(by, kept.facts, at)
                setattr(made, became, getattr(made, became) + 1)
            except Stale as stale:
                differs = stale.facts.get("diff", {}).items()
                told = "；".join(f"{field}: {mine} / {theirs}" for field, (mine, theirs) in differs)
                kept.faults.append(f"{stale.message} {told}".strip())
            except Refused as refusal:
                kept.faults.append(refusal.message)
        if kept.faults:
            made.bad.append({**row, "faults": kept.faults})
    made.save()
    return made
