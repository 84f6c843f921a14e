"""A team's week: which of its sites on which day, in which order; planned by the rounds engine, with what was visited.

Nothing is stored: the week follows from the postings, the sites' workload and opening hours, the promised days and
the visits made.
Visits stand in a room above this one and are asked for by name, as far as the reader sees them.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.apps import apps
from django.db.models import Max, Q
from django.utils import timezone

from sijin.dispatch.domain.paces import FULL, Pace, pace_of
from sijin.dispatch.domain.week_words import of_left, of_stop
from sijin.dispatch.models import Campaign, Posting, Team
from sijin.engines import rounds
from sijin.engines.calendars import china
from sijin.engines.distances import kilometres
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.models import Site

LIMIT = 2.0  # seconds for one team's week; a usual one takes a hundredth of that
SETS = 3_000  # sets of sites of a day up to which a week is proven within that time; a usual one has fifteen
UNSEEN = 30  # days without a visit after which a site weighs most
AHEAD = 366  # days past the campaign's end, or its present, to which weeks can be turned
VISITED = rounds.Reason("visited", {})
Made = tuple[datetime, Site]  # a visit that was made: when and where


@dataclass
class Stop:
    """One visit of a day: planned, promised for the day, or made."""

    site: Site
    number: int
    start: time
    leave: time | None  # unknown of a visit that was made
    km: float
    travel: float
    why: rounds.Reason
    visited: bool = False
    outside: bool = False  # visited without being in the round
    rest: time | None = None  # the rest at noon before it

    @property
    def words(self) -> str:
        """Why the visit stands there, in the reader's language."""
        return of_stop(self.why)


@dataclass
class Day:
    """One day of the week with its round."""

    date: date
    worked: bool
    stops: list[Stop] = field(default_factory=list)
    out: time | None = None
    lunch: time | None = None
    back: time | None = None
    km: float = 0.0
    travel: float = 0.0
    on_site: float = 0.0
    gone: bool = False  # before the present day: it shows what was visited

    @property
    def round(self) -> list[Stop]:
        """The visits that the way leads to."""
        return [stop for stop in self.stops if not stop.outside]

    @property
    def outside(self) -> list[Stop]:
        """The visits that were made outside the round."""
        return [stop for stop in self.stops if stop.outside]

    @property
    def rest_last(self) -> bool:
        """Whether the rest at noon comes after the last visit."""
        return self.lunch is not None and not any(stop.rest for stop in self.stops)


@dataclass
class Left:
    """Visits to a site that do not fit: how many, for which day when one was promised, why."""

    site: Site
    count: int
    day: date | None
    why: rounds.Reason

    @property
    def words(self) -> str:
        """Why it does not fit, in the reader's language."""
        return of_left(self.why)


@dataclass
class TeamWeek:
    """A team's week as it is shown, printed and sent."""

    team: Team
    monday: date
    today: date
    base: tuple[float, float] | None
    base_known: bool  # else it is the middle of the sites
    sites: list[Site]
    days: list[Day] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    asked: int = 0  # visits that the workload of the sites, promises and what was done add up to
    solved: rounds.Week | None = None
    estimated: bool = False  # past the published calendars

    @property
    def sunday(self) -> date:
        """The last day of the week."""
        return self.monday + timedelta(6)

    @property
    def before(self) -> date:
        """The Monday of the week before."""
        return self.monday - timedelta(7)

    @property
    def after(self) -> date:
        """The Monday of the week after."""
        return self.monday + timedelta(7)

    @property
    def over(self) -> bool:
        """Whether the whole week lies before the present day."""
        return self.sunday < self.today

    @property
    def km(self) -> float:
        """Kilometres of all rounds."""
        return sum(day.km for day in self.days)

    @property
    def travel(self) -> float:
        """Minutes on the road."""
        return sum(day.travel for day in self.days)

    @property
    def on_site(self) -> float:
        """Minutes at the sites."""
        return sum(day.on_site for day in self.days)

    @property
    def stops(self) -> int:
        """Visits of the week, made and planned."""
        return sum(len(day.stops) for day in self.days)

    @property
    def visited(self) -> int:
        """Visits made."""
        return sum(stop.visited for day in self.days for stop in day.stops)

    @property
    def missing(self) -> int:
        """Visits that do not fit."""
        return sum(left.count for left in self.left)


def monday_of(campaign: Campaign, asked: str = "") -> date:
    """Return the Monday of the week of a day written as 2020-03-09; of the present week when it is none or too far."""
    today = timezone.localtime(campaign.now()).date()
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        day = today
    last = max(today, campaign.end or today) + timedelta(AHEAD)
    if not campaign.start - timedelta(7) <= day <= last:
        day = today
    return day - timedelta(day.weekday())


def week_of(by: Account, team: Team, monday: date) -> TeamWeek:
    """Return the week of a team that `by` may see (four queries)."""
    return weeks_of(by, [team], monday)[0]


def weeks_of(by: Account, teams: Sequence[Team], monday: date) -> list[TeamWeek]:
    """Return the weeks of teams of one campaign (four queries)."""
    read = _Read(by, teams, monday)
    pace = pace_of(teams[0].campaign) if teams else None
    return [_week(team, monday, read, pace) for team in teams if pace]


class _Read:
    """What the weeks of some teams need, by team."""

    def __init__(self, by: Account, teams: Sequence[Team], monday: date) -> None:
        sunday, keys = monday + timedelta(6), [team.pk for team in teams]
        self.posted: dict[int, set[int]] = defaultdict(set)
        self.sites: dict[int, dict[int, Site]] = defaultdict(dict)  # posted or promised
        self.promised: dict[int, dict[int, set[date]]] = defaultdict(lambda: defaultdict(set))
        self.made: dict[int, list[Made]] = defaultdict(list)
        self.last: dict[tuple[int, int], date] = {}  # (team, site) → day of the last visit before the week
        place = ("site__town", "site__county")
        running = Q(until=None) | Q(until__gt=monday)
        posted = visible(by, Posting).filter(running, team__in=keys, since__lte=sunday).select_related(*place)
        for posting in posted.order_by("site__code"):
            self.posted[posting.team_id].add(posting.site_id)
            self.sites[posting.team_id][posting.site_id] = posting.site
        planned = visible(by, apps.get_model("visits.PlannedVisit")).filter(team__in=keys, day__range=(monday, sunday))
        for row in planned.select_related(*place).order_by("day", "pk"):
            self.promised[row.team_id][row.site_id].add(row.day)
            self.sites[row.team_id].setdefault(row.site_id, row.site)
        visits = visible(by, apps.get_model("visits.Visit")).filter(team__in=keys).order_by()
        since, until = (timezone.make_aware(datetime.combine(day, time())) for day in (monday, sunday + timedelta(1)))
        for visit in visits.filter(at__gte=since, at__lt=until).select_related(*place).order_by("at", "pk"):
            self.made[visit.team_id].append((timezone.localtime(visit.at), visit.site))
        for team, site, at in visits.filter(at__lt=since).values_list("team", "site").annotate(at=Max("at")):
            self.last[team, site] = timezone.localtime(at).date()


def _week(team: Team, monday: date, read: _Read, pace: Pace) -> TeamWeek:
    calendar, today = china(), timezone.localtime(team.campaign.now()).date()
    sites, promised = read.sites[team.pk], read.promised[team.pk]
    made: dict[int, set[date]] = defaultdict(set)
    for at, site in read.made[team.pk]:
        made[site.pk].add(at.date())
    more = {day for days in (*promised.values(), *made.values()) for day in days}
    whole = [monday + timedelta(n) for n in range(7)]
    dates = [day for day in whole if day.weekday() < FULL or calendar.is_workday(day) or day in more]
    working = [day for day in dates if calendar.is_workday(day)]
    gone = set() if whole[-1] < today else {day for day in dates if day < today}
    base, known = _base(team, [sites[key] for key in sorted(read.posted[team.pk] or sites)])
    week = TeamWeek(team, monday, today, base, known, list(sites.values()), estimated=calendar.estimated(monday))
    rows = []
    for key, site in sites.items():
        visits, minutes = pace.asked(site.workload, len(working))
        there = made[key]
        fixed = (promised[key] | there) - gone
        before = {last} if (last := read.last.get((team.pk, key))) else set()
        before |= there & gone
        held = len(fixed) + len(there & gone)
        visits = min(max(visits if key in read.posted[team.pk] else 0, held), rounds.MOST_VISITS)
        week.asked += max(visits, held)
        unseen = (monday - last).days if last else UNSEEN
        weight = site.priority * (1 + min(unseen, UNSEEN) / UNSEEN)
        open_ = _minutes(site.opens, 0), _minutes(site.closes, 24 * 60)
        rows.append((str(key), site.lat, site.lon, minutes, visits, *open_, weight, sorted(fixed), sorted(before)))
    if base and rows:
        columns = ("site", "lat", "lon", "minutes", "visits", "opens", "closes", "priority", "fixed", "visited")
        table = dict(zip(columns, (list(column) for column in zip(*rows, strict=True)), strict=True))
        closed = frozenset(day for day in dates if day in gone or day not in working)
        problem = rounds.Problem(base, table, tuple(dates), pace.hours, closed)
        week.solved = rounds.plan(problem, time_limit=LIMIT, most=SETS)
    for n, day in enumerate(dates):
        shown = Day(day, day in working, gone=day in gone)
        here = [(at, site) for at, site in read.made[team.pk] if at.date() == day]
        if shown.gone:
            _as_visited(shown, here, base, pace)
        elif week.solved:
            _as_planned(shown, week.solved.days[n], sites, here)
        week.days.append(shown)
    week.left = _left(week.solved, sites, made) if week.solved else []
    return week


def _base(team: Team, sites: list[Site]) -> tuple[tuple[float, float] | None, bool]:
    """Return where the team sets out: its base, else the middle of its sites."""
    if team.lat is not None and team.lon is not None:
        return (team.lat, team.lon), True
    if not sites:
        return None, False
    return (sum(site.lat for site in sites) / len(sites), sum(site.lon for site in sites) / len(sites)), False


def _as_planned(shown: Day, planned: rounds.Day, sites: dict[int, Site], made: list[Made]) -> None:
    """Show a planned day; a visit that was made there all the same stands behind it, without a way of its own."""
    visited = {site.pk for _at, site in made}
    for number, stop in enumerate(planned.stops, start=1):
        key, why = int(stop.site), stop.why
        if near := why.values.get("near"):
            why = rounds.Reason(why.code, {**why.values, "near": sites[int(near)].name})
        times = _clock(stop.start), _clock(stop.leave)
        shown.stops.append(Stop(sites[key], number, *times, stop.km, stop.travel, why, key in visited))
    there = {stop.site.pk for stop in shown.stops}
    for at, site in made:
        if site.pk not in there:
            shown.stops.append(Stop(site, 0, at.time(), None, 0.0, 0.0, VISITED, visited=True, outside=True))
    if planned.stops:
        shown.out, shown.back = _clock(planned.out), _clock(planned.back)
        shown.lunch = None if planned.lunch is None else _clock(planned.lunch)
        after = [stop for stop in shown.stops if shown.lunch and stop.leave and stop.start > shown.lunch]
        if after:
            after[0].rest = shown.lunch
    shown.km, shown.travel, shown.on_site = planned.km, planned.travel, planned.on_site


def _as_visited(shown: Day, made: list[Made], base: tuple[float, float] | None, pace: Pace) -> None:
    """Show a past day: the visits in the order of the clock, the ways between them as long as ways are held to be."""
    here = base
    for number, (at, site) in enumerate(made, start=1):
        km = _km(here, (site.lat, site.lon), pace)
        travel = km * 60 / pace.hours.kmh
        shown.stops.append(Stop(site, number, at.time(), None, km, travel, VISITED, visited=True))
        shown.km += km
        shown.travel += travel
        here = (site.lat, site.lon)
    if made:
        km = _km(here, base, pace)
        shown.km += km
        shown.travel += km * 60 / pace.hours.kmh


def _km(start: tuple[float, float] | None, end: tuple[float, float] | None, pace: Pace) -> float:
    return float(kilometres(*start, *end)) * pace.hours.detour if start and end else 0.0


def _left(solved: rounds.Week, sites: dict[int, Site], made: dict[int, set[date]]) -> list[Left]:
    """Gather what does not fit by site and reason, without what was done all the same."""
    found: dict[tuple[str, date | None, str], Left] = {}
    for left in solved.left:
        if left.day not in made[int(left.site)]:
            none = Left(sites[int(left.site)], 0, left.day, left.why)
            found.setdefault((left.site, left.day, left.why.code), none).count += 1
    return list(found.values())


def _minutes(clock: time | None, missing: float) -> float:
    """Return a time as minutes of the day; 23:59 is the end of the day."""
    if clock is None or clock == time(23, 59):
        return missing
    return 60.0 * clock.hour + clock.minute


def _clock(minutes: float) -> time:
    whole = min(round(minutes), 24 * 60 - 1)
    return time(whole // 60, whole % 60)
