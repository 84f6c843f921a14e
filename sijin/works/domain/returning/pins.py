"""Places that are set by hand: where no name of China's divisions says where somebody boards."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from sijin.engines.script import simplified
from sijin.people.models import Account
from sijin.people.policy import require, scope_of, visible, within
from sijin.people.refusals import NotAllowed, RuleBroken
from sijin.places.domain import homes
from sijin.works.domain.returning import pick_ups, workers
from sijin.works.models import Bus, PickUp, ShuttleStop, Worker

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
        No name, one that another place of this kind or one of China's divisions has, or a pin outside China.
    """
    require(by, "keep", Worker)
    name = _checked(name, lat, lon)
    own = PickUp.objects.select_for_update().filter(code__startswith=pick_ups.OWN)
    _free(own, name)
    last = own.order_by("-code").values_list("code", flat=True).first()
    number = int(last.removeprefix(pick_ups.OWN)) + 1 if last else 1
    code = f"{pick_ups.OWN}{number:05d}"
    place = PickUp.objects.create(code=code, name=name, province=province.strip(), lat=lat, lon=lon)
    waiting = within(by, "keep", Worker.objects.filter(pick_up=None).exclude(home=""))
    there = [worker for worker in waiting if simplified(worker.home) == name]
    for worker in there:
        workers.correct(by, worker, version=worker.version, at=at, pick_up=place)
    return place, len(there)


@transaction.atomic
def correct(by: Account, place: PickUp, name: str, *, lat: float, lon: float, province: str = "") -> PickUp:
    """Put a place right that was set by hand.

    Raises
    ------
    NotAllowed
        `by` does not keep all workers.
    RuleBroken
        As `make` does, or somebody boards there.
    """
    place, name = _unused(by, place), _checked(name, lat, lon)
    _free(PickUp.objects.filter(code__startswith=pick_ups.OWN).exclude(pk=place.pk), name)
    place.name, place.lat, place.lon, place.province = name, lat, lon, province.strip()
    place.save()
    return place


@transaction.atomic
def remove(by: Account, place: PickUp) -> None:
    """Take a place away that was set by hand; NotAllowed and RuleBroken as `correct` has them."""
    _unused(by, place).delete()


def seen(account: Account) -> QuerySet[PickUp]:
    """Return the places set by hand that concern `account`: where workers board whom they see; all, who keeps all."""
    rows = PickUp.objects.filter(code__startswith=pick_ups.OWN)
    return rows if keeps_all(account) else rows.filter(pk__in=visible(account, Worker).order_by().values("pick_up"))


def keeps_all(account: Account) -> bool:
    """Say whether `account` keeps all workers, so that places that all share are theirs to put right."""
    return "all" in scope_of(account, "keep", Worker._meta.label)


def _checked(name: str, lat: float, lon: float) -> str:
    """Return the name as it is kept."""
    name = simplified(name.strip())
    if not name:
        raise RuleBroken(_("Give the place a name."), field="name")
    try:
        home = homes.find(name)
    except homes.HomeError:
        pass
    else:
        words = _("%(name)s names %(place)s in the list of China's divisions: those who live there board there.")
        raise RuleBroken(words % {"name": name, "place": homes.path(home)}, field="name")
    if not (SOUTH <= lat <= NORTH and WEST <= lon <= EAST):
        bounds = {"south": SOUTH, "north": NORTH, "west": WEST, "east": EAST}
        words = _("The pin lies outside China: latitude %(south)s to %(north)s, longitude %(west)s to %(east)s.")
        raise RuleBroken(words % bounds, field="lat")
    return name


def _free(places: QuerySet[PickUp], name: str) -> None:
    if places.filter(name=name).exists():
        raise RuleBroken(_("There is a place of this name already."), field="name")


def _unused(by: Account, place: PickUp) -> PickUp:
    """Return a place set by hand, held until the transaction ends, that neither workers, buses nor routes name."""
    if not keeps_all(by):
        raise NotAllowed(_("Only who keeps all workers puts a shared place right."))
    place = PickUp.objects.select_for_update().get(pk=place.pk, code__startswith=pick_ups.OWN)
    named = (
        Worker.objects.filter(pick_up=place),
        Bus.objects.filter(depot_place=place),
        ShuttleStop.objects.filter(place=place),
    )
    if any(rows.exists() for rows in named):
        raise RuleBroken(_("Workers, buses or routes name this place: it stays as it is."))
    return place
