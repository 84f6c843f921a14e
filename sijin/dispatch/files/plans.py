"""A plan as a workbook: teams with their load, seats, sites, each with its reason, and the proof."""

from io import BytesIO
from typing import Any

import xlsxwriter

from sijin.dispatch.domain.pricing import parts_words
from sijin.dispatch.domain.wording import reason
from sijin.dispatch.models import DispatchPlan

SEATS = ("工作组", "组名", "编号", "姓名", "单位", "组长", "承担特长", "距驻地(公里)", "缘由")
POSTS = ("工作组", "组名", "编号", "点位", "类别", "镇街", "距驻地(公里)", "缘由")
BASES = ("工作组", "纬度", "经度", "每周天数")


def workbook(plan: DispatchPlan) -> bytes:
    """Return the plan as .xlsx (three queries)."""
    kept = BytesIO()
    book = xlsxwriter.Workbook(kept, {"in_memory": True, "strings_to_formulas": False})
    head = book.add_format({"bold": True, "bg_color": "#F3EFE7"})

    def sheet(name: str, headers: tuple[str, ...], rows: list[list[Any]], widths: tuple[int, ...]) -> None:
        page = book.add_worksheet(name)
        page.freeze_panes(1, 0)
        page.write_row(0, 0, headers, head)
        for n, row in enumerate(rows, start=1):
            page.write_row(n, 0, row)
        for n, width in enumerate(widths):
            page.set_column(n, n, width)
        if rows:
            page.autofilter(0, 0, len(rows), len(headers) - 1)

    words = parts_words()
    proof = [
        ["目标值", plan.cost], ["可证下界", plan.bound], ["差距", plan.gap], ["用时(秒)", plan.seconds],
        *([str(words.get(part, part)), value] for part, value in plan.parts.items()),
    ]  # fmt: skip
    sheet("方案", ("项目", "值"), proof, (20, 16))
    seats = plan.seats.select_related("team", "official__unit").order_by("team__number", "-leads", "official__code")
    sheet("人员", SEATS, [_seat(seat) for seat in seats], (10, 24, 10, 24, 24, 8, 14, 12, 60))
    posts = plan.postings.select_related("team", "site__town").order_by("team__number", "site__code")
    sheet("点位", POSTS, [_post(post) for post in posts], (10, 24, 14, 28, 8, 14, 12, 60))
    sheet("驻地", BASES, plan.bases, (10, 12, 12, 10))
    book.close()
    return kept.getvalue()


def _seat(seat: Any) -> list[Any]:
    official = seat.official
    return [
        seat.team.number, seat.team.name, official.code, official.name, official.unit.name, "是" if seat.leads else "",
        seat.skill, "" if seat.kilometres is None else seat.kilometres, reason(seat.why),
    ]  # fmt: skip


def _post(post: Any) -> list[Any]:
    site = post.site
    return [
        post.team.number, post.team.name, site.code, site.name, str(site.get_door_display()),
        site.town.name if site.town else "", post.kilometres, reason(post.why),
    ]  # fmt: skip
