"""A roster that was handed in: kept with its preview, applied once, with the rows that came back."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from sijin.dispatch.domain.intake import Examined, examine, take_in
from sijin.dispatch.domain.sheets import Book
from sijin.dispatch.models import Campaign, RosterImport
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken

SHOWN = 2_000  # faults kept with the preview; the workbook that comes back has all


def hand_in(by: Account, campaign: Campaign | None, name: str, content: bytes, book: Book) -> RosterImport:
    """Keep a workbook with the preview of what it would do; nothing else is written."""
    examined = examine(by, campaign, book)
    kept = RosterImport(campaign=campaign, by=by, name=name[:200], **_told(examined))
    kept.file.save("roster.xlsx", ContentFile(content), save=False)
    kept.save()
    return kept


def apply(
    by: Account,
    kept: RosterImport,
    book: Book,
    rejected: Callable[[Book, Any], bytes],
    progress: Callable[[int, int, str], None] | None = None,
) -> RosterImport:
    """Write the good rows of a workbook that was handed in; `rejected` makes the file of the others."""
    require(by, "import", Campaign)
    examined = examine(by, kept.campaign, book, progress)
    with transaction.atomic():
        kept = RosterImport.objects.select_for_update().get(pk=kept.pk)
        if kept.state != RosterImport.State.PREVIEWED:
            raise RuleBroken(_("This workbook was applied already; hand it in again to import it again."))
        kept.campaign = take_in(by, examined)
        kept.state = RosterImport.State.APPLIED
        kept.summary, kept.faults = _told(examined).values()
        if examined.faults:
            kept.rejected.save("rejected.xlsx", ContentFile(rejected(book, examined.faults)), save=False)
        kept.save()
    return kept


def _told(examined: Examined) -> dict[str, Any]:
    return {"summary": examined.summary(), "faults": [asdict(fault) for fault in examined.faults[:SHOWN]]}
