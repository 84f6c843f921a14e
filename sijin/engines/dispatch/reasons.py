"""Why each choice was made, as a code and figures; whoever shows them words them in the reader's language."""

from typing import Any, NamedTuple

import numpy as np
import polars as pl

from sijin.engines.dispatch.formed import Formed
from sijin.engines.dispatch.parties import GENERAL, LEADER
from sijin.engines.dispatch.posting import Posted
from sijin.engines.dispatch.problem import Locks, Problem
from sijin.engines.distances import kilometres


class Reason(NamedTuple):
    """A code and the figures that go with it.

    Sites: ``locked``, ``nearest``, ``nearest_with_skill`` (of the teams that have all wanted skills), ``balanced`` (a
    nearer team, ``nearer``, carries enough). Officials: ``locked``, ``own_unit``, ``leads``, ``skill``, ``seat``.
    Figures: km to the base, ``next`` (second best team) and ``more`` (its extra km), ``skills``, ``sites`` (how many of
    the team's sites want the skill), ``left`` (the team of the running plan, when it is another).
    """

    code: str
    values: dict[str, Any]


def of_sites(problem: Problem, posted: Posted, members: pl.DataFrame) -> dict[str, Reason]:
    """Return a reason for every site."""
    locks, previous = problem.locked, problem.running
    sites, names = problem.table("sites"), problem.table("teams")["team"].to_list()
    skills = _skills_of_teams(problem, members, names)
    found = {}
    for row, (site, wanted) in enumerate(sites.select("site", "skills").iter_rows()):
        team = int(posted.team[row])
        km = posted.km[row]
        order = np.argsort(km, kind="stable")
        has = [bool(wanted) and set(wanted) <= skills[t] for t in range(len(names))] if wanted else []
        values: dict[str, Any] = {"km": round(float(km[team]), 1), "skills": sorted(set(wanted) & skills[team])}
        if missing := sorted(set(wanted) - skills[team]):
            values["missing"] = missing
        if len(names) > 1:
            second = int(order[0] if order[0] != team else order[1])
            values |= {"next": names[second], "more": round(float(km[second] - km[team]), 1)}
        if previous.sites.get(site, names[team]) != names[team]:
            values["left"] = previous.sites[site]
        found[site] = Reason(_site_code(site, team, locks, order, has), values)
    return found


def _site_code(site: str, team: int, locks: Locks, order: np.ndarray[Any, Any], has: list[bool]) -> str:
    if site in locks.sites:
        return "locked"
    if order[0] == team:
        return "nearest_with_skill" if has and has[team] else "nearest"
    if has and has[team] and not any(has[int(t)] for t in order[: int(np.flatnonzero(order == team)[0])]):
        return "nearest_with_skill"
    return "balanced"


def _skills_of_teams(problem: Problem, members: pl.DataFrame, names: list[str]) -> list[set[str]]:
    numbers = {name: n for n, name in enumerate(names)}
    found: list[set[str]] = [set() for _ in names]
    of_official = dict(problem.table("officials").select("official", "skills").iter_rows())
    for official, team in members.select("official", "team").iter_rows():
        found[numbers[team]].update(of_official[official])
    return found


def of_officials(problem: Problem, posted: Posted, formed: Formed) -> dict[str, Reason]:
    """Return a reason for every placed official."""
    locks, previous = problem.locked, problem.running
    names = problem.table("teams")["team"].to_list()
    units, levels = problem.table("teams")["unit"].to_list(), problem.table("teams")["level"].to_list()
    provincial = np.array([level == "province" for level in levels])
    wanting = _sites_wanting(problem, posted)
    with_seat: dict[tuple[str, bool], list[int]] = {}
    for team, kind in sorted(set(formed.seat.values())):
        if units[team] is None:
            with_seat.setdefault((kind, bool(provincial[team])), []).append(team)
    open_to = {key: np.array(teams) for key, teams in with_seat.items()}
    found = {}
    columns = problem.table("officials").select("official", "unit", "lat", "lon", "level")
    for n, (name, unit, lat, lon, level) in enumerate(columns.iter_rows()):
        if n not in formed.seat:
            continue
        team, kind = formed.seat[n]
        values: dict[str, Any] = {}
        if kind not in (LEADER, GENERAL):
            values |= {"skills": [kind], "sites": wanting.get((team, kind), 0)}
        if lat is not None:
            rivals = open_to.get((kind, level == "province"), np.empty(0, np.int64))
            values |= _second(names, team, rivals, kilometres(lat, lon, posted.lat, posted.lon))
        if previous.officials.get(name, names[team]) != names[team]:
            values["left"] = previous.officials[name]
        found[name] = Reason(_official_code(name, kind, locks, bool(units[team]) and units[team] == unit), values)
    return found


def _second(names: list[str], team: int, rivals: np.ndarray[Any, Any], km: np.ndarray[Any, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {"km": round(float(km[team]), 1)}
    rivals = rivals[rivals != team] if len(rivals) else rivals
    if len(rivals):
        second = int(rivals[int(np.argmin(km[rivals]))])
        values |= {"next": names[second], "more": round(float(km[second] - km[team]), 1)}
    return values


def _official_code(name: str, kind: str, locks: Locks, own_unit: bool) -> str:
    if name in locks.officials:
        return "locked"
    if own_unit:
        return "own_unit"
    return {LEADER: "leads", GENERAL: "seat"}.get(kind, "skill")


def _sites_wanting(problem: Problem, posted: Posted) -> dict[tuple[int, str], int]:
    found: dict[tuple[int, str], int] = {}
    for row, skills in enumerate(problem.table("sites")["skills"]):
        for skill in skills:
            key = (int(posted.team[row]), skill)
            found[key] = found.get(key, 0) + 1
    return found
