"""Verbs of a village work: begin, correct, answer, plan, tick, untick, shelve, resume; and the last one taken back.

Each change keeps what was before and after, and is taken back in the order opposite to that in which it came, so that
`undo` needs no rule of its own. A stage is ticked once all before it are, and says which must come first.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.people.models import Account
from sijin.people.policy import may, require
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import Region, Site
from sijin.works.domain.taking_back import last_standing
from sijin.works.domain.village import answers, links
from sijin.works.domain.village.playbooks import Stage, book, books, stage_of
from sijin.works.models import VillageWork, WorkChange, WorkStage

CORRECTABLE = ("title", "owner", "unit", "team", "need")
DATES = ("planned_on", "done_on", "shelved_on", "begun_on")


@transaction.atomic
def begin(
    by: Account,
    campaign: Campaign,
    playbook: str,
    title: str,
    *,
    site: Site | None = None,
    region: Region | None = None,
    begun_on: date | None = None,
    client_uuid: UUID | None = None,
    at: datetime | None = None,
    source: str = "",
    generated: bool = False,
    **facts: Any,
) -> VillageWork:
    """Begin a work at a site, or at a place where no site is; its stages are planned by their usual length.

    `facts` are of `CORRECTABLE`. The same `client_uuid` again returns what it made.

    Raises
    ------
    NotAllowed
        The site is not `by`'s.
    RuleBroken
        No such playbook, no title, no place, a need of another site; `facts["field"]` names the field.
    """
    require(by, "keep", VillageWork)
    uuid = client_uuid or uuid4()
    if there := VillageWork.objects.filter(client_uuid=uuid).first():
        require(by, "keep", there)
        return there
    told = book(playbook)
    if told is None:
        raise RuleBroken(_("There is no such playbook: one of %(names)s.") % {"names": "、".join(books())},
                         field="playbook")  # fmt: skip
    if site is not None and not may(by, "view", site):
        raise NotAllowed(_("This site is not yours to see."))
    place = site.region if site is not None else region
    if place is None:
        raise RuleBroken(_("Say where it is."), field="place")
    at = at or campaign.now()
    work = VillageWork(
        campaign=campaign, playbook=playbook, title=title.strip(), site=site, region=place, client_uuid=uuid,
        begun_on=begun_on or timezone.localtime(at).date(), made_by=by, made_at=at, source=source, generated=generated,
        **_of(facts),
    )  # fmt: skip
    _check(work, at)
    work.save()
    require(by, "keep", work)
    day, stages = work.begun_on, []
    for number, stage in enumerate(told.stages, start=1):
        day += timedelta(days=stage.days)
        stages.append(WorkStage(work=work, number=number, code=stage.code, name=stage.label, planned_on=day))
    WorkStage.objects.bulk_create(stages)
    return _log(work, None, "begin", by, at, {"playbook": [None, playbook], "title": [None, work.title]})


@transaction.atomic
def correct(by: Account, work: VillageWork, *, version: int, at: datetime, **facts: Any) -> VillageWork:
    """Change title, owner, unit, team or need. Stale when `version` is not the row's; `diff` says where."""
    work, wanted = _locked(by, work, None), _of(facts)
    if version != work.version:
        pairs = {name: [_plain(value), _plain(getattr(work, name))] for name, value in wanted.items()}
        raise _stale(work.version, {name: pair for name, pair in pairs.items() if pair[0] != pair[1]})
    before = {name: _plain(getattr(work, name)) for name in wanted}
    for name, value in wanted.items():
        setattr(work, name, value.strip() if isinstance(value, str) else value)
    _check(work, at)
    after = {name: _plain(getattr(work, name)) for name in wanted}
    change = {name: [before[name], after[name]] for name in wanted if before[name] != after[name]}
    work = _keep(work, "correct", by, at, change)
    require(by, "keep", work)
    return work


@transaction.atomic
def answer(by: Account, stage: WorkStage, given: Mapping[str, Any], *, version: int | None, at: datetime) -> WorkStage:
    """Keep what a stage's form was answered; a half-filled form is kept too.

    Raises
    ------
    Stale
        Someone else answered in the meantime; `facts["diff"]` is [yours, theirs] by field.
    RuleBroken
        An answer is none that its field takes: all faults in `facts["fields"]`, nothing is kept.
    """
    work, stage, told = _held(by, stage)
    kept, faults = answers.checked(told, given)
    asked = {field.name for field in told.fields}
    kept |= {name: value for name, value in stage.answers.items() if name not in asked}  # of a field that is no more
    if version is not None and version != stage.version:
        names = [name for name in {**kept, **stage.answers} if kept.get(name) != stage.answers.get(name)]
        raise _stale(stage.version, {name: [kept.get(name, ""), stage.answers.get(name, "")] for name in names})
    if faults:
        fields = {fault.field: fault.words for fault in faults}
        raise RuleBroken("；".join(fields.values()), field=faults[0].field, fields=fields)
    if stage.done_on is not None and (open_ := answers.lacking(told, kept)):
        names = "、".join(map(str, open_))
        words = _("%(stage)s is done: take its tick back before you empty %(names)s.")
        raise RuleBroken(words % {"stage": stage.name, "names": names}, field=open_[0].name)
    return _change(work, stage, "answer", by, at, answers=kept)


@transaction.atomic
def plan(by: Account, stage: WorkStage, on: date | None, *, version: int | None, at: datetime) -> WorkStage:
    """Plan a stage for another day; those after it that are not done move along by as many days.

    Raises
    ------
    RuleBroken
        A stage before it is planned for a later day; it is named.
    """
    work, stage, _told = _held(by, stage, version)
    rows = list(work.stages.select_for_update())
    for one in rows:
        if on is not None and one.planned_on is not None and one.number < stage.number and one.planned_on > on:
            words = _("%(step)s would stand out of order with %(other)s, planned for %(day)s.")
            said = {"step": stage.name, "other": one.name, "day": one.planned_on}
            raise RuleBroken(words % said, field="on", before=one.name)
    days: dict[str, date | None] = {stage.code: on}
    if on is not None and stage.planned_on is not None:
        moved = on - stage.planned_on
        later = [one for one in rows if one.number > stage.number and one.done_on is None and one.planned_on]
        days |= {one.code: one.planned_on + moved for one in later if one.planned_on}
    old = {one.code: _plain(one.planned_on) for one in rows if one.code in days}
    new = {code: _plain(day) for code, day in days.items()}
    if old != new:
        _put_days(work, new)
        _keep(work, "plan", by, at, {"days": [old, new]}, stage)
    return WorkStage.objects.get(pk=stage.pk)


def _put_days(work: VillageWork, days: Mapping[str, str | None]) -> None:
    for row in work.stages.filter(code__in=days):
        day = days[row.code]
        row.planned_on, row.reminded_at = (date.fromisoformat(day) if day else None), None
        row.version += 1
        row.save()


@transaction.atomic
def tick(by: Account, stage: WorkStage, *, on: date, version: int | None, at: datetime) -> WorkStage:
    """Write down that a stage is done; said again with the same day it changes nothing.

    Raises
    ------
    RuleBroken
        A stage before it is not done (named in `facts["before"]`); an answer, a document or the row of another room
        that it asks for is missing; the day lies after today or before that of the stage before.
    """
    work, stage, told = _held(by, stage)
    if stage.done_on == on:
        return stage
    _same(stage, version)
    if stage.done_on is not None:
        raise RuleBroken(_("%(step)s is done since %(day)s.") % {"step": stage.name, "day": stage.done_on})
    if work.shelved_on is not None:
        raise RuleBroken(_("The work is shelved: take it up again first."))
    earlier = [one for one in work.stages.all() if one.number < stage.number]
    if waiting := "、".join(one.name for one in earlier if one.done_on is None):
        words = _("%(step)s cannot be ticked before %(before)s is done.")
        raise RuleBroken(words % {"step": stage.name, "before": waiting}, before=waiting)
    _ready(by, work, stage, told)
    if on > timezone.localtime(at).date():
        raise RuleBroken(_("The day cannot lie after today."), field="on")
    if on < (latest := max((one.done_on for one in earlier if one.done_on), default=work.begun_on)):
        raise RuleBroken(
            _("It cannot come before %(day)s, the day of the step before it.") % {"day": latest}, field="on"
        )
    return _change(work, stage, "tick", by, at, done_on=on)


@transaction.atomic
def untick(by: Account, stage: WorkStage, *, version: int | None, at: datetime) -> WorkStage:
    """Take a tick back, the last one of the work first."""
    work, stage, _told = _held(by, stage, version)
    if stage.done_on is None:
        raise RuleBroken(_("%(step)s is not done.") % {"step": stage.name})
    later = [one.name for one in work.stages.all() if one.number > stage.number and one.done_on is not None]
    if later:
        words = _("%(later)s was ticked after it: take that back first.")
        raise RuleBroken(words % {"later": "、".join(reversed(later))}, before=later[-1])
    return _change(work, stage, "untick", by, at, done_on=None)


@transaction.atomic
def shelve(by: Account, work: VillageWork, *, because: str, version: int, at: datetime) -> VillageWork:
    """Let a work rest, and say why."""
    work = _locked(by, work, version)
    if work.shelved_on is not None:
        raise RuleBroken(_("The work is shelved already."))
    if not because.strip():
        raise RuleBroken(_("Say why it is shelved."), field="because")
    work.shelved_on, work.because = max(timezone.localtime(at).date(), work.begun_on), because.strip()[:200]
    day = work.shelved_on.isoformat()
    return _keep(work, "shelve", by, at, {"shelved_on": [None, day], "because": ["", work.because]})


@transaction.atomic
def resume(by: Account, work: VillageWork, *, version: int, at: datetime) -> VillageWork:
    """Take a shelved work up again where it stood."""
    work = _locked(by, work, version)
    if work.shelved_on is None:
        raise RuleBroken(_("The work is not shelved."))
    change = {"shelved_on": [work.shelved_on.isoformat(), None], "because": [work.because, ""]}
    work.shelved_on, work.because = None, ""
    return _keep(work, "resume", by, at, change)


@transaction.atomic
def undo(by: Account, work: VillageWork, *, version: int, at: datetime) -> VillageWork:
    """Take the last change back that was not taken back yet; files stay, a new version replaces a wrong one."""
    work = _locked(by, work, version)
    last = last_change(work)
    if last is None:
        raise RuleBroken(_("There is nothing to take back."))
    row: VillageWork | WorkStage = work
    if last.stage_id is not None:
        row = WorkStage.objects.select_for_update().get(pk=last.stage_id)
    for name, (old, _new) in last.change.items():
        if name == "days":
            _put_days(work, old)
        else:
            _put_back(row, name, old)
    if isinstance(row, WorkStage) and "days" not in last.change:
        row.version += 1
        row.save()
    back = {name: [new, old] for name, (old, new) in last.change.items()}
    return _keep(work, "undo", by, at, back, last.stage)


def last_change(work: VillageWork) -> WorkChange | None:
    """Return the change that `undo` would take back: how the work began, and its files, stay."""
    return last_standing(work.changes.exclude(verb="file").select_related("stage"), "begin")


def word(verb: str) -> str:
    """Return what a change is called in the list of changes."""
    return {
        "begin": _("begun"), "correct": _("corrected"), "answer": _("form filled in"), "plan": _("planned anew"),
        "tick": _("done"), "untick": _("tick taken back"), "shelve": _("shelved"), "resume": _("taken up again"),
        "undo": _("taken back"), "file": _("file added"),
    }.get(verb, verb)  # fmt: skip


def locked(by: Account, work: VillageWork) -> VillageWork:
    """Return the work, held until the transaction ends; NotAllowed when it is not `by`'s to keep."""
    return _locked(by, work, None)


def log_file(work: VillageWork, by: Account, at: datetime, stage: str, told: list[Any]) -> None:
    """Keep that a file was added; the work is another version since."""
    work.version += 1
    work.save(update_fields=["version"])
    _log(work, work.stages.filter(code=stage).first(), "file", by, at, {"file": [None, told]})


def _ready(by: Account, work: VillageWork, stage: WorkStage, told: Stage) -> None:
    """Refuse a tick while something is missing that the playbook asks for, and name it."""
    if missing := answers.lacking(told, stage.answers):
        names = "、".join(map(str, missing))
        raise RuleBroken(_("%(stage)s: first fill in %(names)s.") % {"stage": stage.name, "names": names},
                         field=missing[0].name, missing=names)  # fmt: skip
    for field in told.fields:
        if field.type == "yes" and field.required and stage.answers.get(field.name) != answers.YES:
            words = _("%(stage)s cannot be ticked while “%(field)s” is no.")
            raise RuleBroken(words % {"stage": stage.name, "field": field}, field=field.name)
    there = set(work.files.values_list("name", flat=True))
    if papers := [str(paper) for paper in told.documents if paper.required and paper.label not in there]:
        names = "、".join(papers)
        raise RuleBroken(_("%(stage)s: first add the file %(names)s.") % {"stage": stage.name, "names": names},
                         missing=names)  # fmt: skip
    if told.evidence and not links.there(told.evidence, work):
        raise RuleBroken(links.asks(told.evidence) % {"stage": stage.name}, missing=told.evidence)


def _held(by: Account, stage: WorkStage, version: int | None = None) -> tuple[VillageWork, WorkStage, Stage]:
    work = _locked(by, stage.work, None)
    stage = WorkStage.objects.select_for_update().get(pk=stage.pk)
    _same(stage, version)
    return work, stage, stage_of(work.playbook, stage.code, stage.name)


def _same(stage: WorkStage, version: int | None) -> None:
    if version is not None and version != stage.version:
        raise _stale(stage.version, {})


def _stale(found: int, diff: dict[str, list[Any]]) -> Stale:
    return Stale(_("This work was changed by someone else in the meantime."), found=found, diff=diff)


def _locked(by: Account, work: VillageWork, version: int | None) -> VillageWork:
    work = VillageWork.objects.select_for_update().get(pk=work.pk)
    require(by, "keep", work)
    if version is not None and version != work.version:
        raise _stale(work.version, {})
    return work


def _change(work: VillageWork, stage: WorkStage, verb: str, by: Account, at: datetime, **facts: Any) -> WorkStage:
    before = {name: _plain(getattr(stage, name)) for name in facts}
    for name, value in facts.items():
        setattr(stage, name, value)
    change = {name: [before[name], _plain(value)] for name, value in facts.items() if before[name] != _plain(value)}
    if change:
        stage.version += 1
        stage.save()
        _keep(work, verb, by, at, change, stage)
    return stage


def _keep(
    work: VillageWork, verb: str, by: Account, at: datetime, change: dict[str, Any], stage: WorkStage | None = None
) -> VillageWork:
    if not change:
        return work
    work.version += 1
    work.save()
    return _log(work, stage, verb, by, at, change)


def _log(
    work: VillageWork, stage: WorkStage | None, verb: str, by: Account, at: datetime, change: dict[str, Any]
) -> VillageWork:
    WorkChange.objects.create(work=work, stage=stage, verb=verb, by=by, at=at, change=change)
    return work


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.pk if hasattr(value, "pk") else value


def _put_back(row: VillageWork | WorkStage, name: str, value: Any) -> None:
    if name in ("unit", "team", "need"):
        setattr(row, f"{name}_id", value)
    elif name in DATES:
        setattr(row, name, date.fromisoformat(value) if value else None)
    else:
        setattr(row, name, value)


def _of(facts: dict[str, Any]) -> dict[str, Any]:
    if unknown := sorted(set(facts) - set(CORRECTABLE)):
        raise TypeError(f"unknown facts of a village work: {', '.join(unknown)}")
    return facts


def _check(work: VillageWork, at: datetime) -> None:
    if not work.title:
        raise RuleBroken(_("Say in a few words what is to be done."), field="title")
    if work.begun_on > timezone.localtime(at).date():
        raise RuleBroken(_("The day cannot lie after today."), field="begun_on")
    if work.need is not None and work.need.site_id != work.site_id:
        raise RuleBroken(_("The need belongs to another site."), field="need")
