"""What it costs to ask a team for one more skill: the link between where sites go and who sits in which team.

A team that gets a site which wants a skill, and does not want that skill itself, owes one seat more. For any prices of
the formation's rows, a seat may cost what the official nearest to taking it would lack (reduced cost), and no more than
an uncovered skill; then the formation costs at least `priced`'s bound plus the fees, whatever the posting asks for. As
many as `free` seats of a team would be general ones; to ask for more drives somebody else out (`cap`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sijin.engines.dispatch.columns import Key
from sijin.engines.dispatch.parties import GENERAL, LEADER, Array, sizes
from sijin.engines.dispatch.problem import Problem
from sijin.engines.dispatch.seats import FIRM, Seating
from sijin.engines.milp import INF, Floats, Ints

OWN = -1.0  # instead of a price: the team wants the skill itself
GUESS = 0.1  # of the price of an uncovered skill, before anything is known


@dataclass(frozen=True)
class Fees:
    """Prices of skills newly asked for, in kilometre-equivalents.

    ``wants`` (sites, most) numbers of the skills that a site wants, -1 beyond; ``price`` (teams, skills), `OWN` where
    the team wants it itself. Of the skills a team is asked for the ``free`` cheapest cost their price, the others
    ``cap`` more; none more than ``dear``.
    """

    skills: tuple[str, ...]
    wants: Ints
    price: Floats
    free: Ints
    dear: Floats
    cap: Floats


def skills_of(problem: Problem) -> list[str]:
    """Return the skills that sites want."""
    return sorted({skill for own in problem.table("sites")["skills"] for skill in own})


def guessed(problem: Problem) -> Fees:
    """Return fees to begin with."""
    rules, skills = problem.rules, skills_of(problem)
    number = {skill: n for n, skill in enumerate(skills)}
    asked = problem.table("sites")["skills"].to_list()
    wants = np.full((len(asked), max(map(len, asked), default=0)), -1, np.int64)
    for n, found in enumerate(asked):
        wants[n, : len(set(found))] = sorted({number[skill] for skill in found})
    own = [set(found) for found in problem.table("teams")["skills"]]
    dear = FIRM if "skills" in rules.hard else rules.skill
    price = np.array([[OWN if skill in had else GUESS * dear for skill in skills] for had in own]).reshape(
        len(own), len(skills)
    )
    free = np.array([max(size - 1 - len(had), 0) for size, had in zip(sizes(problem), own, strict=True)], np.int64)
    full = np.full(len(own), dear)
    return Fees(tuple(skills), wants, price, free, full, full)


def asked(fees: Fees, team: Ints) -> NDArray[np.bool_]:
    """Return per team and skill whether a posting (team of each site) asks for it newly."""
    found = np.zeros(fees.price.shape, bool)
    for column in fees.wants.T:
        found[team[column >= 0], column[column >= 0]] = True
    return found & (fees.price >= 0)


def due(fees: Fees, new: NDArray[np.bool_]) -> float:
    """Return what the skills newly asked for cost."""
    price = np.sort(np.where(new, np.minimum(fees.price, fees.dear[:, None]), INF), axis=1)
    beyond = np.arange(price.shape[1]) >= fees.free[:, None]
    charged = np.minimum(price + np.where(beyond, fees.cap[:, None], 0.0), fees.dear[:, None])
    return float(charged[np.isfinite(price)].sum())


def priced(built: Seating, guess: Fees, duals: dict[Key, Array]) -> tuple[Fees, float]:
    """Return the fees that these prices of the rows allow, and what the formation costs at least beside them.

    ``built`` has no columns of people yet; ``guess`` is what `guessed` says. Where `duals` price a skill that a team
    does not want itself, the fee is at least that; who would come for less makes the bound lower.
    """
    had = [set(found) for found in built.problem.table("teams")["skills"]]
    prices = _clipped(built, had, duals)
    b = built.blocks
    cost, most, party, team, combo = (np.concatenate(part) for part in (b.cost, b.hi, b.party, b.team, b.combo))
    rows, cols, values = (np.concatenate(part) for part in (b.rows, b.cols, b.values))
    worth = np.zeros(len(built.rows.lo))
    for key, own in prices.items():
        where = built.rows.of[key]
        worth[where[where >= 0]] = own[where >= 0]
    limit = np.where(worth > 0, built.rows.lo, built.rows.hi)
    total = float((worth[worth != 0] * limit[worth != 0]).sum())
    reduced = cost - np.bincount(cols, values * worth[rows], minlength=len(cost))
    bends = party < 0
    loss = bends & (reduced < 0)
    total += float((reduced[loss] * most[loss]).sum())
    cap = np.full(built.count, INF)  # by how much the prices of a team's seats can rise against that of its size
    for code, (rule, what, _) in enumerate(built.bends):
        if rule in ("leader", "skills") or (rule == "size" and what in ("over", "above")):
            here = np.flatnonzero(bends & (combo == -2 - code))
            if rule == "skills":
                here = here[[what in had[t] for t in team[here]]]
            cap[team[here]] = np.minimum(cap[team[here]], np.maximum(reduced[here], 0.0))
    dear = np.maximum(guess.dear + prices.get(("general",), np.zeros(built.count)), 0.0)
    least = np.zeros(guess.price.shape)
    for n, skill in enumerate(guess.skills):
        if ("skill", skill) in duals:
            least[:, n] = np.where(guess.price[:, n] < 0, 0.0, np.clip(duals["skill", skill], 0.0, dear))
    people, seats = _people(built, prices, guess.skills, had, least)
    price = np.where(guess.price < 0, OWN, np.clip(seats, 0.0, dear[:, None]))
    return Fees(guess.skills, guess.wants, price, guess.free, dear, np.minimum(cap, dear)), total + people


def _clipped(built: Seating, had: list[set[str]], duals: dict[Key, Array]) -> dict[Key, Array]:
    """Return prices for all rows that are there whatever is posted, within what bending them costs; 0 for others."""
    rules, nought, found = built.rules, np.zeros(built.count), {}
    own = np.array([len(skills) for skills in had])
    for key, rows in built.rows.of.items():
        price, owed = duals.get(key, nought), rows >= 0
        if key[0] == "skill":
            owed = owed & np.array([key[1] in skills for skills in had], bool)
        elif key[0] == "general":
            owed = owed & (2 + own >= np.maximum(rules.size_max, built.size))
            price = np.clip(price, -min(rules.skill, rules.leader), 0.0)
        elif key[0] == "units":
            price = np.clip(price, -rules.apart, 0.0)
        elif key in built.side:
            side = built.side[key]
            price = -side.sign * np.clip(-side.sign * price, 0.0, side.price)
        else:
            price = np.clip(price, -FIRM / 2, FIRM)
        found[key] = np.where(owed, price, 0.0)
    return found


def _people(
    built: Seating, prices: dict[Key, Array], skills: tuple[str, ...], had: list[set[str]], least: Floats
) -> tuple[float, Floats]:
    """Return what all parties cost at best, new seats paid `least`; and the most that these may be paid."""
    rules = built.rules
    number = {skill: n for n, skill in enumerate(skills)}
    new = {skill: np.array([skill not in own for own in had], bool) for skill in {*skills, *set().union(*had)}}
    total, lacking = 0.0, np.full((built.count, len(skills)), INF)
    out = FIRM if "placed" in rules.hard else rules.unplaced
    for p, party in enumerate(built.parties):
        ways, best = [], INF if party.locked else out * len(party.people)
        for choice in built.choices[p]:
            asked = [kind for kind in built.combos[choice.combo] if kind not in (LEADER, GENERAL)]
            teams = built.reach[p]
            for skill in asked:
                if skill not in number:
                    teams = teams[~new[skill][teams]]
            reduced = choice.cost[teams].astype(np.float64)
            for key, n in choice.keys.items():
                reduced -= n * prices[key][teams]
            for skill in asked:
                if skill in number:
                    reduced -= least[teams, number[skill]]
            ways.append((asked, teams, reduced))
            best = min(best, float(reduced.min(initial=INF)))
        total += len(party.bundles) * best
        for asked, teams, reduced in ways:
            count = sum((new[skill][teams].astype(np.int64) for skill in asked), np.zeros(len(teams), np.int64))
            for skill in asked:
                if skill in number:
                    here = new[skill][teams]
                    at = teams[here], number[skill]
                    lacking[at] = np.minimum(lacking[at], (reduced - best)[here] / count[here])
    return total, least + lacking
