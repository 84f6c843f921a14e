"""The checks on what a dispatch is asked: every fault by table, row and field, in one pass."""

from collections.abc import Iterator

import polars as pl

from sijin.engines.dispatch.problem import EXPERT, GRADES, LEVELS, RULES, Fault, Faulty, Problem


def validate(problem: Problem) -> None:
    """Raise Faulty naming every fault by table, row and field."""
    faults = [
        *_keys(problem),
        *_points(problem),
        *_values(problem),
        *_locks(problem),
        *_ties(problem),
        *_rules(problem),
    ]
    if faults:
        raise Faulty(faults)


def _keys(problem: Problem) -> Iterator[Fault]:
    for name in ("officials", "sites", "teams"):
        table = problem.table(name)
        key = table.columns[0]
        if not len(table) and name == "teams":
            yield Fault(name, 0, key, "at least one team")
        seen: set[str] = set()
        for row, value in enumerate(table[key]):
            if not value:
                yield Fault(name, row, key, "a name of its own")
            elif value in seen:
                yield Fault(name, row, key, "a name that no other row has", value)
            seen.add(value)


def _points(problem: Problem) -> Iterator[Fault]:
    for name in ("officials", "sites", "teams"):
        table = problem.table(name)
        for column, most in (("lat", 90.0), ("lon", 180.0)):
            for row, value in enumerate(table[column]):
                if value is None and name == "sites":
                    yield Fault(name, row, column, "degrees")
                elif value is not None and not abs(value) <= most:
                    yield Fault(name, row, column, f"degrees between -{most:g} and {most:g}", f"{value:g}")
    for row, (lat, lon) in enumerate(problem.table("teams").select("lat", "lon").iter_rows()):
        if (lat is None) != (lon is None):
            yield Fault("teams", row, "lat" if lat is None else "lon", "both degrees or neither")


def _values(problem: Problem) -> Iterator[Fault]:
    for row, (workload, priority) in enumerate(problem.table("sites").select("workload", "priority").iter_rows()):
        if not 0 <= workload <= 7:
            yield Fault("sites", row, "workload", "days per week between 0 and 7", f"{workload:g}")
        if not priority >= 0:
            yield Fault("sites", row, "priority", "a number of at least 0", f"{priority:g}")
    for name in ("officials", "teams"):
        for row, level in enumerate(problem.table(name)["level"]):
            if level not in LEVELS:
                yield Fault(name, row, "level", " | ".join(LEVELS), level)
    people = problem.table("officials").select("grade", "skills", "skill_levels", "free_from", "free_until")
    for row, (grade, skills, levels, since, until) in enumerate(people.iter_rows()):
        if grade not in GRADES:
            yield Fault("officials", row, "grade", "senior | junior | empty", grade)
        if levels and (len(levels) != len(skills) or not all(1 <= level <= EXPERT for level in levels)):
            yield Fault(
                "officials", row, "skill_levels", f"a level of 1 to {EXPERT} for each of the skills", str(levels)
            )
        if since and until and until < since:
            yield Fault("officials", row, "free_until", f"not before {since}", str(until))
    for row, size in enumerate(problem.table("teams")["size"]):
        if size is not None and size < 1:
            yield Fault("teams", row, "size", "at least 1", str(size))


def _locks(problem: Problem) -> Iterator[Fault]:
    locks = problem.locked
    teams = set(problem.table("teams")["team"])
    for name, given in (("officials", locks.officials), ("sites", locks.sites)):
        known = {value: row for row, value in enumerate(problem.table(name).to_series(0))}
        for key, team in given.items():
            if key not in known:
                yield Fault(name, 0, "lock", "a name in this table", key)
            elif team not in teams:
                yield Fault(name, known[key], "lock", "a team of this problem", team)


def _rules(problem: Problem) -> Iterator[Fault]:
    rules = problem.rules
    if not 1 <= rules.size_min <= rules.size_wanted <= rules.size_max:
        yield Fault("rules", 0, "size", "size_min ≤ size_wanted ≤ size_max", f"{rules.size_min}/{rules.size_max}")
    if not 0 <= rules.city_share <= 1:
        yield Fault("rules", 0, "city_share", "a share between 0 and 1", f"{rules.city_share:g}")
    for name in sorted(rules.hard - set(RULES)):
        yield Fault("rules", 0, "hard", " | ".join(RULES), name)
    for name in ("senior_least", "junior_most", "unit_most"):
        value = getattr(rules, name)
        if value is not None and value < 0:
            yield Fault("rules", 0, name, "at least 0", str(value))


def _ties(problem: Problem) -> Iterator[Fault]:
    """Name ties of unknown people, of people tied twice, and ties that contradict each other or the locks."""
    ties, locks = problem.ties, problem.locked.officials
    rows = {name: n for n, name in enumerate(problem.table("officials")["official"])}
    units = problem.table("officials")["unit"].to_list()
    for kind, groups in (("together", ties.together), ("apart", ties.apart)):
        for group in groups:
            for name in group:
                if name not in rows:
                    yield Fault("officials", 0, kind, "a name in this table", name)
    for kind, named in (
        ("units_together", ties.units_together),
        ("units_apart", [u for p in ties.units_apart for u in p]),
    ):
        for unit in named:
            if unit not in units:
                yield Fault("officials", 0, kind, "a unit that has officials here", unit)
    sizes = problem.table("teams")["size"].fill_null(problem.rules.size_wanted)
    room = max([problem.rules.size_max, *sizes])
    joined: dict[str, tuple[str, ...]] = {}
    for together in bundles(problem):
        known = [name for name in together if name in rows]
        if len(known) > room:
            yield Fault(
                "officials", rows[known[0]], "together", f"at most {room} people, a team's size", str(len(known))
            )
        goals = sorted({locks[name] for name in known if name in locks})
        if len(goals) > 1:
            yield Fault("officials", rows[known[0]], "together", "locks to one team", " | ".join(goals))
        joined |= dict.fromkeys(known, together)
    for group in ties.apart:
        seen: dict[str, str] = {}
        for name in group:
            if name not in rows:
                continue
            mates = [other for other in seen if other in joined.get(name, ())]
            if mates:
                yield Fault("officials", rows[name], "apart", "not together by another tie", f"{mates[0]}, {name}")
            same = [other for other in seen if name in locks and locks.get(other) == locks[name]]
            if same:
                yield Fault("officials", rows[name], "apart", "not locked to one team", f"{same[0]}, {name}")
            seen[name] = name


def bundles(problem: Problem) -> list[tuple[str, ...]]:
    """Return the sets of officials who sit in one team: ties that share a person are one set."""
    table = problem.table("officials")
    groups = [list(group) for group in problem.ties.together]
    for unit in problem.ties.units_together:
        groups.append(table.filter(pl.col("unit") == unit)["official"].to_list())
    root: dict[str, str] = {}

    def find(name: str) -> str:
        while root.setdefault(name, name) != name:
            name = root[name]
        return name

    for group in groups:
        for name in group:
            root[find(name)] = find(group[0])
    sets: dict[str, list[str]] = {}
    for name in root:
        sets.setdefault(find(name), []).append(name)
    return [tuple(names) for names in sets.values() if len(names) > 1]
