"""A firm's open posts as .docx (招工简章, A4, after GB/T 9704), to be put up in villages and sent to firms."""

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils import translation
from docx import Document
from docx.shared import Mm

from sijin.exchange.domain.employment.reads import open_number
from sijin.exchange.domain.employment.terms import name_of
from sijin.people import paper

WIDTHS = [Mm(w) for w in (10, 32, 14, 20, 22, 30, 28)]
HEADS = ["序号", "岗位", "人数", "月工资（元）", "班次", "工作地点", "条件"]
FIGURES = (2, 3)  # columns of figures


def document(firm: str, posts: Sequence[Any], places: Mapping[int, str], on: date) -> bytes:
    """Return the notice, in Chinese: posts of `reads.posts` of one firm, with the openings that are free on `on`.

    `places` says by the posts' keys where they are worked, as far as the reader may know it.
    """
    with translation.override("zh-hans"):
        doc = Document()
        paper.a4(doc)
        paper.title(doc, f"{firm}招工简章")
        free = [(post, open_number(post)) for post in posts if open_number(post)]
        if not free:
            paper.text(doc, f"截至{_day(on)}，所列岗位均已招满。")
        else:
            count = sum(number for _post, number in free)
            paper.text(doc, f"因生产经营需要，现面向周边村居、社区招工，共{len(free)}个岗位、{count:,}人。")
            paper.part(doc, "一、岗位清单")
            _table(doc, free, places)
            paper.part(doc, "二、报名方式")
            contacts = list(dict.fromkeys(post.contact for post, _free in free if post.contact))
            paper.text(doc, f"联系人：{'、'.join(contacts)}。" if contacts else "向所在村居、社区的工作组报名。")
            paper.text(doc, "工资、班次等以双方签订的劳动合同为准。")
        if any(post.generated for post, _free in free):
            paper.text(doc, "注：标“示例”的岗位为演示数据，非真实招工信息。")
        paper.text(doc, f"岗位数据截至{_day(on)}。")
        made = io.BytesIO()
        doc.save(made)
        return made.getvalue()


def _table(doc: Any, free: Sequence[tuple[Any, int]], places: Mapping[int, str]) -> None:
    table = doc.add_table(rows=1, cols=len(WIDTHS))
    table.style = "Table Grid"
    paper.cells(table.rows[0], HEADS, paper.HEI)
    paper.repeat_head(table.rows[0])
    for number, (post, openings) in enumerate(free, start=1):
        title = f"{post.title or name_of(post.occupation)}（{post.code}{'，示例' if post.generated else ''}）"
        shift = str(post.get_shift_display())
        cells = [
            str(number),
            title,
            f"{openings:,}",
            f"{post.wage:,.0f}",
            shift,
            places[post.pk],
            post.conditions or "—",
        ]
        paper.cells(table.add_row(), cells, paper.FANG, FIGURES)
    paper.set_widths(table, WIDTHS)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
