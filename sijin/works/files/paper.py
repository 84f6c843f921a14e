"""A4 paper in Chinese official style, whatever stands on it: lines, numbered tables, page numbers, days."""

from datetime import date
from typing import Any

from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph

# The faces of GB/T 9704-2012; a machine without them falls back to its own serif (title, body) and sans (headings).
TITLE, BODY, HEAD = "方正小标宋简体", "仿宋_GB2312", "黑体"
CENTER = WD_ALIGN_PARAGRAPH.CENTER
Columns = tuple[tuple[str, float], ...]  # heading and width in cm


def a4() -> Any:
    """Return an empty document on A4 with the margins and the face of official paper, its pages numbered."""
    made = Document()
    section = made.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(3), Cm(2.6)
    section.left_margin = section.right_margin = Cm(2)
    _face(made.styles["Normal"].font, BODY, 12, made.styles["Normal"].element)
    _page_numbers(section)
    return made


def table(paper: Any, columns: Columns, lines: list[list[str]]) -> None:
    """Write a numbered table; its head is repeated at the top of every page."""
    made = paper.add_table(rows=1, cols=len(columns))
    made.style, made.alignment, made.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    for column, (_name, width) in zip(made.columns, columns, strict=True):
        column.width = Cm(width)
    _cells(made.rows[0], columns, [name for name, _width in columns], HEAD)
    head = made.rows[0]._tr.get_or_add_trPr()
    head.append(OxmlElement("w:tblHeader"))  # repeated at the top of every page
    for number, words in enumerate(lines, start=1):
        row = made.add_row()
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


def line(paper: Any, words: str, face: str, size: float, align: Any = None) -> Paragraph:
    """Write one paragraph."""
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


def day_of(day: date) -> str:
    """Return 2020年3月13日."""
    return f"{day.year}年{day.month}月{day.day}日"
