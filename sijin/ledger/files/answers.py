"""The needs on which a bulk action was refused, with the reasons, as a workbook."""

from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.ledger.domain import bulk, sheets
from sijin.ledger.files.book import Book, Head, write
from sijin.ledger.models import BulkAction
from sijin.ledger.transitions import word


def refused(path: Path, action: BulkAction) -> str:
    """Write the refused needs of `action` to `path`; return the file's name."""
    title = _("Refused: %(verb)s") % {"verb": word(action.verb)}
    heads = [
        Head("serial", str(sheets.SERIAL), 6),
        Head("number", str(sheets.COLUMNS["number"].label), 20),
        Head("title", str(sheets.COLUMNS["title"].label), 40),
        Head("reason", str(sheets.REASON), 60),
    ]
    rows = [
        (
            {
                "number": answer["need"].number if answer["need"] else "",
                "title": answer["need"].title if answer["need"] else "",
                "reason": answer["reason"],
            },
            None,
        )
        for answer in bulk.answers(action)
        if answer["outcome"] != "done"
    ]
    meta = {"kind": "refused", "campaign": action.campaign.code}
    sheet = title[:31].replace(":", " ").replace("：", " ")
    made = timezone.localtime(action.made_at).replace(tzinfo=None)
    write(path, Book(title, str(action.campaign), heads, meta, sheet, made=made), rows)
    return f"{title}.xlsx"
