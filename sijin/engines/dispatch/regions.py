"""Regions of a dispatch: which teams and sites lie in each, and which people are to stay there."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sijin.engines.dispatch.faults import bundles
from sijin.engines.dispatch.halves import sphere
from sijin.engines.dispatch.parties import Array
from sijin.engines.dispatch.problem import Fault, Faulty, Problem

By = str | Mapping[str, Mapping[str, str]]  # a column of teams and sites, or {table: {name: region}}
CHUNK = 4_000  # sites whose distances are held at a time
REST = "*"  # the region of teams and sites that name none


@dataclass(frozen=True)
class Regions:
    """Names of the regions, and the position of each team's, site's and official's (-1: to be found)."""

    names: tuple[str, ...]
    team: Array
    site: Array
    official: Array


def regions_of(problem: Problem, by: By) -> Regions:
    """Read the regions; raise Faulty where they contradict the locks, the ties or each other."""
    teams, sites, officials = (problem.table(name) for name in ("teams", "sites", "officials"))
    if isinstance(by, str):
        if by not in teams.columns:
            raise Faulty([Fault("teams", 0, by, "a column of this name, or a mapping of teams to regions")])
        own = [value or REST for value in teams[by].to_list()]
        of_site = [value or "" for value in sites[by].to_list()] if by in sites.columns else [""] * len(sites)
        of_official = [""] * len(officials)
    else:
        named = {table: by.get(table, {}) for table in ("teams", "sites", "officials")}
        missing = [n for n, team in enumerate(teams["team"]) if not named["teams"].get(team)]
        if missing:
            raise Faulty([Fault("teams", n, "region", "a region for each team", teams["team"][n]) for n in missing])
        own = [named["teams"][team] for team in teams["team"]]
        of_site = [named["sites"].get(site, "") for site in sites["site"]]
        of_official = [named["officials"].get(official, "") for official in officials["official"]]
    names = tuple(sorted(set(own)))
    place = {name: n for n, name in enumerate(names)}
    faults = [
        Fault(table, n, "region", "a region that has teams", name)
        for table, given in (("sites", of_site if not isinstance(by, str) else ()), ("officials", of_official))
        for n, name in enumerate(given)
        if name and name not in place
    ]
    team = np.array([place[name] for name in own], np.int64)
    site = np.array([place.get(name, -1) for name in of_site], np.int64)
    official = np.array([place.get(name, -1) for name in of_official], np.int64)
    found = Regions(names, team, site, official)
    faults += _against(problem, found)
    if faults:
        raise Faulty(faults)
    return found


def _against(problem: Problem, regions: Regions) -> list[Fault]:
    """Name what the regions given contradict: locks to a team elsewhere, people together of two regions, own units."""
    numbers = {team: n for n, team in enumerate(problem.table("teams")["team"])}
    rows = {name: n for n, name in enumerate(problem.table("officials")["official"])}
    sites = {name: n for n, name in enumerate(problem.table("sites")["site"])}
    faults = []
    named = regions.official
    for name, team in problem.locked.officials.items():
        row = rows[name]
        if named[row] >= 0 and named[row] != regions.team[numbers[team]]:
            faults.append(Fault("officials", row, "region", f"the region of team {team}, to which the lock is",
                                regions.names[named[row]]))  # fmt: skip
    for name, team in problem.locked.sites.items():
        row = sites[name]
        regions.site[row] = regions.team[numbers[team]]  # a lock is more than a county
    for together in bundles(problem):
        known = [rows[name] for name in together if name in rows]
        where = {int(named[row]) for row in known} - {-1}
        if len(where) > 1:
            faults.append(Fault("officials", known[0], "together", "people of one region",
                                " | ".join(sorted(regions.names[n] for n in where))))  # fmt: skip
    return faults


def sites_by_nearness(problem: Problem, regions: Regions) -> Array:
    """Return the region of each site: its own, or that of the nearest team with a point, or of the nearest site."""
    found = regions.site.copy()
    sites, teams = problem.table("sites"), problem.table("teams")
    open_rows = np.flatnonzero(found < 0)
    if not len(open_rows):
        return found
    here = sphere(sites["lat"].to_numpy(), sites["lon"].to_numpy())
    bases = teams.select("lat", "lon").to_numpy().astype(np.float64)
    placed = np.flatnonzero(~np.isnan(bases).any(axis=1))
    known = np.flatnonzero(found >= 0)
    points = np.concatenate([sphere(bases[placed, 0], bases[placed, 1]), here[known]])
    whose = np.concatenate([regions.team[placed], found[known]])
    if not len(whose):
        found[open_rows] = 0
        return found
    for rows in np.array_split(open_rows, len(open_rows) // CHUNK + 1):
        found[rows] = whose[np.argmax(here[rows] @ points.T, axis=1)]
    return found
