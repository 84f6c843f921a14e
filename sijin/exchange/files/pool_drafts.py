"""Drafts of the agreements of a plan as .docx (A4, after GB/T 9704): one for each partner, each on its own page."""

import io
from datetime import date
from typing import Any

from django.utils import translation
from docx import Document
from docx.shared import Mm

from sijin.exchange.domain.pool.settle import Terms
from sijin.people import paper

WIDTHS = [Mm(w) for w in (10, 28, 22, 26, 22, 28, 20)]
FIGURES = (3, 4, 5)  # columns of figures
HEADS = ["序号", "订单号", "产品", "数量（件）", "单价（元）", "金额（元）", "交货期"]


def document(terms: list[Terms], on: date) -> bytes:
    """Return the drafts, in Chinese; `on` is the day they are made."""
    with translation.override("zh-hans"):
        doc = Document()
        paper.a4(doc)
        for number, one in enumerate(terms):
            if number:
                doc.add_page_break()
            _draft(doc, one, on)
        made = io.BytesIO()
        doc.save(made)
        return made.getvalue()


def _draft(doc: Any, one: Terms, on: date) -> None:
    paper.title(doc, "合作生产协议（草案）")
    paper.text(doc, f"甲方（订单方）：{one.site.name}")
    paper.text(doc, f"乙方（生产方）：{one.name}")
    paper.text(doc, "甲乙双方本着自愿、平等、互利的原则，就合作生产事宜约定如下。")
    paper.part(doc, "一、订单")
    _table(doc, one)
    paper.text(doc, f"订单金额合计{one.amount:,.2f}元。数量、单价以双方最终签字的文本为准。")
    paper.part(doc, "二、质量与资质")
    certified = any(share.order.certificate for part in one.parts for share in part.shares)
    paper.text(doc, "乙方须持有有效的出口资质，产品符合订单约定的标准。" if certified else "产品符合订单约定的标准。")
    paper.part(doc, "三、生产与交付")
    starts = [part.booked_until for part in one.parts if part.booked_until]
    if starts:
        paper.text(doc, f"按排产方案，乙方最后完工日期为{_day(max(starts))}。")
    paper.text(doc, "乙方按上表交货期将产品运抵甲方指定地点，甲方负责验收和出口。")
    paper.part(doc, "四、其他")
    paper.text(doc, "付款方式、违约责任和争议解决由双方另行商定。")
    doc.add_paragraph()
    paper.text(doc, "甲方（签章）：　　　　　　　　乙方（签章）：")
    paper.text(doc, f"草案生成日期：{_day(on)}")


def _table(doc: Any, one: Terms) -> None:
    table = doc.add_table(rows=1, cols=len(WIDTHS))
    table.style = "Table Grid"
    paper.cells(table.rows[0], HEADS, paper.HEI)
    paper.repeat_head(table.rows[0])
    shares = [share for part in one.parts for share in part.shares]
    for number, share in enumerate(sorted(shares, key=lambda share: (share.order.due, share.order.code)), start=1):
        order = share.order
        price = f"{order.unit_price.normalize():f}"
        amount = f"{share.quantity * order.unit_price:,.2f}"
        cells = [str(number), order.code, order.product, f"{share.quantity:,}", price, amount, _short(order.due)]
        paper.cells(table.add_row(), cells, paper.FANG, FIGURES)
    paper.cells(table.add_row(), ["", "合计", "", "", "", f"{one.amount:,.2f}", ""], paper.FANG, FIGURES)
    paper.set_widths(table, WIDTHS)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _short(day: date) -> str:
    return f"{day.month}月{day.day}日"
