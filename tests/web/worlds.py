"""Two worlds side by side in one campaign: that of the accounts of `tests.conftest.build`, and that of others.

Of every model there is a row in each. The rows of the other world carry a secret of their model, in ASCII so that it is
found in HTML, JSON and spreadsheets alike. A new model gets its two rows in `_more_rows` and its secret in `SECRETS`.
"""

from collections import defaultdict
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from sijin.briefing.models import Brief, BriefFigure
from sijin.dispatch.models import DispatchChange, DispatchPlan, Publication, RosterImport, Team, Tie, Tied, WhatIf
from sijin.exchange.models import (
    Agreement,
    ChainFirm,
    Clearing,
    ClearingLock,
    ClearingPrice,
    Complement,
    ExpertVisit,
    Guest,
    JobContact,
    JobPost,
    JobRun,
    JobSuggestion,
    JobVerdict,
    JobWish,
    Match,
    MatchmakingEvent,
    Offer,
    OfferImport,
    PoolMaker,
    PoolOrder,
    PoolPlan,
    PoolShare,
    ProposedMatch,
    ReliefClaim,
    ReliefFigures,
    ReliefImport,
    SoilSample,
)
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
    TriageExample,
)
from sijin.people.models import Account, AccountEvent, ApiToken, Job, Notice, Official, Skill, Unit
from sijin.places.models import Site
from sijin.visits.models import Correction, PlannedVisit, Visit, VisitPhoto
from sijin.works.domain import plans
from sijin.works.domain.shuttles.terms import terms_of
from sijin.works.domain.village import leads, shows, works
from sijin.works.models import (
    AdviceCard,
    AdviceTopic,
    ApprovalArc,
    ApprovalStep,
    Bus,
    Desk,
    FleetImport,
    Milestone,
    PaperPromise,
    PickUp,
    PlannedStep,
    PortfolioPlan,
    Project,
    RegisterImport,
    Shuttle,
    ShuttleSeat,
    ShuttleStop,
    ShuttleTrip,
    SiteContact,
    StepLock,
    TravelTable,
    Worker,
    WorkerContact,
    WorkerImport,
    WorkFile,
)
from tests.conftest import at, build
from tests.ledger.lives import photo

# whose rows name a team and a site
SHOWING_PLACES = ("dispatch.Posting", "ledger.Need", "visits.Visit", "visits.PlannedVisit")
# secret → the models of which one must be open to a role in all its rows before the role may see the secret
SECRETS: dict[str, tuple[str, ...]] = {
    "SECRET-EXPERT": ("exchange.ExpertVisit",),
    "SECRET-ADVICE": ("works.AdviceCard",),
    "SECRET-PROJECT": ("works.Project",),
    "SECRET-WORKER": ("works.Worker",),  # where a worker lives: the name alone is masked
    "SECRET-TALK": ("works.WorkerContact",),
    "SECRET-VILLAGE": ("works.VillageWork",),
    "SECRET-LEAD": ("works.Lead",),
    "SECRET-SHOW": ("works.Booking",),
    "SECRET-BUS": ("works.Bus", "works.Shuttle"),
    "SECRET-TRAVEL": ("works.TravelTable",),
    "SECRET-DESK": ("works.Desk",),
    "SECRET-SOIL": ("exchange.SoilSample",),
    "SECRET-TEAM": ("dispatch.Team", "dispatch.Posting", "ledger.Need", "visits.Visit", "visits.PlannedVisit"),
    "SECRET-SITE": (
        "places.Site",
        "exchange.Agreement",
        "exchange.ReliefFigures",
        "dispatch.Posting",
        "ledger.Need",
        "visits.Visit",
        "visits.PlannedVisit",
    ),
    "SECRET-NEED": ("ledger.Need",),
    "SECRET-FILE": ("ledger.Need",),
    "SECRET-VISIT": ("visits.Visit",),
    "SECRET-PHOTO": ("visits.Visit",),
    "SECRET-OFFER": ("exchange.Offer",),
    "7919.13": ("exchange.Match",),  # the quantity of the others' match: a match has no text
    "SECRET-CHAIN": ("exchange.ChainFirm",),
    "SECRET-MAKER": ("exchange.PoolMaker", "exchange.PoolPlan"),
    "SECRET-ORDER": ("exchange.PoolOrder", "exchange.PoolPlan"),
    "SECRET-WISH": ("exchange.JobWish",),  # where a person who looks for work lives, and who they are
    "SECRET-CALL": ("exchange.JobContact",),
    "791,917": ("exchange.JobRun",),  # what the others' run costs: a run has no text
    "SECRET-GUEST": ("exchange.MatchmakingEvent",),
    "791,919": ("exchange.Clearing",),  # the cost of the others' clearing, which has no text, on a page
    "791919": ("exchange.Clearing",),  # and over HTTP
    "791.913": ("exchange.Complement",),  # the score of what was found for the others: a pair has no text of its own
    "SECRET-EVENT": ("exchange.MatchmakingEvent",),
    "SECRET-AGREEMENT": ("exchange.Agreement",),
    "7,913,791.00": ("exchange.ReliefFigures",),  # what the others' firm is owed
    "7913791.00": ("exchange.ReliefFigures",),  # and over HTTP
    "SECRET-CONTACT": ("works.SiteContact",),
    "SECRET-MEASURE": ("works.PlanMeasure", "works.SitePlan"),
    "SECRET-OFFICIAL": ("people.Official", "dispatch.Team"),
    "SECRET-ACCOUNT": ("people.Account", "ledger.Need", "visits.Visit"),
    "SECRET-UNIT": ("people.Unit", "ledger.Need", "works.PlanMeasure"),
    "SECRET-BRIEF": ("briefing.Brief",),
    "SECRET-PLAN": ("dispatch.DispatchPlan",),
    "SECRET-CHANGE": ("dispatch.DispatchChange",),
    "SECRET-WHAT-IF": ("dispatch.WhatIf",),
    "SECRET-TIE": ("dispatch.Tie",),
    "SECRET-ROSTER": ("dispatch.RosterImport",),
    "791,913": ("dispatch.Publication",),  # how many were told by the others' publication, which has no text
    "SECRET-EXAMPLE": ("ledger.TriageExample",),
    "SECRET-NOTICE": (),
    "SECRET-JOB": (),  # nobody but its owner
    "SECRET-TOKEN": (),
    "SECRET-FILTER": (),
    "SECRET-SHEET": (),
    "SECRET-EXPORT": (),
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
        rows["membership"] = world.teams[n].memberships.get(leads=True)
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
        people["team_leader"], world.teams[n], world.sites[n], f"{mark} 缺口罩", f"{mark} 详情",
        category="labor", at=at(3, 5),
    )  # fmt: skip
    office = world.accounts["campaign_office"]
    needs.apply(need, "hand_over", office, klass=2, lead_unit=world.units[n], note=mark, at=at(3, 5))
    HandOver.objects.create(need=need, unit=world.units[n], leads=False, given_at=at(3, 5), given_by=office)
    rows["need"] = Need.objects.get(pk=need.pk)
    rows["item"] = NeedItem.objects.create(need=need, kind="goods", item=mark, unit="只", quantity=9000)
    for found in (world.need_other if n else world.need, need):
        rows["measure"] = Measure.objects.create(need=found, text=mark, unit=world.units[n], due=date(2020, 3, 20))
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
    picture = Evidence.objects.get(pk=kept.pk)
    picture.pk, picture._state.adding, picture.media_type, picture.name = None, True, "image/jpeg", f"{mark}.jpg"
    picture.file.save("a.jpg", ContentFile(photo()), save=True)
    rows["picture"] = picture


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
    taken = VisitPhoto(visit=visit, name="a.jpg", size=1, sha256=f"{n}", added_by=by, added_at=at(3, 5))
    taken.file.save("a.jpg", ContentFile(marked("SECRET-PHOTO").encode()), save=True)
    rows["photo"] = taken
    Correction.objects.create(visit=visit, by=by, at=at(3, 5), note=marked("SECRET-VISIT"))
    rows["tie"] = Tie.objects.create(campaign=world.campaign, code=f"t{n}", kind="apart", reason=marked("SECRET-TIE"))
    Tied.objects.bulk_create(Tied(tie=rows["tie"], unit=unit) for unit in world.units[:2])
    rows["planned"] = PlannedVisit.objects.create(
        team=world.teams[n],
        site=world.sites[n],
        day=date(2020, 3, 6),
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
    found = {"found_at": at(3, 5), "lasts": True, "score": 791.913 if n else 0.5}
    rows["found"] = Complement.objects.create(need=rows["need"], offer=rows["offer"], **found)
    rows["soil"] = SoilSample.objects.create(
        code=marked("SECRET-SOIL"), need=rows["need"], region=world.county, depth=1, taken_at=at(3, 5),
        taken_by=marked("SECRET-SOIL"), made_by=office, made_at=at(3, 5),
    )  # fmt: skip
    people_sent = (people["team_member"].official, world.other.official)
    rows["expert_visit"] = ExpertVisit.objects.create(
        need=rows["need"], official=people_sent[n], expert=marked("SECRET-EXPERT"), expected_on=date(2020, 3, 8),
        assigned_by=office, assigned_at=at(3, 5),
    )  # fmt: skip
    second = Offer.objects.create(
        code=f"judged-{n}", campaign=world.campaign, provider=marked("SECRET-OFFER"), kind="goods", item="口罩",
        unit="只", quantity=1,
    )  # fmt: skip
    rows["judged"] = Complement.objects.create(
        need=rows["need"], offer=second, verdict="accepted", by=world.accounts["campaign_office"], at=at(3, 5)
    )
    rows["held"] = MatchmakingEvent.objects.create(
        campaign=world.campaign, name=marked("SECRET-EVENT"), held_on=date(2020, 3, 5)
    )
    rows["agreement"] = Agreement.objects.create(
        campaign=world.campaign,
        event=rows["held"],
        provider=marked("SECRET-AGREEMENT"),
        offer=rows["offer"],
        site=world.sites[n],
        amount=1,
        signed_on=date(2020, 3, 5),
    )
    rows["agreement"].needs.add(rows["need"])
    _pool(world, n, rows, marked)
    by, approved = world.accounts["campaign_office"], "7913791" if which == "other" else "1000"
    ReliefFigures.objects.create(
        site=world.sites[n], values={"employer": "enterprise", "land_tax_relief": approved}, by=by, at=at(3, 5)
    )
    claim = {"rule": "TAX-PROPERTY", "yuan": 1, "claimed_on": date(2020, 3, 5)}
    ReliefClaim.objects.create(site=world.sites[n], by=by, at=at(3, 5), **claim)
    rows["contact"] = SiteContact.objects.create(site=world.sites[n], role=marked("SECRET-CONTACT"))
    rows["advice"] = AdviceCard.objects.create(
        site=world.sites[n], need=rows["need"], adviser=marked("SECRET-ADVICE"), checked_in_at=at(3, 5), served="茶农",
        crop="茶树", problem=marked("SECRET-ADVICE"), follow_up_on=date(2020, 3, 5), made_by=by, made_at=at(3, 5),
    )  # fmt: skip
    AdviceTopic.objects.create(card=rows["advice"], topic="land", text=marked("SECRET-ADVICE"))
    rows["project"] = Project.objects.create(
        site=world.sites[n], number=n + 1, unit=world.units[n], reason="funds", because=marked("SECRET-PROJECT")
    )
    rows["worker"] = Worker.objects.create(
        site=world.sites[n], code=f"W{n}", name=f"工人{n}", home=marked("SECRET-WORKER")
    )
    rows["pick_up"] = PickUp.objects.create(code=f"u-0000{n}", name=f"路口{n}", province="", lat=35, lon=115)
    rows["talk"] = WorkerContact.objects.create(
        worker=rows["worker"], at=at(3, 5), by=by, channel="voice", state="unreached", answer=marked("SECRET-TALK")
    )
    _shuttle(world, n, rows, marked)
    rows["step"] = ApprovalStep.objects.create(
        project=rows["project"], code="a", number=1, name=marked("SECRET-PROJECT"), begun_on=date(2020, 3, 4), days=2
    )
    paper = ApprovalStep.objects.create(project=rows["project"], code="p", number=2, kind="material", name="副本")
    ApprovalArc.objects.create(before=paper, after=rows["step"], wait="deferrable")
    due = date(2020, 3, 4)
    rows["promise"] = PaperPromise.objects.create(item=rows["step"], paper=paper, made_on=due, due=due, made_by=by)
    _planned(world, n, rows, marked)
    rows["milestone"] = Milestone.objects.create(project=rows["project"], number=1, name=marked("SECRET-PROJECT"))
    facts = {"aspect": "funds", "text": marked("SECRET-MEASURE"), "unit": world.units[n], "due": date(2020, 3, 20)}
    rows["planned_measure"] = plans.add(office, world.sites[n], at=at(3, 5), need=rows["need"], **facts)
    rows["site_plan"] = plans.issue(office, world.sites[n], world.campaign)
    rows["match"] = Match.objects.create(
        item=rows["item"], offer=rows["offer"], quantity="7919.13" if n else "11", made_by=office, made_at=at(3, 5)
    )
    _village(world, n, rows, marked)
    _cleared(world, n, which)
    _jobs(world, n, rows, marked)
    brief = Brief.objects.create(
        campaign=world.campaign,
        number=n + 1,
        date=date(2020, 3, 4 + n),
        title=marked("SECRET-BRIEF"),
        cutoff=at(3, 5),
        issued_by=office,
        issued_at=at(3, 5),
    )
    rows["brief"] = brief
    rows["figure"] = BriefFigure.objects.create(
        brief=brief,
        key="open",
        label=marked("SECRET-BRIEF"),
        value=1,
        shown="1",
        model="ledger.Need",
        rows=[rows["need"].pk],
    )
    rows["change"] = DispatchChange.objects.create(
        campaign=world.campaign, by=office, at=at(3, 5), kind="lock", subject=marked("SECRET-CHANGE")
    )
    roster = RosterImport(campaign=world.campaign, by=office, name=f"{marked('SECRET-ROSTER')}.xlsx")
    roster.summary = {"sheets": []}
    roster.file.save("a.xlsx", ContentFile(b"PK"), save=False)
    roster.rejected.save("b.xlsx", ContentFile(marked("SECRET-ROSTER").encode()), save=True)
    rows["roster"] = roster
    rows["publication"] = Publication.objects.create(
        campaign=world.campaign, by=office, at=at(3, 5), told=791_913 if n else 1
    )
    rows["what_if"] = WhatIf.objects.create(
        campaign=world.campaign,
        asked_by=office,
        asked_at=at(3, 5),
        scenarios=[{"kind": "more", "count": 1, "skill": marked("SECRET-WHAT-IF"), "county": world.county.pk}],
    )
    rows["plan"] = DispatchPlan.objects.create(
        campaign=world.campaign,
        made_by=office,
        made_at=at(3, 5),
        cost=1,
        bound=1,
        gap=0,
        seconds=1,
        parts={marked("SECRET-PLAN"): 1},
    )
    AccountEvent.objects.create(account=by, by=world.accounts["administrator"], verb="change", change={})
    _of_accounts(world, which, marked)


def _village(world: SimpleNamespace, n: int, rows: dict[str, Any], marked: Any) -> None:
    """A village work with a file, a venue with a show, a lead."""
    office, mark = world.accounts["campaign_office"], marked("SECRET-VILLAGE")
    facts = {"team": world.teams[n], "unit": world.units[n]}
    work = works.begin(office, world.campaign, "sewage", mark, site=world.sites[n], need=rows["need"],
                       owner=mark, begun_on=date(2020, 3, 5), **facts)  # fmt: skip
    rows["village"], rows["village_stage"] = work, work.stages.get(code="survey")
    row = WorkFile(work=work, stage="survey", name=mark, number=1, uploaded=mark, media_type="application/pdf",
                   size=len(PDF), sha256="0" * 64, added_by=office, added_at=at(3, 5))  # fmt: skip
    row.file.save("a.pdf", ContentFile(PDF.replace(b"SECRET-FILE", mark.encode())), save=True)
    rows["village_file"] = row
    rows["venue"] = shows.open_venue(office, world.campaign, f"剧场{n}", world.county, **facts)
    begins = at(3, 7, 19)
    rows["show"] = shows.book(
        office, rows["venue"], marked("SECRET-SHOW"), begins, begins + timedelta(hours=1), at=at(3, 5)
    )
    rows["lead"] = leads.enter(
        office, world.campaign, marked("SECRET-LEAD"), "民宿", region=world.county, at=at(3, 5), **facts
    )


def _pool(world: SimpleNamespace, n: int, rows: dict[str, Any], marked: Any) -> None:
    """An order with a maker that could make it, and a draft that says so; who supplies whom."""
    seller, buyer = (
        ChainFirm.objects.create(campaign=world.campaign, name=f"{end}{marked('SECRET-CHAIN')}") for end in "ab"
    )
    seller.sells.create(buyer=buyer, product="布", volume=1)
    Guest.objects.create(event=rows["held"], name=marked("SECRET-GUEST"))
    maker = PoolMaker.objects.create(campaign=world.campaign, code=f"m{n}", name=marked("SECRET-MAKER"), hours=40)
    maker.rates.create(product="防护服", per_hour=100, price=1)
    order = PoolOrder.objects.create(
        campaign=world.campaign,
        code=marked("SECRET-ORDER"),
        site=world.sites[n],
        product="防护服",
        quantity=100,
        unit_price=2,
        release=date(2020, 3, 9),
        due=date(2020, 3, 22),
        certificate=False,
    )
    proof = {"cost": 1, "bound": 1, "gap": 0, "seconds": 1, "time_limit": 1, "stamp": "-"}
    plan = PoolPlan.objects.create(
        campaign=world.campaign,
        made_by=world.accounts["campaign_office"],
        made_at=at(3, 5),
        start=date(2020, 3, 9),
        weeks=2,
        **proof,
    )
    share = PoolShare.objects.create(plan=plan, order=order, maker=maker, quantity=100)
    share.days.create(day=date(2020, 3, 9), quantity=100)
    rows |= {"maker": maker, "order": order, "pool_plan": plan, "pool_share": share}


def _shuttle(world: SimpleNamespace, n: int, rows: dict[str, Any], marked: Any) -> None:
    """A bus that fetches the worker by a plan, and a table of travel times."""
    by = world.accounts["campaign_office"]
    rows["bus"] = Bus.objects.create(
        plate=marked("SECRET-BUS"), seats=44, province="山东省", depot_place=rows["pick_up"], fixed=1500, per_km=5
    )
    proof = {"cost": 1, "bound": 1, "gap": 0, "seconds": 1, "travel": {}, "rules": terms_of("day").plain()}
    rows["shuttle"] = Shuttle.objects.create(
        campaign=world.campaign, arrive_on=date(2020, 3, 8), wanted_until=date(2020, 3, 8), made_by=by,
        made_at=at(3, 5), state="approved", approved_by=by, approved_at=at(3, 5), **proof,
    )  # fmt: skip
    rows["trip"] = ShuttleTrip.objects.create(
        shuttle=rows["shuttle"], bus=rows["bus"], ordinal=1, destination=world.sites[n], set_off_at=at(3, 7),
        depart_at=at(3, 7, 12), arrive_at=at(3, 7, 20), km=600, seats=44, room=22, people=1, rests=1, drive_minutes=420,
        last_drive_minutes=420, cost=1,
    )  # fmt: skip
    stop = ShuttleStop.objects.create(
        trip=rows["trip"], ordinal=1, place=rows["pick_up"], arrive_at=at(3, 7, 12), depart_at=at(3, 7, 12), people=1
    )
    ShuttleSeat.objects.create(shuttle=rows["shuttle"], worker=rows["worker"], stop=stop, number=1, state="riding")
    rows["travel"] = TravelTable.objects.create(
        campaign=world.campaign, name=marked("SECRET-TRAVEL"), places=["a", "b"], minutes=[[0, 1], [1, 0]],
        km=[[0, 1], [1, 0]], made_by=by, made_at=at(3, 5),
    )  # fmt: skip


def _jobs(world: SimpleNamespace, n: int, rows: dict[str, Any], marked: Any) -> None:
    """A person of the site, a post that a run suggests to them, what was said of it and who called."""
    by = world.accounts["campaign_office"]
    place = {"campaign": world.campaign, "site": world.sites[n], "region": world.county}
    rows["wish"] = JobWish.objects.create(
        code=f"{marked('SECRET-WISH')}-{n}", name=marked("SECRET-WISH"), phone="13800000000", occupations=["6-05"],
        household=marked("SECRET-WISH"), **place,
    )  # fmt: skip
    rows["post"] = JobPost.objects.create(
        code=f"p{n}", firm=f"厂{n}", occupation="6-05-01-03", title="缝纫工", number=5, wage=4000, **place
    )
    proof = {"cost": 791_917 if n else 1, "bound": 1, "gap": 0, "seconds": 1, "limit_km": 15}
    run = JobRun.objects.create(campaign=world.campaign, made_by=by, made_at=at(3, 5, 9 + n), **proof)
    pair = {"wish": rows["wish"], "post": rows["post"]}
    rows["suggestion"] = JobSuggestion.objects.create(run=run, kilometres=1, cost=1, **pair)
    if n:  # the last run says something of both
        own = world.rows["own"]
        JobSuggestion.objects.create(run=run, kilometres=1, cost=1, wish=own["wish"], post=own["post"])
    JobVerdict.objects.create(by=by, at=at(3, 5), note=marked("SECRET-CALL"), **pair)
    JobContact.objects.create(
        outcome="contacted", on=date(2020, 3, 5), note=marked("SECRET-CALL"), by=by, at=at(3, 5), **pair
    )


def _planned(world: Any, n: int, rows: dict[str, Any], marked: Any) -> None:
    """Make a desk, a plan with the project's step in it, and its lock."""
    day, by = date(2020, 3, 5), world.accounts["campaign_office"]
    rows["desk"] = Desk.objects.create(name=marked("SECRET-DESK") + str(n), clerks=1)
    rows["portfolio"] = PortfolioPlan.objects.create(
        campaign=world.campaign, made_by=by, made_at=at(3, 5), stamp="x", start=day, last=day, makespan=2, tardiness=0,
        cost=2, bound=2, gap=0, seconds=1, time_limit=1, desks=[
            {"desk": rows["desk"].name, "clerks": 1, "brings": 0, "at_most": 0, "saves": 0, "saves_at_most": 0}
        ],
    )  # fmt: skip
    PlannedStep.objects.create(
        plan=rows["portfolio"], step=rows["step"], begins=0, days=2, start=day, finish=date(2020, 3, 9),
        decided_by="nothing", critical=True,
    )  # fmt: skip
    StepLock.objects.create(step=rows["step"], on=day, by=by, at=at(3, 5))


def _cleared(world: SimpleNamespace, n: int, which: str) -> None:
    """A clearing with one proposed pair, a price of its offer, and a pair that is never to be proposed."""
    rows, by = world.rows[which], world.accounts["campaign_office"]
    made = {"campaign": world.campaign, "made_by": by, "made_at": at(3, 5), "kinds": ["goods"], "floor": 0}
    cost = 791_919 if n else 1
    terms = {"change": 20, "time_limit": 20, "cost": cost, "bound": cost, "gap": 0, "seconds": 1}
    rows["clearing"] = Clearing.objects.create(**made, **terms)
    item, offer = rows["item"], rows["offer"]
    pair = {"item": item, "offer": offer, "kind": "goods", "quantity": "7919.13" if n else "1"}
    basis = {"need_version": 1, "unit": "只", "left": 9000, "offer_version": 1, "free": 1000}
    rows["proposal"] = ProposedMatch.objects.create(
        clearing=rows["clearing"], county=world.county, taken=1, cost=1, **pair, **basis
    )
    priced = {"kind": "goods", "unit": "只", "price": 100, "quantity": 9000, "left": 8000}
    rows["scarce"] = ClearingPrice.objects.create(
        clearing=rows["clearing"], side="offer", offer=offer, name=offer.provider, fits=[item.pk], waiting=1, **priced
    )
    ClearingPrice.objects.create(clearing=rows["clearing"], side="need", item=item, name=item.item, why="no_room",
                                 place=world.county, **priced)  # fmt: skip
    lock = {"campaign": world.campaign, "item": item, "offer": offer}
    rows["lock"] = ClearingLock.objects.create(says="never", by=by, at=at(3, 5), **lock)


def _of_accounts(world: SimpleNamespace, which: str, marked: Any) -> None:
    """Rows that belong to one account: each role has one of its own; the others' are the other team leader's."""
    rows = world.rows[which]
    for role, account in world.accounts.items():
        owner = account if which == "own" else world.other
        rows["notice"][role] = Notice.objects.create(account=owner, at=at(3, 5), code=marked("SECRET-NOTICE"))
        rows["job"][role] = Job.objects.create(account=owner, kind="plan", message=marked("SECRET-JOB"))
        mine = {"account": owner, "campaign": world.campaign}
        rows["filter"][role] = SavedFilter.objects.create(
            name=marked("SECRET-FILTER")[:13] + str(SavedFilter.objects.count()), **mine
        )
        told = f"{marked('SECRET-EXAMPLE')} {TriageExample.objects.count()}"
        rows["example"][role] = TriageExample.objects.create(text=told, digest=told, category="labor", by=owner)
        need = rows["need"] if which == "own" else world.rows["other"]["need"]
        rows["bulk"][role] = BulkAction.objects.create(
            verb="receive", rows=[[need.pk, need.version]], facts={"note": marked("SECRET-BULK")}, **mine
        )
        fault = {"row": 2, "column": "title", "expected": marked("SECRET-SHEET"), "got": "", "raw": {}}
        rows["sheet"][role] = SheetImport.objects.create(
            kind="needs", name=marked("SECRET-SHEET"), sha256="0", faults=[fault], **mine
        )
        made = LedgerFile(account=owner, name=f"{marked('SECRET-EXPORT')}.csv", media_type="text/csv")
        made.file.save("a.csv", ContentFile(marked("SECRET-EXPORT").encode()), save=True)
        rows["made"][role] = made
        rows["offer_sheet"][role] = OfferImport.objects.create(
            campaign=world.campaign,
            made_by=owner,
            made_at=at(3, 5),
            name=f"{marked('SECRET-SHEET')}.xlsx",
            digest=f"{which}-{role}",
            bad=[{"row": 2, "cells": {}, "faults": [marked("SECRET-SHEET")]}],
        )
        rows["fleet_import"][role] = FleetImport.objects.create(
            made_by=owner, made_at=at(3, 5), name=f"{marked('SECRET-SHEET')}.xlsx",
            bad=[{"row": 2, "cells": [], "faults": [marked("SECRET-SHEET")]}],
        )  # fmt: skip
        rows["worker_import"][role] = WorkerImport.objects.create(
            campaign=world.campaign,
            made_by=owner,
            made_at=at(3, 5),
            name=f"{marked('SECRET-SHEET')}.xlsx",
            digest=f"{which}-{role}",
            bad=[{"row": 2, "cells": [marked("SECRET-SHEET")] * 9, "faults": [marked("SECRET-SHEET")]}],
        )
        rows["register_import"][role] = RegisterImport.objects.create(
            of="projects",
            campaign=world.campaign,
            made_by=owner,
            made_at=at(3, 5),
            name=f"{marked('SECRET-SHEET')}.xlsx",
            digest=f"{which}-{role}",
            bad=[{"row": 2, "cells": [""] * 14, "faults": [marked("SECRET-SHEET")]}],
        )
        rows["relief_list"][role] = ReliefImport.objects.create(
            campaign=world.campaign,
            made_by=owner,
            made_at=at(3, 5),
            name=f"{marked('SECRET-SHEET')}.xlsx",
            columns=["firm"],
            rows=[[marked("SECRET-SHEET")]],
            bad=[{"row": 0, "faults": [marked("SECRET-SHEET")]}],
        )
        rows["token"][role] = ApiToken.objects.create(
            account=owner,
            name=marked("SECRET-TOKEN"),
            token_hash=f"{which}-{role}-{ApiToken.objects.count()}",
            expires=timezone.now() + timedelta(days=9),
        )


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
    world.teams[1].postings.create(site=site, since=date(2020, 3, 5))
    _of_accounts(world, "other", lambda secret: secret)
