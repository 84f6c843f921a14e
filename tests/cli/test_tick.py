"""`sijin tick` and `sijin audit` as a timer meets them."""

import json

from typer.testing import CliRunner

from sijin.cli.main import app
from sijin.ledger.domain import evidence, needs
from tests.conftest import at
from tests.ledger.lives import photo


def sijin(*words: str):
    return CliRunner().invoke(app, list(words))


def test_a_tick_does_what_is_due_once(world) -> None:
    office = world.accounts["campaign_office"]
    needs.apply(world.need, "hand_over", office, klass=1, lead_unit=world.units[0], at=at(3, 5))
    world.campaign.cutoff = at(3, 20)
    world.campaign.save()
    counts = {
        "supervised": 1,
        "taken_up": 0,
        "expired": 0,
        "lapsed": 0,
        "reminded": 0,
        "promises_missed": 0,
        "village_due": 0,
        "complements": 0,
    }
    assert json.loads(sijin("tick", "--json").stdout) == {"weihai-2020": {**counts, "clearings": 0, "vectors": 0}}
    assert "0 under supervision" in sijin("tick").stdout


def test_a_tick_without_a_campaign_says_so(db) -> None:
    answer = sijin("tick")
    assert answer.exit_code == 0 and "no campaign" in answer.stdout


def test_the_audit_reads_files_unless_told_not_to(world, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    kept = evidence.add(world.need, world.accounts["team_leader"], "a.jpg", photo())
    (tmp_path / kept.file.name).unlink()
    answer = sijin("audit")
    assert answer.exit_code == 1 and "a.jpg: the file is missing" in answer.stdout
    assert sijin("audit", "--no-files").exit_code == 0
