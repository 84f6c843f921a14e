"""Two clearings published and fifty reservations by hand, all at once: never over-committed, all of a clearing or none.

In a process and a store of its own, on whichever database the run uses: threads of one process with a connection each.
"""

import json
from decimal import Decimal

import pytest
from django.db import connection

from sijin.exchange.domain.clearings import solving
from sijin.exchange.models import Offer
from sijin.ledger.domain.needs import raise_need
from sijin.ledger.models import NeedItem
from tests.conftest import at, build, empty
from tests.exchange.test_concurrency import START, start

BY_HAND = 50
RUN = """
from tests.exchange.test_clearing_concurrency import seed
seed()
import json, threading
from decimal import Decimal
from django.db import connection
from django.db.models import Sum
from sijin.exchange import domain
from sijin.exchange.domain.clearings import publishing
from sijin.exchange.models import Clearing, Match, Offer
from sijin.ledger.models import NeedItem
from sijin.people.models import Account
from sijin.people.refusals import RuleBroken, Stale
by, items, offers = Account.objects.get(role="campaign_office"), list(NeedItem.objects.all()), list(Offer.objects.all())
drafts, answers, together = list(Clearing.objects.all()), [], threading.Barrier(len(Clearing.objects.all()) + 50)
def one(name, work):
    together.wait()
    try:
        work()
        answers.append([name, "done"])
    except (RuleBroken, Stale) as refusal:
        answers.append([name, type(refusal).__name__])
    except Exception as error:
        answers.append([name, repr(error)])
    finally:
        connection.close()
works = [(f"clearing {d.pk}", lambda d=d: publishing.publish(by, d)) for d in drafts]
works += [
    ("hand", lambda n=n: domain.reserve(by, items[n % len(items)], offers[n * 7 % len(offers)], Decimal(3)))
    for n in range(50)
]
threads = [threading.Thread(target=one, args=work) for work in works]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
active = Match.objects.filter(state="reserved")
told = {
    "answers": answers,
    "offers": [[int(o.quantity), int(o.promised), int(active.filter(offer=o).aggregate(n=Sum("taken"))["n"] or 0)]
               for o in Offer.objects.all()],
    "items": [[int(i.quantity), int(active.filter(item=i).aggregate(n=Sum("quantity"))["n"] or 0)]
              for i in NeedItem.objects.all()],
    "rows": [[d.rows.count(), d.rows.filter(done=True).count(), Match.objects.filter(proposals__clearing=d).count()]
             for d in drafts],
    "hand": Match.objects.filter(proposals=None).count(),
}
print(json.dumps(told))
"""


def seed() -> None:
    """Twelve items that want ten each, six offers of twelve each, and two clearings of all that."""
    world = build()
    office, leader = world.accounts["campaign_office"], world.accounts["team_leader"]
    for n in range(12):
        need = raise_need(leader, world.teams[0], world.sites[0], f"需求{n}", at=at(3, 5))
        NeedItem.objects.create(need=need, kind="goods", item="口罩", unit="只", quantity=10)
    for n in range(6):
        Offer.objects.create(
            code=f"o{n}", campaign=world.campaign, provider=f"厂{n}", kind="goods", item="口罩", unit="只", quantity=12
        )
    for _ in range(2):
        made = solving.solve(office, world.campaign, floor=0.0, time_limit=10)
        assert sum(row.quantity for row in made.rows.all()) == Decimal(72)


def run(name: str) -> None:
    """Let them all begin at the same moment; check what came of it."""
    printed = start(START + RUN, name).communicate(timeout=180)[0]
    told = json.loads(printed.splitlines()[-1])
    assert len(told["answers"]) == BY_HAND + 2
    assert {answer for _name, answer in told["answers"]} <= {"done", "RuleBroken", "Stale"}, told["answers"]
    for quantity, promised, taken in told["offers"]:
        assert promised == taken <= quantity
    for quantity, promised in told["items"]:
        assert promised <= quantity
    clearings = sorted(answer for name, answer in told["answers"] if name.startswith("clearing"))
    assert clearings in (["Stale", "Stale"], ["Stale", "done"]), "each takes all there is: the second finds it changed"
    for rows, done, matches in told["rows"]:
        assert (done, matches) in ((0, 0), (rows, rows)), "all of a clearing or none"
    assert sum(done > 0 for _rows, done, _matches in told["rows"]) == clearings.count("done")
    assert told["hand"] == told["answers"].count(["hand", "done"])
    assert told["hand"] > 0 or "done" in clearings


@pytest.mark.django_db  # so that the store that is laid out has its tables
@pytest.mark.skipif(connection.vendor != "sqlite", reason="the run is on PostgreSQL")
def test_clearings_and_hands_at_once_never_over_commit_on_sqlite(tmp_path, lay_out) -> None:
    lay_out(tmp_path)
    run(str(tmp_path / "sijin.sqlite3"))


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the run is on SQLite")
def test_clearings_and_hands_at_once_never_over_commit_on_postgresql(django_db_setup, django_db_blocker) -> None:
    name = f"{connection.settings_dict['NAME']}_clearings"  # of its own, as in `test_concurrency`
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{empty()}"')
        try:
            run(name)
        finally:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
