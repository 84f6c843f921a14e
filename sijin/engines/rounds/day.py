"""One day: the shortest round of every set of sites that fits between morning and evening, and its timetable.

Method: labels over subsets (Held and Karp 1962) that keep every trade between kilometres and time, since a shorter way
may come too late for lunch or for a door that closes (Desrochers 1988).
"""

from dataclasses import dataclass

from sijin.engines.rounds.problem import Hours, Posed

EPS = 1e-6  # minutes
Label = tuple[float, float, bool, tuple[int, ...]]  # km, time, rested, the way


@dataclass(frozen=True)
class Route:
    """The shortest round of a set of sites: what it costs (km there and back, crowding), the order of the sites."""

    cost: float
    order: tuple[int, ...]


def route(posed: Posed, km: float, order: tuple[int, ...]) -> Route:
    """Return a round with what it costs."""
    return Route(km + posed.problem.hours.crowding(sum(posed.stay[site] for site in order)), order)


def rested(hours: Hours, labels: list[Label]) -> list[Label]:
    """Return the labels with those that rest here added; who can rest no more and is still out is left out."""
    found = []
    for label in labels:
        km, time, fed, way = label
        if fed or time <= hours.lunch_latest + EPS:
            found.append(label)
        if not fed and (begin := max(time, hours.lunch_from)) <= hours.lunch_latest + EPS:
            found.append((km, begin + hours.lunch, True, way))
    return found


def kept(labels: list[Label]) -> list[Label]:
    """Return the labels that no other is as good as in km, time and rest."""
    found: list[Label] = []
    for label in sorted(labels, key=lambda label: (label[0], label[1], not label[2], label[3])):
        if not any(other[1] <= label[1] + EPS and other[2] >= label[2] for other in found):
            found.append(label)
    return found


def start(posed: Posed) -> list[Label]:
    """Return the labels of the morning, at the base."""
    hours = posed.problem.hours
    first: Label = (0.0, hours.start, hours.lunch == 0, ())
    return kept(rested(hours, [first]))


def extended(posed: Posed, labels: list[Label], last: int, site: int) -> list[Label]:
    """Return the labels after a visit to `site`, coming from place `last` (0 is the base, site i is i + 1)."""
    hours, km, minutes = posed.problem.hours, posed.km[last][site + 1], posed.minutes[last][site + 1]
    opens, stay = posed.opens[site], posed.stay[site]
    closes = min(posed.closes[site], hours.end) + EPS
    there = rested(hours, [(way + km, time + minutes, fed, order) for way, time, fed, order in labels])
    done = [
        (way, end, fed, (*order, site)) for way, time, fed, order in there if (end := max(time, opens) + stay) <= closes
    ]
    return rested(hours, done)


def closed(posed: Posed, labels: list[Label], last: int) -> list[Label]:
    """Return the labels that are back at the base in time."""
    hours, km, minutes = posed.problem.hours, posed.km[last][0], posed.minutes[last][0]
    return [
        (way + km, back, fed, order)
        for way, time, fed, order in labels
        if (back := time + minutes) <= hours.end + EPS and (fed or back <= hours.lunch_latest + EPS)
    ]


def routes(posed: Posed, most: int) -> dict[int, Route] | None:
    """Return the shortest round of every set of sites (a bit mask) that fits in a day; None past `most` sets."""
    sites = range(len(posed.names))
    level: dict[int, dict[int, list[Label]]] = {0: {0: start(posed)}}
    found: dict[int, Route] = {}
    while level:
        above: dict[int, dict[int, list[Label]]] = {}
        for mask, ends in level.items():
            for site in sites:
                if mask >> site & 1:
                    continue
                for last, labels in ends.items():
                    if more := extended(posed, labels, last, site):
                        above.setdefault(mask | 1 << site, {}).setdefault(site + 1, []).extend(more)
        level = above
        for mask, ends in level.items():
            for last in ends:
                ends[last] = kept(ends[last])
            home = [label for last, labels in ends.items() for label in closed(posed, labels, last)]
            if home:
                best = min(home, key=lambda label: (label[0], label[1], label[3]))
                found[mask] = route(posed, best[0], best[3])
        if len(level) + len(found) > most:
            return None
    return found


@dataclass(frozen=True)
class Timetable:
    """When a round leaves, arrives, starts and ends its visits, is back; `lunch` is when the rest begins."""

    out: float
    stops: list[tuple[float, float, float]]
    back: float
    lunch: float | None


def timetable(posed: Posed, order: tuple[int, ...]) -> Timetable | None:
    """Return the times of a round in this order that is back earliest, leaving late; None when it does not fit."""
    best: Timetable | None = None
    for rest in (None, *range(2 * len(order) + 1)) if posed.problem.hours.lunch else (None,):
        found = _timed(posed, order, rest)
        if found and (best is None or found.back < best.back - EPS):
            best = found
    return best


def _timed(posed: Posed, order: tuple[int, ...], rest: int | None) -> Timetable | None:
    """Rest before leaving (0), on arriving at stop k (2k + 1), after its visit (2k + 2), or not at all (None)."""
    hours = posed.problem.hours
    time, last, lunch = hours.start, 0, None
    stops: list[tuple[float, float, float]] = []
    if rest == 0:
        lunch = max(time, hours.lunch_from)
        time = lunch + hours.lunch
    slack = 0.0  # by which the first departure can be put off
    for n, site in enumerate(order):
        arrive = ready = time + posed.minutes[last][site + 1]
        if rest == 2 * n + 1:
            lunch = max(ready, hours.lunch_from)
            ready = lunch + hours.lunch
        begin = max(ready, posed.opens[site])
        time, last = begin + posed.stay[site], site + 1
        if time > min(posed.closes[site], hours.end) + EPS:
            return None
        if n == 0:
            slack = (begin if rest != 1 or lunch is None else lunch) - arrive
            arrive += slack
        stops.append((arrive, begin, time))
        if rest == 2 * n + 2:
            lunch = max(time, hours.lunch_from)
            time = lunch + hours.lunch
    back = time + posed.minutes[last][0]
    tired = bool(hours.lunch) and (back if lunch is None else lunch) > hours.lunch_latest + EPS
    if back > hours.end + EPS or tired:
        return None
    return Timetable(stops[0][0] - posed.minutes[0][order[0] + 1], stops, back, lunch)
