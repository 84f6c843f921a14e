"""Why a step stands where it does, why a project is early or late, what moved and why: in words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sijin.engines.calendars import china
from sijin.exchange.domain.words import day
from sijin.works.models import PlannedStep, PortfolioPlan

By = PlannedStep.Decided
SAID = 4  # desks at which a project waits that are told one by one


def reason(row: PlannedStep) -> str:
    """Say what decided the start of a step; its `step`, `behind` and their projects are joined."""
    if row.underway:
        return _("under way since %(day)s") % {"day": day(row.start)}
    behind = row.behind
    if row.decided_by == By.RESOURCE:
        words = {"desk": row.step.desk, "day": day(row.start)}
        if behind is None:
            return _("%(desk)s has no room before %(day)s") % words
        words |= {"project": behind.project, "step": behind.name}
        if behind.project_id == row.step.project_id:
            return _("waits for %(desk)s, where its own %(step)s comes first until %(day)s") % words
        return _("waits for %(desk)s behind %(project)s, %(step)s, until %(day)s") % words
    if row.decided_by == By.PREDECESSOR and behind is not None:
        return _("waits for %(step)s") % {"step": behind.name}
    if row.decided_by == By.RELEASE:
        return _("not before %(day)s, its own day") % {"day": day(row.start)}
    if row.decided_by == By.LOCK:
        return _("locked on %(day)s") % {"day": day(row.start)}
    if row.decided_by == By.PREVIOUS:
        return _("stays on %(day)s, where the plan before had it") % {"day": day(row.start)}
    return _("begins at once") if not row.begins else _("nothing keeps it from an earlier day")


@dataclass(frozen=True)
class Story:
    """A project in a plan: its steps with their reasons, its last one, and where its days are lost."""

    rows: tuple[tuple[PlannedStep, str], ...]
    last: PlannedStep
    verdict: str
    waits: tuple[str, ...]

    @property
    def project(self) -> Any:
        """The project."""
        return self.last.step.project


def story(rows: Sequence[PlannedStep]) -> Story:
    """Tell of one project's rows of a plan."""
    ordered = sorted(rows, key=lambda row: (row.begins, row.step.stage, row.step.number))
    last = max(ordered, key=lambda row: (row.due is not None, row.finish, row.pk))
    return Story(tuple((row, reason(row)) for row in ordered), last, verdict(last), _lost(ordered))


def verdict(last: PlannedStep) -> str:
    """Say whether a project's last step comes before or after its day, and by how much."""
    if last.due is None:
        return _("All is there on %(day)s; no day is set for it.") % {"day": day(last.finish)}
    told = {"finish": day(last.finish), "due": day(last.due), "n": last.late}
    if last.late:
        return ngettext(
            "%(step)s comes on %(finish)s, %(n)s working day after its day, %(due)s.",
            "%(step)s comes on %(finish)s, %(n)s working days after its day, %(due)s.", last.late,
        ) % (told | {"step": last.step.name})  # fmt: skip
    early = china().workdays_between(last.finish, last.due)
    if not early:
        return _("%(step)s comes on its day, %(due)s.") % (told | {"step": last.step.name})
    return ngettext(
        "%(step)s comes on %(finish)s, %(n)s working day before its day, %(due)s.",
        "%(step)s comes on %(finish)s, %(n)s working days before its day, %(due)s.", early,
    ) % (told | {"step": last.step.name, "n": early})  # fmt: skip


def _lost(rows: Iterable[PlannedStep]) -> tuple[str, ...]:
    """Say at which desks a project's steps wait for room, longest first."""
    lost: Counter[str] = Counter()
    behind: dict[str, list[str]] = {}
    for row in rows:
        if row.waited and row.step.desk:
            lost[row.step.desk] += row.waited
            if row.behind is not None and row.behind.project_id != row.step.project_id:
                behind.setdefault(row.step.desk, []).append(str(row.behind.project))
    parts = []
    for desk, n in lost.most_common(SAID):
        told = {"desk": desk, "n": n}
        if names := list(dict.fromkeys(behind.get(desk, []))):
            parts.append(_("%(n)s working days at %(desk)s behind %(names)s")
                         % (told | {"names": "、".join(names[:2])}))  # fmt: skip
        else:
            parts.append(_("%(n)s working days at %(desk)s") % told)
    if not parts:
        return (_("It waits for no desk: its own limits alone make its length."),)
    if len(lost) > SAID:
        rest = sum(n for _desk, n in lost.most_common()[SAID:])
        parts.append(_("%(n)s working days at %(desks)s other desks") % {"n": rest, "desks": len(lost) - SAID})
    return tuple(parts)


@dataclass(frozen=True)
class Moved:
    """A step that stands elsewhere than in the plan before: by how many working days, and why."""

    row: PlannedStep
    before: date
    days: int
    why: str


@dataclass(frozen=True)
class Difference:
    """A plan against the one before: what moved (most first), what is new in it, what is no longer in it."""

    moved: tuple[Moved, ...]
    new: tuple[PlannedStep, ...]
    gone: tuple[PlannedStep, ...]


def difference(plan: PortfolioPlan, rows: Sequence[PlannedStep]) -> Difference | None:
    """Compare a plan with the one that it went on from; `rows` are its own."""
    if plan.base_id is None:
        return None
    base = PlannedStep.objects.filter(plan=plan.base_id)
    earlier = dict(base.values_list("step", "start"))
    moved, new = [], []
    for row in rows:
        before = earlier.pop(row.step_id, None)
        if before is None:
            new.append(row)
        elif before != row.start and not row.underway:
            moved.append(Moved(row, before, china().workdays_between(before, row.start), reason(row)))
    gone = base.filter(step__in=earlier).select_related("step__project__site") if earlier else ()
    moved.sort(key=lambda one: (not one.row.locked, -abs(one.days), one.row.begins))
    return Difference(tuple(moved), tuple(new), tuple(gone))


def left_out(why: str, name: str) -> str:
    """Say why a step is not planned."""
    return {
        "no_clerks": _("%(name)s has no clerk"),
        "unknown_desk": _("nobody has kept the desk %(name)s"),
        "no_desk": _("no desk is named for it"),
        "circle": _("the steps wait for each other in a circle: %(name)s"),
        "behind": _("waits for %(name)s, which is not planned"),
    }[why] % {"name": name}  # fmt: skip


def note(row: dict[str, Any]) -> str:
    """Say what was assumed for a plan."""
    words = {
        "in_hand": _("%(name)s has %(n)s files in hand and %(of)s clerks: those begun last take no room of the plan"),
        "blocked": _("blocked, planned as if it were free today: %(name)s"),
        "no_day": _("no day is set, planned as if it came at once: %(name)s"),
    }[row["why"]]
    return words % row
