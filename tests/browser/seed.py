"""Makes the campaign that the browser tests see, in a data folder of its own; prints what they need to know as JSON.

Run in a process of its own by `conftest.py`, with SIJIN_DATA set: nothing of the test run's database is touched.
"""

import io
import json
import uuid
from decimal import Decimal
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from PIL import Image  # noqa: E402

from sijin.dispatch.models import Posting  # noqa: E402
from sijin.exchange.models import Offer  # noqa: E402
from sijin.ledger.domain import needs  # noqa: E402
from sijin.ledger.models import NeedItem  # noqa: E402
from sijin.people.models import Account, Job  # noqa: E402
from sijin.places.models import Site  # noqa: E402
from sijin.visits import domain as visits  # noqa: E402
from tests.conftest import at, build  # noqa: E402


def picture() -> bytes:
    """Return a small JPEG."""
    kept = io.BytesIO()
    Image.new("RGB", (320, 240), "#4f7a4a").save(kept, "JPEG")
    return kept.getvalue()


def session(account: Account) -> str:
    """Return the key of a session in which `account` is signed in."""
    store = SessionStore()
    store[SESSION_KEY] = str(account.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    store[HASH_SESSION_KEY] = account.get_session_auth_hash()
    store.create()
    return store.session_key


def main() -> dict[str, Any]:
    """Fill the store; return {"sessions": {username: key}, "samples": {kind: key}}."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    world = build()
    leader, office = world.accounts["team_leader"], world.accounts["campaign_office"]
    far = Site.objects.create(
        code="v1", door="village", name="慈口观村", region=world.county, county=world.county, lat=37.3, lon=122.0
    )
    Posting.objects.create(team=world.teams[0], site=far, since="2020-03-04")
    visit = visits.record(
        leader,
        world.teams[0],
        far,
        client_uuid=uuid.uuid4(),
        at=at(3, 5, 9),
        said="茶园缺乏管理技术。",
        took_nothing=True,
        findings=[{"title": "茶园缺技术", "category": "agri", "klass": 1}],
        photos=[("茶园.jpg", picture())],
    )
    item = NeedItem.objects.create(
        need=visit.needs.get(), kind="expert", item="农艺师", unit="人次", quantity=Decimal(2)
    )
    needs.apply(world.need_other, "hand_over", office, klass=2, lead_unit=world.units[1])
    offer = Offer.objects.create(
        code="o1", campaign=world.campaign, provider="农技推广站", kind="expert", item="农艺师", unit="人次", quantity=9
    )
    job = Job.objects.create(account=office, kind="demo", state="done", done=1, total=1)
    samples = {
        "campaign": world.campaign.pk,
        "team": world.teams[0].pk,
        "site": far.pk,
        "need": visit.needs.get().pk,
        "item": item.pk,
        "visit": visit.pk,
        "photo": visit.photos.get().pk,
        "offer": offer.pk,
        "job": job.pk,
        "unit": world.units[0].pk,
        "account": leader.pk,
    }
    return {"sessions": {a.username: session(a) for a in Account.objects.all()}, "samples": samples}


if __name__ == "__main__":
    print(json.dumps(main()))
