"""Makes the campaign that the browser tests see, in a data folder of its own; prints what they need to know as JSON.

Run in a process of its own by `conftest.py`, with SIJIN_DATA set: nothing of the test run's database is touched.
"""

import io
import json
import uuid
from datetime import date
from decimal import Decimal
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.urls import reverse  # noqa: E402
from PIL import Image  # noqa: E402

from sijin.dispatch.models import Posting  # noqa: E402
from sijin.exchange.domain import offers  # noqa: E402
from sijin.ledger.domain import evidence  # noqa: E402
from sijin.ledger.models import Need, NeedItem  # noqa: E402
from sijin.people.models import Account  # noqa: E402
from sijin.places.models import Site  # noqa: E402
from sijin.visits import domain as visits  # noqa: E402
from sijin.works.domain.approvals import verbs, ways  # noqa: E402
from sijin.works.domain.projects import milestones, register  # noqa: E402
from sijin.works.models import ApprovalStep, Project  # noqa: E402
from tests.conftest import at  # noqa: E402
from tests.web.routes import PAGES, Rule  # noqa: E402
from tests.web.worlds import row_of, two_worlds  # noqa: E402
from tests.works.buses import planned, stocked  # noqa: E402

PASSWORD = "a-long-password-1"
ELSEWHERE = ("confirm", "confirm_photo")  # opened without an account in the test of the loop


def picture() -> bytes:
    """Return a small JPEG."""
    kept = io.BytesIO()
    Image.new("RGB", (320, 240), "#4f7a4a").save(kept, "JPEG")
    return kept.getvalue()


def market(world: Any, need: Need) -> None:
    """Let `need` ask for more than somebody offers, so that a clearing has a short board; and offer a firm cloth."""
    thing = {"kind": "expert", "item": "茶园技术员", "unit": "人次"}
    NeedItem.objects.create(need=need, quantity=5, **thing)
    office = world.accounts["campaign_office"]
    offers.make(office, world.campaign, provider="茶叶研究所", quantity=Decimal(3), region=world.county, **thing)
    thing = {"kind": "goods", "item": "熔喷布", "unit": "吨"}
    offers.make(office, world.campaign, provider="无纺布厂", quantity=Decimal(5), region=world.county, **thing)


def works(world: Any) -> Project:
    """Enter a project with a machine to set up and a way that lacks one paper, and one whose way is all to come."""
    office, now = world.accounts["campaign_office"], at(3, 5)
    site = Site.objects.create(
        code="p1", door="project", name="智能终端产业园", region=world.county, county=world.county, lat=37.4, lon=122.1
    )
    project = register.enter(office, site, world.campaign, number=9, at=now)
    steps = [(step, None) for step in milestones.templates()["equipment"]["steps"]]
    milestones.plan_chain(office, project, "数控冲床", steps, version=None, at=now)
    other = Site.objects.create(
        code="p2", door="project", name="农业科技园", region=world.county, county=world.county, lat=37.3, lon=122.1
    )
    ways.lay_out(office, register.enter(office, other, world.campaign, at=now), "nine", version=None, at=now)
    ways.lay_out(office, project, "legal", version=None, at=now)
    for day, verb, code in (
        (20, "certify", "filing"), (20, "certify", "site"), (21, "deliver", "land"), (21, "certify", "land-permit"),
        (21, "deliver", "drawings"), (22, "certify", "design"),
    ):  # fmt: skip
        step, facts = ApprovalStep.objects.get(project=project, code=code), {"on": date(2020, 1, day)}
        if verb == "certify":
            verbs.begin(office, step, version=None, at=now, **facts)
            facts["number"] = f"证{code}"
        verbs.VERBS[verb](office, step, version=None, at=now, **facts)
    return project


def session(account: Account) -> str:
    """Return the key of a session in which `account` is signed in."""
    store = SessionStore()
    store[SESSION_KEY] = str(account.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    store[HASH_SESSION_KEY] = account.get_session_auth_hash()
    store.create()
    return store.session_key


def main() -> dict[str, Any]:
    """Fill the store; return {"sessions": {username: key}, "pages": [[name, address, answers]], "samples"}."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    with_care, PBKDF2PasswordHasher.iterations = PBKDF2PasswordHasher.iterations, 1
    world = two_worlds()  # hashes a dozen passwords; one that is hashed with care serves all, or sign-in would renew it
    PBKDF2PasswordHasher.iterations = with_care
    Account.objects.update(password=make_password(PASSWORD))
    leader = world.accounts["team_leader"]
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
    evidence.add(visit.needs.get(), leader, "茶园.jpg", picture())
    market(world, visit.needs.get())
    project = works(world)
    stocked(world, seats=(44, 44))
    bus_plan = planned(world)
    return {
        "sessions": {account.username: session(account) for account in Account.objects.all()},
        "pages": [
            (name, path, list(rule.answers)) for name, rule in PAGES.items() if (path := address(world, name, rule))
        ],
        "samples": {kind: row.pk for kind, row in world.rows["own"].items() if not isinstance(row, dict)}
        | {
            "key_project": project.pk,
            "new_project": Project.objects.get(site__code="p2").pk,
            "bus_plan": bus_plan.pk,
        },
    }


def address(world: Any, name: str, rule: Rule) -> str | None:
    """Return where the page `name` is read, by the rows that the access test takes; None when it is not read."""
    if rule.read is None or name in ELSEWHERE:
        return None
    values = dict(rule.fixed)
    for parameter, kind in rule.rows.items():
        row = row_of(world, "own", kind, "campaign_office")
        values[parameter] = row.key if parameter == "key" else row.pk
    if rule.each:
        parameter, choices = rule.each
        values[parameter] = next(iter(choices))
    return (name.format(**values) if "/" in name else reverse(name, kwargs=values)) + rule.query


if __name__ == "__main__":
    print(json.dumps(main()))
