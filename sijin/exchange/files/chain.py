"""The chain map as workbooks: supplies in and out, rows that come back."""

from collections.abc import Iterable
from typing import Any

from sijin.exchange.domain.chain.sheets import COLUMNS, SupplyRows
from sijin.exchange.files import heads_of, rows_of, table_of, written
from sijin.exchange.models import ChainSupply, OfferImport

NOTES = (
    "每行一项供货关系：谁把什么产品卖给谁；带*的列必填。",
    "同一供方、需方、产品再次导入即为更新；导出的表改后再导入，须保留“版本”；新增的行留空。",
    "“年供货额”“年能力”单位为万元；能力不清楚则留空；年供货额填 0，即取消该项供货。",
    "“供方已开工”“供方在本市”填 是 / 否，留空保持原样（新企业按“是”）。",
    "企业按名称识别；是服务对象的，填点位编号，短板可转为该点位的需求。",
    "读不懂的行会随错误说明退回，其余行照常保留。",
)
LISTS = {"running": ["是", "否"], "local": ["是", "否"]}
WORDS = {True: "是", False: "否"}


def read(content: bytes) -> list[dict[str, Any]]:
    """Return the rows of a sheet; RuleBroken when columns are missing."""
    table = table_of(content)
    heads_of(table)
    return rows_of(table, COLUMNS, SupplyRows.required)


def template() -> bytes:
    """Return the empty sheet with one example, drop-down lists and a page of notes."""
    return _sheet([[example for _name, _heading, _width, example in COLUMNS]])


def returned(sheet: OfferImport) -> bytes:
    """Return the rows that were not taken, as typed, with what is wrong in a last column."""
    return _sheet([[*row["cells"], "；".join(row["faults"])] for row in sheet.bad], faults=True)


def export(supplies: Iterable[ChainSupply]) -> bytes:
    """Return the supplies as a sheet that can be changed and read in again."""
    rows = []
    for supply in supplies:
        supplier, buyer = supply.supplier, supply.buyer
        rows.append([
            supplier.name, supplier.site.code if supplier.site else "", buyer.name,
            buyer.site.code if buyer.site else "", supply.product, float(supply.volume),
            "" if supplier.capacity is None else float(supplier.capacity), WORDS[supplier.running],
            WORDS[supplier.local], supply.version,
        ])  # fmt: skip
    return _sheet(rows)


def _sheet(rows: list[list[Any]], faults: bool = False) -> bytes:
    return written("供应链", COLUMNS, SupplyRows.required, rows, LISTS, NOTES, faults)
