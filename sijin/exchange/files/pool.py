"""The pool as workbooks: orders and makers in and out, rows that come back, the production board by run and by day."""

import io
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from sijin.exchange.domain.pool.board import Board
from sijin.exchange.domain.pool.sheets import SHEETS, MakerRows, OrderRows
from sijin.exchange.files import Columns, heads_of, rows_of, table_of, written
from sijin.exchange.files.relief import OPTIONS, page, styles
from sijin.exchange.models import OfferImport, PoolMaker, PoolOrder
from sijin.people.refusals import RuleBroken

NAMES = {"orders": "订单", "makers": "产线"}
NOTES = {
    "orders": (
        "每行一张订单；带*的列必填。订单号由企业自定，同一订单号再次导入即为更新。",
        "“版本”由系统填写：导出的表改后再导入，须保留版本；新订单留空。",
        "“点位编号”为持有订单的企业；“可在本厂生产”填否，表示该订单交由合作企业生产。",
        "“可开工日期”起的第一个整周可以投产，“交货日期”为到货的最后一天。",
        "读不懂的行会随错误说明退回，其余行照常保留。",
    ),
    "makers": (
        "每行一条产线的一种产品；同一产线生产几种产品，就写几行，除产品、件数、单价外各列须一致。",
        "“版本”由系统填写：导出的表改后再导入，须保留版本；新产线留空。",
        "“空档”为可接单的时段，如 2020-03-09~2020-05-31，多段用；隔开；留空表示一直可接单。",
        "“备产周数”“运输周数”按整周填写；“换产工时”为每接一张订单的准备时间；“起订量”以下不接。",
        "“出口资质”不清楚则留空；“点位编号”“资源编号”没有则留空。",
        "读不懂的行会随错误说明退回，其余行照常保留。",
    ),
}


def read(content: bytes) -> tuple[str, list[dict[str, Any]]]:
    """Return which of the two sheets it is and its rows; RuleBroken when it is neither."""
    table = table_of(content)
    heads = heads_of(table)
    for of, rows in SHEETS.items():
        if rows.columns[0][1] in heads:
            return of, rows_of(table, rows.columns, rows.required)
    first = "、".join(rows.columns[0][1] for rows in SHEETS.values())
    raise RuleBroken(_("The sheet has none of the columns: %(names)s") % {"names": first}, field="sheet")


def template(of: str) -> bytes:
    """Return the empty sheet with one example, drop-down lists and a page of notes."""
    return _sheet(of, [[example for _name, _heading, _width, example in SHEETS[of].columns]])


def returned(sheet: OfferImport) -> bytes:
    """Return the rows that were not taken, as typed, with what is wrong in a last column."""
    return _sheet(sheet.of, [[*row["cells"], "；".join(row["faults"])] for row in sheet.bad], faults=True)


def export_orders(orders: Iterable[PoolOrder]) -> bytes:
    """Return the orders as a sheet that can be changed and read in again."""
    return _sheet("orders", [[_shown(getattr(order, name)) for name, *_r in OrderRows.columns] for order in orders])


def export_makers(makers: Iterable[PoolMaker]) -> bytes:
    """Return the makers as a sheet that can be changed and read in again: a row for each product."""
    rows = []
    for maker in makers:
        for rate in maker.rates.all():
            of_rate = ("product", "per_hour", "price")
            rows.append([
                _shown(getattr(rate if name in of_rate else maker, name)) for name, *_rest in MakerRows.columns
            ])  # fmt: skip
    return _sheet("makers", rows)


def _sheet(of: str, rows: list[list[Any]], faults: bool = False) -> bytes:
    shape = SHEETS[of]
    columns: Columns = shape.columns
    lists = {name: ["是", "否"] for name, *_rest in columns if name in ("certificate", "at_home")}
    return written(NAMES[of], columns, shape.required, rows, lists, NOTES[of], faults)


def _shown(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "；".join("~".join(window) for window in value)
    if hasattr(value, "number"):
        return value.number
    return value.code if hasattr(value, "code") else value


def board(found: Board) -> bytes:
    """Return the production board: a page by run, one line for each, and a page by day."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, OPTIONS | {"constant_memory": False, "in_memory": True}) as target:
        looks = styles(target)
        looks["count"] = target.add_format({"num_format": "#,##0"})
        _runs(target, looks, found)
        _by_day(target, looks, found)
    return made.getvalue()


def _runs(target: Any, looks: dict[str, Any], found: Board) -> None:
    heads = [
        ("序号", 6), ("企业", 30), ("订单号", 16), ("产品", 14), ("去向", 14), ("数量（件）", 14), ("开工日期", 12),
        ("完工日期", 12), ("交货日期", 12), ("已排至", 12),
    ]  # fmt: skip
    sheet, at = page(target, looks, "工作推进表", heads), 0
    for row in found.rows:
        for run in row.runs:
            at += 1
            order = run.share.order
            sheet.write_row(at, 0, [at, str(row.maker), order.code, order.product, order.destination])
            sheet.write_number(at, 5, run.quantity, looks["count"])
            for column, day in enumerate((run.first, run.last, order.due, row.booked_until), start=6):
                sheet.write_datetime(at, column, day, looks["day"])
    sheet.autofilter(0, 0, max(1, at), len(heads) - 1)


def _by_day(target: Any, looks: dict[str, Any], found: Board) -> None:
    days: dict[date, dict[int, int]] = defaultdict(dict)
    shares = {run.share.pk: run.share for row in found.rows for run in row.runs}
    for share in shares:
        for day, quantity in found.days[share]:
            days[day][share] = quantity
    column = {pk: n for n, pk in enumerate(shares, start=1)}
    names = [(f"{share.maker} {share.order.code}", 18) for share in shares.values()]
    sheet = page(target, looks, "按日", [("日期", 12), *names])
    for at, day in enumerate(sorted(days), start=1):
        sheet.write_datetime(at, 0, day, looks["day"])
        for share, quantity in days[day].items():
            sheet.write_number(at, column[share], quantity, looks["count"])
