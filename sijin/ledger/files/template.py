"""The template for new needs, and the workbook in which rows that were not taken come back."""

from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.ledger.categories import categories
from sijin.ledger.domain import intake, sheets, uploads
from sijin.ledger.domain.sheets import Value
from sijin.ledger.files.book import Book, Head, write
from sijin.ledger.files.exports import heads as ledger_heads
from sijin.ledger.models import SheetImport

WIDTHS = {"key": 16, "site": 26, "title": 40, "text": 44, "category": 18, "team": 22, "raised": 16}
SPARE = 500  # empty rows that keep the drop-downs


def _heads() -> list[Head]:
    hints = {
        "key": _("The row's number in your old ledger; the same number is taken in once."),
        "site": _("Name or code of a site of this campaign."),
        "title": _("What is needed, in at most 120 characters."),
        "team": _("Leave it empty for the team that is posted to the site."),
        "raised": _("Like 2020-03-04; empty means today."),
    }
    choices = {"category": [name for _code, name in categories()]}
    return [
        Head(key, str(label), WIDTHS[key], editable=True, choices=choices.get(key, ()), hint=hints.get(key, ""))
        for key, label in intake.COLUMNS.items()
    ]


def _meta(campaign: Campaign, kind: str) -> dict[str, str]:
    return {"kind": kind, "campaign": campaign.code}


def empty(path: Path, campaign: Campaign) -> None:
    """Write the empty template."""
    words = _("Paste your old ledger under the heads; site and title must be filled in. Save as xlsx or ods.")
    book = Book(
        title=f"{campaign.name} · {_('New needs')}",
        subtitle=words,
        heads=_heads(),
        meta=_meta(campaign, "needs"),
        sheet=_("New needs")[:31],
        made=timezone.localtime(campaign.now()).replace(tzinfo=None),
        spare=SPARE,
    )
    write(path, book, [])


def to_mend(path: Path, upload: SheetImport) -> int:
    """Write the rows of an upload that were not taken, with the reason; the file can be mended and sent in again."""
    edits = upload.kind == SheetImport.Kind.EDITS
    reason = Head("reason", str(sheets.REASON), 60)
    kept = [head for head in ledger_heads(upload.account) if head.key != "serial"] if edits else _heads()
    book = Book(
        title=f"{_('Rows to mend')} · {upload.name}",
        subtitle=_("Mend the cells named in the first column and send this file in again."),
        heads=[reason, *kept],
        meta=_meta(upload.campaign, upload.kind) | {"source": _source(upload)},
        sheet=_("Rows to mend")[:31],
        made=timezone.localtime(upload.made_at).replace(tzinfo=None),
    )

    def rows() -> list[tuple[dict[str, Value], dict[str, Value] | None]]:
        found = []
        for entry in uploads.not_taken(upload):
            cells: dict[str, Value] = {key: sheets.clean(text) for key, text in entry["raw"].items()}
            before = cells | {key: sheets.clean(text) for key, text in entry["was"].items()}
            found.append(({**cells, "reason": entry["reason"]}, before if edits else None))
        return found

    return write(path, book, rows())


def _source(upload: SheetImport) -> str:
    return Path(upload.name).stem
