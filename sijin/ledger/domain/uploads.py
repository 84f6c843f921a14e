"""A workbook that was sent in: kept with what it says, confirmed once, its rows that were not taken."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.ledger.domain import sheets
from sijin.ledger.models import SheetImport
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import Stale

AT_ONCE = 200  # rows that are done while the reader waits; more of them are a job
KEPT = timedelta(days=30)  # uploads are read again for so long


def keep(
    by: Account,
    campaign: Campaign,
    kind: str,
    *,
    name: str,
    sha256: str,
    total: int,
    rows: list[dict[str, Any]],
    faults: list[dict[str, Any]],
) -> SheetImport:
    """Keep an upload until it is confirmed; those older than a month go."""
    SheetImport.objects.filter(account=by, made_at__lt=timezone.now() - KEPT).delete()
    return SheetImport.objects.create(
        account=by,
        campaign=campaign,
        kind=kind,
        name=name[:200],
        sha256=sha256,
        total=total,
        rows=rows,
        faults=faults,
    )


def confirm(upload: SheetImport, by: Account) -> SheetImport:
    """Begin to take an upload in, or go on after an interruption; a second call is refused."""
    require(by, "view", upload)
    if upload.interrupted:
        return upload
    if not SheetImport.objects.filter(pk=upload.pk, state="waiting").update(state="running"):
        raise Stale(_("This was already done; below is what came of it."))
    upload.refresh_from_db()
    return upload


def fault(row: int, column: str, expected: str, got: str = "", raw: dict[str, str] | None = None) -> dict[str, Any]:
    """Return one fault as it is kept: where it is, what was expected, what stood there, the row as it came."""
    return {"row": row, "column": column, "expected": expected, "got": got[:80], "raw": raw or {}}


def not_taken(upload: SheetImport) -> Iterable[dict[str, Any]]:
    """Return the rows to mend, once each, in the order of the file: {row, reason, raw, was, version}."""
    rows: dict[int, dict[str, Any]] = {}
    edited = {row["row"]: row for row in upload.rows}
    for found in upload.faults:
        entry = rows.setdefault(found["row"], {"row": found["row"], "raw": found["raw"], "reasons": []})
        got = _(", got “%(got)s”") % {"got": found["got"]} if found["got"] else ""
        entry["reasons"].append(_in_place(found["row"], found["column"], f"{found['expected']}{got}"))
    for change in upload.results:
        if change["outcome"] in ("done", "same"):
            continue
        row = edited[change["row"]]
        entry = rows.setdefault(change["row"], {"row": change["row"], "raw": row["raw"], "reasons": []})
        label = (
            str(sheets.COLUMNS[change["key"]].label) if change.get("key") in sheets.COLUMNS else change.get("key", "")
        )
        entry["reasons"].append(_in_place(change["row"], label, change["reason"]))
    for entry in sorted(rows.values(), key=lambda entry: entry["row"]):
        cells = edited.get(entry["row"], {}).get("cells", {})
        was = {key: before for key, (before, _now) in cells.items()}
        yield {"row": entry["row"], "raw": entry["raw"], "was": was, "reason": "\n".join(entry["reasons"])}


def _in_place(row: int, column: str, words: str) -> str:
    return _("Row %(row)s, %(column)s: %(words)s") % {"row": row, "column": column, "words": words}
