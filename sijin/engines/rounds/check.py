"""An examination of a week by other means than those that made it: rules are read from the problem, times redone."""

import math
from datetime import date, timedelta
from typing import Any

from sijin.engines.distances import kilometres
from sijin.engines.rounds.problem import Day, Problem, Week

NEAR = 1e-3  # minutes or km
Sites = dict[str, tuple[int, dict[str, Any]]]  # name → place in the matrix, row


def check(problem: Problem, week: Week) -> list[str]:
    """Return what is wrong with `week`, in words; nothing when it keeps every rule and its own figures."""
    faults: list[str] = []
    sites: Sites = {row["site"]: (n + 1, row) for n, row in enumerate(problem.table.iter_rows(named=True))}
    if [day.date for day in week.days] != list(problem.days):
        faults.append("the days are not those of the problem")
    for day in week.days:
        if day.stops:
            faults += _day(problem, day, sites)
    km = sum(day.km for day in week.days)
    price = 0.0
    for name, (_n, row) in sites.items():
        on = {day.date for day in week.days for stop in day.stops if stop.site == name}
        faults += _visits(problem, name, row, on, week)
        fixed = set(row["fixed"] or ()) - set(row["visited"] or ())
        for left in week.left:
            if left.site == name:
                price += problem.drop * row["priority"] * (10 if left.day in fixed else 1)
    stays = [sum(sites[stop.site][1]["minutes"] for stop in day.stops) for day in week.days]
    full = sum(problem.hours.over / 60 * max(0.0, minutes - problem.hours.full) for minutes in stays)
    if max(abs(week.km - km), abs(week.crowding - full), abs(week.cost - km - full - price)) > NEAR:
        faults.append(
            f"cost {week.cost:.3f} is not {km:.3f} km, {full:.3f} for full days, {price:.3f} for visits left out"
        )
    if week.bound > week.cost + NEAR:
        faults.append("the bound is above the cost")
    return faults


def _way(problem: Problem, sites: Sites, start: str | None, end: str | None) -> tuple[float, float]:
    """Return km and minutes between two sites; None is the base."""
    if problem.travel is not None:
        a, b = (sites[name][0] if name else 0 for name in (start, end))
        minutes = float(problem.travel[a][b])
        return minutes * problem.hours.kmh / 60, minutes
    points = [(sites[name][1]["lat"], sites[name][1]["lon"]) if name else problem.base for name in (start, end)]
    km = float(kilometres(*points[0], *points[1])) * problem.hours.detour
    minutes, step = km * 60 / problem.hours.kmh, problem.hours.step
    return km, math.ceil(minutes / step - 1e-9) * step if step else minutes


def _day(problem: Problem, day: Day, sites: Sites) -> list[str]:
    hours, faults = problem.hours, []
    words = f"{day.date:%m-%d}"
    rest = (day.lunch, day.lunch + hours.lunch) if day.lunch is not None else None
    if len({stop.site for stop in day.stops}) < len(day.stops):
        faults.append(f"{words}: a site twice")
    if day.out < hours.start - NEAR or day.back > hours.end + NEAR:
        faults.append(f"{words}: outside the working hours")
    late = day.back > hours.lunch_latest + NEAR and day.out < hours.lunch_from + hours.lunch - NEAR
    if hours.lunch and late and rest is None:
        faults.append(f"{words}: no rest at noon")
    if rest and not hours.lunch_from - NEAR <= rest[0] <= hours.lunch_latest + NEAR:
        faults.append(f"{words}: rest at the wrong time")
    ready, before = day.out, None
    for stop in (*day.stops, None):
        name = stop.site if stop else None
        km, minutes = _way(problem, sites, before, name)
        told = (stop.km, stop.travel) if stop else (day.back_km, day.back_travel)
        if max(abs(km - told[0]), abs(minutes - told[1])) > NEAR:
            faults.append(f"{words}: the way to {name or 'the base'} is {km:.2f} km, {minutes:.1f} min")
        free = (stop.arrive if stop else day.back) - ready - minutes
        if rest and before is None and rest[1] <= day.out + NEAR:
            rest = None  # rested before leaving
        if rest and ready - NEAR <= rest[0] and rest[1] <= (stop.start if stop else day.back) + NEAR:
            stands = rest[0] <= ready + free + NEAR or (stop is not None and rest[0] >= stop.arrive - NEAR)
            if not stands:
                faults.append(f"{words}: rest on the road")
            if stop is None or rest[0] < stop.arrive - NEAR:
                free -= hours.lunch
            elif stop.start - stop.arrive < hours.lunch - NEAR:
                faults.append(f"{words}: no time for the rest before {name}")
            rest = None
        if free < -NEAR:
            faults.append(f"{words}: arrives at {name or 'the base'} before it can")
        if stop:
            row = sites[stop.site][1]
            if stop.start < stop.arrive - NEAR or abs(stop.leave - stop.start - row["minutes"]) > NEAR:
                faults.append(f"{words}: the visit to {name} is not {row['minutes']:g} minutes long")
            if stop.start < row["opens"] - NEAR or stop.leave > row["closes"] + NEAR:
                faults.append(f"{words}: {name} is shut")
            ready, before = stop.leave, name
    if rest:
        faults.append(f"{words}: the rest falls into a visit")
    return faults


def _visits(problem: Problem, name: str, row: dict[str, Any], on: set[date], week: Week) -> list[str]:
    faults = []
    made = set(row["visited"] or ())
    fixed = set(row["fixed"] or ()) - made
    left = [item for item in week.left if item.site == name]
    promised = {item.day for item in left if item.day is not None}
    if fixed != (fixed & on) | promised:
        faults.append(f"{name}: a promised day is neither kept nor named")
    wanted = max(0, row["visits"] - len(made.intersection(problem.days)) - len(fixed))
    if len(on - fixed) + sum(item.day is None for item in left) != wanted:
        faults.append(f"{name}: {len(on - fixed)} visits placed, {wanted} wanted, the rest not named")
    if on & made or (on - fixed) & problem.closed:
        faults.append(f"{name}: a visit on a day that is not open to it")
    count = row["visits"]
    if 2 <= count < len(problem.days):
        standing = fixed | made
        for first in sorted(on | standing):
            run = {first + timedelta(n) for n in range(count)}
            if run <= on | standing and not run <= standing:
                faults.append(f"{name}: {count} visits on days in a row from {first:%m-%d}")
    return faults
