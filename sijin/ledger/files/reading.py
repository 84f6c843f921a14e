"""Reads an uploaded workbook (.xlsx or .ods, saved by Excel, WPS or LibreOffice) into plain rows.

What the workbook is stands in its hidden sheet; a sheet without one is read as new needs when its head says so. Reading
finds faults of form (missing columns, a number twice); what a row means is for `domain.edits` and `domain.intake`.
"""

import hashlib
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from sijin.dispatch.models import Campaign
from sijin.ledger.domain import intake, sheets, uploads
from sijin.ledger.domain.uploads import fault
from sijin.ledger.files.book import FORM, LISTS, META, WAS
from sijin.ledger.models import SheetImport
from sijin.people.models import Account
from sijin.people.refusals import RuleBroken

BYTES = 10 * 1024 * 1024
UNPACKED = 200 * 1024 * 1024
ROWS, WIDTH = 30_000, 100
Raw = tuple[int, dict[str, str]]


@dataclass
class Sheet:
    """The first sheet of a workbook: what its hidden sheet says, its rows by column, what was exported."""

    meta: dict[str, str]
    keys: list[str]
    rows: list[Raw]
    was: dict[str, dict[str, str]] = field(default_factory=dict)


def take(by: Account, campaign: Campaign, name: str, content: bytes) -> SheetImport:
    """Read an upload and keep it until it is confirmed; RuleBroken says what kind of file was expected."""
    sheet = read(content)
    if sheet.meta.get("campaign", campaign.code) != campaign.code:
        raise RuleBroken(_("This workbook belongs to another campaign: export it here again."), field="file")
    if sheet.meta.get("form", str(FORM)) != str(FORM):
        raise RuleBroken(_("This workbook was made by another version: export it again."), field="file")
    kind = SheetImport.Kind.EDITS if sheet.meta.get("kind") == "edits" else SheetImport.Kind.NEEDS
    if kind == SheetImport.Kind.EDITS:
        rows, faults = _edited(sheet)
    else:
        source = sheet.meta.get("source") or Path(name).stem
        rows, faults = intake.check(by, campaign, source, sheet.rows)
    digest = hashlib.sha256(content).hexdigest()
    total = len(sheet.rows)
    return uploads.keep(by, campaign, kind, name=name, sha256=digest, total=total, rows=rows, faults=faults)


def read(content: bytes) -> Sheet:
    """Read a workbook's first sheet; RuleBroken when it is none, too large, or has not the heads that are needed."""
    _guard(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = [name for name in book.sheet_names if name not in (META, WAS, LISTS)]
        meta = {str(row[0]): sheets.as_text(row[1]) for row in _grid(book, META) if len(row) > 1}
        grid = _grid(book, names[0]) if names else []
        was = _grid(book, WAS)
    except (CalamineError, OSError, ValueError, KeyError) as error:
        raise RuleBroken(_("This is not a workbook that can be read; save it as xlsx or ods."), field="file") from error
    heads = sheets.heads() if meta.get("kind") == "edits" else intake.heads()
    at, keys = _head(grid, heads)
    needed = ("number", "version") if meta.get("kind") == "edits" else intake.REQUIRED
    missing = [key for key in needed if key not in keys]
    if missing:
        labels = sheets.COLUMNS if meta.get("kind") == "edits" else {}
        words = "、".join(str(labels[key].label if key in labels else intake.COLUMNS[key]) for key in missing)
        raise RuleBroken(
            _("The columns %(words)s are missing in the head of the sheet.") % {"words": words}, field="file"
        )
    rows = [(at + n + 2, cells) for n, row in enumerate(grid[at + 1 :]) if any((cells := _cells(keys, row)).values())]
    if len(rows) > ROWS:
        raise RuleBroken(_("At most %(most)s rows are read at once.") % {"most": ROWS}, field="file")
    return Sheet(meta, keys, rows, _exported(was))


def _guard(content: bytes) -> None:
    """Refuse what is no workbook, or would grow out of all proportion when it is unpacked."""
    wrong = RuleBroken(_("Expected a workbook: a file saved as xlsx or ods."), field="file")
    if len(content) > BYTES:
        raise RuleBroken(_("The file is larger than %(limit)s MB.") % {"limit": BYTES // 1024 // 1024}, field="file")
    try:
        packed = zipfile.ZipFile(io.BytesIO(content))
        if sum(info.file_size for info in packed.infolist()) > UNPACKED:
            raise RuleBroken(_("The workbook is too large when it is unpacked."), field="file")
        for info in packed.infolist():
            if info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml"):
                _within_bounds(packed.read(info))
            elif info.filename == "content.xml":
                _within_bounds_ods(packed.read(info))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise wrong from error


def _within_bounds(xml: bytes) -> None:
    """Refuse a cell so far out that the grid up to it would not fit into memory."""
    for found in re.finditer(rb'<c r="([A-Z]+)(\d+)"', xml):
        if len(found[1]) > 2 or (len(found[1]) == 2 and found[1] > b"CV") or int(found[2]) > 4 * ROWS:
            raise RuleBroken(_("The sheet reaches too far down or to the right."), field="file")


def _within_bounds_ods(xml: bytes) -> None:
    """Refuse a filled cell or row that is repeated out of all proportion."""
    wide, filled = rb'number-columns-repeated="(\d{4,})"', rb"office:value-type"
    cell = rb"(?:%b[^>]*%b|%b[^>]*%b)" % (wide, filled, filled, wide)
    row = rb'number-rows-repeated="(\d{5,})"[^>]*>(?:(?!</table:table-row>).)*%b' % filled
    if re.search(cell, xml) or re.search(row, xml, re.S):
        raise RuleBroken(_("The sheet reaches too far down or to the right."), field="file")


def _grid(book: CalamineWorkbook, name: str) -> list[list[Any]]:
    if name not in book.sheet_names:
        return []
    return [row[:WIDTH] for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]


def _head(grid: list[list[Any]], heads: dict[str, str]) -> tuple[int, list[str]]:
    """Return the row (counted from 0) that names most columns, among the first ten, and its columns in order."""
    best: tuple[int, list[str]] = (0, [])
    for n, row in enumerate(grid[:10]):
        keys = [heads.get(sheets.as_text(cell), "") for cell in row]
        if sum(map(bool, keys)) > sum(map(bool, best[1])):
            best = (n, keys)
    twice = [key for key, count in Counter(filter(None, best[1])).items() if count > 1]
    if twice:
        raise RuleBroken(_("The head of the sheet names a column twice."), field="file")
    return best


def _cells(keys: list[str], row: list[Any]) -> dict[str, str]:
    return {key: sheets.as_text(cell) for key, cell in zip(keys, row, strict=False) if key and key != "reason"}


def _exported(grid: list[list[Any]]) -> dict[str, dict[str, str]]:
    """Return the exported cells by the need's number."""
    if not grid:
        return {}
    keys = [str(cell) for cell in grid[0]]
    rows = ({key: sheets.as_text(cell) for key, cell in zip(keys, row, strict=False)} for row in grid[1:])
    return {cells["number"]: cells for cells in rows if cells.get("number")}


def _edited(sheet: Sheet) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows in which a cell differs from what was exported, and the rows that cannot be told apart."""
    times = Counter(cells.get("number", "") for _row, cells in sheet.rows)
    found: list[dict[str, Any]] = []
    faults: list[dict[str, Any]] = []
    for row, cells in sheet.rows:
        number, version = cells.get("number", ""), cells.get("version", "")
        wrong = _unfit(sheet, number, version, times[number])
        if wrong:
            faults.append(fault(row, *wrong, cells))
            continue
        changed = dict(_changes(sheet.was[number], cells))
        if changed:
            found.append({"row": row, "number": number, "version": int(version), "cells": changed, "raw": cells})
    return found, faults


def _unfit(sheet: Sheet, number: str, version: str, times: int) -> tuple[str, str, str] | None:
    """Return (column, expected, got) when a row cannot be matched with the ledger, or None."""
    label = str(sheets.COLUMNS["number"].label)
    if number not in sheet.was:
        return label, _("the number of an exported need; new needs come in by the template"), number
    if times > 1:
        return label, _("a number that stands in one row only"), number
    if version != sheet.was[number].get("version"):
        return str(sheets.COLUMNS["version"].label), _("the version as it was exported"), version
    return None


def _changes(was: dict[str, str], now: dict[str, str]) -> Iterator[tuple[str, tuple[str, str]]]:
    for key in sheets.COLUMNS:
        if key in now and key not in ("number", "version") and now[key] != was.get(key, ""):
            yield key, (was.get(key, ""), now[key])
