"""Documents of the office on A4 paper in the manner of GB/T 9704-2012: page, faces, runs, tables, page numbers.

Builds on python-docx; holds no content. A machine without the faces falls back to its own.
"""

from collections.abc import Sequence
from typing import Any

from docx.document import Document as Doc
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

SONG, FANG, HEI, TITLE = "宋体", "仿宋_GB2312", "黑体", "方正小标宋简体"
RED, GREY = RGBColor(0xB5, 0x30, 0x1F), RGBColor(0x62, 0x69, 0x73)
BODY, SMALL, TINY = Pt(16), Pt(10.5), Pt(7.5)  # 三号, 五号, 六号
LINE = Pt(28)
TEXT = Mm(156)  # width of the text


def a4(doc: Doc) -> None:
    """Set the page, the body's face and the page number at the foot."""
    section = doc.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    normal = doc.styles["Normal"]
    normal.font.size = BODY
    set_face(normal, FANG)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    write(foot, "— ", SONG, Pt(14))
    add_field(write(foot, "", SONG, Pt(14)), "PAGE")
    write(foot, " —", SONG, Pt(14))


def spaced(paragraph: Paragraph) -> None:
    """Set the lines of body text."""
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    paragraph.paragraph_format.line_spacing = LINE
    paragraph.paragraph_format.space_after = Pt(0)


def text(doc: Doc, words: str, face: str = FANG) -> Paragraph:
    """Add a paragraph of body text, its first line indented by two characters."""
    paragraph = doc.add_paragraph()
    spaced(paragraph)
    paragraph.paragraph_format.first_line_indent = 2 * BODY
    write(paragraph, words, face, BODY)
    return paragraph


def part(doc: Doc, words: str) -> None:
    """Add the heading of a part, which stays with what follows."""
    text(doc, words, HEI).paragraph_format.keep_with_next = True


def title(doc: Doc, words: str) -> None:
    """Add the title, in the middle."""
    paragraph = doc.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    write(paragraph, words, TITLE, Mm(7.7))


def cells(row: Any, texts: Sequence[str], face: str, figures: Sequence[int] = ()) -> None:
    """Fill a row of a table: the first column and heads in the middle, the columns of `figures` to the right."""
    for at, (cell, words) in enumerate(zip(row.cells, texts, strict=True)):
        paragraph = cell.paragraphs[0]
        if at == 0 or face == HEI:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        elif at in figures:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        write(paragraph, words, face, SMALL)


def write(paragraph: Paragraph, text: str, face: str, size: Pt, colour: RGBColor | None = None) -> Run:
    """Add text in a face and size."""
    run = paragraph.add_run(text)
    run.font.size = size
    set_face(run, face)
    if colour is not None:
        run.font.color.rgb = colour
    return run


def set_face(target: Any, face: str) -> None:
    """Set the font for Latin and for Chinese characters; Word keeps them apart."""
    target.font.name = face if face in (HEI, TITLE) else "Times New Roman"
    fonts = target.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), face)


def add_field(run: Run, code: str) -> None:
    """Put a field into a run, which the program that opens the document counts itself."""
    for kind, text in (("begin", None), (None, code), ("end", None)):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)


def red_rule(paragraph: Paragraph) -> None:
    """Draw a red line under the paragraph."""
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "4"), ("color", "B5301F")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().append(borders)


def set_widths(table: Any, widths: Sequence[int]) -> None:
    """Set the widths of the columns, in the grid and in the cells: Word reads the one, LibreOffice the other."""
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width


def repeat_head(row: Any) -> None:
    """Repeat the row as the head of every page that its table runs over."""
    element = OxmlElement("w:tblHeader")
    element.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(element)
