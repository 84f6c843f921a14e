"""What a plan would change: every move against what runs, what it saves, and the parts that make sense only together.

Teams are joined where a person or site goes from one to the other; what is joined is one part. Within a part every team
is as the plan has it, outside it as it runs, so that any choice of parts keeps each team within the rules that the plan
and the running dispatch kept.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from sijin.dispatch.domain.changes import Seated, Snapshot, running
from sijin.dispatch.domain.pricing import Scale, Subject, home_km, price_of, site_km
from sijin.dispatch.models import DispatchPlan, Membership, Posting, Team
from sijin.people.models import HELD, Official
from sijin.people.refusals import RuleBroken
from sijin.places.models import Region, Site

Key = tuple[str, int]  # "officials" | "sites", key of the row
KINDS = ("officials", "sites")
FEW = 1_000  # rows that are asked for by their keys; more are asked for as a whole


@dataclass(frozen=True)
class Part:
    """Moves that are taken together or not at all; numbered from 1 by the first of its teams."""

    number: int
    teams: tuple[int, ...]
    moves: tuple[Key, ...]


@dataclass(frozen=True)
class Differences:
    """What runs and what the plan wants, and the parts between them."""

    now: Snapshot
    target: Snapshot
    parts: list[Part]
    teams: dict[int, Team] = field(default_factory=dict)

    @cached_property
    def mark(self) -> str:
        """Return a short name of exactly these moves: other moves have another."""
        rows = [
            (kind, key, _place(getattr(self.now, kind).get(key)), _place(getattr(self.target, kind).get(key)))
            for part in self.parts
            for kind, key in part.moves
        ]
        return hashlib.sha256(json.dumps(sorted(rows)).encode()).hexdigest()[:16]

    def taken(self, parts: Collection[int] | None) -> Snapshot:
        """Return what the plan wants of these parts (None: of all), and of the teams in no part: new reasons, bases."""
        if parts is None:
            return self.target
        if unknown := set(parts) - {part.number for part in self.parts}:
            raise RuleBroken(_("This plan has no part %(number)s.") % {"number": min(unknown)})
        left = {team for part in self.parts if part.number not in parts for team in part.teams}
        found = Snapshot(bases={team: base for team, base in self.target.bases.items() if team not in left})
        for kind in KINDS:
            now = getattr(self.now, kind)
            for key, seat in getattr(self.target, kind).items():
                if not left & {place.team for place in (now.get(key), seat) if place}:
                    getattr(found, kind)[key] = seat
        return found

    def counts(self, parts: Collection[int] | None) -> tuple[int, int]:
        """Return how many people and sites these parts move."""
        kinds = [kind for part in self.parts if parts is None or part.number in parts for kind, _key in part.moves]
        return kinds.count("officials"), kinds.count("sites")


def of(plan: DispatchPlan) -> Differences:
    """Compare a plan with what runs (five queries)."""
    teams = list(plan.campaign.teams.select_related("county"))
    now, numbers = running(plan.campaign, teams), {team.number: team.pk for team in teams}
    seats = plan.seats.values_list("official", "team", "leads", "skill", "kilometres", "why")
    posts = plan.postings.values_list("site", "team", "kilometres", "why")
    target = Snapshot(
        {key: Seated(team, leads, skill, km, why) for key, team, leads, skill, km, why in seats},
        {key: Seated(team, km=km, why=why) for key, team, km, why in posts},
        {numbers[number]: (lat, lon) for number, lat, lon, _load in plan.bases if number in numbers},
    )
    target.officials |= {key: None for key in now.officials if key not in target.officials}
    return between(now, target, teams)


def between(now: Snapshot, target: Snapshot, teams: Iterable[Team] = ()) -> Differences:
    """Find the moves from `now` to `target` and join them into parts; asks nothing of the database."""
    joined, moves = _Joined(), {}
    for kind in KINDS:
        mine, theirs = getattr(now, kind), getattr(target, kind)
        for key, seat in theirs.items():
            before, after = _place(mine.get(key)), _place(seat)
            if before != after:
                ends = [place[0] for place in (before, after) if place]
                joined.join(ends)
                moves[kind, key] = ends[0]
    of_root: dict[int, list[Key]] = defaultdict(list)
    for move, team in sorted(moves.items()):
        of_root[joined.root(team)].append(move)
    groups = joined.groups()
    ordered = sorted(of_root, key=lambda root: groups[root][0])
    parts = [Part(n, tuple(groups[root]), tuple(of_root[root])) for n, root in enumerate(ordered, 1)]
    return Differences(now, target, parts, {team.pk: team for team in teams})


def _place(seat: Seated | None) -> tuple[int, bool] | None:
    return (seat.team, seat.leads) if seat else None


class _Joined:
    """Sets of teams that grow together (union-find)."""

    def __init__(self) -> None:
        self.above: dict[int, int] = {}

    def root(self, team: int) -> int:
        self.above.setdefault(team, team)
        while self.above[team] != team:
            self.above[team] = self.above[self.above[team]]
            team = self.above[team]
        return team

    def join(self, teams: list[int]) -> None:
        roots = sorted({self.root(team) for team in teams})
        for root in roots[1:]:
            self.above[root] = roots[0]

    def groups(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for team in sorted(self.above):
            found[self.root(team)].append(team)
        return found


@dataclass
class Move:
    """One person or site that changes its team or begins or ceases to lead it."""

    kind: str
    subject: Subject
    before: Team | None
    after: Team | None
    led: bool
    leads: bool
    why: dict[str, Any]
    km_before: float | None
    km_after: float | None
    saving: float | None  # what undoing it alone would cost; None where it was nowhere or goes nowhere

    @property
    def county(self) -> Region | None:
        """Return the county of the team where it goes, or its own where the team has none."""
        team = self.after or self.before
        if team is not None and team.county:
            return team.county
        if isinstance(self.subject, Site):
            return self.subject.county
        place = self.subject.home or self.subject.unit.region
        while place is not None and place.level in ("town", "village"):
            place = place.parent
        return place if place is not None and place.level == "county" else None


@dataclass
class ShownPart:
    """A part with its rows and its saving: what its teams cost as they run less what they would cost."""

    number: int
    teams: list[Team]
    moves: list[Move]
    saving: float

    @property
    def people(self) -> int:
        """Return how many people move."""
        return sum(move.kind == "officials" for move in self.moves)

    @property
    def sites(self) -> int:
        """Return how many sites move."""
        return len(self.moves) - self.people

    @property
    def new(self) -> int:
        """Return how many of them were in no team."""
        return sum(move.before is None for move in self.moves)


@dataclass
class Shown:
    """The differences with rows, names and prices, as a page shows them."""

    plan: DispatchPlan
    found: Differences
    parts: list[ShownPart]
    leaving: list[Official] = field(default_factory=list)

    @property
    def first(self) -> bool:
        """Say whether nothing runs yet."""
        return not self.found.now.officials and not self.found.now.sites

    @property
    def saving(self) -> float:
        """Return what all parts save together."""
        return sum(part.saving for part in self.parts)

    @property
    def people(self) -> int:
        """Return how many people move."""
        return sum(part.people for part in self.parts)

    @property
    def sites(self) -> int:
        """Return how many sites move."""
        return sum(part.sites for part in self.parts)

    @cached_property
    def counties(self) -> list[dict[str, Any]]:
        """Return how many people and sites change in each county; None is those of no county."""
        rows: dict[Region | None, dict[str, Any]] = {}
        for move in (move for part in self.parts for move in part.moves):
            row = rows.setdefault(move.county, {"county": move.county, "people": 0, "sites": 0, "new": 0})
            row["people" if move.kind == "officials" else "sites"] += 1
            row["new"] += move.before is None
        return sorted(rows.values(), key=lambda row: row["county"].code if row["county"] else "")


def shown(plan: DispatchPlan) -> Shown:
    """Return what a plan would change with names, reasons and prices (nine queries)."""
    found = of(plan)
    ground = _Ground(plan, found)
    parts = [ground.shown(part) for part in found.parts]
    leaving = [move.subject for part in parts for move in part.moves if move.after is None and move.kind == "officials"]
    return Shown(plan, found, parts, leaving)


ORDERS = {
    "saving": lambda part: (-part.saving, part.number),
    "team": lambda part: part.teams[0].number,
    "size": lambda part: (-len(part.moves), part.number),
}


def chosen(parts: Iterable[ShownPart], *, county: str = "", team: str = "", order: str = "") -> list[ShownPart]:
    """Return the parts that touch a county and a team (by the beginning of its number), in this order."""
    kept = [
        part
        for part in parts
        if (not county or any(str(move.county.pk) == county for move in part.moves if move.county))
        and (not team or any(row.number.startswith(team) for row in part.teams))
    ]
    return sorted(kept, key=ORDERS.get(order, ORDERS["saving"]))


class _Ground:
    """The teams of all parts as they run and as they would be, in memory, for pricing (four queries)."""

    def __init__(self, plan: DispatchPlan, found: Differences) -> None:
        self.found = found
        touched = {team for part in found.parts for team in part.teams}
        moved = {key for part in found.parts for key in part.moves}
        self.teams = {pk: copy(found.teams[pk]) for pk in touched}
        for pk, team in self.teams.items():
            team.lat, team.lon = found.target.bases.get(pk, (team.lat, team.lon))
        self.seats = {
            name: {kind: _by_team(getattr(snapshot, kind), touched) for kind in KINDS}
            for name, snapshot in (("now", found.now), ("target", found.target))
        }
        keys = {
            kind: {key for seats in self.seats.values() for rows in seats[kind].values() for key in rows}
            | {key for of_kind, key in moved if of_kind == kind}
            for kind in KINDS
        }
        self.officials = _officials(plan, keys["officials"])
        self.sites = _sites(plan, keys["sites"])
        self.scale = Scale.of(plan.campaign, len(found.target.sites) / max(len(found.teams), 1))
        self.planned = {team: self.cost(team, "target") for team in touched}
        self.runs = {team: self.cost(team, "now") for team in touched}

    def cost(self, team: int, state: str, without: Key | None = None, more: tuple[Key, bool] | None = None) -> float:
        """Price one team as it runs or is planned, without one of its rows or with one more (who leads or not)."""
        seats = self.seats[state]
        people = [
            (self.officials[key], leads)
            for key, leads in seats["officials"].get(team, {}).items()
            if ("officials", key) != without
        ]
        places = [self.sites[key] for key in seats["sites"].get(team, {}) if ("sites", key) != without]
        if more is not None:
            (kind, key), leads = more
            if kind == "officials":
                people.append((self.officials[key], leads and not any(lead for _person, lead in people)))
            else:
                places.append(self.sites[key])
        return sum(price_of(self.teams[team], people, places, self.scale).values())

    def shown(self, part: Part) -> ShownPart:
        """Return a part with rows and prices; the moves that save most come first."""
        saving = sum(self.runs[team] - self.planned[team] for team in part.teams)
        moves = [self.move(key) for key in part.moves]
        moves.sort(key=lambda move: (move.kind, -(move.saving or 0.0), move.subject.code))
        teams = sorted((self.teams[team] for team in part.teams), key=lambda team: team.number)
        return ShownPart(part.number, teams, moves, round(saving, 1))

    def move(self, move: Key) -> Move:
        """Return one move with its distances and what it saves."""
        kind, key = move
        now, seat = (getattr(snapshot, kind).get(key) for snapshot in (self.found.now, self.found.target))
        before, after = (self.teams[place.team] if place else None for place in (now, seat))
        person = kind == "officials"
        subject: Subject = self.officials[key] if person else self.sites[key]
        far = home_km if person else site_km
        return Move(
            kind,
            subject,
            before,
            after,
            bool(now and now.leads),
            bool(seat and seat.leads),
            seat.why if seat else {},
            far(subject, before) if before else None,
            far(subject, after) if after else None,
            self.saving(move, now, seat) if now and seat else None,
        )

    def saving(self, move: Key, now: Seated, seat: Seated) -> float:
        """Return by how much the plan would cost more with this one move undone."""
        if now.team == seat.team:
            undone = self.cost(seat.team, "target", without=move, more=(move, now.leads))
            return round(undone - self.planned[seat.team], 1)
        undone = self.cost(seat.team, "target", without=move) + self.cost(now.team, "target", more=(move, now.leads))
        return round(undone - self.planned[seat.team] - self.planned[now.team], 1)


def _by_team(seats: dict[int, Seated | None], touched: set[int]) -> dict[int, dict[int, bool]]:
    found: dict[int, dict[int, bool]] = defaultdict(dict)
    for key, seat in seats.items():
        if seat and seat.team in touched:
            found[seat.team][key] = seat.leads
    return found


def _officials(plan: DispatchPlan, keys: set[int]) -> dict[int, Official]:
    wanted = Q(pk__in=keys)
    if len(keys) > FEW:
        seated = Membership.objects.filter(team__campaign=plan.campaign).values("official")
        wanted = Q(pk__in=seated) | Q(pk__in=plan.seats.values("official"))
    rows = Official.objects.filter(wanted).select_related("unit__region", "home__parent").prefetch_related(HELD)
    return {row.pk: row for row in rows}


def _sites(plan: DispatchPlan, keys: set[int]) -> dict[int, Site]:
    wanted = Q(pk__in=keys)
    if len(keys) > FEW:
        posted = Posting.objects.filter(team__campaign=plan.campaign, until=None).values("site")
        wanted = Q(pk__in=posted) | Q(pk__in=plan.postings.values("site"))
    return {row.pk: row for row in Site.objects.filter(wanted).select_related("town", "county")}
