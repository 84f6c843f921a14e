"""Taking in a roster: `examine` says what each row would do, `take_in` does it for the good ones.

Rows are known by their codes, so that the same workbook twice changes nothing, and a changed one shows what it changes.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.domain import ties
from sijin.dispatch.domain.changes import Kind, Seated, Snapshot, apply_snapshot, running
from sijin.dispatch.domain.entries import Examiner
from sijin.dispatch.domain.sheets import SHEETS, Book, Entry, Fault
from sijin.dispatch.domain.skills import skill_names
from sijin.dispatch.models import Campaign, DispatchChange, Team
from sijin.people.models import Account, Official, Skill, Unit
from sijin.people.policy import require
from sijin.places.domain import add_place
from sijin.places.models import CommunityProfile, EnterpriseProfile, ProjectProfile, Site, VillageProfile

PROFILES = {
    "enterprise": EnterpriseProfile,
    "project": ProjectProfile,
    "village": VillageProfile,
    "community": CommunityProfile,
}
OFFICIAL = ["name", "title", "can_lead", "home", "grade", "led", "free_from", "free_until", "free_note"]
SITE = [
    "door", "name", "region", "county", "town", "lat", "lon", "approximate", "workload", "priority", "opens", "closes",
    "skills", "version",
]  # fmt: skip
Progress = Callable[[int, int, str], None]


@dataclass
class Examined:
    """What a workbook would do: entries by sheet, and the faults of the rows that would stay out."""

    campaign: Campaign | None
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """Return counts by sheet, the first changes, and the number of rows that stay out, as JSON keeps it."""
        sheets, changes = [], []
        for sheet in SHEETS:
            if sheet.key in self.entries:
                counts = Counter(entry.status for entry in self.entries[sheet.key])
                bad = len({fault.row for fault in self.faults if fault.sheet == sheet.name})
                sheets.append({"name": sheet.name, "bad": bad, **{s: counts[s] for s in ("new", "changed", "same")}})
                changes += [
                    {"sheet": sheet.name, "row": entry.line.number, "name": entry.name, "changes": entry.changes}
                    for entry in self.entries[sheet.key]
                    if entry.status == "changed"
                ]
        rows = len({(fault.sheet, fault.row) for fault in self.faults})
        return {"sheets": sheets, "changes": changes[:200], "changed": len(changes), "bad_rows": rows}


def examine(by: Account, campaign: Campaign | None, book: Book, progress: Progress | None = None) -> Examined:
    """Say what the workbook would do to `campaign` (or to the one its first sheet names); nothing is written."""
    require(by, "import", Campaign)
    examiner = Examiner(campaign, book)
    for number, sheet in enumerate(SHEETS):
        if progress:
            progress(number, len(SHEETS) + 1, sheet.name)
        examiner.examine(sheet.key)
    order = {sheet.name: n for n, sheet in enumerate(SHEETS)}
    faults = sorted([*book.faults, *examiner.faults], key=lambda fault: (order[fault.sheet], fault.row))
    return Examined(examiner.campaign, examiner.entries, faults)


@transaction.atomic
def take_in(by: Account, examined: Examined) -> Campaign | None:
    """Write what was examined: the good rows of all sheets, in one transaction; what is the same is left alone."""
    require(by, "import", Campaign)
    campaign = _campaign(examined)
    entries = examined.entries
    units = _units(entries.get("units", []))
    teams = _teams(campaign, entries.get("teams", []), units) if campaign else {}
    people = _officials(entries.get("officials", []), units)
    sites = _sites(entries.get("sites", []))
    if campaign:
        _ties(by, campaign, entries.get("ties", []), people, units)
        _seats(by, campaign, entries, teams, people, sites)
    return campaign


def _campaign(examined: Examined) -> Campaign | None:
    for entry in examined.entries.get("campaign", []):
        facts = {name: value for name, value in entry.facts.items() if name != "code"}
        examined.campaign, _made = Campaign.objects.update_or_create(code=entry.facts["code"], defaults=facts)
    if examined.campaign is not None and examined.campaign.pk is None:
        examined.campaign = None
    return examined.campaign


def _touched(entries: list[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.status != "same"]


def _units(entries: list[Entry]) -> dict[str, Unit]:
    fresh = [Unit(**entry.facts) for entry in entries if entry.status == "new"]
    Unit.objects.bulk_create(fresh)
    changed = [_filled(entry) for entry in entries if entry.status == "changed"]
    Unit.objects.bulk_update(changed, ["name", "level", "region"], batch_size=200)
    return {unit.code: unit for unit in Unit.objects.all()}


def _filled(entry: Entry) -> Any:
    for name, value in entry.facts.items():
        setattr(entry.found, name, value)
    return entry.found


def _teams(campaign: Campaign, entries: list[Entry], units: dict[str, Unit]) -> dict[str, Team]:
    for entry in entries:
        entry.facts["unit"] = units.get(entry.links.get("unit", ""))
    Team.objects.bulk_create(Team(campaign=campaign, **entry.facts) for entry in entries if entry.status == "new")
    changed = [_filled(entry) for entry in entries if entry.status == "changed"]
    Team.objects.bulk_update(
        changed, ["name", "level", "unit", "size_wanted", "county", "skills", "lat", "lon"], batch_size=200
    )
    return {team.number: team for team in campaign.teams.all()}


def _officials(entries: list[Entry], units: dict[str, Unit]) -> dict[str, Official]:
    touched = _touched(entries)
    for entry in touched:
        entry.facts["unit"] = units[entry.links["unit"]]
    Official.objects.bulk_create(Official(**entry.facts) for entry in touched if entry.status == "new")
    changed = [_filled(entry) for entry in touched if entry.status == "changed"]
    Official.objects.bulk_update(changed, [*OFFICIAL, "unit"], batch_size=200)
    people = {person.code: person for person in Official.objects.filter(code__in=[e.facts["code"] for e in entries])}
    skills = _skills({code for entry in touched for code in entry.links["skills"]})
    through = Official.skills.through
    through.objects.filter(official__in=[people[entry.facts["code"]].pk for entry in touched]).delete()
    through.objects.bulk_create(
        through(official=people[entry.facts["code"]], skill=skills[code], level=level)
        for entry in touched
        for code, level in entry.links["skills"].items()
    )
    return people


def _skills(codes: set[str]) -> dict[str, Skill]:
    names = skill_names()
    there = {skill.code: skill for skill in Skill.objects.filter(code__in=codes)}
    fresh = [Skill(code=code, name=names.get(code, code)) for code in sorted(codes - there.keys())]
    return there | {skill.code: skill for skill in Skill.objects.bulk_create(fresh)}


def _sites(entries: list[Entry]) -> dict[str, Site]:
    touched = _touched(entries)
    for entry in touched:
        if place := entry.links.get("place"):
            name, town = place
            entry.facts["region"] = add_place(name, town)
    Site.objects.bulk_create(Site(**entry.facts, source="import") for entry in touched if entry.status == "new")
    changed = [_filled(entry) for entry in touched if entry.status == "changed"]
    for site in changed:
        site.version += 1
    Site.objects.bulk_update(changed, SITE, batch_size=200)
    sites = {site.code: site for site in Site.objects.filter(code__in=[entry.facts["code"] for entry in entries])}
    for entry in touched:
        site = sites[entry.facts["code"]]
        PROFILES[site.door].objects.update_or_create(site=site, defaults=entry.links["profile"])
    return sites


def _ties(
    by: Account, campaign: Campaign, entries: list[Entry], people: dict[str, Official], units: dict[str, Unit]
) -> None:
    """Write the ties, one by one: there are few, and each is checked against the others."""
    named = {code for entry in _touched(entries) for code in entry.links["officials"]} - people.keys()
    people = people | {person.code: person for person in Official.objects.filter(code__in=named)}
    for entry in _touched(entries):
        if entry.links["void"]:
            if entry.found is not None:
                ties.untie(by, entry.found)
            continue
        facts = {name: entry.facts.get(name, getattr(entry.found, name, "")) for name in ("code", "kind", "reason")}
        ties.tie(
            by,
            campaign,
            facts.pop("kind"),
            officials=[people[code] for code in entry.links["officials"]],
            units=[units[code] for code in entry.links["units"]],
            **facts,
        )


def _seats(
    by: Account,
    campaign: Campaign,
    entries: dict[str, list[Entry]],
    teams: dict[str, Team],
    people: dict[str, Official],
    sites: dict[str, Site],
) -> None:
    """Seat the people and post the sites whose rows name another team, locked until the office unlocks them."""
    target, why, now = Snapshot(), {"code": "imported", "values": {}}, running(campaign)
    for entry in entries.get("officials", []):
        if team := teams.get(entry.links.get("team", "")):
            key, leads = people[entry.facts["code"]].pk, entry.links["leads"]
            if not (seat := now.officials.get(key)) or (seat.team, seat.leads) != (team.pk, leads):
                target.officials[key] = Seated(team.pk, leads, why=why, locked=True)
    for entry in entries.get("sites", []):
        if team := teams.get(entry.links.get("team", "")):
            key = sites[entry.facts["code"]].pk
            if not (seat := now.sites.get(key)) or seat.team != team.pk:
                target.sites[key] = Seated(team.pk, why=why, locked=True)
    before, after = now.changed_to(target)
    rows = sum(len(_touched(of_sheet)) for of_sheet in entries.values())
    if not (rows or after.officials or after.sites):
        return
    at = campaign.now()
    first = campaign.start + timedelta(1)
    apply_snapshot(campaign, after, max(first, timezone.localtime(at).date()))
    DispatchChange.objects.create(
        campaign=campaign, by=by, at=at, kind=Kind.IMPORT, subject=_("%(n)s rows") % {"n": rows},
        before=before.plain(), after=after.plain(),
    )  # fmt: skip
