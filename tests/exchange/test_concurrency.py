"""Two processes reserve 500 times each on one offer: never over-committed, on whichever database the run uses."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from sijin.exchange.models import Offer
from sijin.ledger.models import NeedItem
from tests.conftest import empty

START = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "sijin.web.settings_test"
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
"""
SEED = (
    START
    + """
from tests.conftest import build
from tests.exchange.test_concurrency import seed
seed(build())
"""
)
RESERVE = (
    START
    + """
from decimal import Decimal
from sijin.exchange import domain
from sijin.exchange.models import Offer
from sijin.ledger.models import NeedItem
from sijin.people.models import Account
from sijin.people.refusals import RuleBroken
by, item, offer = Account.objects.get(role="campaign_office"), NeedItem.objects.get(), Offer.objects.get()
made = 0
for _ in range(500):
    try:
        domain.reserve(by, item, offer, Decimal(1))
        made += 1
    except RuleBroken:
        pass
print(made)
"""
)
COUNT = (
    START
    + """
from django.db.models import Sum
from sijin.exchange.models import Match, Offer
print(int(Offer.objects.get().promised), int(Match.objects.aggregate(n=Sum("quantity"))["n"]))
"""
)


def seed(world) -> None:
    """Make one item that asks for 2,000 and one offer that holds 700."""
    NeedItem.objects.create(need=world.need, kind="goods", item="口罩", unit="只", quantity=2000)
    Offer.objects.create(
        code="o1", campaign=world.campaign, provider="厂", kind="goods", item="口罩", unit="只", quantity=700
    )


def start(program: str, name: str) -> subprocess.Popen:
    """Start `program` on the database `name`."""
    root = Path(__file__).parents[2]
    return subprocess.Popen([sys.executable, "-c", program, name], stdout=subprocess.PIPE, text=True, cwd=root)


def reserve_from_two_processes(name: str) -> None:
    """Reserve 500 times from each of two processes; exactly the 700 that there are get promised."""
    runs = [start(RESERVE, name) for _ in range(2)]
    made = [int(run.communicate(timeout=120)[0]) for run in runs]
    assert sum(made) == 700 and min(made) > 0
    assert start(COUNT, name).communicate(timeout=60)[0].split() == ["700", "700"]


@pytest.mark.django_db  # so that the store that is laid out has its tables
@pytest.mark.skipif(connection.vendor != "sqlite", reason="the run is on PostgreSQL")
def test_two_processes_never_over_commit_an_offer_on_sqlite(tmp_path, lay_out) -> None:
    lay_out(tmp_path)
    name = str(tmp_path / "sijin.sqlite3")
    assert start(SEED, name).wait(timeout=120) == 0
    reserve_from_two_processes(name)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the run is on SQLite")
def test_two_processes_never_over_commit_an_offer_on_postgresql(django_db_setup, django_db_blocker) -> None:
    name = f"{connection.settings_dict['NAME']}_market"  # of its own: the chains of a shared one cannot be emptied
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{empty()}"')
        try:
            assert start(SEED, name).wait(timeout=120) == 0
            reserve_from_two_processes(name)
        finally:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
