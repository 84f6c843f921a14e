"""Changing who goes where by hand: what a move would cost and bend, the move itself, locks, the best fits."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from sijin.dispatch.domain.changes import Kind, Seated, Snapshot, record, seat_of
from sijin.dispatch.domain.rules import Charge, Finding, Member, of_team, profile_of, rules_of
from sijin.dispatch.models import Campaign, DispatchChange, Membership, Posting, Team
from sijin.engines import dispatch
from sijin.people.models import Account, Official
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken, Stale
from sijin.places.distance import kilometres
from sijin.places.models import Site

Subject = Official | Site
NEAR = 24  # nearest teams that are priced as the place of one person or site


@dataclass
class Preview:
    """What a move would do: the change of cost by part, findings that appear and vanish, and what forbids it."""

    subject: Subject
    source: Team | None
    target: Team | None
    parts: dict[str, float] = field(default_factory=dict)
    km: float | None = None
    appear: list[Finding] = field(default_factory=list)
    vanish: list[Finding] = field(default_factory=list)
    forbidden: str = ""

    @property
    def cost(self) -> float:
        """Return the change of the objective, in kilometre-equivalents; less is better."""
        return round(sum(self.parts.values()), 1)


class Field:
    """All teams of a campaign with members and sites in memory (five queries), for pricing many moves."""

    def __init__(self, campaign: Campaign, teams: Iterable[int] | None = None) -> None:
        self.campaign = campaign
        members = Membership.objects.select_related("official__unit__region", "official__home").prefetch_related(
            "official__skills"
        )
        postings = Posting.objects.filter(until=None).select_related("site")
        rows = campaign.teams.select_related("unit").prefetch_related(
            Prefetch("memberships", members), Prefetch("postings", postings)
        )
        if teams is not None:
            rows = rows.filter(pk__in=teams)
        self.teams = {team.pk: team for team in rows}
        self.rules, self.profile = rules_of(campaign), profile_of(campaign)
        count = campaign.teams.count() or 1
        self.mean = Posting.objects.filter(team__campaign=campaign, until=None).count() / count
        self.priced: dict[int, dict[str, float]] = {}

    def people(self, team: Team) -> list[Membership]:
        """Return the team's memberships."""
        return list(team.memberships.all())

    def sites(self, team: Team) -> list[Site]:
        """Return the team's sites."""
        return [posting.site for posting in team.postings.all()]

    def price(self, team: Team, people: list[Membership], sites: list[Site]) -> dict[str, float]:
        """Price the team with these members and sites."""
        return price_of(team, [(member.official, member.leads) for member in people], sites, self.rules, self.mean)

    def standing(self, team: Team) -> dict[str, float]:
        """Price the team as it stands (kept)."""
        if team.pk not in self.priced:
            self.priced[team.pk] = self.price(team, self.people(team), self.sites(team))
        return self.priced[team.pk]

    def findings(self, team: Team, people: list[Membership], sites: list[Site]) -> list[Finding]:
        """Return what the team would bend with these members and sites."""
        charges = [Charge(site.workload, tuple(site.skills)) for site in sites]
        return list(of_team(team, [Member.of(member) for member in people], charges, self.profile, self.rules))


def price_of(
    team: Team, people: Iterable[tuple[Official, bool]], sites: Iterable[Site], rules: dispatch.Rules, mean: float
) -> dict[str, float]:
    """Price a team with these people, each with whether they lead, and sites; `mean` is the sites of a team on average.

    Units, homes and skills must be fetched: nothing is asked of the database.
    """
    return dispatch.price(
        [
            dispatch.Person(
                person.unit.level,
                frozenset(skill.code for skill in person.skills.all()),
                leads,
                home_km(person, team),
            )
            for person, leads in people
        ],
        [
            dispatch.Place(
                site_km(site, team),
                site.workload,
                skills=tuple(site.skills),
                other_county=team.county_id is not None and site.county_id != team.county_id,
            )
            for site in sites
        ],
        rules,
        city=team.level == Team.Level.CITY,
        size=team.size_wanted,
        mean_sites=mean,
    )


def home_km(official: Official, team: Team) -> float | None:
    """Return the kilometres from an official's home to a team's base, or None when either is not known."""
    home = official.home or official.unit.region
    if home is None or home.lat is None or home.lon is None or team.lat is None or team.lon is None:
        return None
    return round(kilometres(home.lat, home.lon, team.lat, team.lon), 2)


def site_km(site: Site, team: Team) -> float:
    """Return the kilometres from a team's base to a site; 0 while the team has no base."""
    if team.lat is None or team.lon is None:
        return 0.0
    return round(kilometres(site.lat, site.lon, team.lat, team.lon), 2)


def seat_now(campaign: Campaign, subject: Subject) -> Membership | Posting | None:
    """Return the subject's membership or posting in this campaign."""
    if isinstance(subject, Official):
        return subject.memberships.filter(team__campaign=campaign).select_related("team").first()
    return subject.postings.filter(team__campaign=campaign, until=None).select_related("team").first()


def preview(by: Account, campaign: Campaign, subject: Subject, target: Team | None) -> Preview:
    """Say what moving `subject` to `target` (None: out of all teams) would cost and bend; nothing is changed."""
    require(by, "change", Team)
    now = seat_now(campaign, subject)
    keys = {team.pk for team in (now.team if now else None, target) if team}
    return _previewed(Field(campaign, keys), subject, now, target)


def _previewed(ground: Field, subject: Subject, now: Membership | Posting | None, target: Team | None) -> Preview:
    source = ground.teams[now.team_id] if now else None
    target = ground.teams[target.pk] if target else None
    found = Preview(subject, source, target, forbidden=_forbidden(now, source, target))
    if found.forbidden and source == target:
        return found
    for team, arrives in ((source, False), (target, True)):
        if team is None:
            continue
        people, sites = ground.people(team), ground.sites(team)
        new_people, new_sites = _with(people, sites, subject, team, arrives)
        old, new = ground.standing(team), ground.price(team, new_people, new_sites)
        for part in new:
            found.parts[part] = round(found.parts.get(part, 0.0) + new[part] - old[part], 2)
        before = {(f.code, f.text): f for f in ground.findings(team, people, sites)}
        after = {(f.code, f.text): f for f in ground.findings(team, new_people, new_sites)}
        found.appear += [f for key, f in after.items() if key not in before and not f.note]
        found.vanish += [f for key, f in before.items() if key not in after and not f.note]
    if target:
        found.km = home_km(subject, target) if isinstance(subject, Official) else site_km(subject, target)
    return found


def _with(
    people: list[Membership], sites: list[Site], subject: Subject, team: Team, arrives: bool
) -> tuple[list[Membership], list[Site]]:
    if isinstance(subject, Site):
        return people, [*sites, subject] if arrives else [site for site in sites if site.pk != subject.pk]
    if not arrives:
        return [member for member in people if member.official_id != subject.pk], sites
    leads = subject.can_lead and not any(member.leads for member in people)
    return [*people, Membership(team=team, official=subject, leads=leads)], sites


def _forbidden(now: Membership | Posting | None, source: Team | None, target: Team | None) -> str:
    if source == target:
        return _("It is there already.") if target else _("It is in no team already.")
    if now is not None and now.locked:
        return _("It is locked; unlock it first.")
    return ""


@transaction.atomic
def move(
    by: Account, campaign: Campaign, subject: Subject, target: Team | None, *, expected: int | None, reason: str = ""
) -> DispatchChange:
    """Move a person or site by hand.

    `expected` is the key of the team where the mover saw it (None: nowhere); elsewhere by now is Stale.
    """
    require(by, "change", target or Team)
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    now = seat_now(campaign, subject)
    if (now.team_id if now else None) != expected:
        raise Stale(_("It was moved by someone else in the meantime."))
    seen = preview(by, campaign, subject, target)
    if seen.forbidden:
        raise RuleBroken(seen.forbidden)
    person = isinstance(subject, Official)
    seat = None
    if target is not None:
        leads = person and subject.can_lead and not target.memberships.filter(leads=True).exists()
        why = {"code": "by_hand", "values": {"left": now.team.number} if now else {}}
        seat = Seated(target.pk, leads, km=seen.km, why=why, reason=reason.strip()[:300], by_hand=True)
    before, after = Snapshot(), Snapshot()
    name = "officials" if person else "sites"
    getattr(before, name)[subject.pk] = seat_of(now) if now else None
    getattr(after, name)[subject.pk] = seat
    subject_text = f"{subject.name}: {now.team.number if now else '—'} → {target.number if target else '—'}"
    return record(by, campaign, Kind.MOVE_OFFICIAL if person else Kind.MOVE_SITE, subject_text, before, after)


@transaction.atomic
def lead(by: Account, membership: Membership) -> DispatchChange:
    """Make a member the leader of their team; the leader so far stays as a member."""
    require(by, "change", membership.team)
    campaign = membership.team.campaign
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    members = list(Membership.objects.filter(team=membership.team).select_related("official"))
    before, after = Snapshot(), Snapshot()
    for member in members:
        leads = member.pk == membership.pk
        if member.leads != leads:
            before.officials[member.official_id] = seat_of(member)
            after.officials[member.official_id] = replace(seat_of(member), leads=leads, by_hand=True)
    if not after.officials:
        raise RuleBroken(_("This person leads the team already."))
    subject = _("%(name)s leads %(team)s") % {"name": membership.official.name, "team": membership.team.number}
    return record(by, campaign, Kind.MOVE_OFFICIAL, subject, before, after)


@transaction.atomic
def lock(by: Account, campaign: Campaign, subject: Subject, locked: bool) -> DispatchChange:
    """Lock a person or site where it is, so that plans leave it there, or unlock it."""
    require(by, "change", Team)
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    now = seat_now(campaign, subject)
    if now is None:
        raise RuleBroken(_("It is in no team, so there is nothing to lock."))
    seat = seat_of(now)
    name = "officials" if isinstance(subject, Official) else "sites"
    before, after = Snapshot(), Snapshot()
    getattr(before, name)[subject.pk], getattr(after, name)[subject.pk] = seat, replace(seat, locked=locked)
    type(now).objects.filter(pk=now.pk).update(
        locked=locked
    )  # no new posting: the team stays responsible since its day
    return DispatchChange.objects.create(
        campaign=campaign,
        by=by,
        at=campaign.now(),
        kind=Kind.LOCK if locked else Kind.UNLOCK,
        subject=f"{subject.name}: {now.team.number}",
        before=before.plain(),
        after=after.plain(),
    )


def fits(by: Account, campaign: Campaign, subject: Subject, count: int = 6) -> list[Preview]:
    """Return the teams near by to which moving `subject` costs least, the best first (ten queries)."""
    require(by, "change", Team)
    now = seat_now(campaign, subject)
    near = [team for team in visible(by, Team).filter(campaign=campaign) if now is None or team.pk != now.team_id]
    if isinstance(subject, Official):
        provincial = subject.unit.level == "province"
        near = [team for team in near if (team.level == Team.Level.PROVINCE) == provincial]
    near = sorted(near, key=lambda team: _distance(subject, team))[:NEAR]
    ground = Field(campaign, {team.pk for team in near} | ({now.team_id} if now else set()))
    found = [_previewed(ground, subject, now, team) for team in near]
    return sorted(found, key=lambda seen: (seen.cost, seen.target.number if seen.target else ""))[:count]


def _distance(subject: Subject, team: Team) -> float:
    return (home_km(subject, team) or 0.0) if isinstance(subject, Official) else site_km(subject, team)


def parts_words() -> dict[str, Any]:
    """Return the names of the parts of the objective."""
    return {
        "site_travel": _("Travel to sites"),
        "home_travel": _("Travel from home"),
        "uncovered": _("Uncovered skills"),
        "imbalance": _("Uneven load"),
        "rules_bent": _("Rules bent"),
        "changes": _("Changes"),
        "size": _("Team size"),
        "quota": _("City staff"),
        "leader": _("Leader"),
        "other_county": _("Other county"),
    }
