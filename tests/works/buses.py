"""A few promised workers between Weihai and Dalian, and three buses that could fetch them."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

from sijin.places.models import Site
from sijin.works.domain.shuttles import fleet, solving
from sijin.works.domain.shuttles.terms import terms_of
from sijin.works.models import Bus, PickUp, Shuttle, Worker
from tests.conftest import at

PLACES = {
    "烟台市": ("山东省", 37.46, 121.44, 4), "潍坊市": ("山东省", 36.71, 119.16, 3),
    "临沂市": ("山东省", 35.10, 118.36, 5), "徐州市": ("江苏省", 34.26, 117.20, 2),
}  # fmt: skip
DAY = date(2020, 3, 10)


def stocked(world: SimpleNamespace, seats: tuple[int, ...] = (20, 20, 33), scale: int = 1) -> list[Worker]:
    """Write workers and a fleet down; each place has `scale` times its people. Return the workers."""
    site, office = world.sites[0], world.accounts["campaign_office"]
    people = []
    for n, (name, (province, lat, lon, count)) in enumerate(PLACES.items()):
        place = PickUp.objects.create(code=f"{n}", name=name, province=province, lat=lat, lon=lon)
        for m in range(count * scale):
            people.append(worker(site, place, f"B{n}{m:02d}"))
    for n, number in enumerate(seats):
        keep_bus(office, f"鲁K0000{n}", site, number)
    return people


def keep_bus(office, plate: str, site: Site, seats: int, **facts) -> Bus:
    """Write a bus down that stands at the site."""
    money = {"fixed": Decimal(1000), "per_km": Decimal(5)}
    drivers = [{"role": "驾驶员甲", "phone": "1"}, {"role": "驾驶员乙", "phone": "2"}]
    return fleet.keep(office, plate, seats=seats, depot_site=site, drivers=drivers, **{**money, **facts})[0]


def worker(site: Site, place: PickUp | None, code: str, **facts) -> Worker:
    """Write down a worker who promised to come."""
    told = {"state": "promised", "promised_on": date(2020, 3, 5), "phone": "19900000000", **facts}
    return Worker.objects.create(site=site, code=code, name=f"工人{code}", pick_up=place, **told)


def planned(
    world: SimpleNamespace, *, travel: dict | None = None, preset: str = "day", progress=None,
    arrive_on: date = DAY, **rules
) -> Shuttle:  # fmt: skip
    """Plan the buses of the day in a moment."""
    facts = {"arrive_on": arrive_on, "travel": travel or {"source": "circle"}, "time_limit": 0.2, "at": at(3, 5)}
    facts["progress"] = progress
    return solving.solve(world.accounts["campaign_office"], world.campaign, terms=terms_of(preset, **rules), **facts)
