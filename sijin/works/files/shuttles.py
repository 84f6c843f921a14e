"""The sheets of a plan's buses (一车一方案): .xlsx, A4, a sheet for each with stops, roster, rules and signatures."""

import io
from typing import Any

import xlsxwriter
from django.utils import timezone, translation

from sijin.works.domain.shuttles.reads import Card

ROSTER = (("序号", 5), ("座位", 7), ("姓名", 10), ("电话", 15), ("上车点", 20), ("体温", 9), ("签到", 9))
TITLE = "返岗直通车一车一方案"
DUTIES = (
    "上车前逐人测温、查验健康证明，体温超过37.3℃者不得上车，就地报告。",
    "全程佩戴口罩，按座位就座，后排观察区不坐人；每次停车通风、消毒、换驾驶员。",
    "到达后名单随车移交用工单位，双方签字，留存备查。",
)
SIGNED = ("发车负责人", "驾驶员", "驾驶员", "用工单位接收人")


def sheets(cards: list[Card]) -> bytes:
    """Return the workbook, in Chinese; names stand in it as the reader may see them."""
    kept = io.BytesIO()
    with (
        translation.override("zh-hans"),
        xlsxwriter.Workbook(kept, {"in_memory": True, "strings_to_formulas": False}) as book,
    ):
        made = {
            "title": book.add_format({"bold": True, "font_size": 18, "align": "center"}),
            "head": book.add_format({"bold": True, "border": 1, "align": "center", "valign": "vcenter"}),
            "cell": book.add_format({"border": 1, "valign": "vcenter", "text_wrap": True}),
            "bold": book.add_format({"bold": True}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        used: set[str] = set()
        for card in cards:
            plate = card.trip.bus.plate
            name = plate if plate not in used else f"{plate}-{card.trip.ordinal}"
            used.add(name)
            _bus(book.add_worksheet(name), card, made)
        if not cards:
            book.add_worksheet("无车次")
    return kept.getvalue()


def _bus(page: Any, card: Card, made: dict[str, Any]) -> None:
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_margins(0.6, 0.6, 0.6, 0.6)
    page.set_footer("&C第 &P 页，共 &N 页")
    last = len(ROSTER) - 1
    for column, (_heading, width) in enumerate(ROSTER):
        page.set_column(column, column, width)
    page.merge_range(0, 0, 0, last, TITLE, made["title"])
    trip = card.trip
    facts = (
        f"车牌：{trip.bus.plate}    核定座位：{trip.seats}    限乘：{trip.room}    实乘：{trip.people}",
        f"承运：{trip.bus.owner or '—'}    目的地：{trip.destination}    全程：{trip.km:.0f}公里（含空驶）",
        f"出场：{moment(trip.set_off_at)}    首站：{moment(trip.depart_at)}    到达：{moment(trip.arrive_at)}",
        "驾驶员：" + "；".join(f"{one['role']} {one.get('phone', '')}".strip() for one in trip.drivers),
    )
    row = 1
    for line in facts:
        page.merge_range(row, 0, row, last, line, made["wrap"])
        row += 1
    row = _table(page, row + 1, ("站次", "上车点", "到站", "发车", "人数"), [
        [stop.ordinal, stop.place.name, moment(stop.arrive_at), moment(stop.depart_at), stop.people]
        for stop in (halt.stop for halt in card.halts)
    ], made, wide=(0, (1, 2), (3, 4), 5, 6))  # fmt: skip
    row = _table(page, row + 1, tuple(name for name, _width in ROSTER), [
        [n, one.name, one.worker.shown, one.worker.number, halt.stop.place.name, "", ""]
        for n, (halt, one) in enumerate(((halt, one) for halt in card.halts for one in halt.rows), start=1)
    ], made)  # fmt: skip
    if hidden := sum(halt.hidden for halt in card.halts):
        page.merge_range(row, 0, row, last, f"另有{hidden}人不在本账号可见范围内。", made["wrap"])
        row += 1
    page.write_string(row + 1, 0, "须遵守", made["bold"])
    row += 2
    for words in (*(f"{'✓' if fine else '✗'} {told}" for fine, told in card.rules), *DUTIES):
        page.merge_range(row, 0, row, last, words, made["wrap"])
        page.set_row(row, 30 if len(words) > 40 else 16)
        row += 1
    page.merge_range(row + 1, 0, row + 1, last, "    ".join(f"{who}：__________" for who in SIGNED), made["wrap"])
    page.set_row(row + 1, 34)


def _table(page: Any, row: int, heads: Any, rows: list[list[Any]], made: dict[str, Any], wide: Any = None) -> int:
    """Write a table; `wide` says which columns of the page each of its columns takes. Return the row behind it."""
    places = wide or tuple(range(len(heads)))
    for values, form in ((heads, made["head"]), *((line, made["cell"]) for line in rows)):
        for at, value in zip(places, values, strict=True):
            if isinstance(at, tuple):
                page.merge_range(row, at[0], row, at[1], value, form)
            else:
                page.write(row, at, value, form)
        row += 1
    return row


def moment(at: Any) -> str:
    """Return 3月14日 06:00."""
    here = timezone.localtime(at)
    return f"{here.month}月{here.day}日 {here:%H:%M}"
