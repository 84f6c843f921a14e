"""Verbs of a project's entry: enter, correct, start, stop, resume, explain, reach; and the last one taken back.

Each change keeps what was before and after, so that `undo` needs no rule of its own.
"""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.people.models import Account, Unit
from sijin.people.policy import may, require
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import Door, ProjectProfile, Site
from sijin.works.domain.taking_back import last_standing
from sijin.works.models import Project, ProjectChange

PLANNED = ("start_by", "build_by", "produce_by", "pay_by")  # 早开工、早建设、早投产、早见效
ACTUAL = ("started_on", "built_on", "produced_on", "paid_on")
KEPT = ("number", "unit", "owner", *PLANNED, *ACTUAL, "stopped_on", "reason", "because", "expected_on", "need")
OF_PARTS = (  # changes of milestones, months and approvals: undone there
    "chain", "drop", "plan", "tick", "untick", "month", "way", "plan_file", "begin", "promise", "simulate", "certify",
    "deliver", "withdraw", "block", "reopen", "gate", "step", "unstep",
)  # fmt: skip
CORRECTABLE = ("number", "unit", "owner", *PLANNED, "need")


@transaction.atomic
def enter(
    by: Account, site: Site, campaign: Campaign, *, at: datetime | None = None, source: str = "",
    generated: bool = False, **facts: Any
) -> Project:  # fmt: skip
    """Put a project into the register.

    Raises
    ------
    NotAllowed
        The site is not `by`'s.
    RuleBroken
        It is no project, or there already; planned days out of order; a number that another one has.
    """
    require(by, "keep", Project)
    if not may(by, "view", site):
        raise NotAllowed(_("This site is not yours to see."))
    if site.door != Door.PROJECT:
        raise RuleBroken(_("This site is no project."), field="site")
    if Project.objects.filter(site=site).exists():
        raise RuleBroken(_("This project is in the register already."), field="site")
    project = Project(site=site, source=source, generated=generated, **_of(facts, CORRECTABLE))
    _check(project)
    project.save()
    require(by, "keep", project)
    return _log(project, "enter", by, at or campaign.now(), _changes({}, project))


@transaction.atomic
def correct(by: Account, project: Project, *, version: int, at: datetime, **facts: Any) -> Project:
    """Change number, unit, owner, planned days or need. Stale when `version` is not the row's; `diff` says where."""
    project = _locked(by, project, None)
    wanted = _of(facts, CORRECTABLE)
    if version != project.version:
        pairs = {name: [plain(value), plain(getattr(project, name))] for name, value in wanted.items()}
        diff = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
        raise Stale(_("This entry was changed by someone else in the meantime."), found=project.version, diff=diff)
    return _change(project, "correct", by, at, **wanted)


@transaction.atomic
def start(by: Account, project: Project, *, on: date, version: int, at: datetime) -> Project:
    """Write down that works began; what was said of why they had not is no longer so."""
    project = _locked(by, project, version)
    if project.started_on is not None:
        raise RuleBroken(_("It was started on %(day)s.") % {"day": project.started_on}, field="on")
    _not_after(on, at)
    return _change(project, "start", by, at, started_on=on, reason="", because="", expected_on=None)


@transaction.atomic
def stop(
    by: Account, project: Project, *, on: date, reason: str, because: str, expected_on: date | None, version: int,
    at: datetime
) -> Project:  # fmt: skip
    """Write down that works stand still, why, and when they are to go on."""
    project = _locked(by, project, version)
    if not project.runs:
        raise RuleBroken(_("It does not run."))
    _not_after(on, at)
    if project.started_on and on < project.started_on:
        raise RuleBroken(_("It was started on %(day)s.") % {"day": project.started_on}, field="on")
    _explained(reason, because, expected_on, on)
    return _change(
        project, "stop", by, at, stopped_on=on, reason=reason, because=because.strip(), expected_on=expected_on
    )


@transaction.atomic
def resume(by: Account, project: Project, *, on: date, version: int, at: datetime) -> Project:
    """Write down that works go on."""
    project = _locked(by, project, version)
    if project.stopped_on is None:
        raise RuleBroken(_("It does not stand still."))
    _not_after(on, at)
    if on < project.stopped_on:
        raise RuleBroken(_("It stands still since %(day)s.") % {"day": project.stopped_on}, field="on")
    return _change(project, "resume", by, at, stopped_on=None, reason="", because="", expected_on=None)


@transaction.atomic
def explain(
    by: Account, project: Project, *, reason: str, because: str, owner: str, expected_on: date | None, version: int,
    at: datetime, unit: Unit | None = None
) -> Project:  # fmt: skip
    """Say why a project does not run, who answers for it and when it is to start or go on."""
    project = _locked(by, project, version)
    if project.runs:
        raise RuleBroken(_("It runs: there is nothing to explain."))
    if not owner.strip():
        raise RuleBroken(_("Say who answers for it, by role."), field="owner")
    _explained(reason, because, expected_on, None)
    facts: dict[str, Any] = {"reason": reason, "because": because.strip(), "owner": owner.strip()}
    if unit is not None:
        facts["unit"] = unit
    return _change(project, "explain", by, at, expected_on=expected_on, **facts)


@transaction.atomic
def reach(by: Account, project: Project, what: str, *, on: date, version: int, at: datetime) -> Project:
    """Write down when it was built up, produced or paid; each after the one before it."""
    project = _locked(by, project, version)
    if what not in ACTUAL[1:]:
        raise RuleBroken(_("Say what was reached."), field="what")
    before = ACTUAL[ACTUAL.index(what) - 1]
    if getattr(project, before) is None:
        words = _("First say when it %(before)s.")
        raise RuleBroken(words % {"before": _did(before)}, field="what")
    _not_after(on, at)
    return _change(project, "reach", by, at, **{what: on})


@transaction.atomic
def undo(by: Account, project: Project, *, version: int, at: datetime) -> Project:
    """Take the last change of the entry back: the one that was made last and not taken back yet."""
    project = _locked(by, project, version)
    last = last_change(project)
    if last is None:
        raise RuleBroken(_("There is nothing to take back."))
    for name, (old, _new) in last.change.items():
        _put_back(project, name, old)
    _check(project)
    project.version += 1
    project.save()
    _keep_profile(project)
    back = {name: [new, old] for name, (old, new) in last.change.items()}
    return _log(project, "undo", by, at, back)


def last_change(project: Project) -> ProjectChange | None:
    """Return the change that `undo` would take back: what was entered first stays."""
    return last_standing(project.changes.exclude(verb__in=OF_PARTS), "enter")


def next_day(project: Project) -> str | None:
    """Return which of the true days is to come next (of `ACTUAL`), None when all came."""
    return next((name for name in ACTUAL if getattr(project, name) is None), None)


def names() -> list[str]:
    """Return what the four early days are called, in order."""
    return [_("Start of works"), _("Built up"), _("Production"), _("Paying")]


def word(verb: str) -> str:
    """Return what a change is called in the list of changes."""
    return {
        "enter": _("entered"), "correct": _("corrected"), "start": _("started"), "stop": _("stopped"),
        "resume": _("resumed"), "explain": _("explained"), "reach": _("reached"), "undo": _("taken back"),
        "chain": _("chain planned"), "drop": _("chain dropped"), "plan": _("milestone moved"),
        "tick": _("milestone done"), "untick": _("milestone taken back"), "month": _("month recorded"),
        "way": _("approvals laid out"), "plan_file": _("plan handed in"), "begin": _("accepted"),
        "promise": _("accepted against a promise"), "simulate": _("simulated opinion (模拟)"),
        "certify": _("certificate given"), "deliver": _("handed in"), "withdraw": _("acceptance withdrawn"),
        "block": _("blocked"), "reopen": _("step taken back"), "gate": _("day set"),
        "step": _("step changed"), "unstep": _("step taken out"),
    }.get(verb, verb)  # fmt: skip


def log(project: Project, verb: str, by: Account, at: datetime, change: dict[str, Any]) -> Project:
    """Keep a change that is not one of the entry's own fields (a milestone, a month) under the next version."""
    project.version += 1
    project.save(update_fields=["version"])
    return _log(project, verb, by, at, change)


def locked(by: Account, project: Project, version: int | None) -> Project:
    """Return the project, held until the transaction ends; Stale when `version` is not its own."""
    return _locked(by, project, version)


def plain(value: Any) -> Any:
    """Return a field's value as the record of changes keeps it."""
    if isinstance(value, date):
        return value.isoformat()
    return value.pk if hasattr(value, "pk") else value


def _locked(by: Account, project: Project, version: int | None) -> Project:
    project = Project.objects.select_for_update().get(pk=project.pk)
    require(by, "keep", project)
    if version is not None and version != project.version:
        raise Stale(_("This entry was changed by someone else in the meantime."), found=project.version)
    return project


def _change(project: Project, verb: str, by: Account, at: datetime, **facts: Any) -> Project:
    before = {name: plain(getattr(project, name)) for name in facts}
    for name, value in facts.items():
        setattr(project, name, value)
    _check(project)
    change = _changes(before, project)
    if not change:
        return project
    project.version += 1
    project.save()
    _keep_profile(project)
    return _log(project, verb, by, at, change)


def _log(project: Project, verb: str, by: Account, at: datetime, change: dict[str, Any]) -> Project:
    ProjectChange.objects.create(project=project, verb=verb, by=by, at=at, change=change)
    return project


def _changes(before: dict[str, Any], project: Project) -> dict[str, list[Any]]:
    names = before or {name: None for name in KEPT}
    pairs = {name: [before.get(name), plain(getattr(project, name))] for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1] and pair != [None, ""]}


def _put_back(project: Project, name: str, value: Any) -> None:
    if name in ("unit", "need"):
        setattr(project, f"{name}_id", value)
    elif name in (*PLANNED, *ACTUAL, "stopped_on", "expected_on"):
        setattr(project, name, date.fromisoformat(value) if value else None)
    else:
        setattr(project, name, "" if value is None and name != "number" else value)


def _of(facts: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    unknown = sorted(set(facts) - set(names))
    if unknown:
        raise TypeError(f"unknown facts of a project: {', '.join(unknown)}")
    return facts


def _check(project: Project) -> None:
    """Refuse planned or true days out of order, and a number of another project."""
    for days in (PLANNED, ACTUAL):
        known = [(name, getattr(project, name)) for name in days if getattr(project, name) is not None]
        for (_first, early), (name, late) in pairwise(known):
            if late < early:
                words = _("It cannot come before %(day)s, the day of the step before it.")
                raise RuleBroken(words % {"day": early}, field=name)
    if project.number is not None:
        other = Project.objects.filter(number=project.number).exclude(pk=project.pk).select_related("site").first()
        if other is not None:
            words = _("%(other)s has this number.")
            raise RuleBroken(words % {"other": other}, field="number")
    if project.need is not None and project.need.site_id != project.site_id:
        raise RuleBroken(_("This need is not one of the project's."), field="need")


def _explained(reason: str, because: str, expected_on: date | None, since: date | None) -> None:
    if reason not in Project.Reason.values:
        raise RuleBroken(_("Say what is missing."), field="reason")
    if not because.strip():
        raise RuleBroken(_("Say in a sentence what holds it up."), field="because")
    if expected_on is not None and since is not None and expected_on < since:
        raise RuleBroken(_("It cannot go on before it stopped."), field="expected_on")


def _not_after(on: date, at: datetime) -> None:
    if on > timezone.localtime(at).date():
        raise RuleBroken(_("The day cannot lie after today."), field="on")


def _keep_profile(project: Project) -> None:
    """Let the site's profile say the same of its stage."""
    stage = ProjectProfile.Stage.NOT_STARTED
    if project.built_on is not None:
        stage = ProjectProfile.Stage.BUILT
    elif project.runs:
        stage = ProjectProfile.Stage.STARTED
    ProjectProfile.objects.filter(site=project.site_id).update(stage=stage)


def _did(what: str) -> str:
    return {
        "started_on": _("was started"), "built_on": _("was built up"), "produced_on": _("went into production"),
        "paid_on": _("paid"),
    }[what]  # fmt: skip
