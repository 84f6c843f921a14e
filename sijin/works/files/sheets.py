"""Desks and the project register as sheets to be filled in: templates with drop-down lists, what comes back."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from sijin.exchange.files import Columns, heads_of, rows_of, table_of, written
from sijin.people.refusals import RuleBroken
from sijin.works.domain.portfolio import sheet as desks
from sijin.works.domain.projects import sheet as projects
from sijin.works.models import Desk, RegisterImport

NAMES = {"desks": "部门与队伍", "projects": "重点项目"}
COLUMNS: dict[str, Columns] = {"desks": desks.COLUMNS, "projects": projects.COLUMNS}
REQUIRED = {"desks": desks.DeskRows.required, "projects": projects.ProjectRows.required}
TOP = 6  # rows above the headings that a title may take
NOTES = {
    "desks": (
        "每行一个审批部门或施工、设计等队伍；带*的列必填。名称须与审批事项中的部门一致。",
        "“可同时办理”为同一时间能办的件数，即人数或窗口数；填0表示暂不办理，相应事项不排入计划。",
        "“版本”由系统填写：导出的表改后再导入，须保留版本；新增的行留空。",
        "读不懂的行会随错误说明退回，其余行照常保留。",
    ),
    "projects": (
        "每行一个项目；“点位编号”必填，须是已登记的项目点位。",
        "导出的台账改后可直接导入：按点位编号更新，“版本”须保留；新列入的项目“版本”留空。",
        "“实际开工”填了日期的，即登记为开工；已开工的日期请在项目页面更正。",
        "“未开复工原因”从下拉表选择，并写明“说明”和“责任人”。日期写成 2020-03-10。",
        "读不懂的行会随错误说明退回，其余行照常保留。",
    ),
}


def read(content: bytes, of: str) -> list[dict[str, Any]]:
    """Return the rows of a sheet, below whatever title it has: [{"row": number in the sheet, "cells": as typed}]."""
    table, first = table_of(content), COLUMNS[of][0][1]
    top = next((n for n in range(min(TOP, len(table))) if first in heads_of(table[n:])), None)
    if top is None:
        raise RuleBroken(_("The sheet has none of the columns: %(names)s") % {"names": first}, field="sheet")
    needed = [name for name, *_rest in COLUMNS[of] if name != "name" or of == "desks"]
    rows = rows_of(table[top:], COLUMNS[of], needed)
    return [{**row, "row": row["row"] + top} for row in rows]


def template(of: str) -> bytes:
    """Return the empty sheet with one example, drop-down lists and a page of notes."""
    return _sheet(of, [[example for _name, _heading, _width, example in COLUMNS[of]]])


def returned(sheet: RegisterImport) -> bytes:
    """Return the rows that were not taken, as typed, with what is wrong in a last column."""
    return _sheet(sheet.of, [[*row["cells"], "；".join(row["faults"])] for row in sheet.bad], faults=True)


def export_desks(rows: Iterable[Desk]) -> bytes:
    """Return the desks as a sheet that can be changed and read in again."""
    kinds = {code: words for words, code in desks.KINDS.items()}
    lines = [[row.name, row.version, kinds[row.kind], row.clerks, row.unit.name if row.unit else ""]  # type: ignore[index]
             for row in rows]  # fmt: skip
    return _sheet("desks", lines)


def _sheet(of: str, rows: list[list[Any]], faults: bool = False) -> bytes:
    lists = {"kind": list(desks.KINDS)} if of == "desks" else {"reason": list(projects.reasons())}
    return written(NAMES[of], COLUMNS[of], REQUIRED[of], rows, lists, NOTES[of], faults)
