"""What teams cost and bend, as they stand and with a move made: nothing is changed here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from sijin.dispatch.domain.findings import Charge, Finding, Member, of_team
from sijin.dispatch.domain.rules import profile_of, rules_of
from sijin.dispatch.domain.ties import Bonds, bonds_of
from sijin.dispatch.models import Campaign, Membership, Posting, Team
from sijin.engines import dispatch
from sijin.people.models import HELD, Account, Official
from sijin.people.policy import require, visible
from sijin.places.distance import kilometres
from sijin.places.models import Site

Subject = Official | Site
Seat = Membership | Posting
Placed = tuple[Subject, Seat | None]  # a person or site, and where it is now
NEAR = 24  # nearest teams that are priced as the place of one person or site


@dataclass(frozen=True)
class Scale:
    """What every team of a campaign is priced by: rules, ties, the day for which people are free, sites on average."""

    rules: dispatch.Rules
    bonds: Bonds
    day: date
    mean: float

    @classmethod
    def of(cls, campaign: Campaign, mean: float) -> "Scale":
        """Read the campaign's scale (one query)."""
        return cls(rules_of(campaign), bonds_of(campaign), campaign.sent_on(), mean)


@dataclass
class Preview:
    """What a move would do: the change of cost by part, findings that appear and vanish, and what forbids it."""

    subjects: list[Subject]
    sources: list[Team | None]
    target: Team | None
    parts: dict[str, float] = field(default_factory=dict)
    km: float | None = None  # from the new base, of a single subject
    appear: list[Finding] = field(default_factory=list)
    vanish: list[Finding] = field(default_factory=list)
    forbidden: str = ""

    @property
    def cost(self) -> float:
        """Return the change of the objective, in kilometre-equivalents; less is better."""
        return round(sum(self.parts.values()), 1)

    @property
    def left(self) -> list[str]:
        """Return the numbers of the teams that are left, each once."""
        return list(dict.fromkeys(source.number if source else "—" for source in self.sources))

    @property
    def rows(self) -> list[tuple[Subject, Team | None]]:
        """Return each subject with the team where it is."""
        return list(zip(self.subjects, self.sources, strict=True))


class Field:
    """All teams of a campaign with members and sites in memory (six queries), for pricing many moves."""

    def __init__(self, campaign: Campaign, teams: Iterable[int] | None = None) -> None:
        self.campaign = campaign
        members = Membership.objects.select_related("official__unit__region", "official__home").prefetch_related(
            Prefetch("official__masteries", HELD.queryset)
        )
        postings = Posting.objects.filter(until=None).select_related("site")
        rows = campaign.teams.select_related("unit").prefetch_related(
            Prefetch("memberships", members), Prefetch("postings", postings)
        )
        if teams is not None:
            rows = rows.filter(pk__in=teams)
        self.teams = {team.pk: team for team in rows}
        count = campaign.teams.count() or 1
        sites = Posting.objects.filter(team__campaign=campaign, until=None).count()
        self.scale, self.profile = Scale.of(campaign, sites / count), profile_of(campaign)
        self.priced: dict[int, dict[str, float]] = {}

    def people(self, team: Team) -> list[Membership]:
        """Return the team's memberships."""
        return list(team.memberships.all())

    def sites(self, team: Team) -> list[Site]:
        """Return the team's sites."""
        return [posting.site for posting in team.postings.all()]

    def price(self, team: Team, people: list[Membership], sites: list[Site]) -> dict[str, float]:
        """Price the team with these members and sites."""
        return price_of(team, [(member.official, member.leads) for member in people], sites, self.scale)

    def standing(self, team: Team) -> dict[str, float]:
        """Price the team as it stands (kept)."""
        if team.pk not in self.priced:
            self.priced[team.pk] = self.price(team, self.people(team), self.sites(team))
        return self.priced[team.pk]

    def findings(self, team: Team, people: list[Membership], sites: list[Site]) -> list[Finding]:
        """Return what the team would bend with these members and sites."""
        charges = [Charge(site.workload, tuple(site.skills)) for site in sites]
        members = [Member.of(member, self.scale.day) for member in people]
        return list(of_team(team, members, charges, self.profile, self.scale.rules, self.scale.bonds))


def price_of(
    team: Team, people: Iterable[tuple[Official, bool]], sites: Iterable[Site], scale: Scale
) -> dict[str, float]:
    """Price a team with these people, each with whether they lead, and sites.

    Units, homes and skills must be fetched: nothing is asked of the database. Whoever is not free on the day brings
    nothing and costs nothing: the solver places nobody who is not.
    """
    return dispatch.price(
        [
            dispatch.Person(
                person.unit.level,
                frozenset(levels := person.levels),
                leads,
                home_km(person, team),
                person.unit.code,
                person.grade,
                str(person.pk),
                levels,
            )
            for person, leads in people
            if person.free(scale.day)
        ],
        [
            dispatch.Place(
                site_km(site, team),
                site.workload,
                site.priority,
                skills=tuple(site.skills),
                other_county=team.county_id is not None and site.county_id != team.county_id,
            )
            for site in sites
        ],
        scale.rules,
        city=team.level == Team.Level.CITY,
        size=team.size_wanted,
        mean_sites=scale.mean,
        skills=team.skills,
        **scale.bonds.priced,
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


def seats_now(campaign: Campaign, subjects: Sequence[Subject]) -> list[Placed]:
    """Return the subjects with their memberships or postings in this campaign (a query for people, one for sites)."""
    people = [subject.pk for subject in subjects if isinstance(subject, Official)]
    sites = [subject.pk for subject in subjects if isinstance(subject, Site)]
    found: dict[tuple[type, int], Seat] = {}
    if people:
        seated = Membership.objects.filter(official__in=people, team__campaign=campaign).select_related("team")
        found |= {(Official, seat.official_id): seat for seat in seated}
    if sites:
        posted = Posting.objects.filter(site__in=sites, until=None, team__campaign=campaign).select_related("team")
        found |= {(Site, seat.site_id): seat for seat in posted}
    return [(subject, found.get((type(subject), subject.pk))) for subject in subjects]


def preview(by: Account, campaign: Campaign, subjects: Sequence[Subject], target: Team | None) -> Preview:
    """Say what moving `subjects` to `target` (None: out of all teams) would cost and bend; nothing is changed."""
    return prices(by, campaign, subjects, [target])[0]


def prices(
    by: Account, campaign: Campaign, subjects: Sequence[Subject], targets: Sequence[Team | None]
) -> list[Preview]:
    """Say what moving `subjects` to each of `targets` would cost and bend (eight queries)."""
    require(by, "change", Team)
    placed = seats_now(campaign, subjects)
    keys = {seat.team_id for _subject, seat in placed if seat} | {team.pk for team in targets if team}
    ground = Field(campaign, keys)
    return [_previewed(ground, placed, target) for target in targets]


def _previewed(ground: Field, placed: list[Placed], target: Team | None) -> Preview:
    sources = [ground.teams[seat.team_id] if seat else None for _subject, seat in placed]
    target = ground.teams[target.pk] if target else None
    subjects = [subject for subject, _seat in placed]
    found = Preview(subjects, sources, target, forbidden=_forbidden(placed, target))
    moving = [subject for subject, source in zip(subjects, sources, strict=True) if source != target]
    if not moving:
        return found
    for team in dict.fromkeys([*sources, target]):
        if team is None:
            continue
        people, sites = ground.people(team), ground.sites(team)
        new_people, new_sites = _with(people, sites, moving, team, team == target)
        old, new = ground.standing(team), ground.price(team, new_people, new_sites)
        for part in new:
            found.parts[part] = round(found.parts.get(part, 0.0) + new[part] - old[part], 2)
        before = {(f.code, f.text): f for f in ground.findings(team, people, sites)}
        after = {(f.code, f.text): f for f in ground.findings(team, new_people, new_sites)}
        found.appear += [f for key, f in after.items() if key not in before and not f.note]
        found.vanish += [f for key, f in before.items() if key not in after and not f.note]
    if target and len(subjects) == 1:
        subject = subjects[0]
        found.km = home_km(subject, target) if isinstance(subject, Official) else site_km(subject, target)
    return found


def _with(
    people: list[Membership], sites: list[Site], moving: list[Subject], team: Team, arrive: bool
) -> tuple[list[Membership], list[Site]]:
    """Return a team's people and sites with those that arrive, or without those that leave."""
    gone = {(type(subject), subject.pk) for subject in moving}
    people = [member for member in people if (Official, member.official_id) not in gone]
    sites = [site for site in sites if (Site, site.pk) not in gone]
    for subject in moving if arrive else ():
        if isinstance(subject, Site):
            sites.append(subject)
        else:
            leads = subject.can_lead and not any(member.leads for member in people)
            people.append(Membership(team=team, official=subject, leads=leads))
    return people, sites


def _forbidden(placed: list[Placed], target: Team | None) -> str:
    seats = [seat for _subject, seat in placed]
    if all((seat.team_id if seat else None) == (target.pk if target else None) for seat in seats):
        return _("It is there already.") if target else _("It is in no team already.")
    locked = [subject.name for subject, seat in placed if seat is not None and seat.locked]
    if locked:
        if len(placed) == 1:
            return _("It is locked; unlock it first.")
        return _("Locked, so unlock first: %(names)s") % {"names": "、".join(locked)}
    return ""


def fits(by: Account, campaign: Campaign, subject: Subject, count: int = 6) -> list[Preview]:
    """Return the teams near by to which moving `subject` costs least, the best first (eleven queries)."""
    require(by, "change", Team)
    placed = seats_now(campaign, [subject])
    now = placed[0][1]
    near = [team for team in visible(by, Team).filter(campaign=campaign) if now is None or team.pk != now.team_id]
    if isinstance(subject, Official):
        provincial = subject.unit.level == "province"
        near = [team for team in near if (team.level == Team.Level.PROVINCE) == provincial]
    near = sorted(near, key=lambda team: _distance(subject, team))[:NEAR]
    ground = Field(campaign, {team.pk for team in near} | ({now.team_id} if now else set()))
    found = [_previewed(ground, placed, team) for team in near]
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
        "senior": _("Seniors"),
        "junior": _("Juniors"),
        "crowd": _("Many of one unit"),
        "apart": _("Kept apart"),
    }
