"""Publishing the dispatch: accounts for members who have none, and a notice for everyone whom it changes.

What was told is kept with the publication, so that the next one tells only what is new. Who goes where is not touched:
an approved plan and a move by hand run at once, publishing is telling it.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.domain.changes import running
from sijin.dispatch.models import Campaign, Publication, Team
from sijin.people import enrolment
from sijin.people.models import Account, Official, Role
from sijin.people.notices import Message, Words, tell, wording
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken
from sijin.places.models import Site

Progress = Callable[[int, int, str], None]
NAMED = 8  # people or sites that a notice names; of the others it says how many
SEAT, OUT = "dispatch.seat", "dispatch.out"


@dataclass
class Told:
    """The dispatch as far as members are told of it: {official: (team, leads)}, {site: team}."""

    officials: dict[int, tuple[int, bool]] = field(default_factory=dict)
    sites: dict[int, int] = field(default_factory=dict)

    @classmethod
    def now(cls, campaign: Campaign) -> "Told":
        """Read what runs (three queries)."""
        found = running(campaign)
        return cls(
            {key: (seat.team, seat.leads) for key, seat in found.officials.items() if seat},
            {key: seat.team for key, seat in found.sites.items() if seat},
        )

    @classmethod
    def read(cls, plain: dict[str, Any]) -> "Told":
        """Read what a publication kept."""
        officials = {int(key): (team, leads) for key, (team, leads) in plain.get("officials", {}).items()}
        return cls(officials, {int(key): team for key, team in plain.get("sites", {}).items()})

    def plain(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        return {"officials": self.officials, "sites": self.sites}

    def teams(self) -> dict[int, tuple[set[int], set[int]]]:
        """Return people and sites by team."""
        found: dict[int, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
        for key, (team, _leads) in self.officials.items():
            found[team][0].add(key)
        for key, team in self.sites.items():
            found[team][1].add(key)
        return found


@dataclass
class News:
    """What is new for one official: the seat, who joined and left the team, which sites came and went."""

    official: int
    seat: tuple[int, bool] | None  # None: in no team any more
    was: tuple[int, bool] | None  # None: in no team before
    joined: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)
    sites: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)


def news(now: Told, before: Told) -> list[News]:
    """Return what is new for whom; who finds seat, team and sites as they were told is not in it. Asks no database."""
    here, there = now.teams(), before.teams()
    found = []
    for key in sorted(now.officials.keys() | before.officials.keys()):
        seat, was = now.officials.get(key), before.officials.get(key)
        if seat is None:
            found.append(News(key, None, was))
            continue
        people, sites = here[seat[0]]
        if was is None or was[0] != seat[0]:
            found.append(News(key, seat, was, joined=people - {key}, sites=sites))
            continue
        old_people, old_sites = there[seat[0]]
        told = News(key, seat, was, people - old_people, old_people - people, sites - old_sites, old_sites - sites)
        if seat != was or told.joined or told.left or told.sites or told.gone:
            found.append(told)
    return found


@dataclass
class Pending:
    """What publishing would do now."""

    campaign: Campaign
    last: Publication | None
    now: Told
    news: list[News]
    accounts: dict[int, Account]  # by official, of those in the dispatch or told before
    new_accounts: list[int]  # officials without an account
    closed: list[int]  # whose account is closed
    roles: list[tuple[Account, str]]  # accounts whose role in their team is another
    others: list[int]  # whose account has a role outside the teams

    @property
    def moved(self) -> int:
        """Return how many people come to a team, change it or begin or cease to lead."""
        return sum(item.seat is not None and item.seat != item.was for item in self.news)

    @property
    def out(self) -> int:
        """Return how many people are in no team any more."""
        return sum(item.seat is None for item in self.news)

    @property
    def beside(self) -> int:
        """Return how many people stay, in a team whose people or sites change."""
        return len(self.news) - self.moved - self.out


def last_of(campaign: Campaign) -> Publication | None:
    """Return the campaign's last publication (one query)."""
    return campaign.publications.select_related("by").first()


def pending(by: Account, campaign: Campaign) -> Pending:
    """Say what publishing would do now (six queries); nothing is changed."""
    require(by, "view", Publication)
    last, now = last_of(campaign), Told.now(campaign)
    found = news(now, Told.read(last.snapshot) if last else Told())
    concerned = now.officials.keys() | {item.official for item in found}
    rows = Account.objects.exclude(official=None).order_by("pk")
    accounts = {account.official_id: account for account in rows if account.official_id in concerned}
    roles, others, closed = [], [], []
    for key, (_team, leads) in now.officials.items():
        account = accounts.get(key)
        if account is None:
            continue
        if not account.is_active:
            closed.append(key)
        elif account.role not in enrolment.TEAM_ROLES:
            others.append(key)
        elif account.role != _role(leads):
            roles.append((account, _role(leads)))
    new = [key for key in sorted(now.officials) if key not in accounts]
    return Pending(campaign, last, now, found, accounts, new, closed, roles, others)


def _role(leads: bool) -> str:
    return Role.TEAM_LEADER if leads else Role.TEAM_MEMBER


@transaction.atomic
def publish(by: Account, campaign: Campaign, progress: Progress | None = None) -> Publication:
    """Tell everyone whom the dispatch changes since it was last published, and make the accounts that are missing.

    Raises
    ------
    RuleBroken
        Nobody is in a team yet, or nothing changed since it was last published.
    """
    require(by, "publish", Publication)
    step = progress or (lambda done, total, words: None)
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    found = pending(by, campaign)
    if not found.now.officials:
        raise RuleBroken(_("Nobody is in a team yet: there is nothing to publish."))
    if not (found.news or found.new_accounts or found.roles):
        raise RuleBroken(_("Nothing changed since it was last published."))
    step(0, 4, _("Accounts"))
    officials = Official.objects.filter(pk__in=found.new_accounts).select_related("unit").order_by("code")
    made = enrolment.enrol(by, [(row, _role(found.now.officials[row.pk][1])) for row in officials])
    found.accounts |= {account.official_id: account for account in made}
    step(1, 4, _("Roles"))
    changed = enrolment.set_roles(by, found.roles)
    step(2, 4, _("Notices"))
    messages = _messages(found)
    told = tell(messages, campaign.now())
    step(3, 4, _("Notices"))
    return Publication.objects.create(
        campaign=campaign,
        by=by,
        at=campaign.now(),
        snapshot=found.now.plain(),
        told=told,
        changed_roles=changed,
        made=[account.pk for account in made],
    )


def _messages(found: Pending) -> list[Message]:
    """Return what each active account is told, with the names of what it tells of (three queries)."""
    teams = {team.pk: team for team in Team.objects.filter(campaign=found.campaign)}
    people = {key for item in found.news for key in item.joined | item.left}
    people_names = dict(Official.objects.filter(pk__in=people).values_list("pk", "name"))
    sites = {key for item in found.news for key in item.sites | item.gone}
    site_names = dict(Site.objects.filter(pk__in=sites).values_list("pk", "name"))
    made = []
    for item in found.news:
        account = found.accounts.get(item.official)
        if account is None or not account.is_active:
            continue
        was = teams.get(item.was[0]) if item.was else None
        values: dict[str, Any] = {"was": was.number if was else ""}
        if item.seat is None:
            made.append(Message(account, OUT, values))
            continue
        team = teams[item.seat[0]]
        values |= {"team": team.number, "name": team.name, "leads": item.seat[1]}
        values |= {"led": item.was[1]} if item.was else {}
        for name, keys, names in (
            ("joined", item.joined, people_names),
            ("left", item.left, people_names),
            ("sites", item.sites, site_names),
            ("gone", item.gone, site_names),
        ):
            if keys:
                values[name] = [sorted(names[key] for key in keys)[:NAMED], len(keys)]
        made.append(Message(account, SEAT, values, reverse("dispatch:team", args=[team.pk])))
    return made


@transaction.atomic
def fetch(by: Account, publication: Publication) -> list[tuple[Account, str]]:
    """Give the accounts that a publication made their first passwords: once, for the sheet that is handed out.

    Who has signed in since keeps their password. RuleBroken when the sheet was fetched before.
    """
    require(by, "fetch", publication)
    publication = Publication.objects.select_for_update().get(pk=publication.pk)
    if publication.fetched_at is not None:
        words = _("This sheet was fetched already: it is given once.")
        raise RuleBroken(words + " " + _("An administrator can give a new password to one account."))
    if not publication.made:
        raise RuleBroken(_("This publication made no accounts."))
    given = enrolment.first_passwords(by, publication.made)
    publication.fetched_at, publication.fetched_by = timezone.now(), by
    publication.save(update_fields=["fetched_at", "fetched_by"])
    return given


@wording(OUT)
def _out(values: dict[str, Any]) -> Words:
    if values.get("was"):
        return Words(_("You are in no team any more; you were in %(team)s.") % {"team": values["was"]})
    return Words(_("You are in no team any more."))


@wording(SEAT)
def _seat(values: dict[str, Any]) -> Words:
    facts = {"team": values["team"], "was": values.get("was", "")}
    same, led = values.get("was") == values["team"], values.get("led")
    if not same:
        title = _("You lead the team %(team)s") if values["leads"] else _("You are in the team %(team)s")
        if facts["was"]:
            title = (
                _("You lead the team %(team)s; you were in %(was)s")
                if values["leads"]
                else _("You are in the team %(team)s now; you were in %(was)s")
            )
    elif values["leads"] != led:
        title = _("You lead the team %(team)s now") if values["leads"] else _("You lead the team %(team)s no more")
    else:
        title = _("Your team %(team)s has changed")
    words = {
        "joined": _("Joined: %(names)s") if same else _("With you: %(names)s"),
        "left": _("Left: %(names)s"),
        "sites": _("New sites: %(names)s") if same else _("Its sites: %(names)s"),
        "gone": _("No longer its sites: %(names)s"),
    }
    lines = [words[name] % {"names": _listed(*values[name])} for name in words if name in values]
    return Words(title % facts, lines)


def _listed(names: list[str], count: int) -> str:
    shown = "、".join(names)
    if count <= len(names):
        return shown
    return _("%(names)s and %(more)d more") % {"names": shown, "more": count - len(names)}
