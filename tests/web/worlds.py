"""Two worlds side by side in one campaign: that of the accounts of `tests.conftest.build`, and that of others.

Of every model there is a row in each. The rows of the other world carry a secret of their model, in ASCII so that it is
found in HTML, JSON and spreadsheets alike. A new model gets its two rows in `_more_rows` and its secret in `SECRETS`.
"""

from collections import defaultdict
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from sijin.briefing.models import Brief, BriefFigure
from sijin.dispatch.models import DispatchPlan, Team
from sijin.exchange.models import Match, Offer
from sijin.ledger.domain import needs
from sijin.ledger.models import (
    BulkAction,
    Evidence,
    HandOver,
    LedgerFile,
    Measure,
    Need,
    NeedItem,
    SavedFilter,
    SheetImport,
)
from sijin.people.models import Account, ApiToken, Job, Official, Skill, Unit
from sijin.places.models import Site
from sijin.visits.models import Correction, PlannedVisit, Visit, VisitPhoto
from tests.conftest import at, build

# secret → the models of which one must be open to a role in all its rows before the role may see the secret
SECRETS: dict[str, tuple[str, ...]] = {
    "SECRET-TEAM": ("dispatch.Team", "dispatch.Posting", "ledger.Need", "visits.Visit", "visits.PlannedVisit"),
    "SECRET-SITE": ("places.Site", "dispatch.Posting", "ledger.Need", "visits.Visit", "visits.PlannedVisit"),
    "SECRET-NEED": ("ledger.Need",),
    "SECRET-FILE": ("ledger.Need",),
    "SECRET-VISIT": ("visits.Visit",),
    "SECRET-PHOTO": ("visits.Visit",),
    "SECRET-OFFER": ("exchange.Offer",),
    "7919.13": ("exchange.Match",),  # the quantity of the others' match: a match has no text
    "SECRET-OFFICIAL": ("people.Official", "dispatch.Team"),
    "SECRET-ACCOUNT": ("people.Account", "ledger.Need", "visits.Visit"),
    "SECRET-UNIT": ("people.Unit", "ledger.Need"),
    "SECRET-BRIEF": ("briefing.Brief",),
    "SECRET-PLAN": ("dispatch.DispatchPlan",),
    "SECRET-JOB": (),  # nobody but its owner
    "SECRET-TOKEN": (),
    "SECRET-FILTER": (),
    "SECRET-DOWNLOAD": (),
    "SECRET-IMPORT": (),
}
PDF = b"%PDF-1.4\n% SECRET-FILE\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def two_worlds() -> SimpleNamespace:
    """Build both; `rows["own"]` and `rows["other"]` give a row by its name, or a row an account by {role: row}."""
    world = build()
    world.rows = {"own": defaultdict(dict), "other": defaultdict(dict)}
    _mark(world)
    world.others = {"team_leader": world.other} | {
        role: _account(role, unit=world.units[1] if unit else None, site=None if unit else world.sites[1])
        for role, unit in (("department_handler", True), ("site_contact", False))
    }
    for n, which in enumerate(("own", "other")):
        rows, people = world.rows[which], world.accounts if which == "own" else world.accounts | world.others
        rows |= {"campaign": world.campaign, "team": world.teams[n], "site": world.sites[n], "unit": world.units[n]}
        rows["official"] = people["team_leader"].official
        rows["account"] = people["team_leader"]
        rows["posting"] = world.teams[n].postings.get()
        _ledger(world, n, which, people)
        _more_rows(world, n, which, people)
    return world


def _mark(world: SimpleNamespace) -> None:
    Team.objects.filter(pk=world.teams[1].pk).update(name="SECRET-TEAM")
    Site.objects.filter(pk=world.sites[1].pk).update(name="SECRET-SITE")
    Unit.objects.filter(pk=world.units[1].pk).update(name="SECRET-UNIT")
    Account.objects.filter(pk=world.other.pk).update(display_name="SECRET-ACCOUNT")
    Official.objects.filter(pk=world.other.official_id).update(name="SECRET-OFFICIAL")
    for row in (*world.teams, *world.sites, *world.units, world.other):
        row.refresh_from_db()
    world.skill = Skill.objects.create(code="law", name="法律")


def _account(role: str, **fields: Any) -> Account:
    return Account.objects.create(username=f"other-{role}", role=role, display_name="SECRET-ACCOUNT", **fields)


def _ledger(world: SimpleNamespace, n: int, which: str, people: dict[str, Account]) -> None:
    """A handed-over need with everything that hangs on a need."""
    mark, rows = ("SECRET-NEED" if n else "本组"), world.rows[which]
    need = needs.raise_need(
        people["team_leader"], world.teams[n], world.sites[n], f"{mark} 缺口罩", f"{mark} 详情", at=at(3, 5)
    )
    office = world.accounts["campaign_office"]
    needs.apply(need, "hand_over", office, klass=2, lead_unit=world.units[n], note=mark, at=at(3, 5))
    HandOver.objects.create(need=need, unit=world.units[n], leads=False, given_at=at(3, 5), given_by=office)
    rows["need"] = Need.objects.get(pk=need.pk)
    rows["item"] = NeedItem.objects.create(need=need, kind="goods", item=mark, unit="只", quantity=9000)
    rows["measure"] = Measure.objects.create(need=need, text=mark, unit=world.units[n], due="2020-03-20")
    kept = Evidence(
        need=need,
        name=f"{mark}.pdf",
        media_type="application/pdf",
        size=len(PDF),
        sha256="0" * 64,
        added_by=people["team_leader"],
        added_at=at(3, 5),
    )
    kept.file.save("a.pdf", ContentFile(PDF if n else PDF.replace(b"SECRET-FILE", b"ours")), save=True)
    rows["evidence"] = kept


def _more_rows(world: SimpleNamespace, n: int, which: str, people: dict[str, Account]) -> None:
    rows, office, by = world.rows[which], world.accounts["campaign_office"], people["team_leader"]

    def marked(secret: str) -> str:
        return secret if n else f"ours-{secret.split('-')[1].lower()}"

    visit = Visit.objects.create(
        client_uuid=f"00000000-0000-4000-8000-00000000000{n}",
        campaign=world.campaign,
        team=world.teams[n],
        site=world.sites[n],
        recorded_by=by,
        at=at(3, 5),
        recorded_at=at(3, 5),
        said=marked("SECRET-VISIT"),
        met=marked("SECRET-VISIT"),
        took_nothing=True,
    )
    visit.needs.add(rows["need"])
    rows["visit"] = visit
    photo = VisitPhoto(visit=visit, name="a.jpg", size=1, sha256=f"{n}", added_by=by, added_at=at(3, 5))
    photo.file.save("a.jpg", ContentFile(marked("SECRET-PHOTO").encode()), save=True)
    rows["photo"] = photo
    Correction.objects.create(visit=visit, by=by, at=at(3, 5), note=marked("SECRET-VISIT"))
    rows["planned"] = PlannedVisit.objects.create(
        team=world.teams[n],
        site=world.sites[n],
        day="2020-03-06",
        planned_by=people["team_leader"],
        planned_at=at(3, 5),
    )
    rows["offer"] = Offer.objects.create(
        code=f"offer-{n}",
        campaign=world.campaign,
        provider=marked("SECRET-OFFER"),
        unit_of_provider=world.units[n],
        kind="goods",
        item="口罩",
        unit="只",
        quantity=9000,
        promised=8000,
    )
    rows["match"] = Match.objects.create(
        item=rows["item"], offer=rows["offer"], quantity="7919.13" if n else "11", made_by=office, made_at=at(3, 5)
    )
    brief = Brief.objects.create(
        campaign=world.campaign,
        number=n + 1,
        date=f"2020-03-0{4 + n}",
        cutoff=at(3, 5),
        issued_by=office,
        issued_at=at(3, 5),
    )
    rows["brief"] = brief
    rows["figure"] = BriefFigure.objects.create(
        brief=brief, key=marked("SECRET-BRIEF"), value=1, model="ledger.Need", rows=[rows["need"].pk]
    )
    rows["plan"] = DispatchPlan.objects.create(
        campaign=world.campaign,
        made_by=office,
        made_at=at(3, 5),
        cost=1,
        bound=1,
        gap=0,
        seconds=1,
        warnings=[marked("SECRET-PLAN")],
    )
    _of_accounts(world, which, marked)


def _of_accounts(world: SimpleNamespace, which: str, marked: Any) -> None:
    """Rows that belong to one account: each role has one of its own; the others' are the other team leader's."""
    rows = world.rows[which]
    for role, account in world.accounts.items():
        owner = account if which == "own" else world.other
        rows["job"][role] = Job.objects.create(account=owner, kind="plan", message=marked("SECRET-JOB"))
        rows["token"][role] = ApiToken.objects.create(
            account=owner,
            name=marked("SECRET-TOKEN"),
            token_hash=f"{which}-{role}-{ApiToken.objects.count()}",
            expires=timezone.now() + timedelta(days=9),
        )
        _of_the_ledger(world, which, role, owner, marked)


def _of_the_ledger(world: SimpleNamespace, which: str, role: str, owner: Account, marked: Any) -> None:
    """What an account keeps of the ledger's table: a filter, a bulk action, an upload, a file."""
    rows, need = world.rows[which], world.rows[which]["need"]
    rows["filter"][role] = SavedFilter.objects.create(
        account=owner, campaign=world.campaign, name=f"{marked('SECRET-FILTER')}-{SavedFilter.objects.count()}"
    )
    rows["bulk"][role] = BulkAction.objects.create(
        account=owner,
        campaign=world.campaign,
        verb="receive",
        state="done",
        rows=[[need.pk, 1]],
        results=[[need.pk, "refused", "不由您办"]],
    )
    rows["import"][role] = SheetImport.objects.create(
        account=owner,
        campaign=world.campaign,
        kind="edits",
        state="done",
        name=f"{marked('SECRET-IMPORT')}.xlsx",
        faults=[{"row": 4, "column": "编号", "expected": "编号", "got": "", "raw": {}}],
    )
    made = LedgerFile(account=owner, name=f"{marked('SECRET-DOWNLOAD')}.csv", media_type="text/csv")
    made.file.save("a.csv", ContentFile(marked("SECRET-DOWNLOAD").encode()), save=True)
    rows["ledger_file"][role] = made


def row_of(world: SimpleNamespace, which: str, name: str, role: str) -> Any:
    """Return the row `name` of a world, that of `role` where each account has its own."""
    found = world.rows[which][name]
    return found[role] if isinstance(found, dict) else found


def more_of_the_others(world: SimpleNamespace) -> None:
    """Add to the other world what no account of the own one may see: needs, visits, a match, an official, a site."""
    for _ in range(3):
        need = needs.raise_need(world.other, world.teams[1], world.sites[1], "SECRET-NEED", at=at(3, 5))
    item = NeedItem.objects.create(need=need, kind="goods", item="SECRET-NEED", unit="只", quantity=5)
    Match.objects.create(
        item=item,
        offer=world.rows["other"]["offer"],
        quantity="7919.13",
        made_by=world.accounts["campaign_office"],
        made_at=at(3, 5),
    )
    visit = Visit.objects.get(pk=world.rows["other"]["visit"].pk)
    visit.pk, visit.client_uuid, visit._state.adding = None, "00000000-0000-4000-8000-000000000009", True
    visit.save(force_insert=True)
    official = Official.objects.create(code="late", name="SECRET-OFFICIAL", unit=world.units[1])
    world.teams[1].memberships.create(official=official)
    place = {"region": world.county, "county": world.county, "lat": 37.4, "lon": 122.2}
    site = Site.objects.create(code="late", door="village", name="SECRET-SITE", **place)
    world.teams[1].postings.create(site=site, since="2020-03-05")
    _of_accounts(world, "other", lambda secret: secret)
