"""The project register as the office keeps it: one sheet, A4 landscape, a row a project, the tally below the title."""

import io
from collections.abc import Sequence
from datetime import date

import xlsxwriter
from django.utils import translation

from sijin.works.domain.projects.progress import Lights
from sijin.works.models import Project

COLUMNS = (
    ("序号", 6), ("项目名称", 34), ("县区", 10), ("投资（万元）", 13), ("责任单位", 18), ("责任人", 14), ("状态", 9),
    ("计划开工", 12), ("实际开工", 12), ("计划建成", 12), ("计划投产", 12), ("计划见效", 12), ("灯", 6),
    ("未开复工原因", 14), ("说明", 34), ("预计开复工", 12), ("重点项目编号", 8), ("点位编号", 9), ("版本", 6),
)  # fmt: skip
WORDS = {"green": "绿", "yellow": "黄", "red": "红"}


def state(project: Project) -> str:
    """Return in a word whether a project runs."""
    if project.runs:
        return "已开复工"
    return "停工" if project.stopped_on else "未开工"


def register(rows: Sequence[tuple[Project, Lights]], today: date) -> bytes:
    """Return the register as .xlsx, in Chinese; days are real days, money numbers."""
    with translation.override("zh-hans"):
        return _written(rows, today)


def _written(rows: Sequence[tuple[Project, Lights]], today: date) -> bytes:
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(
        kept, {"in_memory": True, "strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"}
    )
    page = book.add_worksheet("重点项目")
    title = book.add_format({"bold": True, "font_size": 18, "align": "center"})
    head = book.add_format({"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True})
    cell = {"border": 1, "valign": "vcenter", "text_wrap": True}
    text, money = book.add_format(cell), book.add_format({**cell, "num_format": "#,##0.00"})
    day = book.add_format({**cell, "num_format": "yyyy-mm-dd", "align": "center"})
    page.merge_range(0, 0, 0, len(COLUMNS) - 1, "重点项目开复工台账", title)
    running = sum(project.runs for project, _lights in rows)
    until = f"截至{today.year}年{today.month}月{today.day}日"
    page.write_string(1, 0, f"{until}：共{len(rows)}项，已开复工{running}项，未开复工{len(rows) - running}项。")
    for column, (heading, width) in enumerate(COLUMNS):
        page.set_column(column, column, width)
        page.write_string(2, column, heading, head)
    for n, (project, lights) in enumerate(rows):
        values = _values(n + 1, project, lights)
        for column, value in enumerate(values):
            if value is None:
                page.write_blank(n + 3, column, None, text)
            elif isinstance(value, date):
                page.write_datetime(n + 3, column, value, day)
            elif isinstance(value, str):
                page.write_string(n + 3, column, value, text)
            else:
                page.write_number(n + 3, column, float(value), money if column == 3 else text)
    page.freeze_panes(3, 2)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(2)
    page.set_footer("&C第 &P 页，共 &N 页")
    book.close()
    return kept.getvalue()


def _values(n: int, project: Project, lights: Lights) -> list[object]:
    profile = getattr(project.site, "project", None)
    return [
        n, project.site.name, project.site.county.name, profile.investment if profile else None,
        project.unit.name if project.unit else "", project.owner, state(project), project.start_by, project.started_on,
        project.build_by, project.produce_by, project.pay_by, WORDS[lights.worst] if lights.worst else "",
        project.get_reason_display() if project.reason else "", project.because, project.expected_on,
        project.number, project.site.code, project.version,
    ]  # fmt: skip
