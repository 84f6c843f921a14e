"""One firm's relief sheet as .docx (A4, after GB/T 9704) and .xlsx, and the rows of a list that come back."""

import io
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils import translation
from django.utils.translation import gettext as _
from docx import Document
from docx.shared import Mm

from sijin.exchange.domain.relief import book, sheets
from sijin.exchange.domain.relief.sheets import Sheet, SheetLine
from sijin.exchange.files.relief import OPTIONS, heading, page, styles
from sijin.exchange.models import ReliefImport
from sijin.people import paper

WIDTHS = [Mm(w) for w in (9, 36, 20, 28, 14, 27, 22)]
FIGURES = (3, 4, 5)  # columns of figures
NOTHING = "无。"
MARKS = {"S": "已见于所列来源", "K": "待核"}


def document(sheet: Sheet) -> bytes:
    """Return the sheet as .docx, in Chinese."""
    with translation.override("zh-hans"):
        return _document(sheets.sheet(sheet.site, sheet.on))  # worded anew


def _document(sheet: Sheet) -> bytes:
    doc = Document()
    paper.a4(doc)
    paper.title(doc, f"{sheet.site.name}减免政策清单")
    paper.text(doc, f"截至{book.day(sheet.on)}，按已知数据，该企业可享受且尚未申领的减免合计{sheet.total_due:,.2f}元"
               f"（{len(sheet.due)}项）；已申领{sheet.total_claimed:,.2f}元。")  # fmt: skip
    paper.part(doc, "一、可享受的政策")
    _table(doc, sheet.due)
    paper.part(doc, "二、三十日内到期的政策")
    lines = [f"{line.name}：{book.day(line.deadline)}截止，尚有{line.days}日。" for line in sheet.soon if line.deadline]
    _list(doc, lines)
    paper.part(doc, "三、已申领的政策")
    claims = [(line, line.claim) for line in sheet.of("claimed")]
    _list(doc, [f"{line.name}：{line.yuan or 0:,.2f}元" + (f"，{book.day(c.claimed_on)}登记。" if c else "。")
                for line, c in claims])  # fmt: skip
    paper.part(doc, "四、需补充数据方可判断的政策")
    _list(doc, [f"{line.name}：{line.why}。" for line in sheet.of("unknown")])
    paper.part(doc, "五、不适用的政策及原因")
    _list(doc, [f"{line.name}：{line.why}。" for line in sheet.of("no", "missed")])
    paper.text(doc, "注：金额按各项政策逐月、逐险种计算，四舍五入到分；标“待核”的政策以公布的文件为准。")
    made = io.BytesIO()
    doc.save(made)
    return made.getvalue()


def _list(doc: Any, lines: list[str]) -> None:
    if not lines:
        paper.text(doc, NOTHING)
    for number, words in enumerate(lines, start=1):
        paper.text(doc, f"{number}．{words}")


def _table(doc: Any, lines: list[SheetLine]) -> None:
    if not lines:
        paper.text(doc, NOTHING)
        return
    table = doc.add_table(rows=1, cols=len(WIDTHS))
    table.style = "Table Grid"
    heads = ["序号", "政策及文号", "所属期", "计算基数（元）", "比例", "减免额（元）", "需备材料"]
    paper.cells(table.rows[0], heads, paper.HEI)
    paper.repeat_head(table.rows[0])
    for number, line in enumerate(lines, start=1):
        name = f"{line.name}（{line.rule.document}，{MARKS[line.rule.mark]}）"
        base = "—" if line.base is None else f"{line.base:,.2f}"
        if line.rule.formula.op == "each" and line.base is not None:
            base = f"{line.base:,.0f}人×{line.rate or 0:,.0f}元"
        rate = "" if line.percent is None else f"{line.percent:f}%"
        note = "；".join(line.evidence) + (f"。{line.why}" if line.why else "")
        paper.cells(
            table.add_row(),
            [str(number), name, line.periods or "—", base, rate or "—", f"{line.yuan or 0:,.2f}", note],
            paper.FANG,
            FIGURES,
        )
    total = sum((line.yuan or Decimal(0) for line in lines), Decimal(0))
    paper.cells(table.add_row(), ["", "合计", "", "", "", f"{total:,.2f}", ""], paper.FANG, FIGURES)
    paper.set_widths(table, WIDTHS)


def workbook(sheet: Sheet) -> bytes:
    """Return the sheet as .xlsx: every rule with its state, amount and reason; products on a second page."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, OPTIONS | {"constant_memory": False, "in_memory": True}) as target:
        looks = styles(target)
        heads = [
            (_("No."), 6), (_("Rule"), 40), (_("Id"), 14), (_("Document"), 28), (_("State"), 14), (_("Months"), 20),
            (_("Calculation base"), 16), (_("Relief rate"), 10), (_("Yuan"), 16), (_("Deadline"), 12), (_("Why"), 44),
            (_("What to bring"), 44), (_("Source"), 30), (_("Confirmed"), 10),
        ]  # fmt: skip
        told = page(target, looks, _("Relief"), heads)
        lines = [*sheet.of("due"), *sheet.of("claimed"), *sheet.of("missed"), *sheet.of("unknown"), *sheet.of("no")]
        for row, line in enumerate(lines, start=1):
            told.write_number(row, 0, row)
            texts = [line.name, line.rule.id, line.rule.document, line.status_word, line.periods]
            told.write_row(row, 1, texts)
            for column, value in ((6, line.base), (7, line.rate), (8, line.yuan)):
                if value is not None:
                    told.write_number(row, column, value, None if column == 7 else looks["yuan"])
            if line.deadline:
                told.write_datetime(row, 9, line.deadline, looks["day"])
            told.write_row(row, 10, [line.why, "；".join(line.evidence), line.rule.source, line.rule.mark])
        told.autofilter(0, 0, max(1, len(lines)), len(heads) - 1)
        _steps(target, looks, lines)
    return made.getvalue()


def _steps(target: xlsxwriter.Workbook, looks: dict[str, Any], lines: list[SheetLine]) -> None:
    heads = [
        (_("Rule"), 40),
        (_("Month or quarter"), 18),
        (_("Calculation base"), 16),
        (_("Relief rate"), 12),
        (_("Yuan"), 16),
    ]
    told = page(target, looks, _("How it adds up"), heads)
    row = 0
    for line in lines:
        for step in line.steps:
            row += 1
            told.write_row(row, 0, [line.name, book.period_name(step.period) if step.period else ""])
            told.write_number(row, 2, step.base, looks["yuan"])
            told.write_number(row, 3, step.rate)
            told.write_number(row, 4, step.yuan, looks["yuan"])


def returned(given: ReliefImport) -> bytes:
    """Return the rows of a list that were not taken, as typed, with what is wrong in a last column."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, OPTIONS | {"constant_memory": False, "in_memory": True}) as target:
        looks = styles(target)
        heads = [*((heading(column), 14) for column in given.columns), (_("Row"), 8), (_("What is wrong"), 80)]
        told = page(target, looks, _("Rows to mend"), heads)
        for row, bad in enumerate(given.bad, start=1):
            told.write_row(row, 0, given.rows[bad["row"]])
            told.write_number(row, len(given.columns), bad["row"] + given.first_row)
            told.write_string(row, len(given.columns) + 1, "；".join(bad["faults"]), looks["wrong"])
    return made.getvalue()
