"""A firm with more orders than it can make and four lines that could help; run in its own process like `seed.py`."""

import json
from types import SimpleNamespace
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from sijin.dispatch.models import Campaign  # noqa: E402
from sijin.people.models import Account, Role  # noqa: E402
from sijin.places.models import Region, Site  # noqa: E402
from tests.browser.seed import session  # noqa: E402
from tests.conftest import at  # noqa: E402
from tests.exchange.pools import stocked  # noqa: E402


def main() -> dict[str, Any]:
    """Fill the store."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    city = Region.objects.create(system="nbs", year=2023, code="371000", name="某市", level="city", lat=37, lon=121.5)
    campaign = Campaign.objects.create(
        code="c", name="某市行动", start="2020-03-04", doors=["enterprise"], cutoff=at(3, 5)
    )
    place = {"region": city, "county": city, "lat": 37, "lon": 121.5}
    site = Site.objects.create(code="s0", door="enterprise", name="企业0", **place)
    office = Account.objects.create(username="office", role=Role.CAMPAIGN_OFFICE, display_name="四进办")
    stocked(SimpleNamespace(accounts={"campaign_office": office}, campaign=campaign, sites=[site]))
    return {"sessions": {"office": session(office)}, "pages": [], "samples": {}}


if __name__ == "__main__":
    print(json.dumps(main()))
