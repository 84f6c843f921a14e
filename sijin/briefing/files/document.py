"""A brief as a Word document (A4, in the manner of GB/T 9704-2012) with the row numbers of every figure in an appendix.

Each figure carries a small number that leads to its line in the appendix: what it counts, how many rows, which ones.
Row numbers are those that the reader may see; the others are counted.
"""

import hashlib
import io
from collections.abc import Iterable
from typing import Any

from docx import Document
from docx.document import Document as Doc
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from sijin.briefing.domain import briefs
from sijin.briefing.domain.rows import behind
from sijin.briefing.models import Brief, BriefFigure
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.paper import (
    BODY,
    FANG,
    GREY,
    HEI,
    RED,
    SMALL,
    TEXT,
    TINY,
    TITLE,
    a4,
    red_rule,
    repeat_head,
    set_widths,
    spaced,
    write,
)

ORDER = Mm(12)  # width of the column of ordinal numbers
MOST = 400  # characters of row numbers printed for one figure; a longer list is pinned by its digest


def document(account: Account, brief: Brief) -> bytes:
    """Return `brief` as a .docx for `account`."""
    sections, hidden = briefs.read(account, brief)
    figures = list(brief.figures.all())
    marks = {figure.key: n for n, figure in enumerate(figures, 1)}
    doc = Document()
    a4(doc)
    _head(doc, brief)
    for section in sections:
        _heading(doc, section["heading"])
        for block in section["blocks"]:
            _block(doc, block, marks)
    if hidden:
        _paragraph(doc, [{"text": "另有典型事例不在查看者权限范围内，未列出。"}], marks)
    _foot(doc, brief)
    _appendix(doc, account, brief, figures)
    kept = io.BytesIO()
    doc.save(kept)
    return kept.getvalue()


def _head(doc: Doc, brief: Brief) -> None:
    """The red head: title, number, who and when, a red rule."""
    title = doc.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    write(title, brief.title, TITLE, Pt(26), RED)
    number = doc.add_paragraph()
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    write(number, brief.issue, FANG, BODY)
    line = doc.add_paragraph()
    line.paragraph_format.tab_stops.add_tab_stop(Mm(156), alignment=2)
    write(line, f"{brief.issuer}\t{briefs.long_day(brief.date)}", FANG, Pt(14))
    red_rule(line)
    if brief.reason:
        _paragraph(doc, [{"text": f"更正说明：{brief.reason}"}], {})


def _heading(doc: Doc, text: str) -> None:
    paragraph = doc.add_paragraph()
    spaced(paragraph)
    paragraph.paragraph_format.first_line_indent = BODY * 2
    paragraph.paragraph_format.keep_with_next = True
    write(paragraph, text, HEI, BODY)


def _block(doc: Doc, block: dict[str, Any], marks: dict[str, int]) -> None:
    if block["kind"] == "table":
        _table(doc, block, marks)
    elif block["kind"] == "case":
        _paragraph(doc, [*block["parts"], {"text": f"（台账编号：{block['number']}）"}], marks)
    else:
        _paragraph(doc, block["parts"], marks)


def _paragraph(doc: Doc, parts: Iterable[dict[str, Any]], marks: dict[str, int]) -> None:
    paragraph = doc.add_paragraph()
    spaced(paragraph)
    paragraph.paragraph_format.first_line_indent = BODY * 2
    paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    _parts(paragraph, parts, marks, BODY)


def _parts(paragraph: Paragraph, parts: Iterable[dict[str, Any]], marks: dict[str, int], size: Pt) -> None:
    for part in parts:
        figure: BriefFigure | None = part.get("figure")
        write(paragraph, figure.shown if figure else part["text"], FANG, size)
        if figure:
            mark = write(paragraph, str(marks[figure.key]), FANG, size, GREY)
            mark.font.superscript = True


def _table(doc: Doc, block: dict[str, Any], marks: dict[str, int]) -> None:
    table = doc.add_table(rows=1, cols=len(block["head"]) + 1, style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for cell, word in zip(table.rows[0].cells, ["序号", *block["head"]], strict=True):
        _cell(cell, [{"text": word}], marks, HEI, centre=True)
    repeat_head(table.rows[0])
    for number, cells in enumerate(block["rows"], 1):
        row = table.add_row().cells
        _cell(row[0], [{"text": str(number)}], marks, centre=True)
        for cell, parts in zip(row[1:], cells, strict=True):
            _cell(cell, parts, marks)
    longest = max(sum(len(part.get("text", "")) for part in cells[0]) for cells in block["rows"])
    name = min(max(longest * SMALL + Mm(5), Mm(20)), Mm(64))
    rest = (TEXT - ORDER - name) // (len(block["head"]) - 1)
    set_widths(table, (ORDER, name, *[rest] * (len(block["head"]) - 1)))
    gap = doc.add_paragraph()
    gap.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    gap.paragraph_format.line_spacing = Pt(8)
    gap.paragraph_format.space_after = Pt(0)


def _cell(
    cell: Any, parts: list[dict[str, Any]], marks: dict[str, int], face: str = FANG, centre: bool = False
) -> None:
    paragraph = cell.paragraphs[0]
    number = any(part.get("figure") for part in parts)
    paragraph.alignment = (
        WD_ALIGN_PARAGRAPH.CENTER if centre else WD_ALIGN_PARAGRAPH.RIGHT if number else WD_ALIGN_PARAGRAPH.LEFT
    )
    paragraph.paragraph_format.space_after = Pt(0)
    if face == HEI:
        write(paragraph, parts[0]["text"], HEI, SMALL)
    else:
        _parts(paragraph, parts, marks, SMALL)


def _foot(doc: Doc, brief: Brief) -> None:
    for text in (brief.issuer, briefs.long_day(brief.issued_at.astimezone().date())):
        paragraph = doc.add_paragraph()
        spaced(paragraph)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.right_indent = BODY * 2
        write(paragraph, text, FANG, BODY)
    signed = doc.add_paragraph()
    red_rule(signed)
    write(signed, f"签发：{brief.issued_by}", FANG, Pt(14))


def _appendix(doc: Doc, account: Account, brief: Brief, figures: list[BriefFigure]) -> None:
    doc.add_page_break()
    heading = doc.add_paragraph()
    write(heading, "附件：数据来源", HEI, BODY)
    note = doc.add_paragraph()
    note.paragraph_format.space_after = Pt(4)
    prefix = f"{brief.campaign.code}-"
    words = (
        f"正文数字右上角的序号即本表序号，数据截至{briefs.long_day(brief.date)}。问题以台账编号（省略前缀{prefix}）列出，"
        "其余以系统行号列出；行数多的只印首尾，并印全部行号的校验码（SHA-256前12位），全部行号在系统中逐项打开或导出。"
    )
    write(note, words, FANG, SMALL)
    table = doc.add_table(rows=1, cols=5, style="Table Grid")
    widths = (Mm(10), Mm(36), Mm(16), Mm(12), Mm(82))
    for cell, word in zip(table.rows[0].cells, ("序号", "指标", "数值", "行数", "来源行"), strict=True):
        _cell(cell, [{"text": word}], {}, HEI, centre=True)
    repeat_head(table.rows[0])
    labels = {figure.key: n for n, figure in enumerate(figures, 1)}
    numbers = _numbers(figures)
    first: dict[tuple[str, tuple[int, ...]], int] = {}
    for n, figure in enumerate(figures, 1):
        row = table.add_row().cells
        same = first.setdefault((figure.model, tuple(figure.rows)), n)
        if not figure.model:
            source = "由" + "、".join(f"第{labels[part]}行" for part in figure.parts) + "得出"
        elif same < n and figure.rows:
            source = f"同第{same}行"
        else:
            source = _listed(account, figure, numbers)
        texts = (str(n), figure.label, figure.shown, str(len(figure.rows)) if figure.model else "", source)
        for cell, text in zip(row, texts, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            write(paragraph, text, FANG, TINY)
    set_widths(table, widths)


def _numbers(figures: list[BriefFigure]) -> dict[int, int]:
    """Return the number in the ledger of every need that a figure counts (one query)."""
    wanted = {key for figure in figures if figure.model == "ledger.Need" for key in figure.rows}
    needs = Need.objects.order_by().values_list("pk", "number")
    return {pk: int(number.rsplit("-", 1)[1]) for pk, number in needs.iterator(2000) if pk in wanted}


def _listed(account: Account, figure: BriefFigure, numbers: dict[int, int]) -> str:
    kept = behind(account, figure.model, figure.rows)
    own = [numbers[key] for key in kept.keys] if figure.model == "ledger.Need" else kept.keys
    text = ranges(own) or "无"
    if len(text) > MOST:
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        head, tail = text[: MOST // 2].rsplit("、", 1)[0], text[-20:].split("、", 1)[-1]
        text = f"{head}、……、{tail}（校验码{digest}）"
    return f"{text}；另有{kept.hidden}行不在查看者权限范围内，只计数" if kept.hidden else text


def ranges(numbers: Iterable[int]) -> str:
    """Write whole numbers as 1—3、7、9—12."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return "、".join(str(first) if first == last else f"{first}—{last}" for first, last in runs)
