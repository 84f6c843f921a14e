"""Sites and people decided together: officials and teams of `formation`, sites generated around the teams' bases."""

from dataclasses import replace

import numpy as np
import polars as pl

from benchmarks.dispatch.formation import SKILLS
from benchmarks.dispatch.formation import problem as formation_problem
from sijin.engines import dispatch

LOAD = 0.8
DOORS = ("firm", "project", "village", "community")


def problem(sites: int, seed: int, officials: int = 2400, teams: int = 490) -> dispatch.Problem:
    posed = formation_problem(officials, teams, seed)
    dice = np.random.default_rng([seed, sites])
    bases = posed.table("teams").select("lat", "lon").to_numpy()
    near = bases[dice.integers(0, teams, sites)] + dice.normal(0, 0.03, (sites, 2)) * [1, 1.25]
    work = dice.uniform(0.5, 1.5, sites)
    wants = dice.random(sites) < 0.5
    table = {
        "site": [f"s{n}" for n in range(sites)],
        "door": dice.choice(DOORS, sites),
        "lat": near[:, 0],
        "lon": near[:, 1],
        "skills": pl.Series([[str(dice.choice(SKILLS))] if w else [] for w in wants], dtype=pl.List(pl.String)),
        "workload": work * (LOAD * teams * posed.rules.days_per_week / work.sum()),
        "priority": dice.choice([1.0, 1.5, 2.0], sites, p=[0.6, 0.3, 0.1]),
    }
    return replace(posed, sites=table)
