"""Plans: the problem read out of the models, solved by the engine, kept as a draft, approved by the office."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.domain import differences
from sijin.dispatch.domain.apart import Apart, regions_by
from sijin.dispatch.domain.assessing import Answer
from sijin.dispatch.domain.changes import apply_snapshot, refresh
from sijin.dispatch.domain.reach import people_of, sites_of
from sijin.dispatch.domain.rules import rules_of
from sijin.dispatch.domain.ties import bonds_of
from sijin.dispatch.domain.wording import clash, faults
from sijin.dispatch.models import (
    Campaign,
    DispatchChange,
    DispatchPlan,
    Membership,
    PlannedPosting,
    PlannedSeat,
    Posting,
    Team,
)
from sijin.engines import dispatch
from sijin.people.models import HELD, Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken, Stale

SECONDS = 20.0  # default time limit
LONGER = 90.0  # where rules count grades, units or levels, are firm, or people are tied: the search is another one
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Posed:
    """A campaign's dispatch as the engine takes it; rows are named by their keys."""

    problem: dispatch.Problem
    locks: dispatch.Locks
    previous: dispatch.Previous
    away: tuple[int, ...] = ()  # who is not free on the day: left out, of the locks and of what runs too


def pose(campaign: Campaign, change: float | None = None) -> Posed:
    """Read the problem out of the models (seven queries); `change` is the price of a change, None as the rules say."""
    rules = rules_of(campaign)
    if change is not None:
        rules = replace(rules, change=change)
    day, bonds = campaign.sent_on(), bonds_of(campaign)
    officials = list(people_of(campaign).select_related("unit__region", "home").prefetch_related(HELD).order_by("code"))
    away = {official.pk for official in officials if not official.free(day)}
    people = [
        {
            "official": str(official.pk),
            "unit": official.unit.code,
            "level": official.unit.level,
            "lat": place.lat if (place := official.home or official.unit.region) else None,
            "lon": place.lon if place else None,
            "skills": list(levels := official.levels),
            "skill_levels": list(levels.values()),
            "can_lead": official.can_lead,
            "grade": official.grade,
            "free_from": official.free_from,
            "free_until": official.free_until,
        }
        for official in officials
        if official.pk not in away
    ]
    sites = [
        {
            "site": str(site.pk),
            "door": site.door,
            "lat": site.lat,
            "lon": site.lon,
            "skills": list(site.skills),
            "workload": site.workload,
            "priority": site.priority,
            "county": str(site.county_id),
        }
        for site in sites_of(campaign).order_by("code")
    ]
    teams = [
        {
            "team": team.number,
            "level": team.level,
            "size": team.size_wanted,
            "lat": team.lat,
            "lon": team.lon,
            "county": str(team.county_id) if team.county_id else None,
            "unit": team.unit.code if team.unit and team.level == Team.Level.PROVINCE else None,
            "skills": list(team.skills),
        }
        for team in campaign.teams.select_related("unit").order_by("number")
    ]
    seated = Membership.objects.filter(team__campaign=campaign).exclude(official__in=away)
    members = list(seated.values_list("official", "team__number", "locked"))
    leaders = frozenset(str(key) for key in seated.filter(leads=True).values_list("official", flat=True))
    postings = Posting.objects.filter(team__campaign=campaign, until=None).values_list("site", "team__number", "locked")
    known = {row["site"] for row in sites}
    ties = bonds.asked({row["official"] for row in people}, {row["unit"] for row in people})
    return Posed(
        dispatch.Problem(_columns(people, dispatch.OFFICIALS), _columns(sites, dispatch.SITES),
                         _columns(teams, dispatch.TEAMS), rules, ties=ties),
        dispatch.Locks({str(o): team for o, team, locked in members if locked},
                       {str(s): team for s, team, locked in postings if locked and str(s) in known}),
        dispatch.Previous({str(o): team for o, team, _locked in members},
                          {str(s): team for s, team, _locked in postings if str(s) in known}, leaders=leaders),
        tuple(sorted(away)),
    )  # fmt: skip


def as_it_runs(campaign: Campaign, posed: Posed) -> Answer:
    """Return what runs as an answer to the problem (one query); a team without a base is at no distance."""
    leaders = posed.previous.leaders
    return Answer(
        {official: (team, official in leaders) for official, team in posed.previous.officials.items()},
        dict(posed.previous.sites),
        {number: (lat, lon) for number, lat, lon in campaign.teams.values_list("number", "lat", "lon")},
    )


def _columns(rows: list[dict[str, Any]], types: dict[str, Any]) -> dispatch.Table:
    names = rows[0].keys() if rows else types.keys()
    return dispatch.table({name: [row[name] for row in rows] for name in names}, types)


def solve(
    by: Account,
    campaign: Campaign,
    *,
    time_limit: float = SECONDS,
    seed: int = 0,
    change: float | None = None,
    progress: Progress | None = None,
    at: datetime | None = None,
    apart: Apart | None = None,
) -> DispatchPlan:
    """Solve the campaign's dispatch and keep the answer as a draft; nothing else changes.

    What runs is the plan before it, and locks hold. `change` is the price of moving one person or site against it, in
    kilometre-equivalents (None: as the campaign's rules say): the higher, the less the plan disturbs.
    `progress` may raise to stop; then nothing is kept. The solving itself holds no transaction. `apart` solves region
    by region, which is for campaigns past some thousand people.
    """
    require(by, "make", DispatchPlan)
    last = last_change(campaign)
    posed = pose(campaign, change)
    if not len(posed.problem.table("teams")):
        raise RuleBroken(_("There are no teams yet: import the roster first."))
    answer = searched(posed, time_limit=time_limit, seed=seed, progress=progress, apart=apart)
    shadow = answer.shadow  # skill, county, what one more holder living there would save
    limits = {"seed": seed, "time_limit": time_limit, "change_price": posed.problem.rules.change}
    limits["shadow"] = [list(row) for row in shadow.iter_rows()]
    return _keep(by, campaign, answer, last, at or campaign.now(), limits)


def usual_seconds(rules: dispatch.Rules, tied: bool) -> float:
    """Return the time limit to begin with under these rules, and where people are tied."""
    counted = rules.senior_least or rules.novice or rules.hard
    counted = counted or rules.junior_most is not None or rules.unit_most is not None
    return LONGER if counted or tied else SECONDS


def searched(
    posed: Posed, *, time_limit: float, seed: int, progress: Progress | None = None, from_scratch: bool = False,
    apart: Apart | None = None,
) -> dispatch.Plan:  # fmt: skip
    """Return the engine's answer; `from_scratch` forgets what runs, locks hold. RuleBroken says why there is none."""
    try:
        problem = replace(posed.problem, previous=None if from_scratch else posed.previous, locks=posed.locks)
        if apart:
            by = regions_by(problem, apart.by)
            return dispatch.plan_apart(
                problem, by, engine=apart.engine, time_limit=time_limit, seed=seed, progress=progress
            )
        return dispatch.plan(problem, time_limit=time_limit, seed=seed, progress=progress)
    except dispatch.Faulty as error:
        raise RuleBroken(faults(error, posed.problem), kind="faulty") from error
    except dispatch.Clash as error:
        raise RuleBroken(clash(error, posed.problem.rules), kind="clash", rules=list(error.rules)) from error


@transaction.atomic
def _keep(
    by: Account, campaign: Campaign, answer: dispatch.Plan, last: int, at: datetime, limits: dict[str, Any]
) -> DispatchPlan:
    numbers = {team.number: team for team in campaign.teams.all()}
    plan = DispatchPlan.objects.create(
        campaign=campaign,
        made_by=by,
        made_at=at,
        after_change=last,
        cost=round(answer.cost, 4),
        bound=round(answer.bound, 4),
        gap=answer.gap,
        seconds=round(answer.seconds, 2),
        parts=answer.parts,
        measures=answer.measures,
        warnings=[[bend.code, bend.team, bend.values] for bend in answer.bent],
        bases=[[number, lat, lon, load] for number, lat, lon, load in answer.bases.iter_rows()],
        **limits,
    )
    PlannedSeat.objects.bulk_create(
        PlannedSeat(
            plan=plan,
            official_id=int(official),
            team=numbers[team],
            leads=role == "leader",
            skill=skill,
            kilometres=km,
            why=answer.why["officials"][official]._asdict(),
        )
        for official, team, role, skill, km in answer.members.iter_rows()
    )
    PlannedPosting.objects.bulk_create(
        PlannedPosting(
            plan=plan, site_id=int(site), team=numbers[team], kilometres=km, why=answer.why["sites"][site]._asdict()
        )
        for site, team, km in answer.postings.iter_rows()
    )
    return plan


def last_change(campaign: Campaign) -> int:
    """Return the key of the campaign's last change of who goes where; 0 when there was none."""
    return campaign.dispatch_changes.aggregate(last=Max("pk"))["last"] or 0


@transaction.atomic
def approve(
    by: Account,
    plan: DispatchPlan,
    *,
    parts: Collection[int] | None = None,
    mark: str = "",
    at: datetime | None = None,
    since: date | None = None,
) -> DispatchPlan:
    """Make a draft the running dispatch: seats, postings and bases; one change in the log, which can be undone.

    Parameters
    ----------
    parts : the numbers of the connected parts that are taken (None: all); whatever touches another part stays as it is
    mark : of the differences as they were shown; other differences by now are Stale

    Raises
    ------
    RuleBroken
        The plan is no draft any more, or a part is named that it does not have.
    Stale
        Someone moved a person or site since the plan was made or looked at.
    """
    require(by, "approve", plan)
    campaign = Campaign.objects.select_for_update().get(pk=plan.campaign_id)
    plan = DispatchPlan.objects.select_for_update().get(pk=plan.pk)
    if plan.state != DispatchPlan.State.DRAFT:
        raise RuleBroken(_("This plan is no draft any more."))
    if plan.after_change != last_change(campaign):
        raise Stale(_("Someone changed who goes where, or the rules, since this plan was made; make a new one."))
    found = differences.of(plan)
    if mark and mark != found.mark:
        raise Stale(_("The changes are not those that you were shown; look at them again."))
    target, at = found.taken(parts), at or campaign.now()
    before, after = found.now.changed_to(target)
    apply_snapshot(campaign, after, since or timezone.localtime(at).date())
    refresh(campaign, target)
    people, sites = found.counts(parts)
    DispatchChange.objects.create(
        campaign=campaign, by=by, at=at, kind=DispatchChange.Kind.APPROVE, before=before.plain(), after=after.plain(),
        subject=_("%(people)s people, %(sites)s sites") % {"people": people, "sites": sites},
    )  # fmt: skip
    DispatchPlan.objects.filter(campaign=campaign, state=DispatchPlan.State.DRAFT).exclude(pk=plan.pk).update(
        state=DispatchPlan.State.DISCARDED
    )
    plan.state, plan.approved_by, plan.approved_at = DispatchPlan.State.APPROVED, by, at
    if parts is not None and len(set(parts)) < len(found.parts):
        plan.taken = {"parts": len(set(parts)), "of": len(found.parts), "people": people, "sites": sites}
    plan.save()
    return plan


@transaction.atomic
def discard(by: Account, plan: DispatchPlan) -> DispatchPlan:
    """Put a draft away; nothing else changes."""
    require(by, "approve", plan)
    plan = DispatchPlan.objects.select_for_update().get(pk=plan.pk)
    if plan.state != DispatchPlan.State.DRAFT:
        raise RuleBroken(_("This plan is no draft any more."))
    plan.state = DispatchPlan.State.DISCARDED
    plan.save()
    return plan
