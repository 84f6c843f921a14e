"""Where workers board: the city or county that a home names, or else a place set by hand (`pins`)."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from sijin.engines.script import simplified
from sijin.places.domain import homes
from sijin.works.models import PickUp

OWN = "u-"  # how codes of places that were set by hand begin


def of_home(text: str) -> PickUp | None:
    """Return where someone of this home boards, None where the text does not say it clearly; see `why`."""
    return of_homes([text])[text]


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
    return {text: made[wanted[text].code] if text in wanted else own.get(simplified(text.strip())) for text in said}


def why(text: str) -> str:
    """Return why a home has no place, empty where it has one."""
    if not text.strip():
        return _("Nothing is known of where they live.")
    try:
        homes.find(text)
    except homes.HomeError as error:
        return str(error)
    return ""


def _of(home: homes.Home) -> PickUp:
    province = homes.province(home)
    name = homes.path(home).removeprefix("" if province.code == home.code else province.name)
    return PickUp(
        code=home.code, name=name, province=province.name, lat=home.lat, lon=home.lon, approximate=home.approximate
    )
