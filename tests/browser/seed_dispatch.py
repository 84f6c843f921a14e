"""A campaign before its dispatch: four counties far apart, a team for each, people and sites that are in no team yet.

Run in a process of its own like `seed.py`, whose way of telling it shares.
"""

import json
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from sijin.dispatch.models import Campaign, Team  # noqa: E402
from sijin.people.models import Account, Official, Role, Skill, Unit  # noqa: E402
from sijin.places.models import Region, Site  # noqa: E402
from tests.browser.seed import session  # noqa: E402
from tests.conftest import at  # noqa: E402

COUNTIES = (("东县", 37.0, 122.4), ("南县", 36.8, 121.4), ("西县", 37.1, 120.6), ("北县", 37.8, 121.2))


def main() -> dict[str, Any]:
    """Fill the store."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    city = Region.objects.create(system="nbs", year=2023, code="371000", name="某市", level="city", lat=37, lon=121.5)
    campaign = Campaign.objects.create(
        code="c", name="某市行动", start="2020-03-04", doors=["enterprise", "village"], cutoff=at(3, 20)
    )
    unit = Unit.objects.create(code="u", name="市税务局", level="city", region=city)
    tea = Skill.objects.create(code="agriculture", name="农业技术")
    for n, (name, lat, lon) in enumerate(COUNTIES, 1):
        place = {"level": "county", "parent": city, "lat": lat, "lon": lon}
        county = Region.objects.create(system="nbs", year=2023, code=f"37100{n}", name=name, **place)
        Team.objects.create(
            campaign=campaign, number=f"市{n:02d}", name=f"{name}工作组", level="city", county=county, size_wanted=3
        )
        for k in range(3):
            person = Official.objects.create(
                code=f"{n}{k}", name=f"{name}干部{k + 1}", unit=unit, can_lead=k == 0, title="处长", home=county,
                grade=("senior", "", "junior")[k],
            )  # fmt: skip
            person.skills.set([tea] if k == 1 else [])
        for k, door in enumerate(("enterprise", "village")):
            Site.objects.create(
                code=f"s{n}{k}", door=door, name=f"{name}点位{k + 1}", region=county, county=county,
                lat=lat + 0.01 * k, lon=lon, skills=["agriculture"] if k else [],
            )  # fmt: skip
    office = Account.objects.create(username="office", role=Role.CAMPAIGN_OFFICE, display_name="四进办")
    return {"sessions": {"office": session(office)}, "pages": [], "samples": {}}


if __name__ == "__main__":
    print(json.dumps(main()))
