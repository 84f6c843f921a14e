"""How a row of a roster differs from what is there: what it leaves unsaid stays, what it changes is shown by cell."""

from datetime import time
from typing import Any

from sijin.dispatch.domain.sheets import BY_KEY, Entry
from sijin.dispatch.domain.skills import skill_names
from sijin.dispatch.domain.tie_rows import tie_pairs
from sijin.dispatch.models import Campaign, Membership, Posting
from sijin.people.models import Mastery
from sijin.places.models import Door

TOLD_BY = {"size_wanted": "size", "home": "home_county", "opens": "hours", "closes": "hours"}  # named otherwise


def drop_unsaid(entry: Entry) -> None:
    """Take out what the workbook has no column for: what is known stays. A point goes with its place."""
    absent = entry.line.absent - {"lat", "lon"}
    for facts in (entry.facts, entry.links.get("profile", {})):
        for name in [name for name in facts if TOLD_BY.get(name, name) in absent]:
            del facts[name]
    if "unit" in absent and "unit" in entry.links and entry.found.unit_id:
        entry.links["unit"] = entry.found.unit.code


def fill_levels(entry: Entry, there: bool) -> None:
    """Fill in the levels that the row leaves out: those that are known, or expert for a skill that is new."""
    known = entry.found.levels if there else {}
    given = known if there and "skills" in entry.line.absent else entry.links["skills"]
    entry.links["skills"] = {code: level or known.get(code, Mastery.Level.EXPERT) for code, level in given.items()}


class Changes:
    """Compares the rows of a workbook with a campaign (two queries, when a row names a team)."""

    def __init__(self) -> None:
        self.seated: dict[str, dict[int, str]] = {}

    def of(self, key: str, entry: Entry, campaign: Campaign | None) -> list[list[str]]:
        """Return [header, what is there, what the row says] for every cell that changes something."""
        pairs = [(label, shown(old), shown(new)) for label, old, new in self._pairs(key, entry, campaign)]
        return [[label, old, new] for label, old, new in pairs if old != new]

    def _pairs(self, key: str, entry: Entry, campaign: Campaign | None) -> list[tuple[str, Any, Any]]:
        sheet, found, values = BY_KEY[key], entry.found, entry.line.values
        labels = {column.key: column.header for column in sheet.columns}
        labels |= {"size_wanted": labels.get("size", ""), "home": labels.get("home_county", ""), "region": "地名"}
        labels |= {"opens": labels.get("hours", ""), "closes": labels.get("hours", "")}
        pairs = [
            (labels.get(name, name), getattr(found, name), value)
            for name, value in entry.facts.items()
            if (name in labels or name in ("region", "home", "opens", "closes")) and hasattr(found, name)
        ]
        links = entry.links
        if "unit" in links:
            pairs.append((labels["unit"], found.unit.code if found.unit_id else "", links["unit"]))
        if key == "officials":
            pairs.append((labels["skills"], found.levels, links["skills"]))
        if key == "ties":
            pairs += tie_pairs(labels, found, links)
        if key == "sites":
            profile = getattr(found, found.door, None) if found.door == values["door"] else None
            none = {"stage": "not_started"}  # what a site without a profile is taken to say
            facts = links["profile"].items()
            pairs += [(labels[name], getattr(profile, name, none.get(name, "")), value) for name, value in facts]
        if links.get("team"):
            pairs.append((labels["team"], self._seat(key, found, campaign), links["team"]))
        choices = {
            c.header: {v: word for word, v in c.choices.items() if v} for c in sheet.columns if c.kind == "choice"
        }
        return [
            (label, choices[label].get(old, old), choices[label].get(new, new))
            if label in choices
            else (label, old, new)
            for label, old, new in pairs
        ]

    def _seat(self, key: str, found: Any, campaign: Campaign | None) -> str:
        if not self.seated:
            pk = campaign.pk if campaign else None
            members = Membership.objects.filter(team__campaign=pk).values_list("official", "team__number")
            posts = Posting.objects.filter(team__campaign=pk, until=None).values_list("site", "team__number")
            self.seated = {"officials": dict(members), "sites": dict(posts)}
        return self.seated[key].get(found.pk, "")


def shown(value: Any) -> str:
    """Return a value as the list of changes shows it."""
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        names = skill_names()
        shown = (
            names.get(code, code) + ("" if level == Mastery.Level.EXPERT else f":{level}")
            for code, level in sorted(value.items())
        )
        return "、".join(shown)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, list):
        names = skill_names() | {door.value: str(door.label) for door in Door}
        return "、".join(names.get(item, str(item)) for item in value)
    if isinstance(value, float):
        return f"{value:g}"
    return f"{value:.2f}" if hasattr(value, "quantize") else str(value)
