"""Reads of village works: the list with its filters, one work with its stages, sums and what each waits for."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from sijin.ledger.script import simplified
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.models import Site
from sijin.works.domain.village import answers
from sijin.works.domain.village.playbooks import Playbook, Stage, book, books
from sijin.works.domain.village.sums import Worked
from sijin.works.models import VillageWork, WorkStage

RUNNING, DONE, SHELVED = "running", "done", "shelved"
STATES = (RUNNING, DONE, SHELVED)


@dataclass(frozen=True)
class Wanted:
    """What a reader asks of the list; an empty field asks for nothing."""

    q: str = ""
    playbook: str = ""
    stage: str = ""
    team: int | None = None
    state: str = ""
    late: bool = False

    @property
    def narrow(self) -> bool:
        """Say whether anything is asked for."""
        return any((self.q, self.playbook, self.stage, self.team, self.state, self.late))


@dataclass(frozen=True)
class Standing:
    """A work as a list shows it: the stage it is in (None once all are done), how far it is, its light."""

    work: VillageWork
    stages: tuple[WorkStage, ...]
    today: date

    @property
    def playbook(self) -> Playbook | None:
        """The playbook that it follows."""
        return book(self.work.playbook)

    @property
    def now(self) -> WorkStage | None:
        """The first stage that is not done."""
        return next((stage for stage in self.stages if stage.done_on is None), None)

    @property
    def done(self) -> int:
        """How many stages are done."""
        return sum(stage.done_on is not None for stage in self.stages)

    @property
    def state(self) -> str:
        """One of `STATES`."""
        if self.work.shelved_on is not None:
            return SHELVED
        return RUNNING if self.now else DONE

    @property
    def light(self) -> str:
        """The light of its present stage: late once its day is over, soon within three days."""
        if self.state != RUNNING:
            return {DONE: "done", SHELVED: "held"}[self.state]
        day = self.now.planned_on if self.now else None
        if day is None:
            return "none"
        left = (day - self.today).days
        return "late" if left < 0 else "soon" if left <= SOON else "ok"


SOON = 3  # days before a stage's day in which it is due soon


def listed(account: Account, wanted: Wanted | None = None, today: date | None = None) -> QuerySet[VillageWork]:
    """Return the works that `account` sees, by the day of their present stage; `stage_now` and `due` are its own."""
    wanted = wanted or Wanted()
    first = WorkStage.objects.filter(work=OuterRef("pk"), done_on=None).order_by("number")
    rows = visible(account, VillageWork).annotate(
        stage_now=Subquery(first.values("code")[:1]), due=Subquery(first.values("planned_on")[:1])
    )
    for word in simplified(wanted.q).split():
        rows = rows.filter(Q(title__icontains=word) | Q(site__name__icontains=word) | Q(region__name__icontains=word))
    if wanted.playbook:
        rows = rows.filter(playbook=wanted.playbook)
    if wanted.stage:
        rows = rows.filter(stage_now=wanted.stage)
    if wanted.team:
        rows = rows.filter(team=wanted.team)
    if wanted.state == SHELVED:
        rows = rows.filter(shelved_on__isnull=False)
    elif wanted.state == DONE:
        rows = rows.filter(stage_now=None, shelved_on=None)
    elif wanted.state == RUNNING:
        rows = rows.filter(stage_now__isnull=False, shelved_on=None)
    if wanted.late and today is not None:
        rows = rows.filter(stage_now__isnull=False, shelved_on=None, due__lt=today)
    rows = rows.select_related("site__county", "site__town", "region__parent", "team", "unit", "need")
    return rows.prefetch_related("stages").order_by("shelved_on", "due", "pk")


def standing(work: VillageWork, today: date) -> Standing:
    """Return how a work stands; its stages are those that were fetched with it."""
    return Standing(work, tuple(sorted(work.stages.all(), key=lambda stage: stage.number)), today)


def tally(account: Account) -> list[tuple[Playbook, int, list[tuple[Stage, int]]]]:
    """Return each playbook with how many works that `account` sees run by it, and in which stages (one query)."""
    rows = listed(account, Wanted(state=RUNNING)).order_by().prefetch_related(None)
    counts = Counter(rows.values_list("playbook", "stage_now"))
    return [
        (told, sum(n for (code, _stage), n in counts.items() if code == told.code),
         [(stage, counts[told.code, stage.code]) for stage in told.stages])
        for told in books().values()
    ]  # fmt: skip


def of_site(account: Account, site: Site) -> list[VillageWork]:
    """Return the works of one site that `account` sees, running ones first."""
    return list(listed(account).filter(site=site))


def answered(work: VillageWork) -> dict[str, dict[str, object]]:
    """Return the answers of all stages by code."""
    return {stage.code: stage.answers for stage in work.stages.all()}


def sums(work: VillageWork, stage: Stage) -> list[Worked]:
    """Return the sums that a stage of the work shows."""
    told = book(work.playbook)
    return answers.worked(told, stage, answered(work)) if told else []


def state_word(state: str) -> str:
    """Return what a state is called."""
    return {RUNNING: _("under way"), DONE: _("all stages done"), SHELVED: _("shelved")}[state]
