"""Which teams are decided anew together: those whose cost lies furthest above the relaxation, and who could help them.

Help is near, or wants the same people; or a rule is bent in one team and has room in another far away, and people
must move up team by team along the way between the two.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sijin.engines.dispatch.parties import Array
from sijin.engines.dispatch.seats import Seating
from sijin.engines.distances import kilometres
from sijin.engines.milp import INF

TOGETHER = 6  # neighbourhoods that share nobody, chosen at a time
ALONG = 0.7  # chance that a bent rule is followed to where it has room, if it is bent
WORTH = 6.0  # reduced cost up to which a seat is tried by somebody who has none
DEAR = 4.0  # reduced cost beyond which a seat is not tried again
TIRED = 0.8  # weight of a team once more after each time that its neighbourhood did not get better
WIDER = (1.2, 5.0)  # its neighbourhood grows by this each time, up to this
CROWD = 60  # pairs of sites with a team beyond which
STAY = 0.8  # of the neighbourhoods leave the sites where they are
MOST = 1_200  # columns of a neighbourhood: of a wide one only the cheapest


@dataclass(frozen=True)
class Window:
    """A neighbourhood: the team around which it lies, and the columns to decide anew."""

    centre: int
    cols: Array


class Windows:
    """Chooses neighbourhoods; `pruned` says whether seats that are dear may be left out."""

    def __init__(self, built: Seating, hi: Array, seed: int, pruned: bool) -> None:
        self.built, self.dice = built, np.random.default_rng(seed)
        self.pruned = pruned
        self.far, self.dear = (WORTH, DEAR) if pruned else (INF, INF)
        self.limits = np.array(built.rows.lo, np.float64), np.array(built.rows.hi, np.float64)
        self.capped = np.where(np.isfinite(hi), hi, 0.0)
        self.weight, self.wide = np.ones(built.count), np.ones(built.count)
        self.of_team = Grouped(built.team, built.count)
        self.of_party = Grouped(built.party, len(built.parties))
        self.many = built.sends.sum() > CROWD * built.count

    def learn(self, window: Window, better: bool) -> None:
        """Come back to these teams sooner when their neighbourhood got better; later and wider when it did not."""
        built, centre = self.built, window.centre
        teams = np.unique(built.team[window.cols][built.team[window.cols] >= 0])
        if better:
            self.weight[teams] = self.wide[teams] = 1.0
        else:
            self.weight[centre] *= TIRED
            self.wide[centre] = min(self.wide[centre] * WIDER[0], WIDER[1])

    def choose(self, values: Array, reduced: Array, duals: Array, activity: Array, width: int) -> list[Window]:
        """Return a few neighbourhoods that share nobody, of `width` teams or more where that was too narrow."""
        built, dice, found = self.built, self.dice, []
        self.values, self.reduced, self.duals, self.activity = values, reduced, duals, activity
        above = np.where(self.reduced >= 0, self.reduced * self.values, self.reduced * (self.values - self.capped))
        team_gap = np.bincount(built.team[built.team >= 0], above[built.team >= 0], minlength=built.count)
        team_gap += self._slack()
        self.out = (built.team < 0) & (values > 0.5)
        left_out = above * self.out
        used_teams, used_parties = np.zeros(built.count, bool), np.zeros(len(built.parties), bool)
        weight = np.maximum(team_gap, 0.0) * self.weight + 1e-3
        for _ in range(TOGETHER):
            chance = np.where(used_teams, 0.0, weight)
            if not chance.any():
                break
            centre = int(dice.choice(built.count, p=chance / chance.sum()))
            kin = self._corridor(centre) if dice.random() < ALONG else None
            if kin is None:
                kin = self._kin(centre)
            own = round(width * self.wide[centre])
            teams = [t for t in kin[: 2 * own].tolist() if not used_teams[t]][:own]
            cols = self._columns_of(np.array(teams), used_parties, team_gap, left_out)
            used_teams[teams] = True
            used_parties[built.party[cols[built.party[cols] >= 0]]] = True
            if len(cols):
                found.append(Window(centre, cols))
        return found

    def _slack(self) -> Array:
        """Return per team what the relaxation would save on rows that are kept with room."""
        gap = np.zeros(self.built.count)
        lo, hi = self.limits
        for rows in self.built.rows.of.values():
            held = rows >= 0
            own, price = rows[held], self.duals[rows[held]]
            if not price.any():
                continue
            bound = np.where(price < 0, hi[own], lo[own])
            gap[held] += np.where(
                price != 0, price * (self.activity[own] - np.where(np.isfinite(bound), bound, 0)), 0.0
            )
        return np.asarray(np.maximum(gap, 0.0))

    def _corridor(self, centre: int) -> Array | None:
        """Return teams on the way from `centre`, where a rule is bent, to where it has room; None without either."""
        built = self.built
        own = self.of_team[[centre]]
        bent = own[(built.party[own] < 0) & (self.values[own] > 0.5) & (self.reduced[own] > 1.0)]
        bent = bent[[built.bends[-2 - combo][2] != () for combo in built.combo[bent]]]  # sites have no way of their own
        if not len(bent):
            return None
        key = built.bends[-2 - built.combo[int(self.dice.choice(bent))]][2]
        rows = built.rows.of[key]
        held = np.where(rows >= 0, self.activity[rows], np.nan)
        lo, hi = self.limits[0][rows], self.limits[1][rows]
        loose = (rows >= 0) & ((held < hi - 0.5) if np.isfinite(hi[centre]) else (held > lo + 0.5))
        loose[centre] = False
        if key[0] in ("size", "leader", "skill") or not loose.any():
            return None
        near = self._around(centre)
        goal = int(self.dice.choice(near[loose[near]][:6]))
        lat, lon = built.base
        detour = kilometres(lat[centre], lon[centre], lat, lon) + kilometres(lat[goal], lon[goal], lat, lon)
        detour[[centre, goal]] = -1.0
        return np.argsort(detour, kind="stable")

    def _kin(self, centre: int) -> Array:
        """Return teams around `centre`, its near rivals for people mixed with its neighbours."""
        near = self._around(centre)
        if self.dice.random() < 0.5:
            return near
        built = self.built
        own = self.of_team[[centre]]
        mine = np.unique(built.party[own[(built.party[own] >= 0) & (self.reduced[own] < 2.0)]])
        theirs = self.of_party[mine]
        rivals = built.team[theirs[(built.team[theirs] >= 0) & (self.reduced[theirs] < 2.0)]]
        count = np.bincount(rivals, minlength=built.count).astype(float)
        return np.argsort(-count + 1e-3 * np.argsort(near) - (np.arange(built.count) == centre) * 1e9, kind="stable")

    def _around(self, centre: int) -> Array:
        """Return all teams, the nearest to `centre` first."""
        lat, lon = self.built.base
        return np.argsort(kilometres(lat[centre], lon[centre], lat, lon), kind="stable")

    def _columns_of(self, teams: Array, used: Array, team_gap: Array, left_out: Array) -> Array:
        """Return the columns of `teams` and of the people in them whose reduced cost could pay there."""
        built = self.built
        here = self.of_team[teams]
        party, reduced, people = built.party[here], self.reduced[here], built.party[here] >= 0
        sits = np.zeros(len(built.parties), bool)
        sits[party[people & (self.values[here] > 0.5)]] = True
        reach = np.zeros(len(built.parties), bool)
        reach[party[people & (reduced < self.far)]] = True
        out = np.flatnonzero(self.out)
        sits[built.party[out[reach[built.party[out]]]]] = True
        sits &= ~used
        gap = float(np.maximum(team_gap[teams], 0).sum() + left_out[out[sits[built.party[out]]]].sum())
        cheap = (reduced <= (min(gap, self.dear) if self.dear < INF else INF) + 1e-6) | (self.values[here] > 0)
        free = (~people | sits[np.where(people, party, 0)]) & cheap
        if self.many and self.dice.random() < STAY:
            free &= ~built.sends[here] | (self.values[here] > 0.5)
        if self.dear < INF and free.sum() > MOST:
            free &= (reduced <= np.partition(reduced[free], MOST)[MOST]) | (self.values[here] > 0)
        free = here[free]
        aside = self.of_party[np.flatnonzero(sits)]
        return np.sort(np.concatenate((free, aside[built.team[aside] < 0])))


class Grouped:
    """The positions of each group of an array of group numbers; negative numbers belong to none."""

    def __init__(self, group: Array, count: int) -> None:
        self._order = np.argsort(group, kind="stable")
        self._starts = np.searchsorted(group[self._order], np.arange(count + 1))

    def __getitem__(self, groups: Any) -> Array:
        """Return the positions of all `groups`, one group after the other."""
        return np.concatenate([self._order[self._starts[g] : self._starts[g + 1]] for g in groups] or [self._order[:0]])
