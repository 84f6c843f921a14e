"""The visits as a workbook: one row a visit, Chinese dates, a running number; a cell is text and never a formula."""

import io
from collections.abc import Callable
from typing import Any

import xlsxwriter
from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from sijin.dispatch.models import Campaign
from sijin.ledger.files.exports import RISKY
from sijin.ledger.models import Need
from sijin.visits.models import Visit

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = (  # heading, width in characters; the language of the workbook is the campaign's
    ("序号", 6),
    ("日期", 16),
    ("时间", 8),
    ("工作组", 28),
    ("点位", 28),
    ("类别", 8),
    ("区市", 10),
    ("镇街", 12),
    ("见到谁", 18),
    ("谈了什么", 60),
    ("发现问题（件）", 14),
    ("问题编号", 30),
    ("照片（张）", 10),
    ("时长（分钟）", 12),
    ("见面人数", 10),
    ("占用每人（分钟）", 16),
    ("分文不取", 10),
    ("补记原因", 20),
    ("同日走访原因", 20),
)
NUMBERS = frozenset({0, 10, 12, 13, 14, 15})
DOORS = {"enterprise": "企业", "project": "项目", "village": "乡村", "community": "社区"}
Progress = Callable[[int, int], None]


def name(campaign: Campaign) -> str:
    """Return the name of the file: what it is, and as of when."""
    return f"走访记录-{timezone.localtime(campaign.now()).date().isoformat()}.xlsx"


def guarded(text: str) -> str:
    """Return `text` so that it stays text when the sheet is saved as CSV and opened again."""
    return f"'{text}" if text.startswith(RISKY) else text


def workbook(rows: QuerySet[Visit], needs: QuerySet[Need], campaign: Campaign) -> bytes:
    """Return `write`'s workbook as bytes."""
    kept = io.BytesIO()
    write(kept, rows, needs, campaign)
    return kept.getvalue()


def write(
    target: io.BytesIO | str,
    rows: QuerySet[Visit],
    needs: QuerySet[Need],
    campaign: Campaign,
    progress: Progress = lambda done, total: None,
) -> int:
    """Write visits (as `domain.listed` gives them) with the numbers of those `needs` they raised; return how many.

    Two queries for every 500 rows.
    """
    book = xlsxwriter.Workbook(
        target, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("走访记录")
    title, head = book.add_format({"bold": True, "font_size": 14}), book.add_format({"bold": True, "bottom": 1})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    for column, (_heading, width) in enumerate(COLUMNS):
        sheet.set_column(column, column, width)
    now = timezone.localtime(campaign.now())
    sheet.write_string(0, 0, guarded(f"{campaign.name} 走访记录　截至 {now.year}年{now.month}月{now.day}日"), title)
    for column, (heading, _width) in enumerate(COLUMNS):
        sheet.write_string(1, column, heading, head)
    numbered = Prefetch("needs", needs.only("number").order_by("number"))
    total, number = rows.count(), 0
    for number, visit in enumerate(rows.prefetch_related(numbered).iterator(500), start=1):
        progress(number, total)
        for column, value in enumerate(_cells(number, visit)):
            if column in NUMBERS:
                if value is not None:
                    sheet.write_number(number + 1, column, value, wrap)
            else:
                sheet.write_string(number + 1, column, guarded(value), wrap)
    sheet.freeze_panes(2, 0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.repeat_rows(1)
    sheet.set_footer("&C第 &P 页，共 &N 页")
    book.close()
    return number


def _cells(number: int, visit: Visit) -> tuple[Any, ...]:
    at = timezone.localtime(visit.at)
    return (
        number,
        f"{at.year}年{at.month}月{at.day}日",
        f"{at:%H:%M}",
        visit.team.name,
        visit.site.name,
        DOORS.get(visit.site.door, visit.site.door),
        visit.site.county.name,
        visit.site.town.name if visit.site.town else "",
        visit.met,
        visit.said,
        visit.needs_count,
        "、".join(need.number for need in visit.needs.all()),
        visit.photo_count,
        visit.minutes,
        visit.people_met,
        visit.minutes_asked,
        "是",
        visit.late_reason,
        visit.same_day_reason,
    )
