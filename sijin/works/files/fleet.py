"""The fleet as a sheet: a template, an export that can be read in again, rows that come back."""

from collections.abc import Iterable
from typing import Any

from sijin.exchange.files import rows_of, table_of, written
from sijin.works.domain.shuttles.sheets import COLUMNS, REQUIRED
from sijin.works.models import Bus

NOTES = (
    "每行一辆车；带*的列必填。",
    "“版本”由系统填写：导出的表改后再导入，即按车牌更新；新增的行留空。",
    "“停放地点”填点位编号，或上车点的名称、编号，或纬度,经度（如 37.51,122.12）。",
    "“驾驶员”填岗位代号，不填姓名；两名驾驶员各带电话。",
    "读不懂的行会随错误说明退回，其余行照常保留。",
)


def template() -> bytes:
    """Return the empty sheet with one example and a page of notes."""
    return _sheet([[example for _name, _heading, _width, example in COLUMNS]])


def export(buses: Iterable[Bus]) -> bytes:
    """Return the fleet as a sheet that can be changed and read in again."""
    return _sheet([_cells(bus) for bus in buses])


def returned(bad: list[dict[str, Any]]) -> bytes:
    """Return the rows that were not taken, as typed, with what is wrong in a last column."""
    return _sheet([[*row["cells"], "；".join(row["faults"])] for row in bad], faults=True)


def read(content: bytes) -> list[dict[str, Any]]:
    """Return the rows of a sheet: [{"row": number in the sheet, "cells": as typed}]."""
    return rows_of(table_of(content), COLUMNS, REQUIRED)


def _sheet(rows: list[list[Any]], faults: bool = False) -> bytes:
    return written("车辆", COLUMNS, REQUIRED, rows, {}, NOTES, faults)


def _cells(bus: Bus) -> list[Any]:
    drivers = [*bus.drivers, {}, {}][:2]
    named = [drivers[n].get(field, "") for n in range(2) for field in ("role", "phone")]
    return [
        bus.plate, bus.version, bus.seats, float(bus.fixed), float(bus.per_km), bus.depot.code, bus.owner,
        bus.unit.name if bus.unit else "", *named,
    ]  # fmt: skip
