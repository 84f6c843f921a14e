"""A site's plan as a document for the office: A4, Chinese official style, one numbered table per aspect."""

import io
from datetime import date
from typing import Any

from django.utils import timezone, translation
from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph

from sijin.works.domain.plans import Aspect, Draft
from sijin.works.models import SitePlan

# The faces of GB/T 9704-2012; a machine without them falls back to its own serif (title, body) and sans (headings).
TITLE, BODY, HEAD = "方正小标宋简体", "仿宋_GB2312", "黑体"
COLUMNS = (("序号", 1.2), ("问题", 3.8), ("措施", 4.2), ("责任单位", 2.8), ("完成时限", 2.9), ("结果", 2.1))  # cm
PROMISES = (("序号", 1.2), ("物资或服务", 4.0), ("数量", 2.6), ("提供方", 4.4), ("日期", 2.9), ("进度", 1.9))
REDUCTIONS = (("序号", 1.2), ("政策", 4.4), ("文件", 4.0), ("金额（元）", 2.8), ("截止日期", 2.9), ("状态", 1.7))
Columns = tuple[tuple[str, float], ...]
NUMERALS = "一二三四五六七八九十"
NOTHING = "无此类问题。"


def document(plan: SitePlan, shown: Draft | None = None) -> bytes:
    """Return the issued plan as .docx, in Chinese; `shown` is what of it the reader may see."""
    with translation.override("zh-hans"):
        return _written(shown or Draft.of(plan.content), plan)


def _written(draft: Draft, plan: SitePlan) -> bytes:
    paper = Document()
    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(3), Cm(2.6)
    section.left_margin = section.right_margin = Cm(2)
    _face(paper.styles["Normal"].font, BODY, 12, paper.styles["Normal"].element)
    issued = timezone.localtime(plan.issued_at).date()
    _line(paper, f"{draft.site}服务方案", TITLE, 22, WD_ALIGN_PARAGRAPH.CENTER)
    _line(paper, f"（一企一策 第{plan.number}号）", BODY, 14, WD_ALIGN_PARAGRAPH.CENTER)
    _line(paper, f"{draft.campaign}    {_day(issued)}", BODY, 12, WD_ALIGN_PARAGRAPH.CENTER)
    _line(
        paper, f"点位：{draft.site}（{draft.door_word}，{draft.place}）    服务工作组：{draft.team or '待派'}", BODY, 12
    )
    for number, aspect in enumerate(draft.aspects):
        _line(paper, f"{NUMERALS[number]}、{aspect.name}", HEAD, 14).paragraph_format.space_before = Pt(12)
        if aspect.lines:
            _table(paper, aspect)
        else:
            _line(paper, NOTHING, BODY, 12)
    number = len(draft.aspects)
    if draft.promises:
        _line(paper, f"{NUMERALS[number]}、资源撮合", HEAD, 14).paragraph_format.space_before = Pt(12)
        rows = [[p.item, f"{p.quantity}{p.unit}", p.provider, _day(p.day), p.state_word] for p in draft.promises]
        _rows(paper, PROMISES, rows)
        number += 1
    if draft.reductions:
        _line(paper, f"{NUMERALS[number]}、减免政策", HEAD, 14).paragraph_format.space_before = Pt(12)
        rows = [
            [r.name, r.document, f"{r.amount:,.2f}", _day(r.day) if r.day else "—", r.status_word]
            for r in draft.reductions
        ]
        _rows(paper, REDUCTIONS, rows)
        _line(paper, f"合计{draft.relief:,.2f}元。", BODY, 12)
    _line(paper, f"数据截至{_day(date.fromisoformat(draft.as_of))}。核对码：{plan.digest[:12]}", BODY, 9)
    _page_numbers(section)
    kept = io.BytesIO()
    paper.save(kept)
    return kept.getvalue()


def _table(paper: Any, aspect: Aspect) -> None:
    _rows(paper, COLUMNS, [
        [
            line.problem or "—", line.text, line.owner, _day(line.day) if line.day else "",
            line.outcome or line.state_word,
        ]
        for line in aspect.lines
    ])  # fmt: skip


def _rows(paper: Any, columns: Columns, rows: list[list[str]]) -> None:
    """Write a numbered table."""
    table = paper.add_table(rows=1, cols=len(columns))
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    for column, (_name, width) in zip(table.columns, columns, strict=True):
        column.width = Cm(width)
    _cells(table.rows[0], columns, [name for name, _width in columns], HEAD)
    head = table.rows[0]._tr.get_or_add_trPr()
    head.append(OxmlElement("w:tblHeader"))  # repeated at the top of every page
    for number, words in enumerate(rows, start=1):
        row = table.add_row()
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        _cells(row, columns, [str(number), *words], BODY)


def _cells(row: Any, columns: Columns, words: list[str], face: str) -> None:
    for n, (cell, text, (_name, width)) in enumerate(zip(row.cells, words, columns, strict=True)):
        cell.width, cell.vertical_alignment = Cm(width), WD_CELL_VERTICAL_ALIGNMENT.CENTER
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(3)
        if n == 0 or face == HEAD:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = paragraph.add_run(text)
        _face(run.font, face, 10.5, run._element)


def _line(paper: Any, words: str, face: str, size: float, align: Any = None) -> Paragraph:
    paragraph = paper.add_paragraph()
    paragraph.alignment = align
    paragraph.paragraph_format.space_after = Pt(6)
    run = paragraph.add_run(words)
    _face(run.font, face, size, run._element)
    return paragraph


def _face(font: Any, face: str, size: float, element: Any) -> None:
    """Set Latin and East Asian face alike; Word reads the second one for Chinese."""
    font.name, font.size = face, Pt(size)
    fonts = element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), face)


def _page_numbers(section: Any) -> None:
    """Write — page — at the foot, as a field that Word and LibreOffice count themselves."""
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run("— ")
    run = paragraph.add_run()
    for kind, words in (("begin", None), (None, "PAGE"), ("end", None)):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = words
        run._element.append(part)
    paragraph.add_run(" —")


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
