"""The plan of one site (一企一策): its needs with measures, owners, dates and results, by aspect; matches; relief.

The draft is computed from the ledger each time; nothing of it is stored until it is issued, which freezes it.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sijin.dispatch.models import Campaign
from sijin.exchange.models import Match, ReliefFigures
from sijin.ledger.models import Measure, Need
from sijin.people.models import Account, Unit
from sijin.people.policy import may, require, visible
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import Door, Site
from sijin.works.domain.given import Promise, Reduction, promises, reductions
from sijin.works.models import PlanMeasure, SitePlan

SOURCE = Path(__file__).parents[1] / "aspects.yaml"
LATER = ("promises", "reductions")  # parts of a plan's content that may be missing
VERDICTS = {
    "satisfied": gettext_lazy("Satisfied"),
    "basic": gettext_lazy("Basically satisfied"),
    "dissatisfied": gettext_lazy("Dissatisfied"),
}


@dataclass(frozen=True)
class Line:
    """One row of the plan. A line without `text` is a need for which no measure is written down yet."""

    need: int | None
    number: str
    problem: str
    text: str
    owner: str
    due: str  # ISO date, or empty
    result: str  # as written down with the measure
    state: str  # of the need, a code
    verdict: str = ""  # of the served party, a code
    measure: int | None = None  # key of the plan's own measure, which can be edited here
    version: int = 0

    @property
    def day(self) -> date | None:
        """Return the date until which it is to be done."""
        return date.fromisoformat(self.due) if self.due else None

    @property
    def state_word(self) -> str:
        """Return the word of the need's state in the reader's language."""
        return str(Need.State(self.state).label) if self.state else ""

    @property
    def outcome(self) -> str:
        """Return the result as written down, or the served party's word once the need is closed."""
        if self.result or self.state != Need.State.CLOSED:
            return self.result
        return " · ".join(filter(None, (self.state_word, str(VERDICTS.get(self.verdict, "")))))


@dataclass
class Aspect:
    """One aspect with its lines; a required aspect without lines says that there is no such problem."""

    code: str
    required: bool
    lines: list[Line] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return the aspect's name in the reader's language."""
        return str(Measure.Aspect(self.code).label)


@dataclass
class Draft:
    """The plan as it would be issued now; it holds codes, so that it is the same in every language."""

    site: str
    code: str
    door: str
    place: str
    team: str
    campaign: str
    as_of: str
    aspects: list[Aspect] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    reductions: list[Reduction] = field(default_factory=list)

    @property
    def gaps(self) -> list[Line]:
        """Return the needs without a measure, or whose measure lacks an owner or a date."""
        return [line for aspect in self.aspects for line in aspect.lines if not (line.text and line.owner and line.due)]

    @property
    def content(self) -> dict[str, Any]:
        """Return the plan as plain values; without parts that are empty, as plans had none of them at first."""
        return {name: value for name, value in asdict(self).items() if value or name not in LATER}

    @property
    def digest(self) -> str:
        """Return the SHA-256 (hex) of the content."""
        return digest(self.content)

    @property
    def door_word(self) -> str:
        """Return the door's name in the reader's language."""
        return str(Door(self.door).label)

    @classmethod
    def of(cls, content: dict[str, Any]) -> "Draft":
        """Return a plan out of the plain values that it was frozen as."""
        kept = {name: value for name, value in content.items() if name not in ("aspects", *LATER)}
        parts = [
            Aspect(part["code"], part["required"], [Line(**line) for line in part["lines"]])
            for part in content["aspects"]
        ]
        promises = [Promise(**row) for row in content.get("promises", ())]
        reductions = [Reduction(**row) for row in content.get("reductions", ())]
        return cls(**kept, aspects=parts, promises=promises, reductions=reductions)

    def seen_by(self, account: Account) -> "Draft":
        """Return what of a plan that was frozen an account may read."""
        return replace(
            self,
            promises=self.promises if may(account, "view", Match) else [],
            reductions=self.reductions if may(account, "view", ReliefFigures) else [],
        )

    @property
    def relief(self) -> Decimal:
        """Return the yuan of all reductions."""
        return sum((row.amount for row in self.reductions), Decimal("0.00"))


def digest(content: dict[str, Any]) -> str:
    """Return the SHA-256 (hex) of a plan's content."""
    line = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(line.encode()).hexdigest()


@cache
def aspects() -> dict[str, Any]:
    """Return the file of aspects: order, required ones, categories."""
    with SOURCE.open(encoding="utf-8") as file:
        return yaml.safe_load(file)


def draft(account: Account, site: Site, campaign: Campaign, at: datetime | None = None) -> Draft:
    """Compute the plan of `site` from the needs that `account` sees (eight queries)."""
    team = site.postings.filter(until=None).select_related("team").first()
    made = Draft(
        site=site.name,
        code=site.code,
        door=site.door,
        place=" ".join(filter(None, (site.county.name, site.town.name if site.town else ""))),
        team=team.team.name if team else "",
        campaign=campaign.name,
        as_of=timezone.localtime(at or campaign.now()).date().isoformat(),
    )
    order, required = aspects()["order"], aspects()["required"]
    by_code = {code: Aspect(code, code in required) for code in order}
    needs = visible(account, Need).filter(site=site, campaign=campaign).select_related("lead_unit", "team")
    own = list(visible(account, PlanMeasure).filter(site=site, dropped_at=None).select_related("unit", "need"))
    seen = set()
    for need in needs.prefetch_related("measures__unit").order_by("raised_at", "pk"):
        seen.add(need.pk)
        planned = [measure for measure in own if measure.need_id == need.pk]
        for measure in need.measures.all():
            by_code[measure.aspect].lines.append(_line(need, measure))
        for measure in planned:
            by_code[measure.aspect].lines.append(_own_line(measure))
        if not planned and not need.measures.all():
            by_code[aspects()["categories"].get(need.category, "other")].lines.append(_gap(need))
    for measure in own:
        if measure.need_id is None:
            by_code[measure.aspect].lines.append(_own_line(measure))
    made.aspects = [aspect for aspect in by_code.values() if aspect.required or aspect.lines]
    made.promises = promises(account, site, campaign)
    made.reductions = reductions(account, site, date.fromisoformat(made.as_of))
    return made


def _line(need: Need, measure: Measure) -> Line:
    unit, due = measure.unit.name, measure.due.isoformat()
    return Line(need.pk, need.number, need.title, measure.text, unit, due, measure.result, need.state, need.verdict)


def _own_line(measure: PlanMeasure) -> Line:
    need = measure.need
    about = (need.pk, need.number, need.title) if need else (None, "", "")
    stands = (need.state, need.verdict) if need else ("", "")
    told = (measure.text, measure.unit.name, measure.due.isoformat(), measure.result)
    return Line(*about, *told, *stands, measure.pk, measure.version)


def _gap(need: Need) -> Line:
    owner = need.lead_unit.name if need.lead_unit else ""
    due = need.due.isoformat() if need.due else ""
    return Line(need.pk, need.number, need.title, "", owner, due, "", need.state, need.verdict)


@transaction.atomic
def add(
    by: Account,
    site: Site,
    *,
    aspect: str,
    text: str,
    unit: Unit,
    due: date,
    result: str = "",
    need: Need | None = None,
    at: datetime,
) -> PlanMeasure:
    """Add a measure to the plan of `site`: what, by whom, until when."""
    require(by, "plan", PlanMeasure)
    if not may(by, "view", site):
        raise NotAllowed(_("This site is not yours to see."))
    if need is not None and need.site_id != site.pk:
        raise RuleBroken(_("The need belongs to another site."), field="need")
    _check(aspect, text)
    return PlanMeasure.objects.create(
        site=site,
        need=need,
        aspect=aspect,
        text=text.strip(),
        unit=unit,
        due=due,
        result=result,
        made_by=by,
        made_at=at,
    )


@transaction.atomic
def change(by: Account, measure: PlanMeasure, *, version: int, **facts: Any) -> PlanMeasure:
    """Change a measure of the plan's own. Stale when `version` is not the row's any more; `diff` is [yours, theirs]."""
    measure = _fresh(by, measure, version, facts)
    for name in ("aspect", "text", "unit", "due", "result", "need"):
        if name in facts:
            setattr(measure, name, facts[name])
    _check(measure.aspect, measure.text)
    measure.version += 1
    measure.save()
    return measure


@transaction.atomic
def drop(by: Account, measure: PlanMeasure, *, version: int, at: datetime) -> PlanMeasure:
    """Take a measure out of the plan; plans that were issued with it keep it."""
    measure = _fresh(by, measure, version, {})
    measure.dropped_at, measure.version = at, measure.version + 1
    measure.save()
    return measure


def _fresh(by: Account, measure: PlanMeasure, version: int, facts: dict[str, Any]) -> PlanMeasure:
    measure = PlanMeasure.objects.select_for_update().get(pk=measure.pk)
    require(by, "plan", measure)
    if version != measure.version or measure.dropped_at:
        diff = {n: [str(v), str(getattr(measure, n))] for n, v in facts.items() if v != getattr(measure, n)}
        raise Stale(_("This measure was changed by someone else in the meantime."), found=measure.version, diff=diff)
    return measure


def _check(aspect: str, text: str) -> None:
    if aspect not in Measure.Aspect.values:
        raise RuleBroken(_("Unknown aspect."), field="aspect")
    if not text.strip():
        raise RuleBroken(_("Say what is done."), field="text")


@transaction.atomic
def issue(
    by: Account, site: Site, campaign: Campaign, *, seen: str | None = None, at: datetime | None = None
) -> SitePlan:
    """Freeze the plan as the next number of the site.

    Raises
    ------
    Stale
        The plan is not the one that was `seen` (its digest) any more.
    RuleBroken
        A need has no measure, or a measure has no owner or no date.
    """
    require(by, "issue", SitePlan)
    site = Site.objects.select_for_update(of=("self",)).select_related("county", "town").get(pk=site.pk)
    require(by, "view", site)
    made = draft(by, site, campaign, at)
    if seen is not None and seen != made.digest:
        raise Stale(_("The plan has changed since you read it: look at it again and issue it then."))
    if gaps := made.gaps:
        names = "；".join(line.problem or line.text for line in gaps)
        raise RuleBroken(_("Without a measure, an owner or a date: %(names)s") % {"names": names}, gaps=names)
    last = SitePlan.objects.filter(site=site).aggregate(last=Max("number"))["last"] or 0
    return SitePlan.objects.create(
        site=site,
        number=last + 1,
        issued_by=by,
        issued_at=at or campaign.now(),
        content=made.content,
        digest=made.digest,
    )
