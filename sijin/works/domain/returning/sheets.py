"""The sheet of workers: columns, how a row becomes facts or faults, and taking a whole sheet in.

A fault names the column, what stands there and what was expected. A home that leads to no place is no fault: the
worker is kept without one and is named as such in the list.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.domain import imports
from sijin.exchange.domain.cells import day, known, phone, read_row, short, whole, yes_no
from sijin.exchange.domain.imports import Kept
from sijin.people.models import Account
from sijin.people.policy import require, visible
from sijin.places.models import Door, Site
from sijin.works.domain.returning import workers
from sijin.works.models import Worker, WorkerImport

# field, heading, width, example
COLUMNS = (
    ("site", "点位编号", 12, ""),
    ("code", "工号", 12, "W001"),
    ("version", "版本", 6, ""),
    ("name", "姓名", 12, "工人001"),
    ("phone", "电话", 16, "19900000001"),
    ("post", "工种", 12, "焊工"),
    ("home", "家庭所在地", 28, "河南省周口市淮阳区"),
    ("wanted_on", "需到岗日期", 14, "2020-03-14"),
    ("own_way", "自行返岗", 10, "否"),
)
LENGTHS = {"code": 40, "name": 40, "post": 60, "home": 120}


class WorkerRows:
    """Reads and writes rows of workers; a firm's own account leaves the column of the site empty."""

    columns = COLUMNS
    required = ("code", "name")

    def __init__(self, account: Account) -> None:
        self.sites = {site.code: site for site in visible(account, Site)}
        self.own = account.site if account.site_id and account.site.code in self.sites else None

    def __call__(self, cells: list[str]) -> Kept:
        """Return the facts of one row, or its faults."""
        kept = read_row(self, cells, partial=True)
        kept.facts.setdefault("site", self.own)
        if not kept.faults and kept.facts["site"] is None:
            words = _("column “%(column)s”: found “%(found)s”, expected %(expected)s")
            told = {"column": "点位编号", "found": _("nothing"), "expected": _("the code of a site")}
            kept.faults.append(words % told)
        return kept

    def value(self, name: str, text: str) -> Any:
        """Return the value of one cell; ValueError says what was expected."""
        if not text:
            return {"site": self.own, "version": None, "wanted_on": None, "own_way": False}.get(name, "")
        readers: dict[str, Callable[[str], Any]] = {
            "site": lambda text: known(self.sites, text, _("the code of a site")), "version": whole(1),
            "wanted_on": day, "own_way": yes_no, "phone": phone,
        }  # fmt: skip
        return readers.get(name, short(LENGTHS.get(name, 40)))(text)

    def write(self, by: Account, campaign: Campaign, facts: dict[str, Any]) -> str:
        """Write one row; say what became of it."""
        site, code = facts.pop("site"), facts.pop("code")
        return workers.keep(by, site, code, version=facts.pop("version", None), at=campaign.now(), **facts)[1]


def codes(account: Account) -> list[str]:
    """Return the codes of the sites to which `account` can bring workers back: firms and projects."""
    rows = visible(account, Site).filter(door__in=(Door.ENTERPRISE, Door.PROJECT))
    return sorted(rows.values_list("code", flat=True))


def begin(by: Account, campaign: Campaign, name: str, content: bytes, rows: list[dict[str, Any]]) -> WorkerImport:
    """Keep the rows of a sheet as typed, so that they can be taken in at once or by a job."""
    require(by, "make", WorkerImport)
    require(by, "keep", Worker)
    digest = hashlib.sha256(content).hexdigest()
    return WorkerImport.objects.create(
        campaign=campaign, made_by=by, made_at=campaign.now(), name=name[:200], digest=digest, rows=rows
    )


def take(sheet: WorkerImport, progress: imports.Progress = lambda done, total: None) -> WorkerImport:
    """Take in every good row; the others stay in `sheet.bad` with their faults."""
    rows = WorkerRows(sheet.made_by)
    return imports.take(sheet, rows, progress, rows.write)
