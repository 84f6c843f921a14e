"""The first page of a new house makes one administrator, once."""

import pytest
from django.http import Http404
from django.test import Client

from sijin.people import domain
from sijin.people.models import Account
from tests.web.test_access import signed_in

POST = {"username": "guan", "display_name": "管理员", "password": "long-enough-pass-1", "again": "long-enough-pass-1"}


@pytest.mark.parametrize("path", ["/", "/ledger/", "/account/login/", "/search/?q=x"])
def test_every_page_of_a_new_house_leads_there(db, path: str) -> None:
    assert Client().get(path).headers["Location"] == "/first-run/"


def test_it_makes_the_administrator_signs_them_in_and_is_gone(db) -> None:
    client = Client()
    assert "password" in client.get("/first-run/").content.decode()
    assert client.post("/first-run/", POST).headers["Location"] == "/accounts/"
    account = Account.objects.get()
    assert (account.username, account.role, account.events.get().verb) == ("guan", "administrator", "found")
    assert client.get("/accounts/").status_code == 200
    for visitor in (client, Client()):
        assert visitor.get("/first-run/").status_code == 404
        assert visitor.post("/first-run/", POST | {"username": "thief"}).status_code == 404
    assert Account.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"password": "short", "again": "short"}, "password"),
        ({"password": "password123", "again": "password123"}, "password"),
        ({"again": "another-long-one-2"}, "again"),
        ({"username": "no spaces"}, "username"),
    ],
)
def test_weak_or_wrong_input_comes_back_with_its_error(db, wrong: dict, field: str) -> None:
    answer = Client().post("/first-run/", POST | wrong)
    assert answer.status_code == 422 and f'id="id_{field}_error"' in answer.content.decode()
    assert not Account.objects.exists()


def test_a_house_with_accounts_has_no_first_run(world) -> None:
    assert Client().get("/first-run/").status_code == 404
    assert signed_in(world.accounts["administrator"]).get("/first-run/").status_code == 404


def test_of_two_who_both_found_the_house_empty_the_database_lets_one_through(db, monkeypatch) -> None:
    domain.first_administrator("first", "long-enough-pass-1")
    monkeypatch.setattr(domain, "no_account_yet", lambda: True)  # the other one asked a moment before
    with pytest.raises(Http404):
        domain.first_administrator("second", "long-enough-pass-1")
    assert Account.objects.get().username == "first"
