"""The reasons of a plan in the reader's language: the engine gives a code and figures, the words are found here."""

from typing import Any

from django.utils.translation import gettext as _

from sijin.dispatch.domain.skills import skill_names


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
