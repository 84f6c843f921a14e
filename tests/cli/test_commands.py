"""The command as a person or a script meets it: its words, its exit codes, its output."""

import json

import pytest
from django.contrib.auth import authenticate
from typer.testing import CliRunner

from sijin.cli.main import app
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.tokens import account_of


def sijin(*words: str, typed: str = ""):
    """Run the command."""
    return CliRunner().invoke(app, list(words), input=typed)


def test_help_names_every_verb_with_a_line_and_the_first_steps() -> None:
    shown = sijin("--help")
    assert shown.exit_code == 0
    for command in app.registered_commands:
        name = command.callback.__name__
        assert f" {name} " in shown.stdout
        assert "Example:" in command.callback.__doc__
    assert "sijin demo" in shown.stdout


def test_figures_without_a_demo_are_refused_in_words(db) -> None:
    answer = sijin("demo", "--figures", "--json")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "no demo campaign" in answer.stderr


def test_audit_is_clean_or_names_the_fault(world) -> None:
    assert json.loads(sijin("audit", "--json").stdout) == {"clean": True, "faults": []}
    Need.objects.filter(pk=world.need.pk).update(state="handed_over")
    answer = sijin("audit", "--json")
    assert answer.exit_code == 1
    assert [fault["need"] for fault in json.loads(answer.stdout)["faults"]] == [world.need.pk]


def test_the_administrator_can_sign_in_and_is_made_once(db, rf) -> None:
    long = "a-long-password-1"
    assert sijin("administrator", "boss", typed=f"{long}\n{long}\n").exit_code == 0
    assert Account.objects.get(username="boss").role == "administrator"
    assert authenticate(rf.get("/"), username="boss", password=long)
    again = sijin("administrator", "boss", typed=f"{long}\n{long}\n")
    assert again.exit_code == 2 and "already" in again.stderr


@pytest.mark.parametrize("password", ["short", "1234567890123"])
def test_a_weak_password_makes_no_administrator(db, password: str) -> None:
    assert sijin("administrator", "boss", typed=f"{password}\n{password}\n").exit_code == 1
    assert not Account.objects.exists()


def test_a_key_acts_as_its_account(world) -> None:
    made = sijin("token", "leader")
    assert account_of(made.stdout.strip()) == world.accounts["leader"]
    assert sijin("token", "nobody").exit_code == 2
