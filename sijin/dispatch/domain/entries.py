"""Each row of a roster against what is there: new, changed (in what) or the same, or a fault in a cell."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from sijin.dispatch.domain.entry_changes import Changes, drop_unsaid, fill_levels
from sijin.dispatch.domain.sheets import BY_KEY, Book, Entry, Fault, Line
from sijin.dispatch.domain.skills import skill_code
from sijin.dispatch.domain.tie_rows import TieReader
from sijin.dispatch.models import Campaign, Team
from sijin.people.models import HELD, Official, Unit
from sijin.people.refusals import RuleBroken
from sijin.places.distance import kilometres
from sijin.places.domain import AmbiguousPlace, Gazetteer, PlaceError, UnknownPlace
from sijin.places.models import Door, EnterpriseProfile, Region, Site
from sijin.places.uscc import valid

OFFICIAL = ("code", "name", "title", "can_lead", "grade", "free_from", "free_until", "free_note")
FARTHEST = 60.0  # km that a site's own point may lie from the point of its place
PROFILE = {
    "enterprise": ("uscc", "industry", "staff", "revenue"),
    "project": ("investment", "stage", "parties"),
    "village": ("area_mu", "households"),
    "community": ("households", "grids"),
}
NAMED = {"campaign": "code", "units": "code", "officials": "code", "teams": "number", "sites": "code", "ties": "code"}


class Wrong(Exception):
    """A cell is wrong: column key and what was expected."""

    def __init__(self, column: str, expected: str) -> None:
        super().__init__(expected)
        self.column, self.expected = column, expected


class Examiner:
    """Holds what is there (about ten queries) and examines a workbook's sheets in their order."""

    def __init__(self, campaign: Campaign | None, book: Book) -> None:
        self.campaign, self.book = campaign, book
        self.entries: dict[str, list[Entry]] = {}
        self.faults: list[Fault] = []
        self.places = Gazetteer()
        self.changes = Changes()
        self.units = {unit.code: unit for unit in Unit.objects.all()}
        self.unit_names = {unit.name: unit.code for unit in self.units.values()}
        self.known: dict[str, dict[str, Any]] = {"units": dict(self.units)}
        self.teams: set[str] = set()
        self.uscc = dict(EnterpriseProfile.objects.exclude(uscc="").values_list("uscc", "site__code"))

    def examine(self, key: str) -> None:
        """Examine one sheet; later sheets may name what earlier ones bring."""
        lines = self.book.lines.get(key)
        if lines is None:
            return
        self.known[key] = {"units": lambda: self.units, **self._there()}[key]()
        seen: dict[str, int] = {}
        entries = self.entries.setdefault(key, [])
        read: Callable[[dict[str, Any]], Entry | None] = getattr(self, f"_{key}")
        for line in lines:
            name = str(line.values.get(NAMED[key]) or "")
            if name and name in seen:
                expected = _("a code that no other row has; row %(n)s has it") % {"n": seen[name]}
                self._fault(line, NAMED[key], expected)
                continue
            seen[name] = line.number
            if line.faulty:
                continue
            try:
                facts, links = read(line.values)
            except Wrong as wrong:
                self._fault(line, wrong.column, wrong.expected)
                continue
            entries.append(self._compared(key, Entry(line, str(line.values.get("name") or name), facts, links)))

    def _there(self) -> dict[str, Callable[[], dict[str, Any]]]:
        campaign = self.campaign
        teams = campaign.teams.select_related("unit", "county") if campaign and campaign.pk else Team.objects.none()
        return {
            "campaign": lambda: {row.code: row for row in Campaign.objects.all()},
            "teams": lambda: {team.number: team for team in teams},
            "officials": lambda: {
                person.code: person for person in Official.objects.select_related("unit", "home").prefetch_related(HELD)
            },
            "ties": lambda: {
                tie.code: tie
                for tie in (
                    campaign.ties.prefetch_related("tied__official", "tied__unit") if campaign and campaign.pk else ()
                )
            },
            "sites": lambda: {
                site.code: site
                for site in Site.objects.select_related(
                    "region", "county", "town", "enterprise", "project", "village", "community"
                )
            },
        }

    def _fault(self, line: Line, column: str, expected: str) -> None:
        sheet = BY_KEY[line.sheet]
        value = str(line.typed.get(column, ""))[:80]
        self.faults.append(Fault(sheet.name, line.number, sheet.column(column).header, value, expected))

    # what a row of each sheet says

    def _campaign(self, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        if values["end"] and values["end"] < values["start"]:
            raise Wrong("end", _("a day on or after the start"))
        doors = [door for door in Door.values if door in values["doors"]] or list(Door.values)
        facts = {name: values[name] for name in ("code", "name", "start", "end")} | {"doors": doors}
        if self.campaign is None:
            self.campaign = Campaign.objects.filter(code=values["code"]).first() or Campaign(**facts)
        elif self.campaign.code != values["code"]:
            raise Wrong("code", _("the campaign %(code)s, or start from another campaign's page") % {
                "code": self.campaign.code})  # fmt: skip
        return facts, {}

    def _units(self, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        owner = self.unit_names.get(values["name"])
        if owner not in (None, values["code"]):
            raise Wrong("name", _("a name that no other unit has; %(code)s has it") % {"code": owner})
        self.unit_names[values["name"]] = values["code"]
        region = self._place({"county": values["county"]}) if values["county"] else None
        self.units.setdefault(values["code"], Unit(code=values["code"], name=values["name"], level=values["level"]))
        return {name: values[name] for name in ("code", "name", "level")} | {"region": region}, {}

    def _unit(self, column: str, named: str) -> str:
        code = named if named in self.units else self.unit_names.get(named)
        if code is None:
            raise Wrong(column, _("the code or name of a unit that is known or stands in the sheet 单位"))
        return code

    def _teams(self, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        if self.campaign is None:
            raise Wrong("number", _("a campaign: fill the sheet 行动, or import from a campaign's page"))
        self._both_or_neither(values)
        facts = {
            "number": values["number"],
            "name": values["name"],
            "level": values["level"],
            "size_wanted": self._size(values),
            "county": self.places.county(self._place({"county": values["county"]})) if values["county"] else None,
            "skills": sorted({skill_code(word) for word in values["skills"]}),
            "lat": values["lat"],
            "lon": values["lon"],
        }
        there = self.known["teams"].get(values["number"])
        if there is not None and values["lat"] is None:  # a base that a plan has found stays
            facts |= {"lat": there.lat, "lon": there.lon}
        unit = self._unit("unit", values["unit"]) if values["unit"] else ""
        if unit:
            facts["unit_id"] = self.units[unit].pk
        return {name: value for name, value in facts.items() if name != "unit_id"}, {"unit": unit}

    def _size(self, values: dict[str, Any]) -> int:
        if values["size"] is None:
            return 5
        if not 1 <= values["size"] <= 50:
            raise Wrong("size", _("a whole number from 1 to 50"))
        return int(values["size"])

    def _officials(self, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        home = None
        if values["home_county"] or values["home_town"]:
            home = self._place({"home_county": values["home_county"], "home_town": values["home_town"]})
        facts = {name: values[name] for name in OFFICIAL} | {"home": home, "led": values["led"] or 0}
        if facts["led"] > 1000:
            raise Wrong("led", _("a whole number from 0"))
        if facts["free_from"] and facts["free_until"] and facts["free_until"] < facts["free_from"]:
            raise Wrong("free_until", _("a day on or after the day in 可派开始"))
        links = {
            "unit": self._unit("unit", values["unit"]),
            "skills": {skill_code(word): level for word, level in values["skills"]},
            "team": self._team(values),
            "leads": values["leads"],
        }
        if values["leads"]:
            leaders = [e for e in self.entries["officials"] if e.links["leads"] and e.links["team"] == links["team"]]
            if not links["team"]:
                raise Wrong("leads", _("a team in the column 工作组"))
            if leaders:
                raise Wrong("leads", _("one leader a team; row %(n)s leads it") % {"n": leaders[0].line.number})
        return facts, links

    def _team(self, values: dict[str, Any]) -> str:
        number = values["team"]
        if not number:
            return ""
        if self.campaign is None or number not in self._numbers():
            raise Wrong("team", _("the number of a team that is known or stands in the sheet 工作组"))
        return str(number)

    def _numbers(self) -> set[str]:
        if not self.teams:
            if self.campaign is not None and self.campaign.pk:
                self.teams = set(self.campaign.teams.values_list("number", flat=True))
            self.teams |= {entry.facts["number"] for entry in self.entries.get("teams", [])}
        return self.teams

    def _sites(self, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        door = values["door"]
        for column in BY_KEY["sites"].columns:
            if column.doors and door not in column.doors and values[column.key] not in ("", None, []):
                raise Wrong(column.key, _("nothing: this column is for %(doors)s") % {
                    "doors": "、".join(str(Door(d).label) for d in column.doors)})  # fmt: skip
        if values["workload"] is not None and not 0 <= values["workload"] <= 7:
            raise Wrong("workload", _("days a week from 0 to 7"))
        if values["priority"] is not None and not 0 <= values["priority"] <= 10:
            raise Wrong("priority", _("a number from 0 to 10"))
        self._both_or_neither(values)
        region, place = self._region(values)
        anchor = place[1] if place else region
        county = self.places.county(anchor)
        facts = {
            "code": values["code"],
            "door": door,
            "name": values["name"],
            "region": region,
            "county": county,
            "town": self.places.town(anchor),
            "workload": 1.0 if values["workload"] is None else values["workload"],
            "priority": 1.0 if values["priority"] is None else values["priority"],
            "opens": values["hours"][0],
            "closes": values["hours"][1],
            "skills": sorted({skill_code(word) for word in values["skills"]}),
            **self._point(values, anchor),
        }
        links = {"profile": self._profile(door, values), "team": self._team(values)}
        return facts, links | ({"place": place} if place else {})

    def _both_or_neither(self, values: dict[str, Any]) -> None:
        lat, lon = values["lat"], values["lon"]
        if (lat is None) != (lon is None):
            raise Wrong("lat" if lat is None else "lon", _("latitude and longitude together, or neither"))
        if lat is not None and not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise Wrong("lat", _("degrees: latitude about 37, longitude about 122"))

    def _region(self, values: dict[str, Any]) -> tuple[Region, tuple[str, Region] | None]:
        """Return the site's region, or its town with the name of the place that is to be made under it."""
        names = {key: values[key] for key in ("county", "town", "village")}
        try:
            return self._place(names), None
        except Wrong as wrong:
            if not (values["make_place"] and wrong.column == "village" and values["town"]):
                raise
            town = self._place({key: names[key] for key in ("county", "town")})
            if town.level != Region.Level.TOWN or isinstance(wrong.__cause__, AmbiguousPlace):
                raise
            return town, (values["village"], town)

    def _place(self, names: dict[str, str]) -> Region:
        at: Region | None = None
        for column, name in names.items():
            if not name:
                continue
            try:
                at = self.places.resolve(name, at)
            except AmbiguousPlace as error:
                raise Wrong(column, _("one place; this name fits %(places)s") % {
                    "places": "、".join(error.paths)}) from error  # fmt: skip
            except UnknownPlace as error:
                where = self.places.path(at) if at else _("this city")
                raise Wrong(column, _("a place in %(where)s, by its name or another name of it") % {
                    "where": where}) from error  # fmt: skip
            except PlaceError as error:
                raise Wrong(column, str(error)) from error
        if at is None:
            raise Wrong(next(iter(names)), _("the name of a place"))
        return at

    def _point(self, values: dict[str, Any], anchor: Region) -> dict[str, Any]:
        if values["lat"] is not None:
            if anchor.lat is not None and anchor.lon is not None:
                km = kilometres(values["lat"], values["lon"], anchor.lat, anchor.lon)
                if km > FARTHEST:
                    raise Wrong("lat", _("a point near %(place)s; this one is %(km)d km away") % {
                        "place": anchor.name, "km": km})  # fmt: skip
            return {"lat": values["lat"], "lon": values["lon"], "approximate": False}
        there = self.known["sites"].get(values["code"])
        if there is not None and there.region_id == anchor.pk:  # an empty cell knows nothing better
            return {"lat": there.lat, "lon": there.lon, "approximate": there.approximate}
        if anchor.lat is None:
            raise Wrong("lat", _("a point: this place has none of its own"))
        return {"lat": anchor.lat, "lon": anchor.lon, "approximate": True}

    def _profile(self, door: str, values: dict[str, Any]) -> dict[str, Any]:
        facts = {name: values[name] for name in PROFILE[door]}
        if door == "project":
            facts["stage"] = facts["stage"] or "not_started"
        if uscc := facts.get("uscc"):
            facts["uscc"] = uscc = uscc.upper()
            if not valid(uscc):
                raise Wrong("uscc", _("18 characters with the right check character (GB 32100)"))
            if self.uscc.setdefault(uscc, values["code"]) != values["code"]:
                raise Wrong("uscc", _("a code that no other firm has; %(code)s has it") % {"code": self.uscc[uscc]})
        return facts

    # against what is there

    def _compared(self, key: str, entry: Entry) -> Entry:
        entry.found = self.known[key].get(entry.facts[NAMED[key]]) if self.known[key] else None
        there = entry.found is not None and entry.found.pk is not None
        if key == "officials":
            fill_levels(entry, there)
        if not there:
            return entry
        drop_unsaid(entry)
        entry.changes = self.changes.of(key, entry, self.campaign)
        entry.status = "changed" if entry.changes else "same"
        return entry

    def _ties(self, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        if self.campaign is None:
            raise Wrong("code", _("a campaign: fill the sheet 行动, or import from a campaign's page"))
        if not hasattr(self, "_namer"):
            self.known.setdefault("officials", self._there()["officials"]())
            fresh = [(e.facts["code"], e.facts["name"], e.links["unit"]) for e in self.entries.get("officials", [])]
            people = [(o.code, o.name, o.unit.code) for o in self.known["officials"].values()]
            self._namer = TieReader([*people, *fresh], self.units, self.known["ties"].values())
        try:
            return self._namer.read(values)
        except RuleBroken as refusal:
            raise Wrong(str(refusal.facts["field"]), refusal.message) from refusal
