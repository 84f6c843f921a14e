"""Places that are set by hand: where no name of China's divisions says where somebody boards."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.engines.script import simplified
from sijin.people.models import Account
from sijin.people.policy import require, within
from sijin.people.refusals import RuleBroken
from sijin.works.domain.returning import pick_ups, workers
from sijin.works.models import PickUp, Worker

SOUTH, NORTH, WEST, EAST = 17.0, 54.0, 73.0, 136.0  # degrees: the mainland and its islands


@transaction.atomic
def make(
    by: Account, name: str, *, lat: float, lon: float, at: datetime, province: str = ""
) -> tuple[PickUp, int]:  # fmt: skip
    """Set a place by hand; those of `by`'s workers without a place whose home has its name board there from now on.

    Returns
    -------
    PickUp, int
        The place, and how many workers board there now.

    Raises
    ------
    RuleBroken
        No name, a name that another place of this kind has, or a pin outside China.
    """
    require(by, "keep", Worker)
    name = simplified(name.strip())
    if not name:
        raise RuleBroken(_("Give the place a name."), field="name")
    if not (SOUTH <= lat <= NORTH and WEST <= lon <= EAST):
        bounds = {"south": SOUTH, "north": NORTH, "west": WEST, "east": EAST}
        words = _("The pin lies outside China: latitude %(south)s to %(north)s, longitude %(west)s to %(east)s.")
        raise RuleBroken(words % bounds, field="lat")
    own = PickUp.objects.select_for_update().filter(code__startswith=pick_ups.OWN)
    if own.filter(name=name).exists():
        raise RuleBroken(_("There is a place of this name already."), field="name")
    last = own.order_by("-code").values_list("code", flat=True).first()
    number = int(last.removeprefix(pick_ups.OWN)) + 1 if last else 1
    code = f"{pick_ups.OWN}{number:05d}"
    place = PickUp.objects.create(code=code, name=name, province=province.strip(), lat=lat, lon=lon)
    waiting = within(by, "keep", Worker.objects.filter(pick_up=None).exclude(home=""))
    there = [worker for worker in waiting if simplified(worker.home) == name]
    for worker in there:
        workers.correct(by, worker, version=worker.version, at=at, pick_up=place)
    return place, len(there)
