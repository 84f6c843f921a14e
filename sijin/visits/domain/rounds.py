"""Where a team goes next, and what is planned: no two teams at one site on one day without a word.

The order of a round is a rule that can be said in a line each (`WHY`), nearest first inside a rank; no score.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sijin.dispatch.models import Campaign, Posting, Team
from sijin.ledger.domain.reads import ENDED, lit
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.policy import may, require, visible, within
from sijin.people.refusals import NotAllowed, RuleBroken
from sijin.places.distance import kilometres
from sijin.places.models import Site
from sijin.visits.models import PlannedVisit, Visit

LONG = 7  # days without a visit after which a site moves up
WHY = {
    "planned": gettext_lazy("planned for today"),
    "late": gettext_lazy("a need there is overdue"),
    "never": gettext_lazy("not yet visited"),
    "long": gettext_lazy("not visited for a week"),
    "soon": gettext_lazy("a need there is due soon"),
    "near": gettext_lazy("in its turn"),
    "done": gettext_lazy("visited today"),
}
RANKS = list(WHY)


@dataclass
class Stop:
    """One site of the round: why it stands where it stands, and what waits there."""

    site: Site
    team: Team
    why: str
    kilometres: float | None
    last: Any
    days: int | None
    open: int
    late: int
    soon: int
    planned: PlannedVisit | None
    others: str

    @property
    def rank(self) -> int:
        """Return the place of its reason in the order, 0 first."""
        return RANKS.index(self.why)

    @property
    def words(self) -> Any:
        """Return its reason in words."""
        return WHY[self.why]

    @property
    def light(self) -> str:
        """Return the worst light of its open needs."""
        return "late" if self.late else "soon" if self.soon else "ok" if self.open else "none"


@dataclass
class Round:
    """A team's sites in the order in which to go; `origin` is (lat, lon, name) from which distances count."""

    day: date
    origin: tuple[float, float, str] | None
    stops: list[Stop]

    @property
    def done(self) -> int:
        """Return how many of its sites were visited today."""
        return sum(stop.why == "done" for stop in self.stops)

    @property
    def next(self) -> Stop | None:
        """Return the site to go to, or None when all were visited today."""
        return next((stop for stop in self.stops if stop.why != "done"), None)


def last_visit(path: str = "pk") -> Subquery:
    """Return a subquery for the time of the last visit to the site found at `path`."""
    rows = Visit.objects.filter(site=OuterRef(path)).order_by("-at")
    return Subquery(rows.values("at")[:1])


def today(account: Account, campaign: Campaign) -> Round:
    """Return the round of the account's teams in the campaign's present day (six queries).

    Distances count from the site last visited, else from the place of the team's unit, else there are none; the page
    counts them anew from the phone's position when it may.
    """
    day = timezone.localtime(campaign.now()).date()
    postings = list(
        visible(account, Posting)
        .filter(until=None, team__campaign=campaign)
        .select_related("site__county", "site__town", "team__unit__region")
        .annotate(last=last_visit("site"))
    )
    places = {posting.site_id: (posting.site, posting.team, posting.last) for posting in postings}
    plans: dict[int, PlannedVisit] = {}
    rows = visible(account, PlannedVisit).filter(team__campaign=campaign, day__gte=day)
    for plan in rows.select_related("site__county", "site__town", "team").annotate(last=last_visit("site")):
        plans.setdefault(plan.site_id, plan)
        places.setdefault(plan.site_id, (plan.site, plan.team, plan.last))
    waiting = _waiting(account, list(places), day)
    near = beside(account, list(places), {team.pk for _site, team, _last in places.values()}, day)
    origin = _origin(postings)
    stops = []
    for key, (site, team, last) in places.items():
        counts = waiting.get(key, {"open": 0, "late": 0, "soon": 0})
        days = (day - timezone.localtime(last).date()).days if last else None
        plan = plans.get(key)
        why = _why(days, plan is not None and plan.day == day, counts)
        away = kilometres(origin[0], origin[1], site.lat, site.lon) if origin else None
        stops.append(
            Stop(site, team, why, away, last, days, planned=plan, others="；".join(near.get(key, ())), **counts)
        )
    stops.sort(key=lambda stop: (stop.rank, stop.kilometres or 0, stop.site.code))
    return Round(day, origin, stops)


def _why(days: int | None, planned: bool, counts: dict[str, int]) -> str:
    if days == 0:
        return "done"
    if planned:
        return "planned"
    if counts["late"]:
        return "late"
    if days is None:
        return "never"
    if days >= LONG:
        return "long"
    return "soon" if counts["soon"] else "near"


def _waiting(account: Account, sites: list[int], day: date) -> dict[int, dict[str, int]]:
    """Return the open needs of each site by light (one query)."""
    counts = (
        visible(account, Need)
        .filter(site__in=sites)
        .exclude(state__in=ENDED)
        .order_by()
        .values("site")
        .annotate(
            open=Count("pk"), late=Count("pk", filter=lit("late", day)), soon=Count("pk", filter=lit("soon", day))
        )
    )
    return {row.pop("site"): row for row in counts}


def beside(account: Account, sites: list[int], own: set[int], day: date) -> dict[int, list[str]]:
    """Return in words who else was or will be at each site on the day (two queries)."""
    found: dict[int, list[str]] = {}
    for rows in _on(day):
        rows = within(account, "calendar", rows.filter(site__in=sites)).exclude(team__in=own)
        for row in rows.select_related("team"):
            found.setdefault(row.site_id, []).append(in_words([row]))
    return found


def _origin(postings: list[Posting]) -> tuple[float, float, str] | None:
    visited = [posting for posting in postings if posting.last]
    if visited:
        latest = max(visited, key=lambda posting: posting.last)
        return latest.site.lat, latest.site.lon, latest.site.name
    for posting in postings:
        unit = posting.team.unit
        if unit and unit.region and unit.region.lat is not None and unit.region.lon is not None:
            return unit.region.lat, unit.region.lon, unit.name
    return None


def _on(day: date) -> tuple[QuerySet[Visit], QuerySet[PlannedVisit]]:
    since, until = span(day)
    return Visit.objects.filter(at__gte=since, at__lt=until), PlannedVisit.objects.filter(day=day)


def others_on(site: Site, team: Team, day: date) -> list[Visit | PlannedVisit]:
    """Return the visits that other teams made or plan at the site on that day (two queries)."""
    found: list[Visit | PlannedVisit] = []
    for rows in _on(day):
        found += rows.filter(site=site).exclude(team=team).select_related("team")
    teams: dict[int, Visit | PlannedVisit] = {}
    for row in found:  # a plan that was carried out is one visit, not two
        teams.setdefault(row.team_id, row)
    return list(teams.values())


def in_words(others: list[Visit | PlannedVisit]) -> str:
    """Say who else was or will be there and when."""
    words = []
    for other in others:
        if isinstance(other, Visit):
            at = timezone.localtime(other.at)
            words.append(_("%(team)s was there on that day at %(time)s") % {"team": other.team, "time": f"{at:%H:%M}"})
        else:
            words.append(_("%(team)s plans to go there on that day") % {"team": other.team})
    return "；".join(words)


@transaction.atomic
def plan(by: Account, team: Team, site: Site, day: date) -> tuple[PlannedVisit, list[Visit | PlannedVisit]]:
    """Plan that `team` goes to `site` on `day`; returns the plan and whoever else is there on that day."""
    if not may(by, "plan", PlannedVisit) or not may(by, "view", team) or not may(by, "view", site):
        raise NotAllowed(_("This site is not your team's."))
    present = timezone.localtime(team.campaign.now()).date()
    if not present <= day <= present + timedelta(days=60):
        raise RuleBroken(_("A visit can be planned from today to 60 days ahead."), field="day")
    planned, _made = PlannedVisit.objects.get_or_create(
        team=team, site=site, day=day, defaults={"planned_by": by, "planned_at": team.campaign.now()}
    )
    return planned, others_on(site, team, day)


@transaction.atomic
def cancel(by: Account, planned: PlannedVisit) -> None:
    """Take a planned visit off the calendar."""
    require(by, "plan", planned)
    planned.delete()


def clashes(account: Account, campaign: Campaign, first: date, last: date) -> list[dict[str, Any]]:
    """Return [{day, site, rows}] where more than one team was or will be at a site on one day (three queries)."""
    since, until = span(first, last)
    visits = visible(account, Visit).filter(campaign=campaign, at__gte=since, at__lt=until)
    plans = visible(account, PlannedVisit).filter(team__campaign=campaign, day__range=(first, last))
    crowded = [
        *plans.values_list("site", flat=True),
        *visits.exclude(same_day_reason="").values_list("site", flat=True),
    ]
    found: dict[tuple[date, int], dict[int, Visit | PlannedVisit]] = {}
    for visit in visits.filter(site__in=crowded).select_related("team", "site"):
        found.setdefault((timezone.localtime(visit.at).date(), visit.site_id), {})[visit.team_id] = visit
    for planned in plans.select_related("team", "site"):
        found.setdefault((planned.day, planned.site_id), {}).setdefault(planned.team_id, planned)
    rows = []
    for (day, _site), teams in sorted(found.items(), key=lambda item: item[0]):
        if len(teams) > 1:
            meeting = list(teams.values())
            rows.append({"day": day, "site": meeting[0].site, "rows": meeting})
    return rows


def span(first: date, last: date | None = None) -> tuple[datetime, datetime]:
    """Return the beginning of `first` and the end of `last` (the same day by default) as times."""
    start = datetime.combine(first, time.min, timezone.get_current_timezone())
    end = datetime.combine((last or first) + timedelta(days=1), time.min, timezone.get_current_timezone())
    return start, end
