"""A table of travel times is kept as it was read: who brought it, its places, cells that could not be read."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken
from sijin.works.models import TravelTable

MOST = 400  # places
Cells = list[list[float | None]]


@dataclass
class Read:
    """What was read from a file: minutes and km, a row of cells for each place; None where there is nothing."""

    places: list[str]
    minutes: Cells
    km: Cells
    faults: list[str] = field(default_factory=list)


@transaction.atomic
def keep(by: Account, campaign: Campaign, name: str, read: Read, *, at: datetime) -> TravelTable:
    """Keep a table. RuleBroken when it has no places, too many, or one of them twice."""
    require(by, "make", TravelTable)
    if len(read.places) < 2:
        raise RuleBroken(_("The table has fewer than two places."), field="sheet")
    if len(read.places) > MOST:
        raise RuleBroken(_("The table has more than %(most)s places.") % {"most": MOST}, field="sheet")
    if twice := sorted({place for place in read.places if read.places.count(place) > 1}):
        raise RuleBroken(_("These places stand twice in it: %(places)s.") % {"places": "、".join(twice)}, field="sheet")
    return TravelTable.objects.create(
        campaign=campaign, name=name[:200], places=read.places, minutes=read.minutes, km=read.km,
        faults=read.faults[:50], made_by=by, made_at=at,
    )  # fmt: skip
