"""派驻工作组任务单: a team's members, sites and week on A4 in Chinese office style; each team begins a page."""

import io
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.utils import timezone, translation
from docx import Document
from docx.document import Document as Doc
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from sijin.dispatch.domain.team_sheets import TeamSheet
from sijin.dispatch.domain.weeks import Day, TeamWeek
from sijin.dispatch.models import Team
from sijin.people.paper import (
    FANG,
    HEI,
    SMALL,
    TITLE,
    a4,
    red_rule,
    repeat_head,
    set_widths,
    write,
)

MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TEXT = Mm(166)  # width of the text: tables need more of it than a letter
WEEKDAYS = "一二三四五六日"
LEVELS = {Team.Level.PROVINCE: "省派工作组", Team.Level.CITY: "市派工作组"}
MARK = "＊"  # behind what is made up
MEMBERS = (("序号", 13), ("姓名", 30), ("单位及职务", 44), ("特长", 27), ("编组理由", 52))
SITES = (("序号", 13), ("点位", 50), ("类别", 15), ("地址", 40), ("需要特长", 32), ("公里", 16))
ROUND = (("日期", 36), ("时间", 30), ("点位", 64), ("公里", 16), ("备注", 20))


def document(sheets: Iterable[TeamSheet]) -> bytes:
    """Return the sheets as one .docx, each beginning on a page of its own; written in Chinese."""
    doc = Document()
    a4(doc)
    section = doc.sections[0]
    section.top_margin, section.bottom_margin = Mm(25), Mm(22)
    section.left_margin = section.right_margin = Mm(22)
    with translation.override("zh-hans"):
        for n, sheet in enumerate(sheets):
            _sheet(doc, sheet, new_page=n > 0)
    kept = io.BytesIO()
    doc.save(kept)
    return kept.getvalue()


def name_of(sheet_of: str, when: date) -> str:
    """Return a file's name: 省01任务单2020-03-04.docx."""
    return f"{sheet_of}任务单{when.isoformat()}.docx"


def _sheet(doc: Doc, sheet: TeamSheet, *, new_page: bool) -> None:
    team, week = sheet.team, sheet.week
    title = _line(doc, "派驻工作组任务单", TITLE, Pt(22))
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.page_break_before = new_page
    named = _line(doc, team.name, HEI, Pt(15))
    named.alignment = WD_ALIGN_PARAGRAPH.CENTER
    head = _line(doc, f"{team.campaign.name}\t{_long(timezone.localtime(team.campaign.now()).date())}", FANG, Pt(12))
    head.paragraph_format.tab_stops.add_tab_stop(TEXT, alignment=2)
    red_rule(head)
    facts = [
        f"编号：{team.number}",
        LEVELS[Team.Level(team.level)],
        *([f"派出单位：{team.unit}"] if team.unit else []),
        *([f"服务区域：{team.county}"] if team.county else []),
        f"人数：{len(sheet.members)}（应派{team.size_wanted}人）",
    ]
    _line(doc, "　".join(facts), FANG, Pt(12))
    _heading(doc, "一、工作组成员")
    _members(doc, sheet)
    _heading(doc, f"二、派驻点位（{len(sheet.postings)}个）")
    _sites(doc, sheet)
    _heading(doc, f"三、本周走访安排（{_span(week)}）")
    _round(doc, week)
    _foot(doc, sheet)


def _members(doc: Doc, sheet: TeamSheet) -> None:
    rows = []
    for n, member in enumerate(sheet.members, start=1):
        person = member.seat.official
        name = f"{person.name}{MARK if person.generated else ''}" + ("（组长）" if member.seat.leads else "")
        why = "；".join(words for words in (member.why, *member.facts) if words)
        rows.append([str(n), name, f"{person.unit}{person.title}", "、".join(member.skills) or "—", why or "—"])
    _table(doc, MEMBERS, rows, "尚未编入人员。")


def _sites(doc: Doc, sheet: TeamSheet) -> None:
    rows = []
    for n, (posting, _why) in enumerate(sheet.postings, start=1):
        site = posting.site
        where = f"{site.county}{site.town}" if site.town and site.town_id != site.county_id else str(site.county)
        name = f"{site.name}{MARK if site.generated else ''}"
        skills = "、".join(sheet.skills(site.skills)) or "—"
        rows.append([str(n), name, str(site.get_door_display()), where, skills, f"{posting.kilometres:.1f}"])
    _table(doc, SITES, rows, "尚未派驻点位。")


def _round(doc: Doc, week: TeamWeek) -> None:
    rows = []
    for day in week.days:
        for n, stop in enumerate(day.stops):
            when = f"{stop.start:%H:%M}" + (f"—{stop.leave:%H:%M}" if stop.leave else "")
            note = "已走访" if stop.visited else "已约定" if stop.why.code == "fixed" else ""
            rows.append([_weekday(day) if n == 0 else "", when, stop.site.name, f"{stop.km:.1f}", note])
    _table(doc, ROUND, rows, "本周没有走访安排。")
    if rows:
        words = (
            f"本周走访{week.stops}次，行程{week.km:.1f}公里，路上{week.travel / 60:.1f}小时，"
            f"在点位{week.on_site / 60:.1f}小时；公里数为上一处到此处，按直线距离折算。"
        )
        _line(doc, words, FANG, SMALL)
    for left in week.left:
        day = f"（{left.day.month}月{left.day.day}日）" if left.day else ""
        _line(doc, f"未能安排：{left.site.name}{day}，{left.count}次；{left.words}。", FANG, SMALL)


def _foot(doc: Doc, sheet: TeamSheet) -> None:
    signed = _line(doc, "组长签字：＿＿＿＿＿＿＿＿　　　日期：＿＿＿＿年＿＿月＿＿日", FANG, Pt(12))
    signed.paragraph_format.space_before = Pt(18)
    signed.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if sheet.generated:
        _line(doc, f"注：带{MARK}的人员、点位为演示生成的数据，并非真实人员或单位。", FANG, SMALL)


def _table(doc: Doc, columns: tuple[tuple[str, int], ...], rows: list[list[str]], nothing: str) -> None:
    if not rows:
        _line(doc, nothing, FANG, Pt(12))
        return
    table = doc.add_table(rows=len(rows) + 1, cols=len(columns), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    cells = table._cells  # read once: python-docx builds the list anew at every access
    count = len(columns)
    for n, (word, _width) in enumerate(columns):
        _cell(cells[n], word, HEI, centre=True)
    for r, row in enumerate(rows, start=1):
        table.rows[r]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for n, text in enumerate(row):
            number = columns[n][0] == "公里"
            _cell(cells[r * count + n], text, FANG, centre=columns[n][0] in ("序号", "类别", "备注"), right=number)
    repeat_head(table.rows[0])
    set_widths(table, [Mm(width) for _word, width in columns])


def _cell(cell: Any, text: str, face: str, *, centre: bool = False, right: bool = False) -> None:
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
    if centre or right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centre else WD_ALIGN_PARAGRAPH.RIGHT
    write(paragraph, text, face, SMALL)


def _heading(doc: Doc, text: str) -> None:
    paragraph = _line(doc, text, HEI, Pt(14))
    paragraph.paragraph_format.space_before = Pt(10)
    paragraph.paragraph_format.keep_with_next = True


def _line(doc: Doc, text: str, face: str, size: Pt) -> Paragraph:
    paragraph = doc.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(4)
    write(paragraph, text, face, size)
    return paragraph


def _long(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _span(week: TeamWeek) -> str:
    first, last = (week.days[0].date, week.days[-1].date) if week.days else (week.monday, week.monday + timedelta(4))
    end = f"{last.day}日" if last.month == first.month else f"{last.month}月{last.day}日"
    return f"{_long(first)}—{end}"


def _weekday(day: Day) -> str:
    return f"{day.date.month}月{day.date.day}日（周{WEEKDAYS[day.date.weekday()]}）"
