"""The sheet of the project register: its columns, how a row becomes facts or faults, what it changes of an entry.

A row names its site. What it says of an entry that is there is compared cell by cell; where cells differ, the version
must be the entry's own. A day of starting that stands in the sheet alone lets the project start.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.domain.cells import day, known, read_row, short, whole
from sijin.exchange.domain.imports import Kept
from sijin.people.models import Account, Unit
from sijin.people.policy import visible
from sijin.people.refusals import RuleBroken
from sijin.places.models import Door, Site
from sijin.works.domain.projects import register
from sijin.works.models import Project

# field, heading, width, example
COLUMNS = (
    ("site", "点位编号", 12, "P001"),
    ("name", "项目名称", 34, "某产业园项目"),
    ("version", "版本", 6, ""),
    ("number", "重点项目编号", 12, "1"),
    ("unit", "责任单位", 18, ""),
    ("owner", "责任人", 14, "项目包帮负责人"),
    ("start_by", "计划开工", 12, "2020-03-10"),
    ("started_on", "实际开工", 12, ""),
    ("build_by", "计划建成", 12, "2020-10-30"),
    ("produce_by", "计划投产", 12, "2020-12-01"),
    ("pay_by", "计划见效", 12, "2021-03-01"),
    ("reason", "未开复工原因", 14, ""),
    ("because", "说明", 34, ""),
    ("expected_on", "预计开复工", 12, ""),
)
HEADINGS = {name: heading for name, heading, *_rest in COLUMNS}
DAYS = ("start_by", "started_on", "build_by", "produce_by", "pay_by", "expected_on")
ENTRY = ("number", "unit", "owner", "start_by", "build_by", "produce_by", "pay_by")
WHY = ("reason", "because", "expected_on")


def reasons() -> dict[str, str]:
    """Return {Chinese words: code} of what can hold a project up."""
    with translation.override("zh-hans"):
        return {str(words): code for code, words in Project.Reason.choices}


class ProjectRows:
    """Reads and writes rows of the register; asks for sites and units once, and keeps what each row changed."""

    columns = COLUMNS
    required = ("site",)

    def __init__(self, account: Account) -> None:
        self.sites = {site.code: site for site in visible(account, Site).filter(door=Door.PROJECT)}
        self.units = {unit.name: unit for unit in visible(account, Unit)}
        self.reasons = reasons()
        self.entries = {row.site_id: row for row in visible(account, Project).select_related("site", "unit")}
        self.changes: list[dict[str, Any]] = []

    def __call__(self, cells: list[str]) -> Kept:
        """Return the facts of one row, or its faults."""
        kept = read_row(self, cells, partial=True)
        site, name = kept.facts.get("site"), kept.facts.pop("name", "")
        if site is not None and name and name != site.name:
            told = {"column": HEADINGS["name"], "found": name, "expected": site.name}
            kept.faults.append(_("column “%(column)s”: found “%(found)s”, expected %(expected)s") % told)
        return kept

    def value(self, name: str, text: str) -> Any:
        """Return the value of one cell; ValueError says what was expected."""
        if not text:
            return "" if name in ("owner", "because", "reason", "name") else None
        if name == "site":
            return known(self.sites, text, _("the code of a project's site"))
        if name == "unit":
            return known(self.units, text, _("the full name of a department"))
        if name == "reason":
            return known(self.reasons, text, _("one of %(names)s") % {"names": "、".join(self.reasons)})
        if name in DAYS:
            return day(text)
        readers: dict[str, Callable[[str], Any]] = {"version": whole(1, 10**8), "number": whole(1, 100_000)}
        return readers.get(name, short({"owner": 60, "because": 200}.get(name, 120)))(text)

    def write(self, by: Account, campaign: Campaign, facts: dict[str, Any]) -> str:
        """Write one row; say what became of it."""
        site, version, at = facts.pop("site"), facts.pop("version", None), campaign.now()
        project = self.entries.get(site.pk)
        if project is None:
            project = register.enter(by, site, campaign, at=at, **{n: facts[n] for n in ENTRY if n in facts})
            self._rest(by, project, facts, at)
            self.entries[site.pk] = project
            return "created"
        differ = self.differ(project, facts)
        if not differ:
            return "same"
        self._current(project, version, differ)
        if project.started_on is not None and "started_on" in differ:
            raise RuleBroken(_("%(column)s: it was started on %(day)s; put that right on its page.")
                             % {"column": HEADINGS["started_on"], "day": project.started_on})  # fmt: skip
        cells = [[HEADINGS[name], _shown(getattr(project, name)), _shown(facts[name])] for name in differ]
        wanted = {name: facts[name] for name in ENTRY if name in facts}
        project = register.correct(by, project, version=project.version, at=at, need=project.need, **wanted)
        self.entries[site.pk] = self._rest(by, project, facts, at)
        self.changes.append({"name": site.name, "cells": cells})
        return "changed"

    @staticmethod
    def differ(project: Project, facts: dict[str, Any]) -> list[str]:
        """Return the columns in which a row says something else than the entry."""
        starts = project.started_on is None and facts.get("started_on") is not None  # which takes the reason away
        names = [*ENTRY, "started_on", *(() if project.runs or starts else WHY)]
        return _different(project, facts, names)

    @staticmethod
    def _current(project: Project, version: int | None, differ: list[str]) -> None:
        if version == project.version:
            return
        cells = "、".join(HEADINGS[name] for name in differ)
        if version is None:
            raise RuleBroken(_("It is in the register: a row that changes %(cells)s needs its version, %(now)s.")
                             % {"cells": cells, "now": project.version})  # fmt: skip
        words = _(
            "It was changed since the sheet was given out (version %(mine)s, now %(now)s); they differ in %(cells)s."
        )
        raise RuleBroken(words % {"mine": version, "now": project.version, "cells": cells})

    @staticmethod
    def _rest(by: Account, project: Project, facts: dict[str, Any], at: Any) -> Project:
        """Let it start, or keep why it does not run."""
        if facts.get("started_on") is not None and project.started_on is None:
            return register.start(by, project, on=facts["started_on"], version=project.version, at=at)
        if project.runs or not _different(project, facts, WHY):
            return project
        said = {name: facts.get(name, getattr(project, name)) for name in (*WHY, "owner")}
        if not said["reason"]:
            told = {"column": HEADINGS["reason"]}
            raise RuleBroken(_("%(column)s: a project that does not run needs a reason.") % told)
        return register.explain(by, project, **said, version=project.version, at=at)


def _different(project: Project, facts: dict[str, Any], names: Sequence[str]) -> list[str]:
    return [name for name in names if name in facts and (getattr(project, name) or None) != (facts[name] or None)]


def _shown(value: Any) -> str:
    if value is None or value == "":
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)
