"""Sheets of the works room taken in: good rows are kept, bad rows come back, what changed is told cell by cell."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.db import transaction

from sijin.dispatch.models import Campaign
from sijin.exchange.domain.imports import Progress
from sijin.exchange.domain.imports import take as take_rows
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.works.domain.portfolio.sheet import DeskRows
from sijin.works.domain.projects.sheet import ProjectRows
from sijin.works.models import Desk, Project, RegisterImport

SHEETS: dict[str, Callable[[Account], DeskRows | ProjectRows]] = {"desks": DeskRows, "projects": ProjectRows}
WRITES: dict[str, Any] = {"desks": Desk, "projects": Project}


def begin(
    by: Account, campaign: Campaign, of: str, name: str, content: bytes, rows: list[dict[str, Any]]
) -> RegisterImport:
    """Keep the rows of a sheet as typed, so that they can be taken in at once or by a job."""
    require(by, "make", RegisterImport)
    require(by, "keep", WRITES[of])
    digest = hashlib.sha256(content).hexdigest()
    return RegisterImport.objects.create(
        of=of, campaign=campaign, made_by=by, made_at=campaign.now(), name=name[:200], digest=digest, rows=rows
    )


@transaction.atomic
def take(sheet: RegisterImport, progress: Progress = lambda done, total: None) -> RegisterImport:
    """Take in every good row of `sheet`; one that was finished before is left as it is."""
    if sheet.finished_at:
        return sheet
    rows = SHEETS[sheet.of](sheet.made_by)
    take_rows(sheet, rows, progress, rows.write)  # type: ignore[arg-type]  # it has the same fields
    sheet.changes = rows.changes
    sheet.save(update_fields=["changes"])
    return sheet
