"""The whole dispatch: sites to teams and officials to teams, linked by what sites want; one plan with its proof.

Where no site could ask a team for a skill that it does not want itself, the two are solved one after the other, each
with a proven bound. Else they are decided together (`linked`), and the bound is for both. Bases stand as they are.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from sijin.engines.dispatch import formation, posting
from sijin.engines.dispatch.assign import Progress
from sijin.engines.dispatch.clash import clashing
from sijin.engines.dispatch.faults import validate
from sijin.engines.dispatch.formed import Formed
from sijin.engines.dispatch.hubs import network_of
from sijin.engines.dispatch.linked import Link, asks_anything
from sijin.engines.dispatch.parties import GENERAL, LEADER, sizes
from sijin.engines.dispatch.posting import Posted
from sijin.engines.dispatch.problem import CITY_STAFF, EXPERT, Problem
from sijin.engines.dispatch.reasons import Reason, of_officials, of_sites
from sijin.engines.distances import kilometres
from sijin.engines.milp import INF

SHADOW = {"skill": pl.String, "county": pl.String, "price": pl.Float64}
POSTING_SHARE = 0.3  # of the time limit; the formation has what is left
AGAIN = 4  # times that teams are formed anew for a better posting, at most,
WORTH = 1e-3  # while that saves as much of the cost
AMPLE = 2.0  # and while this many times what the last one took is left
BOUND_SHARE = 0.1  # of the time limit, for the bound of both where they are decided together
LAST = 0.02  # of the time limit, for reading the answer
ENOUGH = 1e-4  # relative gap at which no better bound is looked for


@dataclass(frozen=True)
class Bend:
    """A rule that the plan bends: code, team, and the figures to say it with."""

    code: str
    team: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """The answer of `plan`.

    ``members`` (official, team, role, skill, km): role is ``leader``, ``skill`` (holds a wanted skill) or ``general``.
    ``postings`` (site, team, km). ``bases`` (team, lat, lon, load). ``parts`` adds up to ``cost``, in kilometre-
    equivalents; ``measures`` are the same things in their own units. ``why`` has a reason under "officials" and "sites"
    for every row, and ``bent`` every rule that was bent. ``gap`` is relative (0.01 = 1 %), ``seconds`` wall time.
    ``unplaced`` go nowhere, ``away`` are not free on the day. ``shadow`` (skill, county, price) says what one more
    holder of a skill would save there, in kilometre-equivalents. ``trace`` is (seconds, cost, bound) of the formation.
    ``bound`` holds for every posting and every formation, with the teams' bases as they stand in the plan.
    """

    members: pl.DataFrame
    postings: pl.DataFrame
    bases: pl.DataFrame
    parts: dict[str, float]
    measures: dict[str, float]
    cost: float
    bound: float
    gap: float
    seconds: float
    why: dict[str, dict[str, Reason]] = field(repr=False)
    bent: tuple[Bend, ...] = ()
    unplaced: tuple[str, ...] = ()
    away: tuple[str, ...] = ()
    shadow: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SHADOW), repr=False)
    trace: tuple[tuple[float, float, float], ...] = field(default=(), repr=False)


def plan(
    problem: Problem,
    *,
    time_limit: float = 20.0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Plan:
    """Decide who goes where.

    Parameters
    ----------
    problem : officials, sites, teams, rules, the running plan, locks and ties; see `Problem`
    time_limit : seconds for both steps
    seed : the same seed on an idle machine gives the same plan
    progress : called a few times a second with (done, total, words), done and total in milliseconds of the time limit.
        Return True to stop: the best plan so far comes back with its bound and gap, as soon as there is one. What it
        raises ends the search and is raised here

    Raises
    ------
    Faulty
        The input cannot be solved as it is; every fault is named by table, row and field.
    Clash
        Rules that may not be bent cannot all be kept; it names the smallest set and what relaxing each would do.
    """
    began = time.monotonic()
    validate(problem)
    tell = _teller(progress, began, time_limit)
    tell("posting")
    if asks_anything(problem):
        return _together(problem, began, time_limit, seed, tell)
    posted = posting.post(
        problem, time_limit=POSTING_SHARE * time_limit, seed=seed,
        progress=lambda done, total, words: tell("posting"),
    )  # fmt: skip
    wanted = formation.demand(problem, posted.team)
    left = max(time_limit - (time.monotonic() - began), 1.0)
    tell("formation")
    base = (posted.lat, posted.lon)
    formed = formation.form(
        problem, wanted, base,
        time_limit=left, seed=seed, tick=lambda cost, bound: tell("formation"),
    )  # fmt: skip
    if formed.clash:
        raise clashing(problem, wanted)
    return told(problem, posted, formed, wanted, began)


def _together(problem: Problem, began: float, limit: float, seed: int, tell: Callable[[str], bool]) -> Plan:
    """Decide sites and people together."""
    asks = posting.asked(problem, posting.bases(problem))
    link = Link(problem, asks, seed, limit, lambda: tell("posting"))
    if link.whole:
        link.everything()
    else:
        link.rounds()
    share = BOUND_SHARE if network_of(problem) else LAST  # else the bound is looked for beside the search
    ends = began + (1 - share) * limit
    formed = _formed(problem, link, ends, seed, tell)
    wanted = formation.demand(problem, link.team)
    if formed.clash:
        raise clashing(problem, wanted)
    formed = replace(formed, seat={
        n: (team, kind if kind == LEADER or kind in wanted[team] else GENERAL)
        for n, (team, kind) in formed.seat.items()
    })  # fmt: skip
    posted = posting.posted(problem, asks, posting.valued(problem, asks, link.team))
    tell("bound")
    cost = posted.solved.cost + formed.cost
    if link.whole:
        link.proven = posted.solved.cost + formed.bound
    elif cost - link.proven > ENOUGH * cost:
        left = min(BOUND_SHARE * limit, began + limit - time.monotonic())
        link.prove(formed.duals, lambda: cost, max(left, 0.5 * (link.proven == -INF)), lambda: False)
    return told(problem, posted, formed, wanted, began, link.proven)


def _formed(problem: Problem, link: Link, ends: float, seed: int, tell: Callable[[str], bool]) -> Formed:
    """Form the teams with the posting beside; or, where hubs are quick, again and again for better postings."""

    def form(known: Link | None) -> Formed:
        wanted = formation.demand(problem, link.team) if known is None else link.own
        return formation.form(
            problem, wanted, (link.asks.lat, link.asks.lon),
            time_limit=max(ends - time.monotonic(), 1.0), seed=seed,
            tick=lambda cost, bound: tell("formation"), link=known,
        )  # fmt: skip

    tell("formation")
    if link.whole or not network_of(problem):
        return form(link)
    began = time.monotonic()
    team, found = link.team, form(None)
    for _ in range(AGAIN):
        took, began = time.monotonic() - began, time.monotonic()
        if ends - began < AMPLE * took or found.clash or not link.better(found.duals) or tell("formation"):
            break
        other = form(None)
        gain = posting.valued(problem, link.asks, team).cost + found.cost
        gain -= posting.valued(problem, link.asks, link.team).cost + other.cost
        if gain > 0:
            team, found = link.team, other
        if gain < WORTH * found.cost:
            break
    link.team = team
    return found


def _teller(progress: Progress | None, began: float, limit: float) -> Callable[[str], bool]:
    """Return a function that tells `progress` how far it is, and says whether it ever asked to stop."""
    asked = [False]

    def tell(words: str) -> bool:
        if progress is not None:
            done = min(int(1000 * (time.monotonic() - began)), int(1000 * limit) - 1)
            asked[0] |= bool(progress(done, int(1000 * limit), words))
        return asked[0]

    return tell


def told(
    problem: Problem, posted: Posted, formed: Formed, wanted: list[list[str]], began: float, bound: float | None = None
) -> Plan:
    """Return the plan of a posting and a formation, with its parts, reasons and what it bends; `bound` of both."""
    officials, sites, teams = (problem.table(name) for name in ("officials", "sites", "teams"))
    names = teams["team"].to_list()
    members = _members(officials, names, posted, formed)
    parts, measures = _parts(problem, posted, formed, wanted, members)
    cost, away = posted.solved.cost + formed.cost, set(formed.away)
    bound = min(cost, posted.solved.bound + formed.bound if bound is None else bound)
    return Plan(
        members=members,
        postings=pl.DataFrame(
            {
                "site": sites["site"],
                "team": [names[t] for t in posted.team],
                "km": np.round(posted.km[np.arange(len(sites)), posted.team], 2),
            },
            schema={"site": pl.String, "team": pl.String, "km": pl.Float64},
        ),
        bases=pl.DataFrame({"team": names, "lat": posted.lat, "lon": posted.lon, "load": np.round(posted.load, 2)}),
        parts=parts,
        measures=measures,
        cost=cost,
        bound=bound,
        gap=(cost - bound) / max(abs(cost), 1e-9),
        seconds=time.monotonic() - began,
        why={
            "officials": of_officials(problem, posted, formed),
            "sites": of_sites(problem, posted, members),
        },
        bent=tuple(_bent(problem, posted, wanted, members)),
        unplaced=tuple(
            officials["official"][n] for n in range(len(officials)) if n not in formed.seat and n not in away
        ),
        away=tuple(officials["official"][n] for n in formed.away),
        shadow=_shadow(problem, formed),
        trace=formed.trace,
    )


def _members(officials: pl.DataFrame, names: list[str], posted: Posted, formed: Formed) -> pl.DataFrame:
    rows = []
    homes = officials.select("official", "lat", "lon").rows()
    for n, (team, kind) in sorted(formed.seat.items()):
        name, lat, lon = homes[n]
        km = None
        if lat is not None:
            km = round(float(kilometres(lat, lon, posted.lat[team], posted.lon[team])), 2)
        role = {LEADER: "leader", GENERAL: "general"}.get(kind, "skill")
        rows.append((name, names[team], role, kind if role == "skill" else "", km))
    schema = {"official": pl.String, "team": pl.String, "role": pl.String, "skill": pl.String, "km": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _parts(
    problem: Problem,
    posted: Posted,
    formed: Formed,
    wanted: list[list[str]],
    members: pl.DataFrame,
) -> tuple[dict[str, float], dict[str, float]]:
    """Return the objective by part, and its measures: travel, uncovered skills, imbalance, rules bent, changes."""
    rules, sites = problem.rules, problem.table("sites")
    moved_people, switched = _changes(problem, members)
    home = float(members["km"].fill_null(0.0).sum()) * rules.home_km
    uncovered = _uncovered(problem, wanted, members)
    novices = rules.novice * _short_of_expert(problem, members)
    changes = rules.change * (moved_people + switched + len(posted.moved))
    over = rules.overload * float(posted.solved.over.sum())
    band = rules.imbalance * posted.outside
    crossings = rules.other_county * float(posted.crossings)
    posting_travel = posted.solved.cost - over - band - crossings - rules.change * len(posted.moved)
    bent = formed.cost - home - rules.change * (moved_people + switched) - rules.skill * uncovered - novices
    parts = {
        "site_travel": posting_travel,
        "home_travel": home,
        "uncovered": rules.skill * uncovered + novices,
        "imbalance": over + band,
        "rules_bent": bent + crossings,
        "changes": changes,
    }
    km = posted.km[np.arange(len(sites)), posted.team]
    measures = {
        "site_km_per_week": float((km * sites["workload"].to_numpy()).sum()),
        "home_km": float(members["km"].fill_null(0.0).sum()),
        "uncovered_skills": float(uncovered),
        "over_days": float(posted.solved.over.sum()),
        "other_county_sites": float(posted.crossings),
        "moved_people": float(moved_people),
        "switched_leads": float(switched),
        "moved_sites": float(len(posted.moved)),
    }
    return {name: round(value, 4) for name, value in parts.items()}, {k: round(v, 2) for k, v in measures.items()}


def _changes(problem: Problem, members: pl.DataFrame) -> tuple[int, int]:
    """Count who leaves the team of the running plan, and who begins or ceases to lead in the same team."""
    previous, locks = problem.running, problem.locked
    moved = switched = 0
    for name, team, role in members.select("official", "team", "role").iter_rows():
        if name in previous.officials and name not in locks.officials:
            moved += previous.officials[name] != team
            leads = (role == "leader") != (name in previous.leaders)
            switched += bool(previous.leaders) and previous.officials[name] == team and leads
    return moved, switched


def _uncovered(problem: Problem, wanted: list[list[str]], members: pl.DataFrame) -> int:
    """Count the wanted skills that no member holds a seat for."""
    held = set(members.filter(pl.col("role") == "skill").select("team", "skill").iter_rows())
    names = problem.table("teams")["team"].to_list()
    return sum((name, skill) not in held for name, skills in zip(names, wanted, strict=True) for skill in skills)


def _short_of_expert(problem: Problem, members: pl.DataFrame) -> int:
    """Count the levels below expert in the seats of wanted skills."""
    levels = {
        name: dict(zip(skills, own or [EXPERT] * len(skills), strict=True))
        for name, skills, own in problem.table("officials").select("official", "skills", "skill_levels").iter_rows()
    }
    return sum(
        EXPERT - levels[name][skill]
        for name, skill in members.filter(pl.col("role") == "skill").select("official", "skill").iter_rows()
    )


def _shadow(problem: Problem, formed: Formed) -> pl.DataFrame:
    """Price one more holder of each skill in each county: what the relaxation pays for the seat there, at the mean."""
    counties = problem.table("teams")["county"].to_list()
    rows = []
    for key, prices in formed.duals.items():
        if key[0] != "skill":
            continue
        for county in sorted({c for c in counties if c}):
            there = np.array([c == county for c in counties])
            worth = prices[there & (prices > 1e-6)]
            rows.append((key[1], county, round(float(worth.max()), 2) if len(worth) else 0.0))
    return pl.DataFrame(rows, schema=SHADOW, orient="row").sort(
        "price", "skill", "county", descending=[True, False, False]
    )


def _bent(problem: Problem, posted: Posted, wanted: list[list[str]], members: pl.DataFrame) -> list[Bend]:
    """Name every team that bends a rule, and how."""
    found: list[Bend] = []
    officials = problem.table("officials").select("official", "level", "skills")
    of_team: dict[str, list[tuple[str, str, list[str]]]] = {}
    known = {name: (level, skills) for name, level, skills in officials.iter_rows()}
    counted = _counted(problem, members)
    for name, team, role in members.select("official", "team", "role").iter_rows():
        of_team.setdefault(team, []).append((role, *known[name]))
    levels = problem.table("teams")["level"].to_list()
    for t, (name, size) in enumerate(zip(problem.table("teams")["team"], sizes(problem), strict=True)):
        people = of_team.get(name, [])
        if len(people) != size:
            found.append(Bend("size", name, {"people": len(people), "wanted": size}))
        if not any(role == "leader" for role, _, _ in people):
            found.append(Bend("leader", name, {}))
        city = sum(level in CITY_STAFF for _, level, _ in people)
        if levels[t] == "city" and people and city < problem.rules.city_share * len(people):
            found.append(Bend("city_share", name, {"city": city, "people": len(people)}))
        if posted.solved.over[t] > 1e-9:
            found.append(Bend("load", name, {"load": round(float(posted.load[t]), 1), "limit": float(posted.limit[t])}))
        found += counted.get(name, [])
        missing = [skill for skill in wanted[t] if not any(skill in skills for _, _, skills in people)]
        if missing:
            found.append(Bend("skills", name, {"skills": missing}))
    return found


def _counted(problem: Problem, members: pl.DataFrame) -> dict[str, list[Bend]]:
    """Name by team the rules of counts that are bent: grades, units, people to be kept apart."""
    rules, ties = problem.rules, problem.ties
    joined = members.join(problem.table("officials").select("official", "unit", "grade"), on="official")
    found: dict[str, list[Bend]] = {}
    for (team,), people in joined.group_by("team"):
        name, bends = str(team), []
        grades, units = Counter(people["grade"]), Counter(people["unit"])
        if grades["senior"] < rules.senior_least:
            bends.append(Bend("senior", name, {"people": grades["senior"], "wanted": rules.senior_least}))
        if rules.junior_most is not None and grades["junior"] > rules.junior_most:
            bends.append(Bend("junior", name, {"people": grades["junior"], "limit": rules.junior_most}))
        for unit, count in sorted(units.items()):
            if rules.unit_most is not None and count > rules.unit_most:
                bends.append(Bend("unit_most", name, {"unit": unit, "people": count, "limit": rules.unit_most}))
        own = set(people["official"])
        for group in ties.apart:
            close = sorted(own & set(group))
            if len(close) > 1:
                bends.append(Bend("apart", name, {"people": close}))
        for one, other in ties.units_apart:
            if units[one] and units[other]:
                bends.append(Bend("apart", name, {"units": [one, other]}))
        found[name] = bends
    return found
