"""The return buses (返岗直通车) of the demo: a fleet with plates 鲁K and two plans for the promised workers.

That buses with such plates went out all over the country is the report's; plates, seats, prices, drivers and the days
are generated.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from demo.cast import TZ, Cast
from sijin.places.models import Site
from sijin.works.domain.shuttles import fleet, solving, verbs
from sijin.works.domain.shuttles.terms import terms_of
from sijin.works.models import Shuttle

DEPOT = "P001"  # the works to which the workers come back
SOURCE = "鲁K牌照为报道所述；车辆、座位与价格为生成"
KINDS = (  # seats, how many, yuan for a run, yuan for a kilometre
    (53, 6, 1800, "5.6"), (44, 14, 1500, "4.8"), (33, 8, 1200, "4.0"),
)  # fmt: skip
PLANS = ((date(2020, 3, 18), date(2020, 3, 16)), (date(2020, 3, 20), date(2020, 3, 20)))  # arrive; wanted until
MADE = datetime(2020, 3, 13, 9, tzinfo=TZ)  # all promises were made
SECONDS = 1.5  # for each plan


def buses_of(cast: Cast) -> None:
    """Write the fleet down, plan the two days and approve both plans; the campaign's clock stands at their day."""
    site = cast.sites[DEPOT]
    _fleet(cast, site)
    campaign = cast.campaign
    last, campaign.cutoff = campaign.cutoff, MADE  # who rides on a bus that has arrived would need a seat again
    campaign.save(update_fields=["cutoff"])
    for number, (arrive, until) in enumerate(PLANS):
        plan(cast, arrive, until, seed=number)
    campaign.cutoff = last
    campaign.save(update_fields=["cutoff"])


def _fleet(cast: Cast, site: Site) -> None:
    number = 0
    for seats, count, fixed, per_km in KINDS:
        for _n in range(count):
            number += 1
            facts: dict[str, Any] = {
                "seats": seats, "owner": "威海客运企业（生成）", "depot_site": site, "fixed": Decimal(fixed),
                "per_km": Decimal(per_km), "drivers": [
                    {"role": f"驾驶员{2 * number - 1:02d}", "phone": f"1990001{2 * number - 1:04d}"},
                    {"role": f"驾驶员{2 * number:02d}", "phone": f"1990001{2 * number:04d}"},
                ],
            }  # fmt: skip
            fleet.keep(cast.office, f"鲁K{58000 + 37 * number}", source=SOURCE, generated=True, **facts)


def plan(cast: Cast, arrive: date, until: date, *, seed: int, seconds: float = SECONDS) -> Shuttle:
    """Plan the buses that arrive on a day, by the rules for a long way, and approve them."""
    made = solving.solve(
        cast.office, cast.campaign, arrive_on=arrive, wanted_until=until, terms=terms_of("far"),
        travel={"source": "circle"}, time_limit=seconds, seed=seed, at=MADE, generated=True,
    )  # fmt: skip
    return verbs.approve(cast.office, made, version=made.version, at=MADE)
