"""Factories of the test suite: a small campaign in which every role has rows of its own and rows of others."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django import conf
from django.apps import apps
from django.db import connection
from django.db.migrations import RunPython
from django.db.migrations.executor import MigrationExecutor
from django.utils import translation
from hypothesis import HealthCheck, settings
from pytest_django.plugin import DjangoDbBlocker

from sijin.dispatch.models import Campaign, Membership, Posting, Team
from sijin.ledger.domain.needs import raise_need
from sijin.people.models import Account, Official, Role, Unit
from sijin.places.models import Region, Site

SHANGHAI = ZoneInfo("Asia/Shanghai")
settings.register_profile("crowded", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("crowded")  # a busy machine is no fault of an example


def at(month: int, day: int, hour: int = 10) -> datetime:
    """Return a time in 2020 in Asia/Shanghai."""
    return datetime(2020, month, day, hour, tzinfo=SHANGHAI)


SPREAD = ("tests/web/test_access.py", "tests/web/test_hostile.py")  # long, and each test sets up for itself
TOGETHER = "tests/browser/"  # all share one server
LONGEST = (TOGETHER, "tests/demo/test_figures.py", *SPREAD, "tests/web/test_fuzz.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, so that no worker is left alone with one of them at the end."""

    def rank(item: pytest.Item) -> int:
        return next((n for n, start in enumerate(LONGEST) if item.nodeid.startswith(start)), len(LONGEST))

    items.sort(key=rank)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give a file to one worker, so that what it sets up is set up once; the tests of `SPREAD` are dealt one by one."""
    from xdist.scheduler import LoadFileScheduling

    class Spread(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return nodeid if file in SPREAD else TOGETHER if file.startswith(TOGETHER) else file

    return Spread(config, log)


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """Speak the language of the settings again after a request in another one."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def django_db_use_migrations() -> bool:
    """Make the tables from the models, a tenth of migrating's time; `tests/cli/test_schema.py` finds them equal."""
    return False


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_use_migrations: bool, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[bytes]:
    """Make the test run's database; yield it as it is while empty (nothing where it is not SQLite).

    On PostgreSQL a second one stays empty, `empty()`, of which tests with a store of their own make it.
    """
    with django_db_blocker.unblock():
        if str(connection.settings_dict["NAME"]).startswith(("test_", "file:memorydb")):  # else no test asks for one
            as_migrated()
        if connection.vendor == "sqlite":
            connection.ensure_connection()
            yield connection.connection.serialize()
            return
        connection.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{empty()}" TEMPLATE "{connection.settings_dict["NAME"]}"')
    yield b""
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{empty()}"')


def as_migrated() -> None:
    """Let what migrations do beside making tables be done (triggers), and have them all recorded as applied."""
    conf.settings.MIGRATION_MODULES = {}  # pytest-django has set it to none at all
    executor = MigrationExecutor(connection)
    executor.recorder.ensure_schema()
    for migration, _backwards in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        for step in migration.operations:
            if isinstance(step, RunPython) and apps.get_app_config(migration.app_label).name.startswith("sijin."):
                with connection.schema_editor() as editor:
                    step.code(apps, editor)
        executor.record_migration(migration)
    executor.check_replacements()


def empty() -> str:
    """Return the name of the database on PostgreSQL that has all tables and no rows."""
    return f"{connection.settings_dict['NAME']}_empty"


@pytest.fixture(scope="session")
def lay_out(django_db_setup: bytes) -> Callable[[Path], None]:
    """Put an empty store of the present schema into a folder: a server that is started there need not make it."""
    return lambda folder: (folder / "sijin.sqlite3").write_bytes(django_db_setup) if django_db_setup else None


@pytest.fixture
def world(db) -> SimpleNamespace:
    """A small campaign; see `build`."""
    return build()


def build() -> SimpleNamespace:
    """Two teams, two sites, two departments, one account of each role; everything `_other` belongs to someone else."""
    city = Region.objects.create(system="nbs", year=2023, code="371000", name="威海市", level="city")
    county = Region.objects.create(system="nbs", year=2023, code="371002", name="环翠区", level="county", parent=city)
    campaign = Campaign.objects.create(
        code="weihai-2020", name="威海“四进”", start=date(2020, 3, 4), doors=["enterprise"], cutoff=at(3, 5)
    )
    units = [Unit.objects.create(code=f"u{n}", name=f"市局{n}", level="city", region=county) for n in range(3)]
    made = SimpleNamespace(campaign=campaign, county=county, units=units, teams=[], sites=[], accounts={})
    for n in range(2):
        site = Site.objects.create(
            code=f"s{n}", door="enterprise", name=f"企业{n}", region=county, county=county, lat=37.5, lon=122.1
        )
        team = Team.objects.create(campaign=campaign, number=f"{n:03d}", name=f"第{n}组", level="city")
        Posting.objects.create(team=team, site=site, since=date(2020, 3, 4))
        made.sites.append(site)
        made.teams.append(team)
    for role in Role.values:
        account = Account(username=role, role=role)
        if role.startswith("team_"):
            account.official = Official.objects.create(code=role, name=role, unit=units[2])
            Membership.objects.create(team=made.teams[0], official=account.official, leads=role == "team_leader")
        if role == "department_handler":
            account.unit = units[0]
        if role in ("site_contact", "community_worker"):
            account.site = made.sites[0]
        account.set_password("a-long-password-1")
        account.save()
        made.accounts[role] = account
    stranger = Official.objects.create(code="other", name="other", unit=units[2])
    Membership.objects.create(team=made.teams[1], official=stranger, leads=True)
    made.other = Account.objects.create(username="other", role="team_leader", official=stranger)
    made.need = raise_need(made.accounts["team_leader"], made.teams[0], made.sites[0], "本组的需求", at=at(3, 5))
    made.need_other = raise_need(made.other, made.teams[1], made.sites[1], "别组的需求", at=at(3, 5))
    return made
