"""The portfolio's plan as a workbook: projects, steps with their reasons, desks, what moved, for A4 landscape."""

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter
from django.utils import translation

from sijin.exchange.files.relief import OPTIONS, page, styles
from sijin.works.domain.portfolio import words
from sijin.works.domain.portfolio.board import Board
from sijin.works.domain.portfolio.reading import weight_of

YES = {True: "是", False: ""}


def plan(board: Board, difference: words.Difference | None) -> bytes:
    """Return the workbook, in Chinese; days are real days."""
    made = io.BytesIO()
    with translation.override("zh-hans"), xlsxwriter.Workbook(made, OPTIONS | {"constant_memory": False}) as book:
        looks = styles(book)
        _projects(book, looks, board)
        _steps(book, looks, board)
        _desks(book, looks, board)
        if difference is not None:
            _moved(book, looks, difference)
    return made.getvalue()


def _lines(sheet: Any, looks: dict[str, Any], lines: Sequence[Sequence[Any]], width: int) -> None:
    for n, cells in enumerate(lines, start=1):
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                sheet.write_datetime(n, column, cell, looks["day"])
            elif isinstance(cell, int | float):
                sheet.write_number(n, column, cell)
            elif cell:
                sheet.write_string(n, column, str(cell))
    sheet.autofilter(0, 0, max(1, len(lines)), width - 1)


def _projects(book: Any, looks: dict[str, Any], board: Board) -> None:
    heads = [
        ("序号", 6), ("项目", 34), ("县区", 10), ("权重", 6), ("应办结", 12), ("预计办结", 12), ("超期（工作日）", 12),
        ("关键链上", 8), ("说明", 60),
    ]  # fmt: skip
    lines = []
    for n, row in enumerate(board.projects, start=1):
        told = words.story(row.steps)
        lines.append((
            n, str(row.project), str(row.project.site.county), weight_of(row.project), row.last.due, row.last.finish,
            row.last.late, YES[row.critical], f"{told.verdict}{'；'.join(told.waits)}",
        ))  # fmt: skip
    _lines(page(book, looks, "项目", heads), looks, lines, len(heads))


def _steps(book: Any, looks: dict[str, Any], board: Board) -> None:
    heads = [
        ("项目", 34), ("事项", 26), ("部门", 20), ("开始", 12), ("办结", 12), ("工作日", 8), ("等待（工作日）", 12),
        ("在办", 6), ("锁定", 6), ("关键链上", 8), ("为什么在这一天", 50),
    ]  # fmt: skip
    lines = [
        (str(row.step.project), row.step.name, row.step.desk, row.start, row.finish, row.days, row.waited,
         YES[row.underway], YES[row.locked], YES[row.critical], words.reason(row))
        for row in board.rows
    ]  # fmt: skip
    _lines(page(book, looks, "事项", heads), looks, lines, len(heads))


def _desks(book: Any, looks: dict[str, Any], board: Board) -> None:
    heads = [
        ("部门或队伍", 24), ("可同时办理（件）", 14), ("件数", 8), ("等待（工作日）", 14), ("平均负荷", 10),
        ("最忙一周", 10), ("增一人可少（加权天）", 18), ("至多可少", 10), ("总工期可缩短（工作日）", 20), ("至多", 8),
    ]  # fmt: skip
    lines = []
    for desk in board.desks:
        more = desk.more or {}
        lines.append((
            desk.name, desk.clerks, desk.files, desk.waits, f"{100 * desk.busy:.0f}%", f"{100 * desk.peak:.0f}%",
            more["saves"], more["saves_at_most"], more["brings"], more["at_most"],
        ))  # fmt: skip
    _lines(page(book, looks, "部门", heads), looks, lines, len(heads))


def _moved(book: Any, looks: dict[str, Any], difference: words.Difference) -> None:
    heads = [("项目", 34), ("事项", 26), ("原开始", 12), ("现开始", 12), ("移动（工作日）", 14), ("原因", 50)]
    lines = [
        (str(one.row.step.project), one.row.step.name, one.before, one.row.start, one.days, one.why)
        for one in difference.moved
    ]
    _lines(page(book, looks, "变动", heads), looks, lines, len(heads))
