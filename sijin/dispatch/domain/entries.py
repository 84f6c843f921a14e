"""Each row of a roster against what is there: new, changed (in what) or the same, or a fault in a cell."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from sijin.dispatch.domain.sheets import BY_KEY, Book, Fault, Line
from sijin.dispatch.domain.skills import skill_code, skill_names
from sijin.dispatch.models import Campaign, Membership, Posting, Team
from sijin.people.models import Official, Unit
from sijin.places.distance import kilometres
from sijin.places.domain import AmbiguousPlace, Gazetteer, PlaceError, UnknownPlace
from sijin.places.models import Door, EnterpriseProfile, Region, Site
from sijin.places.uscc import valid

FARTHEST = 60.0  # km that a site's own point may lie from the point of its place
PROFILE = {
    "enterprise": ("uscc", "industry", "staff", "revenue"),
    "project": ("investment", "stage", "parties"),
    "village": ("area_mu", "households"),
    "community": ("households", "grids"),
}
NAMED = {"campaign": "code", "units": "code", "officials": "code", "teams": "number", "sites": "code"}


@dataclass
class Entry:
    """One good row: what it would write (`facts`), what it hangs on (`links`), how it differs from what is there."""

    line: Line
    name: str
    facts: dict[str, Any]
    links: dict[str, Any] = field(default_factory=dict)
    found: Any = None
    status: str = "new"
    changes: list[list[str]] = field(default_factory=list)


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
                person.code: person
                for person in Official.objects.select_related("unit", "home").prefetch_related("skills")
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
        facts = {name: values[name] for name in ("code", "name", "title", "can_lead")} | {"home": home}
        links = {
            "unit": self._unit("unit", values["unit"]),
            "skills": sorted({skill_code(word) for word in values["skills"]}),
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
        if entry.found is None or entry.found.pk is None:
            return entry
        entry.changes = [
            [label, _shown(old), _shown(new)]
            for label, old, new in self._pairs(key, entry)
            if _shown(old) != _shown(new)
        ]
        entry.status = "changed" if entry.changes else "same"
        return entry

    def _pairs(self, key: str, entry: Entry) -> list[tuple[str, Any, Any]]:
        sheet, found, values = BY_KEY[key], entry.found, entry.line.values
        labels = {column.key: column.header for column in sheet.columns}
        labels |= {"size_wanted": labels.get("size", ""), "home": labels.get("home_county", ""), "region": "地名"}
        pairs = [
            (labels.get(name, name), getattr(found, name), value)
            for name, value in entry.facts.items()
            if name in labels or name in ("region", "home")
        ]
        links = entry.links
        if "unit" in links:
            pairs.append((labels["unit"], found.unit.code if found.unit_id else "", links["unit"]))
        if key == "officials":
            pairs.append((labels["skills"], sorted(skill.code for skill in found.skills.all()), links["skills"]))
        if key == "sites":
            profile = getattr(found, found.door, None) if found.door == values["door"] else None
            pairs += [(labels[name], getattr(profile, name, ""), value) for name, value in links["profile"].items()]
        if links.get("team"):
            pairs.append((labels["team"], self._seat(key, found), links["team"]))
        return pairs

    def _seat(self, key: str, found: Any) -> str:
        if not hasattr(self, "_seated"):
            pk = self.campaign.pk if self.campaign else None
            members = Membership.objects.filter(team__campaign=pk).values_list("official", "team__number")
            posts = Posting.objects.filter(team__campaign=pk, until=None).values_list("site", "team__number")
            self._seated = {"officials": dict(members), "sites": dict(posts)}
        return self._seated[key].get(found.pk, "")


def _shown(value: Any) -> str:
    """Return a value as the list of changes shows it."""
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        names = skill_names() | {door.value: str(door.label) for door in Door}
        return "、".join(names.get(item, str(item)) for item in value)
    if isinstance(value, float):
        return f"{value:g}"
    return f"{value:.2f}" if hasattr(value, "quantize") else str(value)
