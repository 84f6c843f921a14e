"""A part of a dispatch as plain tables: what travels to a worker, in this process, in another one or over a network.

A parcel is a dict of tables by name. `cut` takes teams, sites and officials out of a problem with all that is said of
them; `packed` and `unpacked` turn a problem into tables and back.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from io import BytesIO
from typing import Any

import numpy as np
import polars as pl

from sijin.engines.dispatch.columns import Key
from sijin.engines.dispatch.parties import Array
from sijin.engines.dispatch.problem import Locks, Previous, Problem, Rules, Ties

Parcel = dict[str, pl.DataFrame]
PAIR = {"name": pl.String, "team": pl.String}
GROUP = {"tie": pl.String, "group": pl.Int64, "name": pl.String}
PRICES = {"key": pl.String, "team": pl.String, "price": pl.Float64}
SEATS = {"official": pl.String, "team": pl.String, "kind": pl.String}


class Cutter:
    """Cuts parts out of a problem; what is looked up for every part is laid out once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.officials = problem.table("officials")["official"].to_numpy()
        self.units = problem.table("officials")["unit"].to_numpy()
        self.teams = problem.table("teams")["team"].to_numpy()
        self.sites = problem.table("sites")["site"].to_numpy()
        rows = {name: n for n, name in enumerate(self.officials)}
        ties = problem.ties
        self.together, self.apart = (
            [np.array([rows[name] for name in group if name in rows], np.int64) for group in groups]
            for groups in (ties.together, ties.apart)
        )

    def cut(self, teams: Array, sites: Array, officials: Array) -> Problem:
        """Return the problem of these teams, sites and officials (positions)."""
        whole, running, locked = self.problem, self.problem.running, self.problem.locked
        names, inside = self.officials[officials], np.zeros(len(self.officials), bool)
        inside[officials] = True
        here, posts = set(self.teams[teams]), self.sites[sites]
        units = set(self.units[officials])
        leaders = frozenset(name for name in names if name in running.leaders)
        if running.leaders and not leaders:  # an empty set would say that the running plan names no leaders
            leaders = frozenset([next(iter(sorted(running.leaders)))])
        ties = Ties(
            together=self._within(self.together, inside, 2),
            apart=self._within(self.apart, inside, 2),
            units_together=[unit for unit in whole.ties.units_together if unit in units],
            units_apart=[pair for pair in whole.ties.units_apart if set(pair) <= units],
        )
        return Problem(
            whole.table("officials")[officials],
            whole.table("sites")[sites],
            whole.table("teams")[teams],
            whole.rules,
            Previous(
                {name: running.officials[name] for name in names if name in running.officials},
                {site: running.sites[site] for site in posts if site in running.sites},
                {team: point for team, point in running.bases.items() if team in here},
                leaders,
            ),
            Locks(
                {name: locked.officials[name] for name in names if locked.officials.get(name) in here},
                {site: locked.sites[site] for site in posts if locked.sites.get(site) in here},
            ),
            ties,
        )

    def _within(self, groups: list[Array], inside: Array, least: int) -> list[tuple[str, ...]]:
        found = []
        for group in groups:
            own = group[inside[group]]
            if len(own) >= least:
                found.append(tuple(self.officials[own].tolist()))
        return found


def packed(problem: Problem) -> Parcel:
    """Return a problem as tables."""
    running, locked, ties = problem.running, problem.locked, problem.ties
    groups: list[tuple[str, int, str]] = []
    for kind, many in (
        ("together", ties.together), ("apart", ties.apart), ("units_together", [[u] for u in ties.units_together]),
        ("units_apart", ties.units_apart),
    ):  # fmt: skip
        groups += [(kind, n, name) for n, group in enumerate(many) for name in group]
    rules = asdict(problem.rules) | {"hard": sorted(problem.rules.hard)}
    bases = [(team, lat, lon) for team, (lat, lon) in running.bases.items()]
    return {
        "officials": problem.table("officials"), "sites": problem.table("sites"), "teams": problem.table("teams"),
        "rules": pl.DataFrame({"rules": [json.dumps(rules, default=str)]}),
        "running_officials": _pairs(running.officials), "running_sites": _pairs(running.sites),
        "running_bases": pl.DataFrame(
            bases, schema={"team": pl.String, "lat": pl.Float64, "lon": pl.Float64}, orient="row"
        ),
        "running_leaders": pl.DataFrame({"name": sorted(running.leaders)}, schema={"name": pl.String}),
        "locked_officials": _pairs(locked.officials), "locked_sites": _pairs(locked.sites),
        "ties": pl.DataFrame(groups, schema=GROUP, orient="row"),
    }  # fmt: skip


def unpacked(parcel: Parcel) -> Problem:
    """Return the problem that tables say."""
    told = json.loads(parcel["rules"]["rules"][0])
    told["hard"] = frozenset(told["hard"])
    told["on"] = date.fromisoformat(told["on"]) if told["on"] else None
    rules = Rules(**{field.name: told[field.name] for field in fields(Rules)})
    groups: dict[str, dict[int, list[str]]] = {}
    for kind, n, name in parcel["ties"].iter_rows():
        groups.setdefault(kind, {}).setdefault(n, []).append(name)
    tied = {kind: list(many.values()) for kind, many in groups.items()}
    return Problem(
        parcel["officials"], parcel["sites"], parcel["teams"], rules,
        Previous(
            dict(parcel["running_officials"].iter_rows()), dict(parcel["running_sites"].iter_rows()),
            {team: (lat, lon) for team, lat, lon in parcel["running_bases"].iter_rows()},
            frozenset(parcel["running_leaders"]["name"]),
        ),
        Locks(dict(parcel["locked_officials"].iter_rows()), dict(parcel["locked_sites"].iter_rows())),
        Ties(
            tied.get("together", ()), tied.get("apart", ()), [group[0] for group in tied.get("units_together", ())],
            [(pair[0], pair[1]) for pair in tied.get("units_apart", ())],
        ),
    )  # fmt: skip


def _pairs(given: Mapping[str, str]) -> pl.DataFrame:
    return pl.DataFrame({"name": list(given), "team": list(given.values())}, schema=PAIR)


def prices_table(prices: Mapping[Key, Array], names: Sequence[str]) -> pl.DataFrame:
    """Return prices by kind of row and team as a table; those of nought are left out."""
    found = []
    for key, own in prices.items():
        held = np.flatnonzero(own)
        if len(held):
            found.append(pl.DataFrame(
                {"key": [json.dumps(key)] * len(held), "team": [names[int(t)] for t in held], "price": own[held]},
                schema=PRICES,
            ))  # fmt: skip
    return pl.concat(found) if found else pl.DataFrame(schema=PRICES)


def prices_of(table: pl.DataFrame, names: Sequence[str]) -> dict[Key, Array]:
    """Return the prices of a table, by kind of row: one for each team."""
    place = {name: n for n, name in enumerate(names)}
    found: dict[Key, Array] = {}
    for key, team, price in table.iter_rows():
        found.setdefault(tuple(json.loads(key)), np.zeros(len(names)))[place[team]] = price
    return found


def to_bytes(table: pl.DataFrame) -> bytes:
    """Return a table as an Arrow stream."""
    stream = BytesIO()
    table.write_ipc_stream(stream)
    return stream.getvalue()


def from_bytes(content: Any) -> pl.DataFrame:
    """Return the table of an Arrow stream."""
    return pl.read_ipc_stream(BytesIO(bytes(content)))
