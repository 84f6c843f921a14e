"""Which teams are decided anew together: those whose cost lies furthest above the relaxation, and who could help them.

Help is near, or wants the same people; or a rule is bent in one team and has room in another far away, and people
must move up team by team along the way between the two.
"""

import numpy as np

from sijin.engines.dispatch.parties import Array
from sijin.engines.dispatch.seats import Seating
from sijin.engines.distances import kilometres
from sijin.engines.milp import INF

TOGETHER = 6  # neighbourhoods that share nobody, chosen at a time
ALONG = 0.7  # chance that a bent rule is followed to where it has room, if it is bent
WORTH = 6.0  # reduced cost up to which a seat is tried by somebody who has none
DEAR = 4.0  # reduced cost beyond which a seat is not tried again
TIRED = 0.7  # weight of a team once more after each time that its neighbourhood did not get better


class Windows:
    """Chooses neighbourhoods; `pruned` says whether seats that are dear may be left out."""

    def __init__(self, built: Seating, hi: Array, seed: int, pruned: bool) -> None:
        self.built, self.dice = built, np.random.default_rng(seed)
        self.far, self.dear = (WORTH, DEAR) if pruned else (INF, INF)
        self.limits = np.array(built.rows.lo, np.float64), np.array(built.rows.hi, np.float64)
        self.capped = np.where(np.isfinite(hi), hi, 0.0)
        self.weight = np.ones(built.count)

    def learn(self, cols: Array, better: bool) -> None:
        """Come back to these teams sooner when their neighbourhood got better, later when it did not."""
        teams = np.unique(self.built.team[cols][self.built.team[cols] >= 0])
        self.weight[teams] = 1.0 if better else TIRED * self.weight[teams]

    def choose(self, values: Array, reduced: Array, duals: Array, activity: Array, width: int) -> list[Array]:
        """Return the columns that could better each of a few neighbourhoods of `width` teams that share nobody."""
        built, dice, found = self.built, self.dice, []
        self.values, self.reduced, self.duals, self.activity = values, reduced, duals, activity
        above = np.where(self.reduced >= 0, self.reduced * self.values, self.reduced * (self.values - self.capped))
        team_gap = np.bincount(built.team[built.team >= 0], above[built.team >= 0], minlength=built.count)
        team_gap += self._slack()
        left_out = above * (built.team < 0)
        used_teams, used_parties = np.zeros(built.count, bool), np.zeros(len(built.parties), bool)
        weight = np.maximum(team_gap, 0.0) * self.weight + 1e-3
        for _ in range(TOGETHER):
            chance = np.where(used_teams, 0.0, weight)
            if not chance.any():
                break
            centre = int(dice.choice(built.count, p=chance / chance.sum()))
            kin = self._corridor(centre, dice) if dice.random() < ALONG else None
            if kin is None:
                kin = self._kin(centre, dice)
            teams = [t for t in kin[: 2 * width].tolist() if not used_teams[t]][:width]
            cols = self._columns_of(np.array(teams), used_parties, team_gap, left_out)
            used_teams[teams] = True
            used_parties[built.party[cols[built.party[cols] >= 0]]] = True
            if len(cols):
                found.append(cols)
        return found

    def _slack(self) -> Array:
        """Return per team what the relaxation would save on rows that are kept with room."""
        gap = np.zeros(self.built.count)
        lo, hi = self.limits
        for rows in self.built.rows.of.values():
            held = rows >= 0
            own, price = rows[held], self.duals[rows[held]]
            bound = np.where(price < 0, hi[own], lo[own])
            gap[held] += np.where(
                price != 0, price * (self.activity[own] - np.where(np.isfinite(bound), bound, 0)), 0.0
            )
        return np.asarray(np.maximum(gap, 0.0))

    def _corridor(self, centre: int, dice: np.random.Generator) -> Array | None:
        """Return teams on the way from `centre`, where a rule is bent, to where it has room; None without either."""
        built = self.built
        bent = np.flatnonzero((built.party < 0) & (built.team == centre) & (self.values > 0.5) & (self.reduced > 1.0))
        if not len(bent):
            return None
        key = built.bends[-2 - built.combo[int(dice.choice(bent))]][2]
        rows = built.rows.of[key]
        held = np.where(rows >= 0, self.activity[rows], np.nan)
        lo, hi = np.array(built.rows.lo)[rows], np.array(built.rows.hi)[rows]
        loose = np.flatnonzero((rows >= 0) & ((held < hi - 0.5) if np.isfinite(hi[centre]) else (held > lo + 0.5)))
        if key[0] in ("size", "leader", "skill") or not len(loose):
            return None
        near = [t for t in self._around(centre).tolist() if t in set(loose.tolist()) - {centre}][:6]
        if not near:
            return None
        goal = int(dice.choice(near))
        lat, lon = built.base
        detour = kilometres(lat[centre], lon[centre], lat, lon) + kilometres(lat[goal], lon[goal], lat, lon)
        detour[[centre, goal]] = -1.0
        return np.argsort(detour, kind="stable")

    def _kin(self, centre: int, dice: np.random.Generator) -> Array:
        """Return teams around `centre`, its near rivals for people mixed with its neighbours."""
        near = self._around(centre)
        if dice.random() < 0.5:
            return near
        built = self.built
        mine = np.unique(built.party[(built.team == centre) & (built.party >= 0) & (self.reduced < 2.0)])
        rivals = built.team[np.isin(built.party, mine) & (built.team >= 0) & (self.reduced < 2.0)]
        count = np.bincount(rivals, minlength=built.count).astype(float)
        return np.argsort(-count + 1e-3 * np.argsort(np.argsort(near)) - (np.arange(built.count) == centre) * 1e9,
                          kind="stable")  # fmt: skip

    def _columns_of(self, teams: Array, used: Array, team_gap: Array, left_out: Array) -> Array:
        """Return the columns of `teams` and of the people in them whose reduced cost could pay there."""
        built = self.built
        inside = np.zeros(built.count + 1, bool)
        inside[teams] = True
        here = inside[built.team] & (built.team >= 0)
        sits = np.zeros(len(built.parties) + 1, bool)
        sits[built.party[here & (self.values > 0.5) & (built.party >= 0)]] = True
        out = (built.team < 0) & (self.values > 0.5)
        reach = np.zeros(len(built.parties) + 1, bool)
        reach[built.party[here & (built.party >= 0) & (self.reduced < self.far)]] = True
        sits |= np.bincount(built.party[out & reach[built.party]], minlength=len(sits)).astype(bool)
        sits[: len(used)] &= ~used
        sits[-1] = False
        gap = float(np.maximum(team_gap[teams], 0).sum() + left_out[out & sits[built.party]].sum())
        people = sits[built.party] & (built.party >= 0)
        cheap = (self.reduced <= (min(gap, self.dear) if self.dear < INF else INF) + 1e-6) | (self.values > 0)
        free = (here & (people | (built.party < 0)) & cheap) | (people & (built.team < 0))
        return np.flatnonzero(free)

    def _around(self, centre: int) -> Array:
        """Return all teams, the nearest to `centre` first."""
        lat, lon = self.built.base
        return np.argsort(kilometres(lat[centre], lon[centre], lat, lon), kind="stable")
