"""The first seats of a dispatch solved apart: everyone at once, at the joint prices, before it is cut into parts.

People who are locked or stay together come first, bundle by bundle, where the prices want them most; all others are
seated by one flow (`draft`) over the few teams that are near their best one.
"""

import numpy as np

from sijin.engines.dispatch.draft import Draft, Offers
from sijin.engines.dispatch.joint import NOWHERE, Joint, Prices
from sijin.engines.dispatch.parties import GENERAL, Array, Party, Seat
from sijin.engines.distances import EARTH_KM

NEAR = 3.0  # reduced cost beyond a party's best team up to which teams are offered to it
FEW = 24  # teams offered to a person
CHUNK = 8_000  # people whose offers are weighed at a time
REST = 40  # teams with an empty seat that are offered to who found none
AT_ONCE = 300_000  # offers up to which the rules of counts are kept over all teams at once
FIRM = 2  # flows that keep them whole, then
Way = tuple[float, int, tuple[int, ...]]  # reduced cost, team, a kind of seat for each of a bundle


def mustered(joint: Joint, prices: Prices, parties: list[Party], region: Array, named: Array) -> dict[int, Seat]:
    """Return a seat for each official (by position) who found one.

    ``region`` is that of each team; ``named`` the one that each official is to stay in, or -1.
    """
    return _Muster(joint, prices, parties, region, named).seats()


class _Muster:
    """Everyone on the way to a seat."""

    def __init__(self, joint: Joint, prices: Prices, parties: list[Party], region: Array, named: Array) -> None:
        self.joint, self.prices, self.parties, self.named = joint, prices, parties, named
        self.region = region[joint.order]
        self.base, self.kind = joint.laid(prices)
        joint.bound(prices)
        self.near = joint.noted(prices, NEAR)
        self.found: dict[int, Seat] = {}
        alone = np.array([party.alone for party in parties], bool)
        self.together = np.flatnonzero(~alone)
        lots: dict[tuple[int, int], list[int]] = {}  # people who are alike and stay in one region, if any
        for p in np.flatnonzero(alone).tolist():
            for (n,) in parties[p].bundles:
                lots.setdefault((p, int(named[n])), []).append(n)
        self.lots = list(lots.values())
        self.party, self.stays = np.array(list(lots), np.int64).reshape(-1, 2).T
        supply = np.array([len(own) for own in self.lots], np.int64)
        self.draft = Draft(joint, supply, joint.group[joint.first[self.party]], joint.out[self.party])

    def seats(self) -> dict[int, Seat]:
        """Seat all."""
        self._bundles()
        if len(self.lots):
            self._singles()
        return self.found

    def _everywhere(self, p: int, region: int) -> tuple[Array, Array]:
        """Return all teams (of a region, if one is given) that may take a party, and what it costs there as it is."""
        joint = self.joint
        if joint.locked[p] >= 0:
            teams = np.array([joint.lock[p]])
        else:
            teams = np.flatnonzero(np.isin(joint.pool, joint.pools_of[p]) & ((self.region == region) | (region < 0)))
        stands = np.zeros(len(teams))
        for n in range(joint.first[p], joint.first[p + 1]):
            if joint.home[n].any():
                half = np.linalg.norm(joint.at[teams] - joint.home[n], axis=1) / 2
                stands += joint.rules.home_km * 2 * EARTH_KM * np.arcsin(np.minimum(half, 1.0))
            if joint.run[n] >= 0 and joint.locked[p] < 0:
                stands += joint.rules.change * (teams != joint.run[n])
        return teams, stands

    # people who are locked or stay together

    def _bundles(self) -> None:
        """Seat the locked, then who has most to lose, where the prices and the rules of counts allow it."""
        joint = self.joint
        self.room = self.draft.high.copy()
        self.spare = {key: np.where(most > 0, limit if sign > 0 else joint.size - limit, np.inf)
                      for key, (sign, limit, most) in joint.counts.items()}  # fmt: skip
        self.taken: set[tuple[int, int]] = set()
        every: list[tuple[int, tuple[int, ...], list[Way]]] = []
        for p in self.together.tolist():
            for people in self.parties[p].bundles:
                region = int(self.named[list(people)].max())
                found = self._everywhere(p, region) if region >= 0 else [own[p, : self.near[2][p]]
                                                                         for own in self.near[:2]]  # fmt: skip
                every.append((p, people, self._ways(p, *found)))
        for p, people, ways in sorted(every, key=lambda own: (joint.locked[own[0]] < 0, -_regret(own[2]), own[1])):
            way = self._chosen(p, ways)
            if way is None and len(ways) < joint.count:
                way = self._chosen(p, self._ways(p, *self._everywhere(p, int(self.named[list(people)].max()))))
            if way is not None:
                self._place(p, people, way)

    def _ways(self, p: int, teams: Array, stands: Array) -> list[Way]:
        """Return the ways of a bundle to sit, the one that costs least at these prices first."""
        joint, first = self.joint, int(self.joint.first[p])
        heads = int(joint.first[p + 1]) - first
        stands = stands - self.base[teams][:, joint.group[first : first + heads]].sum(axis=1)
        found: list[Way] = []
        for w in range(int(joint.ways[p]), int(joint.ways[p + 1]), heads):
            kinds = joint.way[w : w + heads]
            cost = stands + joint.novice[w : w + heads].sum() - self.kind[teams][:, kinds].sum(axis=1)
            open_to = np.flatnonzero(cost < -NOWHERE / 2)
            own = tuple(kinds.tolist())
            found += [(float(cost[n]), int(joint.order[teams[n]]), own) for n in open_to]
        return sorted(found)

    def _chosen(self, p: int, ways: list[Way]) -> Way | None:
        """Return the best way that is left: one within the rules of counts, if there is one."""
        locked, second = self.joint.locked[p] >= 0, None
        uses = self._uses(p)
        for way in ways:
            _, team, kinds = way
            if (self.room[team] < len(kinds) and not locked) or any((team, kind) in self.taken for kind in kinds):
                continue
            if all(self.spare[key][team] >= used for key, used in uses.items()):
                return way
            second = second or way
        return second

    def _uses(self, p: int) -> dict[tuple[str, ...], int]:
        """Return how many of a party's people take up what the rules of counts leave free."""
        groups = self.joint.group[self.joint.first[p] : self.joint.first[p + 1]]
        found = {}
        for key, (sign, *_) in self.joint.counts.items():
            members = int(self.draft.member[key][groups].sum())
            found[key] = members if sign > 0 else len(groups) - members
        return found

    def _place(self, p: int, people: tuple[int, ...], way: Way) -> None:
        joint, (_, team, kinds) = self.joint, way
        self.room[team] -= len(kinds)
        for key, used in self._uses(p).items():
            self.spare[key][team] -= used
        groups = joint.group[joint.first[p] : joint.first[p + 1]].tolist()
        for official, kind, group in zip(people, kinds, groups, strict=True):
            wanted = bool(self.draft.at[team, kind] >= 0)
            if wanted:
                self.taken.add((team, kind))
            self.draft.sit(team, kind, group, held=True)
            self.found[official] = (team, joint.names[kind] if wanted else GENERAL)

    # all others

    def _singles(self) -> None:
        """Seat who sits alone by one flow, and by another one where that left people and seats."""
        draft, joint = self.draft, self.joint
        parts = [self._offers(lots) for lots in np.array_split(np.arange(len(self.lots)), len(self.lots) // CHUNK + 1)]
        offers = parts[0]
        for other in parts[1:]:
            offers = offers.beside(other)
        told, charge = np.zeros((len(draft.team), len(joint.groups))), draft.charges(self.prices)
        taken = draft.solve(offers, told, charge)
        left = np.flatnonzero(np.bincount(offers.source, taken, len(self.lots)) < draft.supply)
        empty = np.bincount(draft.team, draft.sits >= 0, joint.count) < joint.size
        if len(left) and empty.any():
            for lot in left.tolist():
                offers = offers.beside(self._far(lot, empty[joint.order]))
            taken = draft.solve(offers, told, charge)
        if len(offers.team) <= AT_ONCE:
            taken = draft.settle(offers, np.random.default_rng(0), self.prices, FIRM)
        filled = [iter(own) for own in self.lots]
        for n in np.flatnonzero(taken).tolist():
            seat = int(offers.team[n]), joint.names[offers.kind[n]]
            for _ in range(int(taken[n])):
                self.found[next(filled[offers.source[n]])] = seat

    def _offers(self, lots: Array) -> Offers:
        """Return what is offered to these lots: the few best of the teams near their best one."""
        team, stands, held = (own[self.party[lots]] for own in self.near)
        row, column = np.nonzero(np.arange(team.shape[1])[None, :] < held[:, None])
        inside = (self.stays[lots[row]] < 0) | (self.stays[lots[row]] == self.region[team[row, column]])
        row, column = row[inside], column[inside]
        found, reduced = self._seats(lots[row], team[row, column], stands[row, column].astype(np.float64))
        order = np.lexsort((reduced, found.source))
        source = found.source[order]
        rank = np.arange(len(order)) - np.searchsorted(source, source)
        kept = order[rank < FEW + self.draft.supply[source]]
        found = Offers(found.source[kept], found.team[kept], found.kind[kept], found.cost[kept])
        for lot in lots[(self.stays[lots] >= 0) | (self.draft.supply[lots] > FEW)].tolist():
            # their region may be far, or they are too many for the teams noted
            found = found.beside(self._far(lot, np.ones(self.joint.count, bool)))
        return found

    def _far(self, lot: int, teams: Array) -> Offers:
        """Return offers of the nearest of `teams` (a mask) to one lot, wherever they are."""
        open_to, stands = self._everywhere(int(self.party[lot]), int(self.stays[lot]))
        stands = np.where(teams[open_to], stands, np.inf)
        best = np.argsort(stands, kind="stable")[: max(REST, int(self.draft.supply[lot]))]
        best = best[np.isfinite(stands[best])]
        return self._seats(np.full(len(best), lot), open_to[best], stands[best])[0]

    def _seats(self, lot: Array, team: Array, stands: Array) -> tuple[Offers, Array]:
        """Return every seat that lots have in teams (in the tree's order), and its reduced cost."""
        joint = self.joint
        party = self.party[lot]
        ways = np.diff(joint.ways)[party]
        row = np.repeat(np.arange(len(lot)), ways)
        way = joint.ways[party][row] + np.arange(len(row)) - np.repeat(np.cumsum(ways) - ways, ways)
        kind, team = joint.way[way], team[row]
        first = joint.first[party[row]]
        leads = joint.leads[first]
        switched = (joint.run[first] == team) & (leads >= 0) & ((leads == 1) != (kind == 0))
        cost = stands[row] + joint.novice[way] + joint.rules.change * switched
        kept = self.kind[team, kind] > NOWHERE / 2
        row, team, kind, cost, first = row[kept], team[kept], kind[kept], cost[kept], first[kept]
        reduced = cost - self.base[team, joint.group[first]] - self.kind[team, kind]
        return Offers(lot[row], joint.order[team], kind, cost), reduced


def _regret(ways: list[Way]) -> float:
    """Return what a bundle loses whose few best ways are taken."""
    return ways[min(5, len(ways) - 1)][0] - ways[0][0] if ways else 0.0
