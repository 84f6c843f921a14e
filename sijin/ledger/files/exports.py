"""The ledger's current filter as .xlsx or .csv, kept as a file that belongs to one account."""

import csv
import secrets
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from django.core.files import File
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.ledger.domain import filters, sheets
from sijin.ledger.domain.filters import Filter
from sijin.ledger.domain.sheets import Value
from sijin.ledger.files.book import Book, Head, write
from sijin.ledger.models import LedgerFile, Need
from sijin.people.models import Account, Unit
from sijin.people.policy import require, scope_of, visible
from sijin.people.refusals import RuleBroken

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
KEPT = timedelta(days=7)
RISKY = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would take text that begins so for a formula
Progress = Callable[[int, int], None]


def make(by: Account, kind: str, chosen: Filter, progress: Progress = lambda done, total: None) -> LedgerFile:
    """Write the rows of `chosen` that `by` may see into a file of its own; files older than a week go."""
    require(by, "view", Need)
    if kind not in TYPES:
        raise RuleBroken(_("Only xlsx and csv are made."))
    campaign = visible(by, Campaign).first()
    if campaign is None:
        raise RuleBroken(_("There is no campaign yet."))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"ledger.{kind}"
        count = write_to(path, by, campaign, chosen, progress)
        return keep(by, path, f"{title(campaign, chosen)}.{kind}", count)


def write_to(
    path: Path, by: Account, campaign: Campaign, chosen: Filter, progress: Progress = lambda done, total: None
) -> int:
    """Write the rows of `chosen` in the form that the path's suffix names; return their number."""
    return (to_xlsx if path.suffix == ".xlsx" else to_csv)(path, by, campaign, chosen, progress)


def keep(by: Account, path: Path, name: str, rows: int) -> LedgerFile:
    """Keep a written file for the account that asked for it."""
    for old in LedgerFile.objects.filter(account=by, made_at__lt=timezone.now() - KEPT):
        old.file.delete(save=False)
        old.delete()
    made = LedgerFile(account=by, name=name[:200], media_type=TYPES[path.suffix[1:]], rows=rows)
    with path.open("rb") as file:
        made.file.save(f"{secrets.token_hex(16)}{path.suffix}", File(file), save=False)
    made.save()
    return made


def title(campaign: Campaign, chosen: Filter) -> str:
    """Return the name of the ledger: campaign, list, tab."""
    whole = _("Ledger of needs")
    words = str(filters.LISTS.get(chosen.on_list, whole))
    tab = "" if chosen.tab == "all" else f"（{filters.TABS[chosen.tab]}）"
    return f"{campaign.name}{words}{tab}"


def subtitle(by: Account, campaign: Campaign) -> str:
    """Return who made it and as of when."""
    at = timezone.localtime(campaign.now())
    facts = {"who": by.unit or by, "day": in_document(at.date()), "time": f"{at:%H:%M}"}
    return _("Made for %(who)s · as of %(day)s %(time)s") % facts


def in_document(day: date) -> str:
    """Return a day as documents write it: 2020年3月4日."""
    return f"{day.year}年{day.month}月{day.day}日"


def heads(by: Account) -> list[Head]:
    """Return the columns of the workbook, with the drop-downs of those that `by` may edit on some need."""
    choices = {
        "klass": [str(label) for label in Need.Klass.labels],
        "lead": list(visible(by, Unit).order_by("code").values_list("name", flat=True)),
    }
    hints = {
        "klass": _("Choose one of the four classes. Classifies the need."),
        "lead": _("Choose a unit. Hands the need over to it."),
        "co": _("Names of units, with 、 between them."),
        "measure": _("New words here are entered as a new measure."),
    }
    made = [Head("serial", str(sheets.SERIAL), 6)]
    for key, column in sheets.COLUMNS.items():
        editable = bool(column.verb and scope_of(by, column.verb, "ledger.Need"))
        made.append(
            Head(
                key,
                str(column.label),
                column.width,
                hidden=column.hidden,
                editable=editable,
                choices=choices.get(key, ()) if editable else (),
                hint=hints.get(key, ""),
            )
        )
    return made


def to_xlsx(path: Path, by: Account, campaign: Campaign, chosen: Filter, progress: Progress) -> int:
    """Write the workbook that can be edited and brought back; return the number of rows."""
    now, columns = timezone.localtime(campaign.now()), heads(by)
    hint = _("Shaded heads may be edited and brought back.") if any(head.editable for head in columns) else ""
    book = Book(
        title=title(campaign, chosen),
        subtitle=" · ".join(part for part in (subtitle(by, campaign), hint) if part),
        heads=columns,
        meta={
            "kind": "edits",
            "campaign": campaign.code,
            "exported_at": now.isoformat(timespec="seconds"),
            "filter": chosen.query(),
        },
        sheet=_("Ledger of needs")[:31],
        footer=title(campaign, chosen),
        printed=("measure",),
        made=now.replace(tzinfo=None),
    )
    return write(path, book, ((cells, cells) for cells in _cells(by, campaign, chosen, progress)))


def to_csv(path: Path, by: Account, campaign: Campaign, chosen: Filter, progress: Progress) -> int:
    """Write plain rows for other programs (UTF-8 with a mark, so that spreadsheets read it); return their number."""
    count = 0
    shown = {key: column for key, column in sheets.COLUMNS.items() if not column.hidden}
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow([sheets.SERIAL, *(column.label for column in shown.values())])
        for count, cells in enumerate(_cells(by, campaign, chosen, progress), start=1):
            out.writerow([count, *(harmless(cells[key]) for key in shown)])
    return count


def harmless(value: Value) -> str:
    """Return a cell of a CSV file; text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if isinstance(value, date):
        return in_document(value)
    if isinstance(value, str) and value.startswith(RISKY):
        return f"'{value}"
    return "" if value is None else str(value)


def _cells(by: Account, campaign: Campaign, chosen: Filter, progress: Progress) -> Iterator[dict[str, Value]]:
    today = timezone.localtime(campaign.now()).date()
    rows = chosen.rows(by, campaign)
    total = rows.count()
    for done, need in enumerate(sheets.rows_for(rows).iterator(chunk_size=1000), start=1):
        yield sheets.cells(need, today)
        if done % 200 == 0:
            progress(done, total)
