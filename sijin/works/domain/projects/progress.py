"""Progress month by month, and the lights that follow from it: planned and actual shares, and yuan invested."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin import ledger
from sijin.engines import project_lights
from sijin.engines.project_lights import Light, Month, Rules
from sijin.people.models import Account
from sijin.people.refusals import RuleBroken
from sijin.works.domain.projects import register
from sijin.works.models import Progress, Project

PROFILE = "yinchuan-2025"  # whose thresholds light start and progress; a month made up is yellow, as in Ouhai


@dataclass(frozen=True)
class Lights:
    """A project's lights: of its start, of its progress, of each month; the horse or snail of its streak."""

    start: Light | None
    progress: Light | None
    months: tuple[tuple[date, Light], ...]
    behind: Decimal | None  # points

    @property
    def worst(self) -> Light | None:
        """The worst of start and progress."""
        known = [light for light in (self.start, self.progress) if light]
        return max(known, key=("green", "yellow", "red").index) if known else None


@cache
def rules() -> dict[str, Rules]:
    """Return the thresholds of each city."""
    path = Path(ledger.__file__).with_name("project_lights.yaml")
    return project_lights.rules_from(yaml.safe_load(path.read_text(encoding="utf-8")))


@transaction.atomic
def record(
    by: Account, project: Project, month: date, *, planned: Decimal, actual: Decimal | None,
    invested: Decimal | None = None, version: int | None, at: datetime
) -> Progress:  # fmt: skip
    """Write down a month: how far the project was to be and was by its end; said again it corrects it.

    Raises
    ------
    RuleBroken
        A share is not between 0 and 100; shares fall from one month to the next; an actual share of a month to come.
    """
    project = register.locked(by, project, version)
    month = month.replace(day=1)
    for field, share in (("planned", planned), ("actual", actual)):
        if share is not None and not 0 <= share <= 100:
            raise RuleBroken(_("A share lies between 0 and 100 %."), field=field)
    if invested is not None and invested < 0:
        raise RuleBroken(_("An investment cannot be below 0."), field="invested")
    if actual is not None and month > timezone.localtime(at).date():
        raise RuleBroken(_("This month has not begun: only its plan can be written down."), field="actual")
    for other in project.progress.exclude(month=month):
        early, late = (other, None) if other.month < month else (None, other)
        for field, share in (("planned", planned), ("actual", actual)):
            told = getattr(other, field)
            if told is None or share is None:
                continue
            if (early and share < told) or (late and share > told):
                words = _("The share of %(month)s is %(told)s %%: shares do not fall.")
                raise RuleBroken(words % {"month": f"{other.month:%Y-%m}", "told": told}, field=field)
    row = project.progress.filter(month=month).first() or Progress(project=project, month=month)
    before = [_text(row.planned), _text(row.actual), _text(row.invested)] if row.pk else None
    row.planned, row.actual, row.invested = planned, actual, invested
    row.save()
    after = [_text(planned), _text(actual), _text(invested)]
    register.log(project, "month", by, at, {f"{month:%Y-%m}": [before, after]})
    return row


def lights(project: Project, today: date) -> Lights:
    """Return a project's lights on `today`; its progress must be prefetched or costs a query."""
    rows = sorted((row for row in project.progress.all() if row.month <= today), key=lambda row: row.month)
    told = [row for row in rows if row.actual is not None]
    city = rules()[PROFILE]
    start = project_lights.start_light(city, project.start_by, project.started_on, today) if project.start_by else None
    if not told:
        return Lights(start, None, (), None)
    last = told[-1]
    assert last.actual is not None
    months = tuple((row.month, project_lights.month_light(_month(row, last))) for row in told)
    behind = max(last.planned - last.actual, Decimal(0))
    return Lights(start, project_lights.progress_light(city, float(last.planned), float(last.actual)), months, behind)


def _month(row: Progress, last: Progress) -> Month:
    """Say how a month went: missed, made up by now, on time or ahead of its plan."""
    assert row.actual is not None and last.actual is not None
    if row.actual > row.planned:
        return "ahead"
    if row.actual == row.planned:
        return "on_time"
    return "made_up" if last.actual >= row.planned and last.month > row.month else "missed"


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
