"""The demo campaign with all its people, teams and sites; replayed once in a run, on SQLite.

Of its visits a sixth is played, all with SIJIN_BOTH=1: they take four minutes of the run's fifteen.
"""

import os

import pytest
from django.db import connection

from demo import figures, replay
from sijin.dispatch.models import Membership, Team
from sijin.ledger.domain.events import audit
from sijin.ledger.models import Event, Need
from sijin.places.models import Site

SHARE = 1 if os.environ.get("SIJIN_BOTH") else 6


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the full size is replayed once, on SQLite")
def test_at_full_size_all_figures_hold(db, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    replay.run(visits=replay.VISITS // SHARE)
    assert (Membership.objects.count(), Team.objects.count()) == (2435, 497)
    assert Site.objects.count() >= 1500 and Need.objects.count() >= 5000 // SHARE
    assert Event.objects.count() >= 20_000 // SHARE
    assert [row for row in figures.compare() if not row["equal"]] == []
    assert list(audit()) == []
