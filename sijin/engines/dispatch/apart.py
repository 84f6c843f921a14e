"""A dispatch solved region by region and stitched at the borders, with one bound for all: past one machine's solver.

Prices of seats that all regions agree on (`joint`) come first: they are the bound, and say where a plan costs more than
it must. At these prices everyone gets a first seat at once (`muster`). Then each region is decided anew, then zones
across the borders, people of both sides together, then zones of another cut of the map. All of it is limited by work
and not by time, so that equal seeds give equal plans on one machine or many.
"""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl
from scipy.spatial import KDTree

from sijin.engines.dispatch import formation, parts, posting
from sijin.engines.dispatch.assign import Progress
from sijin.engines.dispatch.clash import clashing
from sijin.engines.dispatch.climb import climb
from sijin.engines.dispatch.faults import validate
from sijin.engines.dispatch.grouped import Local, Spark
from sijin.engines.dispatch.grouped import engine as machine_of
from sijin.engines.dispatch.halves import halved
from sijin.engines.dispatch.joint import Joint, Prices
from sijin.engines.dispatch.muster import mustered
from sijin.engines.dispatch.parcels import SEATS, Cutter, Parcel, packed, prices_table
from sijin.engines.dispatch.parties import Array, parties_of
from sijin.engines.dispatch.plan import SHADOW, Bend, Plan
from sijin.engines.dispatch.problem import Problem
from sijin.engines.dispatch.regions import By, regions_of, sites_by_nearness

EFFORT = 1.0  # neighbourhoods for each team, if nothing else is asked for
WORK = 0.02  # seconds of one core that one of them takes; all else takes as much as one for each team
SHARES = (0.5, 0.1, 0.4)  # of the neighbourhoods: in the regions, near their borders, across another partition
NEIGHBOURS = 16  # nearest teams among which one of another region makes a border
ZONE = 200  # teams decided together across a border
TURNS = (30.0, 60.0)  # degrees by which the map is turned before it is cut into zones: at the borders, all of it
Tell = Callable[[float, str], bool]


def plan_apart(
    problem: Problem,
    by: By = "county",
    *,
    engine: str = "local",
    workers: int = 2,
    time_limit: float | None = None,
    effort: float | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    session: Any = None,
) -> Plan:
    """Decide who goes where, region by region.

    Parameters
    ----------
    problem : as for `plan`
    by : a column of teams and sites that names their region, or a region for every name of "teams" and, where they are
        to stay in one, of "sites" and "officials": {"teams": {team: region, …}, …}
    engine : ``local`` (processes of this machine) or ``spark`` (one partition for each region)
    workers : processes of this machine
    time_limit : seconds of two cores that the work is meant to fill. It says how much work is done and does not end it,
        so that equal limits and seeds give equal plans
    effort : how many neighbourhoods are decided for each team, in place of ``time_limit``
    seed : the same seed gives the same plan, whatever the engine, the machine and the number of workers
    progress : as for `plan`, done and total in thousandths. Return True to hurry: what is not begun is only given a
        first answer; such a plan is not the same again
    session : a Spark session to use; without one the active one, or one of this machine

    Returns
    -------
    The plan as of `plan`. ``bound`` is for the whole problem at these bases and this posting, so ``gap`` is the loss
    against solving it jointly. ``measures`` has ``regions``, how many people sit in another region than they were
    first sent to (``crossed``), and what that saved (``saved_at_borders``).

    Raises
    ------
    Faulty, Clash
        As `plan`; a region that contradicts the locks, or people together of two regions, is a fault.
    """
    began = time.monotonic()
    validate(problem)
    teams = len(problem.table("teams"))
    if effort is None:
        effort = EFFORT if time_limit is None else float(np.clip(2 * time_limit / (WORK * teams) - 1.0, 0.1, 8.0))
    tell = _teller(progress)
    with machine_of(engine, workers, session) as machine:
        return _Apart(problem, by, machine, effort, seed, tell, began).plan()


def _teller(progress: Progress | None) -> Tell:
    asked = [False]

    def tell(share: float, words: str) -> bool:
        if progress is not None:
            asked[0] |= bool(progress(min(int(1000 * share), 999), 1000, words))
        return asked[0]

    return tell


class _Apart:
    """One dispatch solved apart: what is known so far."""

    def __init__(
        self, problem: Problem, by: By, machine: Local | Spark, effort: float, seed: int, tell: Tell, began: float
    ) -> None:
        self.problem, self.machine, self.effort, self.seed = problem, machine, effort, seed
        self.tell, self.began = tell, began
        self.teams, self.officials = problem.table("teams"), problem.table("officials")["official"].to_numpy()
        self.names = self.teams["team"].to_list()
        self.mean = len(problem.table("sites")) / max(len(self.names), 1)
        self.regions = regions_of(problem, by)
        self.cutter = Cutter(problem)
        self.trace: list[tuple[float, float, float]] = []

    def plan(self) -> Plan:
        """Carry the steps out, one after the other."""
        self._post()
        self._price()
        region = self._muster()
        self._seat()
        self._stitch()
        return self._told(region)

    def _map(self, task: str, parcels: Sequence[Parcel], share: tuple[float, float], words: str) -> list[Parcel]:
        def heard(done: int) -> bool:
            return self.tell(share[0] + (share[1] - share[0]) * done / max(len(parcels), 1), words)

        return self.machine.map(task, parcels, heard, _hurried)

    def _parcel(self, teams: Array, sites: Array, officials: Array, effort: int, salt: int) -> Parcel:
        parcel = packed(self.cutter.cut(teams, sites, officials))
        asked = {"effort": [effort], "seed": [(self.seed * 1_000_003 + salt) % 2**31], "mean": [self.mean]}
        parcel["asked"] = pl.DataFrame(asked, schema={"effort": pl.Int64, "seed": pl.Int64, "mean": pl.Float64})
        if hasattr(self, "wanted"):
            wanted = [self.wanted[t] for t in teams]
            parcel["wanted"] = pl.DataFrame({"skills": pl.Series(wanted, dtype=pl.List(pl.String))})
            parcel["base"] = pl.DataFrame({"lat": self.base[0][teams], "lon": self.base[1][teams]})
        return parcel

    # sites

    def _post(self) -> None:
        """Post the sites region by region."""
        problem, count = self.problem, len(self.names)
        sites = problem.table("sites")["site"].to_list()
        self.post = np.zeros(len(sites), np.int64)
        room, number = np.zeros(count), np.zeros(count)
        if not sites:
            self.base = posting.bases(problem)
        else:
            site_region = sites_by_nearness(problem, self.regions)
            lat, lon = np.zeros(count), np.zeros(count)
            rows = {name: n for n, name in enumerate(sites)}
            cuts = [(np.flatnonzero(self.regions.team == r), np.flatnonzero(site_region == r))
                    for r in range(len(self.regions.names))]  # fmt: skip
            parcels = [
                self._parcel(teams, own, np.empty(0, np.int64), int(2 * self.effort * len(teams)) + 20, r)
                for r, (teams, own) in enumerate(cuts)
            ]
            for (teams, _), answer in zip(cuts, self._map("post", parcels, (0.0, 0.1), "posting"), strict=True):
                found = answer["bases"]
                lat[teams], lon[teams] = found["lat"].to_numpy(), found["lon"].to_numpy()
                room[teams], number[teams] = found["room"].to_numpy(), found["number"].to_numpy()
                place = {self.names[t]: int(t) for t in teams}
                for site, team in answer["postings"].iter_rows():
                    self.post[rows[site]] = place[team]
            self.base = (lat, lon)
        self.posting_bound = posting.bound(problem, self.base, room, number) if sites else 0.0
        self.wanted = formation.demand(problem, self.post)

    # prices

    def _price(self) -> None:
        """Find the joint prices and the bound that they prove."""
        skills = {skill for own in self.wanted for skill in own}
        self.parties, _ = parties_of(self.problem, skills)
        self.prices: Prices = {}
        self.bound = 0.0
        if self.parties:
            self.joint = Joint(self.problem, self.parties, self.wanted, self.base)
            proven = climb(self.joint, tell=lambda: self.tell(0.1, "prices"))
            self.bound, self.prices = proven.bound, proven.prices
        self._noted(np.inf)

    def _noted(self, cost: float) -> None:
        self.trace.append((time.monotonic() - self.began, cost, self.posting_bound + self.bound))

    def _muster(self) -> Array:
        """Seat everyone at once; return the region in which each one sits, -1 for who found no seat."""
        count = len(self.officials)
        self.team, self.kind = np.full(count, -1, np.int64), np.full(count, "", object)
        self.rows = {name: n for n, name in enumerate(self.officials)}
        self.place = {name: n for n, name in enumerate(self.names)}
        self.wish = np.full(count, -1, np.int64)  # the team that each one would like best at the joint prices
        if self.parties:
            found = mustered(self.joint, self.prices, self.parties, self.regions.team, self.regions.official)
            for n, (team, kind) in found.items():
                self.team[n], self.kind[n] = team, kind
            wish = self.joint.order[self.joint.where]
            for party, team in zip(self.parties, wish.tolist(), strict=True):
                for bundle in party.bundles:
                    self.wish[list(bundle)] = team
        return np.where(self.team >= 0, self.regions.team[self.team], -1)

    # seats

    def _seat(self) -> None:
        """Form the teams of each region, from where everyone was sent."""
        cuts = [np.flatnonzero(self.regions.team == r) for r in range(len(self.regions.names))]
        self.apart = self._zones(cuts, 0, (0.2, 0.6), "regions")
        self._noted(self.apart)

    def _zones(self, zones: list[Array], step: int, share: tuple[float, float], words: str) -> float:
        """Decide zones anew; return what they cost."""
        parcels = [self._zone(zone, step, n) for n, zone in enumerate(zones)]
        cost = 0.0
        for zone, answer in zip(zones, self._map("seat", parcels, share, words), strict=True):
            cost += answer["figures"]["cost"][0]
            self.team[np.isin(self.team, zone)] = -1
            self._take(answer)
        return cost

    def _windows(self, step: int, teams: int) -> int:
        return max(1, round(SHARES[step] * self.effort * teams))

    def _take(self, answer: Parcel) -> None:
        for official, team, kind in answer["seats"].iter_rows():
            self.team[self.rows[official]], self.kind[self.rows[official]] = self.place[team], kind

    def _stitch(self) -> None:
        """Decide zones across the borders anew, then zones of a second partition of all teams."""
        lat, lon = self.base
        for step, turn in enumerate(TURNS, start=1):
            near = _at_border(self.base, self.regions.team) if step == 1 else np.arange(len(self.names))
            words = "borders" if step == 1 else "across"
            if len(self.regions.names) < 2 or not len(near) or not self.parties:
                return
            if self.tell(0.5 + 0.1 * step, words):  # the regions are an answer
                return
            a = np.radians(turn)
            x, y = lon * np.cos(np.radians(float(lat.mean()))), lat
            turned = np.cos(a) * y - np.sin(a) * x, np.sin(a) * y + np.cos(a) * x
            zones = halved(near, *turned, ZONE)
            self._zones(zones, step, (0.5 + 0.1 * step, 0.6 + 0.1 * step), words)

    def _zone(self, zone: Array, step: int, number: int) -> Parcel:
        inside = np.zeros(len(self.names) + 1, bool)
        inside[zone] = True
        free = (self.team < 0) & inside[self.wish]  # whoever has no seat yet is offered those where they would go
        members = np.flatnonzero((self.team >= 0) & inside[self.team] | free)
        parcel = self._parcel(
            zone, np.empty(0, np.int64), members, self._windows(step, len(zone)), 10_000 * step + number
        )
        parcel["seats"] = self._seats(members)
        parcel["prices"] = prices_table(
            {key: own[zone] for key, own in self.prices.items()}, [self.names[t] for t in zone]
        )
        return parcel

    def _here(self) -> Array:
        """Return who is free on the day."""
        found = np.zeros(len(self.officials), bool)
        for party in self.parties:
            for bundle in party.bundles:
                found[list(bundle)] = True
        return found

    def _seats(self, members: Array) -> pl.DataFrame:
        seated = members[self.team[members] >= 0]
        return pl.DataFrame(
            {"official": self.officials[seated], "team": [self.names[t] for t in self.team[seated]],
             "kind": self.kind[seated].tolist()}, schema=SEATS,
        )  # fmt: skip

    # the plan

    def _told(self, region: Array) -> Plan:
        """Price and word the parts as they stand, and put them together."""
        here = self._here()
        parcels = []
        groups = [np.flatnonzero(self.regions.team == r) for r in range(len(self.regions.names))]
        out = np.flatnonzero(here & (self.team < 0))
        for n, teams in enumerate(groups):
            inside = np.zeros(len(self.names) + 1, bool)
            inside[teams] = True
            members = np.flatnonzero((self.team >= 0) & inside[self.team])
            sites = np.flatnonzero(inside[self.post]) if len(self.post) else self.post
            parcel = self._parcel(teams, sites, np.concatenate([members, out]) if n == 0 else members, 0, n)
            parcel["seats"] = self._seats(members)
            parcel["postings"] = pl.DataFrame(
                {"team": [self.names[t] for t in self.post[sites]]}, schema={"team": pl.String}
            )
            parcels.append(parcel)
        answers = self._map("tell", parcels, (0.95, 1.0), "reasons")
        rest = [json.loads(answer["rest"]["rest"][0]) for answer in answers]
        hard: dict[str, float] = {}
        for one in rest:
            for rule, by in one["hard"].items():
                hard[rule] = hard.get(rule, 0.0) + by
        if hard:
            raise clashing(self.problem, self.wanted)
        cost = sum(one["cost"] for one in rest)
        formed = cost - sum(one["posting"] for one in rest)
        bound = min(cost, self.posting_bound + self.bound)
        self._noted(cost)
        moved = (self.team >= 0) & (region >= 0)
        measures = _summed([one["measures"] for one in rest]) | {
            "regions": float(len(self.regions.names)),
            "crossed": float((self.regions.team[self.team[moved]] != region[moved]).sum()),
            "saved_at_borders": round(self.apart - formed, 2),
        }
        why = [parts.reasons(one) for one in rest]
        order = {name: n for n, name in enumerate(self.officials)}
        return Plan(
            members=_joined([answer["members"] for answer in answers], "official", order),
            postings=_joined([answer["postings"] for answer in answers], "site",
                             {name: n for n, name in enumerate(self.problem.table("sites")["site"])}),
            bases=_joined([answer["bases"] for answer in answers], "team", self.place),
            parts={name: round(value, 4) for name, value in _summed([one["parts"] for one in rest]).items()},
            measures=measures,
            cost=cost,
            bound=bound,
            gap=(cost - bound) / max(abs(cost), 1e-9),
            seconds=time.monotonic() - self.began,
            why={kind: {name: reason for own in why for name, reason in own[kind].items()}
                 for kind in ("officials", "sites")},
            bent=tuple(Bend(**bend) for one in rest for bend in one["bent"]),
            unplaced=tuple(name for one in rest for name in one["unplaced"]),
            away=tuple(self.officials[n] for n in np.flatnonzero(~here)),
            shadow=self._shadow(),
            trace=tuple(self.trace),
        )  # fmt: skip

    def _shadow(self) -> pl.DataFrame:
        """Return what one more holder of a skill would save in each county, by the joint prices."""
        counties = np.array([county or "" for county in self.teams["county"]], object)
        rows = []
        for key, own in self.prices.items():
            if key[0] == "skill":
                for county in sorted(set(counties) - {""}):
                    rows.append((key[1], county, round(max(float(own[counties == county].max()), 0.0), 2)))
        return pl.DataFrame(rows, schema=SHADOW, orient="row").sort(
            "price", "skill", "county", descending=[True, False, False]
        )


def _hurried(parcel: Parcel) -> Parcel:
    """Return a parcel on which no more than a first answer is spent."""
    return parcel | {"asked": parcel["asked"].with_columns(effort=pl.lit(0, pl.Int64))}


def _summed(many: Sequence[dict[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for one in many:
        for name, value in one.items():
            found[name] = found.get(name, 0.0) + value
    return found


def _joined(tables: Sequence[pl.DataFrame], column: str, order: dict[str, int]) -> pl.DataFrame:
    """Return tables below each other, in the order of the problem's rows."""
    whole = pl.concat(tables)
    return whole[np.argsort([order[name] for name in whole[column]], kind="stable")] if len(whole) else whole


def _at_border(base: tuple[Array, Array], region: Array) -> Array:
    """Return the teams that have one of another region among their nearest."""
    lat, lon = base
    x = np.stack([lat, lon * np.cos(np.radians(float(lat.mean())))], axis=1)
    near = min(NEIGHBOURS, len(lat) - 1)
    if near < 1:
        return np.empty(0, np.int64)
    _, nearest = KDTree(x).query(x, near + 1)
    return np.flatnonzero((region[nearest] != region[:, None]).any(axis=1))
