"""The measure sheet on paper (.docx) and as a workbook whose sums are live formulas (.xlsx); both A4, in Chinese."""

import io
from datetime import date
from typing import Any

import xlsxwriter
from django.utils import timezone, translation
from docx.shared import Pt

from sijin.works.domain.village.playbooks import book
from sijin.works.domain.village.sheet import Part, Sheet
from sijin.works.domain.village.sums import FUNCTIONS
from sijin.works.files.paper import BODY, CENTER, HEAD, TITLE, a4, day_of, line, table

MEASURES = (("序号", 1.2), ("项目", 5.2), ("数值", 5.0), ("单位", 2.4), ("取值依据", 3.2))  # cm
SUMS = (("序号", 1.2), ("测算项目", 3.4), ("算式与结果", 9.0), ("依据", 3.4))
FILES = (("序号", 1.2), ("文件", 6.0), ("版本", 1.6), ("大小", 2.2), ("上传时间", 2.8), ("SHA-256 前12位", 3.2))
NUMERALS = "一二三四五六七八九十"
COLUMNS = (("项目", 24), ("数值", 20), ("单位", 12), ("算式／取值依据", 58))


def document(sheet: Sheet) -> bytes:
    """Return the sheet as .docx."""
    with translation.override("zh-hans"):
        return _written(sheet)


def _written(sheet: Sheet) -> bytes:
    paper, work, told = a4(), sheet.work, book(sheet.work.playbook)
    line(paper, f"{work.place}{told.label if told else ''}测算表", TITLE, 20, CENTER)
    line(paper, f"{sheet.place}（{sheet.code}）", BODY, 12, CENTER)
    for words in _head(sheet):
        line(paper, words, BODY, 12)
    for number, part in enumerate(sheet.measured):
        done = f"（{day_of(part.row.done_on)}完成）" if part.row.done_on else "（进行中）"
        title = f"{NUMERALS[number % 10]}、{part.stage.label}{done if not part.empty else '（未开始）'}"
        line(paper, title, HEAD, 14).paragraph_format.space_before = Pt(10)
        if part.empty:
            continue
        rows = [
            [row.field.label, row.words, row.field.unit, _basis(row.field.source, row.field.mark)] for row in part.rows
        ]
        table(paper, MEASURES, rows)
        worked = [[one.label, made.text, _basis(made.source, made.mark)] for one, made in part.sums if made.text]
        if worked:
            line(paper, "测算", HEAD, 12).paragraph_format.space_before = Pt(6)
            table(paper, SUMS, worked)
    versions = [file for found in sheet.papers for file in found.versions]
    if versions:
        line(paper, "附件及版本", HEAD, 14).paragraph_format.space_before = Pt(10)
        table(paper, FILES, [
            [file.name, f"第{file.number}版", size(file.size), f"{timezone.localtime(file.added_at):%Y-%m-%d}",
             file.sha256[:12]] for file in versions
        ])  # fmt: skip
    line(
        paper, "测量人：              复核人：              村“两委”：              日期：", BODY, 12
    ).paragraph_format.space_before = Pt(24)
    line(paper, "依据标 S 的取自公开标准，标 K 的为行业常识，须由设计单位确认。", BODY, 10.5)
    kept = io.BytesIO()
    paper.save(kept)
    return kept.getvalue()


def _head(sheet: Sheet) -> list[str]:
    work = sheet.work
    owner = "，".join(str(part) for part in (work.team, work.unit, work.owner) if part) or "—"
    words = [f"事项：{work.title}", f"负责：{owner}", f"开始：{day_of(work.begun_on)}"]
    return words + ([f"说明：{work.source}"] if work.source else [])


def _basis(source: str, mark: str) -> str:
    return f"{source}（{mark}）" if source and mark else source


def size(count: int) -> str:
    """Return a size in bytes as people read it."""
    return f"{count / 1024:.0f} KB" if count < 1024**2 else f"{count / 1024**2:.1f} MB"


def workbook(sheet: Sheet, today: date) -> bytes:
    """Return the sheet as .xlsx: one page, measures as numbers, sums as formulas of their cells."""
    with translation.override("zh-hans"):
        return _booked(sheet, today)


def _booked(sheet: Sheet, today: date) -> bytes:
    kept, told = io.BytesIO(), book(sheet.work.playbook)
    made = xlsxwriter.Workbook(kept, {"in_memory": True, "strings_to_formulas": False})
    page, cell = made.add_worksheet("测算表"), {"border": 1, "valign": "vcenter", "text_wrap": True}
    look = {
        "title": made.add_format({"bold": True, "font_size": 18, "align": "center"}),
        "head": made.add_format({**cell, "bold": True, "align": "center"}),
        "part": made.add_format({"bold": True, "font_size": 13}),
        "text": made.add_format(cell),
    }
    look |= {
        places: made.add_format({**cell, "num_format": f"#,##0{'.' + '0' * places if places else ''}"})
        for places in range(7)
    }
    look["number"] = made.add_format({**cell, "num_format": "#,##0.######"})
    page.merge_range(0, 0, 0, 3, f"{sheet.work.place}{told.label if told else ''}测算表", look["title"])
    page.write_string(1, 0, f"{sheet.place}（{sheet.code}）  {sheet.work.title}  截至{day_of(today)}")
    for column, (_heading, width) in enumerate(COLUMNS):
        page.set_column(column, column, width)
    at, cells = 3, {}
    for part in sheet.measured:
        at = _part(page, look, part, at, cells) + 1
    page.set_portrait()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_footer("&C第 &P 页，共 &N 页")
    made.close()
    return kept.getvalue()


def _part(page: Any, look: dict[Any, Any], part: Part, at: int, cells: dict[str, str]) -> int:
    """Write one stage from row `at` on and keep in `cells` where each number stands; return the row after it."""
    page.write_string(at, 0, part.stage.label, look["part"])
    at += 1
    for column, (heading, _width) in enumerate(COLUMNS):
        page.write_string(at, column, heading, look["head"])
    for row in part.rows:
        at += 1
        page.write_string(at, 0, row.field.label, look["text"])
        if row.number is None:
            page.write_string(at, 1, row.words, look["text"])
        else:
            page.write_number(at, 1, float(row.number), look["number"])
        cells[f"{part.stage.code}.{row.field.name}"] = f"$B${at + 1}"
        page.write_string(at, 2, row.field.unit, look["text"])
        page.write_string(at, 3, _basis(row.field.source, row.field.mark), look["text"])
    for one, made in part.sums:
        at += 1
        page.write_string(at, 0, one.label, look["text"])
        if made.value is None:
            page.write_string(at, 1, f"缺：{'、'.join(made.missing)}", look["text"])
        else:
            places = {name: cells.get(where, where) for name, where in one.takes}
            formula = FUNCTIONS[one.of].cell.format(**places, all="+".join(places.values()))
            page.write_formula(at, 1, f"=ROUND({formula},{one.places})", look[one.places], float(made.value))
        cells[f"sum:{one.code}"] = f"$B${at + 1}"
        page.write_string(at, 2, one.unit, look["text"])
        page.write_string(at, 3, " · ".join(filter(None, (made.formula, _basis(made.source, made.mark)))), look["text"])
    return at + 1
