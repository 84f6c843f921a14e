"""A team's week: which sites on which day, in which order, at least kilometres, with a proven bound.

Up to `MOST` sets of sites that fit in a day, all of them are weighed (exact); past that, rounds are made as the prices
of the relaxation ask for them, and a longer relaxation gives the bound.
"""

import time
from dataclasses import replace
from datetime import date
from itertools import pairwise

from sijin.engines.dispatch.assign import Progress
from sijin.engines.rounds import columns, master
from sijin.engines.rounds.day import Label, closed, extended, kept, route, routes, start, timetable
from sijin.engines.rounds.problem import Day, Left, Posed, Problem, Reason, Stop, Week, posed

MOST = 12_000  # sets of sites of a day
MANY = 8  # stops of a day past which not every order is tried for the reason of what is left out


def plan(
    problem: Problem, *, time_limit: float = 10.0, seed: int = 0, progress: Progress | None = None, most: int = MOST
) -> Week:
    """Plan the week.

    Parameters
    ----------
    problem : base, sites, days and hours of one team; see `Problem`
    time_limit : seconds
    seed : the same seed on an idle machine gives the same week
    progress : called with (done, total, words), done and total in milliseconds of the time limit; what it raises ends
        the search and is raised here
    most : sets of sites of a day up to which every one is weighed

    Raises
    ------
    Faulty
        The input cannot be planned as it is; every fault is named by table, row and field.
    """
    began = time.monotonic()
    given = posed(problem)

    def tick() -> None:
        if progress is not None:
            spent = int(1000 * (time.monotonic() - began))
            progress(min(spent, int(1000 * time_limit) - 1), int(1000 * time_limit), "rounds")

    tick()
    found = routes(given, most)
    frame = master.rows(given)
    if found is None:
        orders, bound = columns.search(given, frame, time_limit=time_limit, seed=seed, tick=tick)
        orders = _filled(given, orders)
    else:
        allowed = [master.open_to(given, day) for day in range(len(problem.days))]
        every = [(day, mask) for day, fits in enumerate(allowed) for mask in found if not mask & ~fits]
        chosen = master.choose(given, frame, every, found, time_limit=time_limit, seed=seed, tick=tick)
        orders = [found[mask].order if mask else () for mask in chosen.masks]
        bound = chosen.bound
    return _told(given, orders, bound, time.monotonic() - began, "columns" if found is None else "exact")


def evaluate(problem: Problem, orders: list[list[str]]) -> Week:
    """Return the week that visits the sites in these orders, day by day, with times, costs and what is left out.

    Raises ValueError for a day that does not fit, in this order. Nothing is proven of it: the bound is 0.
    """
    began = time.monotonic()
    given = posed(problem)
    numbers = {name: n for n, name in enumerate(given.names)}
    numbered = [tuple(numbers[name] for name in order) for order in orders]
    for day, order in zip(problem.days, numbered, strict=True):
        if order and timetable(given, order) is None:
            raise ValueError(f"{day}: these visits do not fit in this order")
    return _told(given, numbered, 0.0, time.monotonic() - began, "given")


def _told(given: Posed, orders: list[tuple[int, ...]], bound: float, seconds: float, method: str) -> Week:
    days = tuple(_day(given, day, order) for day, order in zip(given.problem.days, orders, strict=True))
    left = tuple(_left(given, orders))
    km = sum(day.km for day in days)
    crowding = sum(given.problem.hours.crowding(day.on_site) for day in days)
    cost = km + crowding
    for missed in left:
        price = given.price[given.names.index(missed.site)]
        cost += price * (master.PROMISED if missed.day else 1)
    bound = max(0.0, min(bound, cost))
    return Week(days, left, km, crowding, cost, bound, (cost - bound) / max(cost, 1e-9), seconds, method)


def _day(given: Posed, date: date, order: tuple[int, ...]) -> Day:
    if not order:
        return Day(date)
    times = timetable(given, order)
    assert times is not None
    stops, last = [], 0
    for n, (site, (arrive, begin, end)) in enumerate(zip(order, times.stops, strict=True)):
        at = site + 1
        stops.append(
            Stop(given.names[site], arrive, begin, end, given.km[last][at], given.minutes[last][at],
                 _why(given, date, order, n))
        )  # fmt: skip
        last = at
    return Day(date, tuple(stops), times.out, times.back, given.km[last][0], given.minutes[last][0], times.lunch)


def _why(given: Posed, date: date, order: tuple[int, ...], n: int) -> Reason:
    site, km = order[n], given.km
    before = order[n - 1] + 1 if n else 0
    after = order[n + 1] + 1 if n + 1 < len(order) else 0
    more = round(km[before][site + 1] + km[site + 1][after] - km[before][after], 1)
    if date in given.fixed[site]:
        return Reason("fixed", {"km": more})
    if len(order) == 1:
        return Reason("alone", {"km": more})
    if more > (km[0][site + 1] + km[site + 1][0]) / 2:
        return Reason("adds", {"km": more})
    near = min((other for other in order if other != site), key=lambda other: km[site + 1][other + 1])
    return Reason("on_the_way", {"km": more, "near": given.names[near]})


def _filled(given: Posed, orders: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Return the orders with visits that were left out put in where there is room for them, at the least way."""
    orders = [*orders]
    for site in sorted(range(len(given.names)), key=lambda site: (-given.price[site], site)):
        promised = [n for n, day in enumerate(given.problem.days) if day in given.fixed[site] and site not in orders[n]]
        for day in promised:
            orders[day] = _put_in(given, orders[day], site) or orders[day]
        placed = sum(site in orders[day] for day in given.free(site))
        for _missing in range(given.wanted(site) - placed):
            open_to = [n for n in given.free(site) if site not in orders[n] and not _in_a_row(given, orders, site, n)]
            options = [(n, way) for n in open_to if (way := _put_in(given, orders[n], site))]
            if not options:
                break
            day, way = min(options, key=lambda option: _cost(given, option[1]) - _cost(given, orders[option[0]]))
            if _cost(given, way) - _cost(given, orders[day]) > given.price[site]:
                break
            orders[day] = way
    return orders


def _put_in(given: Posed, order: tuple[int, ...], site: int) -> tuple[int, ...] | None:
    """Return the cheapest order with the site put in, the others staying in theirs; None when there is no room."""
    ways = [(*order[:n], site, *order[n:]) for n in range(len(order) + 1)]
    fitting = [way for way in ways if timetable(given, way) is not None]
    return min(fitting, key=lambda way: _cost(given, way), default=None)


def _cost(given: Posed, order: tuple[int, ...]) -> float:
    places = [0, *(site + 1 for site in order), 0]
    return route(given, sum(given.km[a][b] for a, b in pairwise(places)), order).cost


def _left(given: Posed, orders: list[tuple[int, ...]]) -> list[Left]:
    """Name every visit that was left out, with the first reason that holds."""
    found = []
    for site, name in enumerate(given.names):
        on = [day for day, order in enumerate(orders) if site in order]
        for day, named in enumerate(given.problem.days):
            if named in given.fixed[site] and day not in on:
                why = Reason("fixed", {}) if _alone(given, site) else _cannot(given, site)
                found.append(Left(name, named, why))
        placed = sum(given.problem.days[day] not in given.fixed[site] for day in on)
        for missing in range(given.wanted(site) - placed, 0, -1):
            found.append(Left(name, None, _reason(given, orders, site, missing)))
    return found


def _reason(given: Posed, orders: list[tuple[int, ...]], site: int, missing: int) -> Reason:
    if not _alone(given, site):
        return _cannot(given, site)
    free = [day for day in given.free(site) if site not in orders[day]]
    if len(free) < missing:
        return Reason("days", {"open": len(given.free(site)), "visits": given.wanted(site)})
    fitting = [day for day in free if _fits(given, (*orders[day], site))]
    if any(not _in_a_row(given, orders, site, day) for day in fitting):
        return Reason("dear", {})
    if fitting:
        return Reason("spread", {"visits": given.visits[site]})
    doorless = _without_doors(given, site)
    if any(_fits(doorless, (*orders[day], site)) for day in free):
        return _window(given, site)
    return Reason("time", {"minutes": given.stay[site]})


def _in_a_row(given: Posed, orders: list[tuple[int, ...]], site: int, day: int) -> bool:
    """Say whether a visit on the day would fill a run of days."""
    return any(
        day in inside and sum(site in orders[other] for other in inside) >= most for inside, most in given.runs(site)
    )


def _alone(given: Posed, site: int) -> bool:
    return _fits(given, (site,))


def _cannot(given: Posed, site: int) -> Reason:
    """Say why not even a day for this site alone is enough."""
    if _fits(_without_doors(given, site), (site,)):
        return _window(given, site)
    hours = given.problem.hours
    needed = given.minutes[0][site + 1] + given.stay[site] + given.minutes[site + 1][0]
    return Reason("far", {"minutes": round(needed), "hours": round((hours.end - hours.start - hours.lunch) / 60, 1)})


def _window(given: Posed, site: int) -> Reason:
    return Reason("window", {"opens": given.opens[site], "closes": given.closes[site]})


def _without_doors(given: Posed, site: int) -> Posed:
    opens, closes = list(given.opens), list(given.closes)
    opens[site], closes[site] = 0.0, 1440.0
    return replace(given, opens=tuple(opens), closes=tuple(closes))


def _fits(given: Posed, sites: tuple[int, ...]) -> bool:
    """Say whether a round of these sites fits in a day, in any order; the last of many only put in between."""
    if len(sites) > MANY:
        return _put_in(given, sites[:-1], sites[-1]) is not None
    level = {(0, 0): start(given)}
    for _step in sites:
        above: dict[tuple[int, int], list[Label]] = {}
        for (mask, last), labels in level.items():
            for site in sites:
                if not mask >> site & 1 and (more := extended(given, labels, last, site)):
                    above.setdefault((mask | 1 << site, site + 1), []).extend(more)
        level = {key: kept(labels) for key, labels in above.items()}
    return any(closed(given, labels, last) for (_mask, last), labels in level.items())
