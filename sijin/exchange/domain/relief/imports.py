"""Taking in a list of firms' figures: good rows are kept, bad rows come back; the same list changes nothing."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from sijin.dispatch.models import Campaign
from sijin.engines.relief import Fault, Faulty, Firm
from sijin.exchange.domain.relief import book, figures, words
from sijin.exchange.models import ReliefFigures, ReliefImport
from sijin.people.models import Account
from sijin.people.policy import require, visible
from sijin.places.models import Door, Site

Progress = Callable[[int, int], None]


def begin(
    by: Account, campaign: Campaign, name: str, columns: list[str], rows: list[list[Any]], first_row: int
) -> ReliefImport:
    """Keep the rows of a list as typed, so that they can be taken in at once or by a job."""
    require(by, "make", ReliefImport)
    require(by, "keep", ReliefFigures)
    return ReliefImport.objects.create(
        campaign=campaign, made_by=by, made_at=campaign.now(), name=name[:200], columns=columns,
        rows=[["" if cell is None else str(cell) for cell in row] for row in rows], first_row=first_row,
    )  # fmt: skip


@transaction.atomic
def take(given: ReliefImport, progress: Progress = lambda done, total: None) -> ReliefImport:
    """Take in every good row; a list that was finished before is left as it is.

    A row's figures go over those that are known; what the row leaves empty stays as it was.
    """
    if given.finished_at:
        return given
    by, total = given.made_by, len(given.rows)
    sites = {site.code: site for site in visible(by, Site).filter(door=Door.ENTERPRISE)}
    known = {found.site_id: found for found in ReliefFigures.objects.filter(site__in=sites.values())}
    seen: set[str] = set()
    for at, cells in enumerate(given.rows):
        row = dict(zip(given.columns, cells, strict=True))
        code = row["firm"].strip()
        faults = _faults(row, at, code, sites, seen)
        seen.add(code)
        if faults:
            given.bad.append({"row": at, "faults": [words.told(fault) for fault in faults]})
        else:
            site = sites[code]
            before = known.get(site.pk)
            values = {**(before.values if before else {}), **{name: cell for name, cell in row.items() if cell.strip()}}
            version = before.version if before else 0
            after = figures.keep(by, site, given.campaign, values, version=version, source=given.name)
            given.created += before is None
            given.changed += before is not None and after.version != version
            given.same += before is not None and after.version == version
        progress(at + 1, total)
    given.finished_at = given.campaign.now()
    given.save()
    return given


def _faults(row: dict[str, str], at: int, code: str, sites: dict[str, Site], seen: set[str]) -> list[Fault]:
    try:
        Firm.of(row, book.book(), at)
    except Faulty as faulty:
        return list(faulty.faults)
    if code in seen:
        return [Fault(at, code, "firm", "duplicate", code)]
    return [] if code in sites else [Fault(at, code, "firm", "site", code)]
