"""Where workers board: the city or county that a home names, or a place that was set by hand."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.engines.script import simplified
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken
from sijin.works.domain.returning import homes
from sijin.works.models import PickUp, Worker

OWN = "u-"  # how codes of places that were set by hand begin
SOUTH, NORTH, WEST, EAST = 17.0, 54.0, 73.0, 136.0  # degrees: the mainland and its islands


def of_home(text: str) -> PickUp | None:
    """Return where someone of this home boards, None where the text does not say it clearly; see `why`."""
    own = PickUp.objects.filter(code__startswith=OWN, name=simplified(text.strip())).first()
    if own is not None:
        return own
    try:
        return _kept(homes.find(text))
    except homes.HomeError:
        return None


def of_homes(texts: Iterable[str]) -> dict[str, PickUp | None]:
    """Return the same for many texts, with few queries."""
    said, wanted = set(texts), {}
    for text in said:
        try:
            wanted[text] = homes.find(text)
        except homes.HomeError:
            continue
    codes = {home.code: home for home in wanted.values()}
    there = set(PickUp.objects.filter(code__in=codes).values_list("code", flat=True))
    PickUp.objects.bulk_create((_of(home) for code, home in codes.items() if code not in there), ignore_conflicts=True)
    made = PickUp.objects.in_bulk(codes, field_name="code")
    own = {place.name: place for place in PickUp.objects.filter(code__startswith=OWN)}
    return {
        text: own.get(simplified(text.strip())) or (made[wanted[text].code] if text in wanted else None)
        for text in said
    }


def why(text: str) -> str:
    """Return why a home has no place, empty where it has one."""
    if not text.strip():
        return _("Nothing is known of where they live.")
    try:
        homes.find(text)
    except homes.HomeError as error:
        return str(error)
    return ""


@transaction.atomic
def make(by: Account, name: str, *, lat: float, lon: float, province: str = "") -> PickUp:
    """Set a place by hand, with a pin; workers whose home has exactly its name board there from then on.

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
    own = PickUp.objects.select_for_update().filter(code__startswith=OWN)
    if own.filter(name=name).exists():
        raise RuleBroken(_("There is a place of this name already."), field="name")
    last = own.order_by("-code").values_list("code", flat=True).first()
    number = int(last.removeprefix(OWN)) + 1 if last else 1
    return PickUp.objects.create(code=f"{OWN}{number:05d}", name=name, province=province.strip(), lat=lat, lon=lon)


def _kept(home: homes.Home) -> PickUp:
    of = _of(home)
    facts = {name: getattr(of, name) for name in ("name", "province", "lat", "lon", "approximate")}
    return PickUp.objects.get_or_create(code=home.code, defaults=facts)[0]


def _of(home: homes.Home) -> PickUp:
    province = homes.province(home)
    name = homes.path(home).removeprefix("" if province.code == home.code else province.name)
    return PickUp(
        code=home.code, name=name, province=province.name, lat=home.lat, lon=home.lon, approximate=home.approximate
    )
