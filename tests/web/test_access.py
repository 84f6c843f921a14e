"""Every page × every role: nobody sees a row that the policy does not give; each check has a row that could leak."""

import uuid

import pytest
from django.test import Client

from sijin.people.models import Role
from sijin.people.policy import visible
from sijin.visits import domain

PAGES = ("/", "/ledger/?tab=all", "/ledger/?tab=mine", "/visits/", "/visits/new/")
SEES_OTHERS = {"campaign_office", "leader", "auditor"}


def signed_in(account) -> Client:
    """Return a client with the account's session."""
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("path", PAGES)
def test_pages_show_only_what_the_role_sees(world, role: str, path: str) -> None:
    domain.record(
        world.other, world.teams[1], world.sites[1], client_uuid=uuid.uuid4(), said="别组走访", took_nothing=True
    )
    answer = signed_in(world.accounts[role]).get(path)
    assert answer.status_code in (200, 403)
    if role not in SEES_OTHERS:
        for secret in ("别组的需求", "别组走访", "企业1"):
            assert secret not in answer.content.decode()


@pytest.mark.parametrize("role", Role.values)
def test_a_need_of_others_is_not_there(world, role: str) -> None:
    client = signed_in(world.accounts[role])
    status = 200 if role in SEES_OTHERS else 404
    assert client.get(f"/ledger/{world.need_other.pk}/").status_code == status
    posted = client.post(f"/ledger/{world.need_other.pk}/receive/", {"version": 1})
    assert posted.status_code == (404 if status == 404 else {"campaign_office": 403}.get(role, 403))


@pytest.mark.parametrize("path", ["/", "/ledger/", "/visits/new/"])
def test_strangers_are_sent_to_sign_in(world, path: str) -> None:
    assert Client().get(path).headers["Location"].startswith("/account/login/")


def test_a_stale_form_answers_409(world) -> None:
    client = signed_in(world.accounts["campaign_office"])
    assert client.post(f"/ledger/{world.need.pk}/classify/", {"version": 1, "klass": 2}).status_code == 302
    assert client.post(f"/ledger/{world.need.pk}/classify/", {"version": 1, "klass": 3}).status_code == 409


def test_an_account_without_a_unit_sees_no_units_rows(world) -> None:
    handler = world.accounts["department_handler"]
    handler.unit = None
    assert visible(handler, type(world.need)).count() == 0


@pytest.mark.parametrize("path", ["/", "/ledger/?tab=all", "/visits/"])
def test_pages_stay_within_their_queries_and_size(world, path: str, django_assert_max_num_queries) -> None:
    client = signed_in(world.accounts["campaign_office"])
    client.get(path)
    with django_assert_max_num_queries(15):
        assert len(client.get(path).content) < 100_000
