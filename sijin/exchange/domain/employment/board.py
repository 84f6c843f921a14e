"""The short board of a run: which occupation has too few openings and where (by shadow price), which too few people."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sijin.exchange.domain.employment import terms
from sijin.exchange.domain.employment.households import Given, Ties
from sijin.exchange.domain.employment.posing import Posed
from sijin.exchange.models import JobPost

SHOWN = 20
TINY = 1e-6


def figures(
    posed: Posed, ties: Ties, given: Given, without: Mapping[int, tuple[str, Any, Any]], worth: Mapping[int, float]
) -> dict[str, Any]:
    """Return the figures of a run as plain values; no person is in them.

    `scarce`: per occupation and place, the dearest price of one more opening, and how many go without who would
    fit there. `idle`: per occupation and place the openings that stay over. `prices`: of every post with one.
    """
    whys: dict[str, int] = defaultdict(int)
    for why, _nearest, _km in without.values():
        whys[why] += 1
    return {
        "people": len(posed.wishes),
        "posts": len(posed.posts),
        "openings": sum(post.openings for post in posed.posts.values()),
        "pairs": len(posed.within()),
        "given": len(given),
        "without": dict(whys),
        "ties": dict(ties.counted(given)),
        "greedy": _first_come(posed),
        "scarce": _scarce(posed, without, worth),
        "idle": _idle(posed, given),
        "prices": {str(post): round(price, 3) for post, price in worth.items() if price > TINY},
    }


def place_of(post: JobPost) -> str:
    """Return the town of a post, or what is known of its place."""
    if post.site_id and post.site.town_id:
        return str(post.site.town)
    return str(post.region)


def _scarce(posed: Posed, without: Mapping[int, Any], worth: Mapping[int, float]) -> list[dict[str, Any]]:
    """Group posts with a price by occupation and place, the dearest first."""
    waiting = defaultdict(set)
    for wish, post in posed.within():
        if wish in without:
            waiting[post].add(wish)
    made: dict[tuple[str, str], dict[str, Any]] = {}
    people: dict[tuple[str, str], set[int]] = defaultdict(set)
    for key, post in posed.posts.items():
        if worth.get(key, 0.0) <= TINY:
            continue
        thing = (post.occupation, place_of(post))
        row = made.setdefault(
            thing, {"occupation": thing[0], "place": thing[1], "price": 0.0, "openings": 0, "posts": []}
        )
        row["price"] = round(max(row["price"], worth[key]), 3)
        row["openings"] += post.openings
        row["posts"].append(key)
        people[thing] |= waiting[key]
    for thing, row in made.items():
        row["waiting"] = len(people[thing])
    return sorted(made.values(), key=lambda row: (-row["price"], -row["waiting"], row["occupation"], row["place"]))[
        :SHOWN
    ]


def _idle(posed: Posed, given: Given) -> list[dict[str, Any]]:
    """Group openings that stay over by occupation and place, the most first."""
    used: dict[int, int] = defaultdict(int)
    for post in given.values():
        used[post] += 1
    near, anywhere = defaultdict(set), defaultdict(set)
    within = posed.within()
    for wish, post in posed.fits:
        anywhere[post].add(wish)
        if (wish, post) in within:
            near[post].add(wish)
    made: dict[tuple[str, str], dict[str, Any]] = {}
    fits: dict[tuple[str, str], tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    for key, post in posed.posts.items():
        if (left := post.openings - used[key]) <= 0:
            continue
        thing = (post.occupation, place_of(post))
        row = made.setdefault(thing, {"occupation": thing[0], "place": thing[1], "left": 0, "posts": []})
        row["left"] += left
        row["posts"].append(key)
        fits[thing][0].update(near[key])
        fits[thing][1].update(anywhere[key])
    for thing, row in made.items():
        row["near"], row["anywhere"] = (len(people) for people in fits[thing])
    return sorted(made.values(), key=lambda row: (-row["left"], row["occupation"], row["place"]))[:SHOWN]


def _first_come(posed: Posed) -> dict[str, int]:
    """Serve people in the order in which they stand, each with the cheapest post that is left."""
    options: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for (wish, post), fit in posed.within().items():
        options[wish].append((fit.cost, post))
    left, given, cost = {key: post.openings for key, post in posed.posts.items()}, 0, 0
    for wish in posed.wishes:
        best = next(((price, post) for price, post in sorted(options[wish]) if left[post]), None)
        if best is None:
            cost += terms.table()["points"]["unmet"]
            continue
        left[best[1]] -= 1
        given, cost = given + 1, cost + best[0]
    return {"given": given, "cost": cost}
