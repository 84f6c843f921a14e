"""Ties of households, carried by the costs of the clearing.

That two of one household work at the same place is a cost of pairs of persons, which a min-cost flow cannot hold. So
the market is cleared without ties first, and once more with the ties that nobody can escape: both are lower bounds of
everything with ties. (Someone of a household who is hired already does not move: being away from them is a cost of
one person, and is in every clearing.) Then every household gets an anchor: the place of work where all of them
together are best off at the prices of the last answer. Posts away from the anchor cost each of them the tie, the
market is cleared again, and so on while anchors move. Each answer is weighed with the true ties; the cheapest is kept.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations, permutations

from sijin.engines.distances import kilometres
from sijin.exchange.domain.employment import terms
from sijin.exchange.domain.employment.posing import Key, Posed
from sijin.exchange.models import JobPost

KINDS = ("same", "near", "apart")  # the best first
Given = dict[int, int]  # wish → post
Options = dict[int, dict[Hashable, list[tuple[float, int]]]]


def workplace(post: JobPost) -> Hashable:
    """Return the place of work of a post: its site, else the firm at its place."""
    return ("site", post.site_id) if post.site_id else (post.firm, post.region_id)


@dataclass
class Ties:
    """Who lives together, and how posts lie to each other."""

    posed: Posed
    members: dict[str, list[int]] = field(init=False)
    places: dict[int, Hashable] = field(init=False)
    posts: dict[int, JobPost] = field(init=False)
    _alike: dict[tuple[int, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        together: dict[str, list[int]] = defaultdict(list)
        for key, wish in self.posed.wishes.items():
            if wish.household:
                together[wish.household].append(key)
        self.members = {household: keys for household, keys in together.items() if len(keys) > 1}
        self.posts = self.posed.posts | {post.pk: post for posts in self.posed.settled.values() for post in posts}
        self.places = {key: workplace(post) for key, post in self.posts.items()}

    def kind(self, post: int, other: int) -> str:
        """Return how two posts lie to each other: same, near or apart."""
        if self.places[post] == self.places[other]:
            return "same"
        pair = (min(post, other), max(post, other))
        if pair not in self._alike:
            a, b = (self.posts[key] for key in pair)
            far = None in (a.lat, a.lon, b.lat, b.lon)
            near = a.shift == b.shift and not far and kilometres(a.lat, a.lon, b.lat, b.lon) <= terms.table()["near_km"]
            self._alike[pair] = "near" if near else "apart"
        return self._alike[pair]

    def settled(self, wish: int, post: int) -> str:
        """Return how a post lies to the nearest of the household who is hired; empty where nobody is."""
        others = self.posed.settled.get(self.posed.wishes[wish].household, [])
        return min((self.kind(post, other.pk) for other in others), key=KINDS.index, default="")

    def within(self) -> dict[Key, int]:
        """Return what each pair within the distance costs, with being away from the household's hired ones."""
        fits = self.posed.within()
        if not self.posed.settled:
            return {key: fit.cost for key, fit in fits.items()}
        return {key: fit.cost + terms.tie(self.settled(*key)) for key, fit in fits.items()}

    def pairs(self, given: Given) -> Iterable[tuple[int, int, str]]:
        """Yield (wish, wish, kind) for every two of one household who both have a post."""
        for keys in self.members.values():
            for one, other in combinations([key for key in keys if key in given], 2):
                yield one, other, self.kind(given[one], given[other])

    def cost(self, given: Given) -> int:
        """Return what the ties of an answer cost."""
        return sum(terms.tie(kind) for _one, _other, kind in self.pairs(given))

    def counted(self, given: Given) -> Counter[str]:
        """Return how many pairs of one household are at the same place, near or apart."""
        return Counter(kind for _one, _other, kind in self.pairs(given))

    def best(self, given: Given) -> dict[int, str]:
        """Return for each person of a household how the nearest of the others is to them."""
        found: dict[int, str] = {}
        for wish, post in given.items():
            if kind := self.settled(wish, post):
                found[wish] = kind
        for one, other, kind in self.pairs(given):
            for wish in (one, other):
                if wish not in found or KINDS.index(kind) < KINDS.index(found[wish]):
                    found[wish] = kind
        return found

    def unavoidable(self, within: Mapping[Key, int]) -> tuple[dict[Key, float], dict[int, float]]:
        """Return pairs with half of the tie that each cannot escape, and what going without costs less for it.

        For every two of a household a post pays half of its least tie to any post of the other: what they pay together
        is never more than their true tie. Where one goes without there is no tie, so that is made cheaper by the most
        that the other can have been charged. So the cost of this market is a lower bound of every answer with ties.
        """
        own: dict[int, list[int]] = defaultdict(list)
        for wish, post in within:
            own[wish].append(post)
        costs: dict[Key, float] = dict(within)
        less: dict[int, float] = defaultdict(float)
        for keys in self.members.values():
            for one, other in permutations(keys, 2):
                there = {self.places[post] for post in own[other]}
                most = 0.0
                for post in own[one] if own[other] else ():
                    shared = self.places[post] in there
                    half = 0.0 if shared else min(terms.tie(self.kind(post, away)) for away in own[other]) / 2
                    costs[one, post] += half
                    most = max(most, half)
                less[other] += most
        return costs, less

    def anchors(self, within: Mapping[Key, int], worth: Mapping[int, float]) -> dict[str, Hashable]:
        """Return the place of work at which each household together is best off at the `worth` of openings."""
        own = {key for keys in self.members.values() for key in keys}
        options: Options = defaultdict(lambda: defaultdict(list))  # person → place → (price, post)
        for (wish, post), cost in within.items():
            if wish in own:
                options[wish][self.places[post]].append((cost + worth.get(post, 0.0), post))
        unmet, apart = terms.table()["points"]["unmet"], terms.tie("apart")
        chosen: dict[str, Hashable] = {}
        for household, keys in self.members.items():
            alone = {key: min((min(here)[0] for here in options[key].values()), default=unmet) for key in keys}
            away = {key: min(unmet, alone[key] + apart) for key in keys}
            places = dict.fromkeys(place for key in keys for place in options[key])
            if places:
                chosen[household] = min(places, key=lambda place: self._together(place, keys, options, away))
        return chosen

    def _together(self, place: Hashable, keys: list[int], options: Options, away: Mapping[int, float]) -> float:
        """Return what a household pays when it gathers at `place`, one after the other while there are openings."""
        used: Counter[int] = Counter()
        total = 0.0
        for key in keys:
            here = [one for one in options[key].get(place, ()) if used[one[1]] < self.posed.posts[one[1]].openings]
            cost, post = min(here, default=(away[key], None))
            if post is not None and cost <= away[key]:
                used[post] += 1
            total += min(cost, away[key])
        return total

    def gathered(self, given: Given, anchors: Mapping[str, Hashable]) -> dict[str, Hashable]:
        """Return those of `anchors` at which two of the household are."""
        count = Counter(
            household
            for household, place in anchors.items()
            for key in self.members[household]
            if key in given and self.places[given[key]] == place
        )
        return {household: place for household, place in anchors.items() if count[household] > 1}

    def anchored(self, within: Mapping[Key, int], anchors: Mapping[str, Hashable]) -> dict[Key, int]:
        """Return the costs of the pairs with what each person pays for being away from the household's anchor."""
        at: dict[Hashable, list[int]] = defaultdict(list)
        for post in self.posed.posts:
            at[self.places[post]].append(post)
        anchor_of = {key: anchors[h] for h, keys in self.members.items() if h in anchors for key in keys}
        made = {}
        for (wish, post), cost in within.items():
            more = 0
            if (place := anchor_of.get(wish)) is not None and place != self.places[post]:
                more = min(terms.tie(self.kind(post, other)) for other in at[place])
            made[wish, post] = cost + more
        return made
