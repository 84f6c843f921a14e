"""The reasons of a plan in the reader's language: the engine gives a code and figures, the words are found here."""

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sijin.dispatch.domain.rule_book import BY_CODE
from sijin.dispatch.domain.skills import skill_names
from sijin.engines import dispatch
from sijin.people.models import Official
from sijin.places.models import Site


def reason(why: dict[str, Any], said: str = "") -> str:
    """Word the reason of a membership or posting; `said` is what a person wrote down, and goes first."""
    parts = [said] if said else []
    if code := why.get("code"):
        values = why.get("values", {})
        parts += [_of(code, values), *_further(code, values)]
    return "；".join(part for part in parts if part)


def _names(codes: list[str]) -> str:
    names = skill_names()
    return "、".join(names.get(code, code) for code in codes)


def _of(code: str, values: dict[str, Any]) -> str:
    filled = {"km": values.get("km", "—"), "skills": _names(values.get("skills", [])), "sites": values.get("sites", 0)}
    words = {
        "nearest": _("the nearest team, %(km)s km from its base"),
        "nearest_with_skill": _("the nearest team with %(skills)s, %(km)s km"),
        "balanced": _("%(km)s km from its base; a nearer team has enough sites or lacks the skill"),
        "leads": _("can lead; %(km)s km from home to the base"),
        "skill": _("%(skills)s, wanted by %(sites)s of the team's sites; %(km)s km from home"),
        "seat": _("fills a seat of the team; %(km)s km from home"),
        "own_unit": _("sent as a team by the home unit"),
        "locked": _("locked by the office"),
        "imported": _("named in the imported roster"),
        "by_hand": _("moved by hand"),
    }.get(code, "")
    return words % filled if words else code


def _further(code: str, values: dict[str, Any]) -> list[str]:
    found = []
    if missing := values.get("missing"):
        found.append(_("no member with %(skills)s") % {"skills": _names(missing)})
    if "next" in values:
        words = _("next best %(team)s, %(km)s km more")
        if values["more"] < 0:
            words = _("%(team)s is %(km)s km nearer")
            if code in ("leads", "skill", "seat"):
                words = _("%(team)s is %(km)s km nearer, but its seat costs less with another")
        found.append(words % {"team": values["next"], "km": abs(values["more"])})
    if left := values.get("left"):
        found.append(_("was with %(team)s") % {"team": left})
    return found


def away_words(person: Official, day: date) -> list[str]:
    """Say when a person who is not free on `day` can be sent; nothing of one who is free."""
    if person.free(day):
        return []
    if person.free_from and person.free_from > day:
        words = _("away until %(day)s") % {"day": day_words(person.free_from - timedelta(1))}
    else:
        words = _("away since %(day)s") % {"day": day_words(person.free_until + timedelta(1))}
    return [f"{words}（{person.free_note}）" if person.free_note else words]


def facts_of(person: Official, day: date) -> list[str]:
    """Say a person's grade, how often they led before, and from when until when they can be sent."""
    found = [str(person.get_grade_display())] if person.grade else []
    if person.led:
        found.append(ngettext("led %(n)d team before", "led %(n)d teams before", person.led) % {"n": person.led})
    if away := away_words(person, day):
        return found + away
    if person.free_until:
        words = _("free until %(day)s") % {"day": day_words(person.free_until)}
        found.append(f"{words}（{person.free_note}）" if person.free_note else words)
    return found


def day_words(day: date) -> str:
    """Return a day as pages show it: 3月4日."""
    return _("%(month)d/%(day)d") % {"month": day.month, "day": day.day}


NAMED = 5  # faults that are said one by one
BENDS = {  # what a hard rule gives way by, counted as the engine counts
    "size": gettext_lazy("%(n)g seats short of the least, or beyond the most, somewhere"),
    "leader": gettext_lazy("%(n)g teams without a leader"),
    "senior": gettext_lazy("%(n)g seniors missing"),
    "junior": gettext_lazy("%(n)g juniors too many"),
    "unit_most": gettext_lazy("%(n)g people of one unit too many"),
    "city_share": gettext_lazy("%(n)g people missing to the share of city staff"),
    "skills": gettext_lazy("%(n)g wanted skills without a holder"),
    "apart": gettext_lazy("%(n)g people too close to another"),
    "placed": gettext_lazy("%(n)g people without a team"),
}


def clash(error: dispatch.Clash, rules: dispatch.Rules) -> str:
    """Say which firm rules cannot all be kept, and for each by how much it would give way alone."""
    said = {code: BY_CODE[code].said(rules) for code in error.rules}
    parts = [_("These firm rules cannot all be kept: %(rules)s.") % {"rules": "；".join(said.values())}]
    for code, words in said.items():
        by = error.relaxed[code]
        if by == by:  # unknown is not a number
            bend = str(BENDS[code]) % {"n": by}
            parts.append(_("If “%(rule)s” may be bent: %(bend)s.") % {"rule": words, "bend": bend})
    return " ".join(parts)


def faults(error: dispatch.Faulty, problem: dispatch.Problem) -> str:
    """Say what is wrong with the input, with the names of people, sites and teams (two queries at most)."""
    return _("The plan cannot be made: %(faults)s") % {"faults": "；".join(_faults(error.faults, problem))}


def _faults(found: list[dispatch.Fault], problem: dispatch.Problem) -> list[str]:
    told = found[:NAMED]
    people = {fault.value for fault in told} | {name for fault in told for name in fault.value.split(" | ")}
    people |= {part for fault in told for part in fault.value.split(", ")}
    keys = {_key(fault, problem) for fault in told} | people
    numbers = {int(key) for key in keys if key.isdecimal() and len(key) <= 18}
    names = {
        "officials": dict(Official.objects.filter(pk__in=numbers).values_list("pk", "name")),
        "sites": dict(Site.objects.filter(pk__in=numbers).values_list("pk", "name")),
    }

    def name(table: str, key: str) -> str:
        return names.get(table, {}).get(int(key), key) if key.isdecimal() and len(key) <= 18 else key

    rows = []
    for fault in told:
        which = name(fault.table, _key(fault, problem))
        value = "、".join(name(fault.table, part) for part in fault.value.replace(" | ", ", ").split(", "))
        field = str(FIELDS.get(fault.field, fault.field))
        expected = str(EXPECTED.get(fault.field, fault.expected))
        rows.append(_("%(which)s, %(field)s: %(value)s (expected: %(expected)s)") % {
            "which": which, "field": field, "value": value or "—", "expected": expected})  # fmt: skip
    if len(found) > NAMED:
        rows.append(_("and %(n)d more") % {"n": len(found) - NAMED})
    return rows


def _key(fault: dispatch.Fault, problem: dispatch.Problem) -> str:
    if fault.table not in ("officials", "sites", "teams"):
        return str(FIELDS["rules"])
    table = problem.table(fault.table)
    return str(table.to_series(0)[fault.row]) if fault.row < len(table) else "—"


FIELDS = {
    "rules": gettext_lazy("Rules"),
    "lock": gettext_lazy("locked to"),
    "together": gettext_lazy("tied together"),
    "apart": gettext_lazy("kept apart"),
    "size": gettext_lazy("Team size"),
    "lat": gettext_lazy("latitude"),
    "lon": gettext_lazy("longitude"),
    "workload": gettext_lazy("days a week"),
    "priority": gettext_lazy("priority"),
    "level": gettext_lazy("level"),
}
EXPECTED = {
    "together": gettext_lazy("no more than a team holds, and locks to one team"),
    "apart": gettext_lazy("neither tied together nor locked to one team"),
    "lock": gettext_lazy("a team of this campaign"),
}
