"""What is done to each part of a dispatch that is solved apart: tables in, tables out, on whatever machine.

`post` sends the sites of a region to its teams; `seat` forms its teams anew, from seats and prices that are given;
`tell` prices a part as it stands and words it. Each is a pure function of its parcel: the same on any machine.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl

from sijin.engines.dispatch import plan, posting, steady
from sijin.engines.dispatch.formed import Formed
from sijin.engines.dispatch.parcels import SEATS, Parcel, prices_of, unpacked
from sijin.engines.dispatch.parties import Array, Seat
from sijin.engines.dispatch.problem import Problem
from sijin.engines.dispatch.reasons import Reason

SITES = {"site": pl.String, "team": pl.String}


def post(parcel: Parcel) -> Parcel:
    """Post the sites of a region; return site → team, bases, and the prices of the teams' room and number of sites."""
    problem, asked = unpacked(parcel), _asked(parcel)
    found = posting.post(
        problem, time_limit=steady.AGES, seed=asked["seed"], progress=None, mean=asked["mean"], effort=asked["effort"]
    )
    names = problem.table("teams")["team"]
    room, number = posting.prices(problem, posting.asked(problem, (found.lat, found.lon), asked["mean"]))
    return {
        "postings": pl.DataFrame(
            {"site": problem.table("sites")["site"], "team": [names[int(t)] for t in found.team]}, schema=SITES
        ),
        "bases": pl.DataFrame({"team": names, "lat": found.lat, "lon": found.lon, "room": room, "number": number}),
    }


def seat(parcel: Parcel) -> Parcel:
    """Form the teams of a part; return who sits where."""
    problem, asked = unpacked(parcel), _asked(parcel)
    names = problem.table("teams")["team"].to_list()
    given = steady.Given(_seats(problem, parcel["seats"]), prices_of(parcel["prices"], names))
    formed = steady.form(
        problem, _wanted(parcel), _base(parcel), given=given, effort=asked["effort"], seed=asked["seed"]
    )
    people = problem.table("officials")["official"]
    rows = [(people[n], names[team], kind) for n, (team, kind) in sorted(formed.seat.items())]
    return {
        "seats": pl.DataFrame(rows, schema=SEATS, orient="row"),
        "figures": pl.DataFrame({"cost": [formed.cost], "bound": [formed.bound], "clash": [json.dumps(formed.clash)]}),
    }


def tell(parcel: Parcel) -> Parcel:
    """Price a part as it stands, and give the reasons."""
    began = time.monotonic()
    problem, asked = unpacked(parcel), _asked(parcel)
    wanted, base = _wanted(parcel), _base(parcel)
    places = {team: n for n, team in enumerate(problem.table("teams")["team"])}
    team = np.array([places[name] for name in parcel["postings"]["team"]], np.int64)
    asks = posting.asked(problem, base, asked["mean"])
    solved = posting.valued(problem, asks, team)
    seats = _seats(problem, parcel["seats"])
    cost, bent, away = steady.priced(problem, wanted, base, seats)
    cost += problem.rules.change * _from_elsewhere(problem, seats)
    formed = Formed(seats, cost, cost, away)
    told = plan.told(problem, posting.posted(problem, asks, solved), formed, wanted, began)
    why = {kind: {name: list(reason) for name, reason in own.items()} for kind, own in told.why.items()}
    rest: dict[str, Any] = {
        "parts": told.parts, "measures": told.measures, "cost": told.cost, "posting": solved.cost, "why": why,
        "bent": [asdict(bend) for bend in told.bent], "unplaced": told.unplaced, "hard": bent,
    }  # fmt: skip
    return {"members": told.members, "postings": told.postings, "bases": told.bases,
            "rest": pl.DataFrame({"rest": [json.dumps(rest)]})}  # fmt: skip


def _from_elsewhere(problem: Problem, seats: dict[int, Seat]) -> int:
    """Count who sits here and ran in a team that is not here: the search knows nothing of that change."""
    here, locked = set(problem.table("teams")["team"]), problem.locked.officials
    people, running = problem.table("officials")["official"], problem.running.officials
    names = [people[n] for n in seats]
    return sum(name in running and running[name] not in here and name not in locked for name in names)


def reasons(rest: dict[str, Any]) -> dict[str, dict[str, Reason]]:
    """Return the reasons that `tell` gave."""
    return {kind: {name: Reason(*told) for name, told in own.items()} for kind, own in rest["why"].items()}


def _asked(parcel: Parcel) -> dict[str, Any]:
    return dict(parcel["asked"].row(0, named=True))


def _wanted(parcel: Parcel) -> list[list[str]]:
    return [list(skills) for skills in parcel["wanted"]["skills"]]


def _base(parcel: Parcel) -> tuple[Array, Array]:
    return parcel["base"]["lat"].to_numpy(), parcel["base"]["lon"].to_numpy()


def _seats(problem: Problem, table: pl.DataFrame) -> dict[int, Seat]:
    people = {name: n for n, name in enumerate(problem.table("officials")["official"])}
    places = {team: n for n, team in enumerate(problem.table("teams")["team"])}
    return {people[name]: (places[team], kind) for name, team, kind in table.iter_rows()}


TASKS: dict[str, Callable[[Parcel], Parcel]] = {"post": post, "seat": seat, "tell": tell}
