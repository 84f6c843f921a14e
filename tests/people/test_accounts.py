"""Accounts: who may give them, what each role needs, what is logged, and that nobody else sees them."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from sijin.people import domain
from sijin.people.models import Account, AccountEvent, Official, Role
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from tests.web.test_access import signed_in

GIVES = {"administrator"}
READS = {"administrator", "auditor"}


def given(answer) -> str:
    """Return the one-time password that a page shows."""
    return re.search(r'class="secret">([^<]+)<', answer.content.decode())[1]


@pytest.mark.parametrize("role", Role.values)
def test_only_administrators_give_accounts_and_only_they_and_auditors_see_them(world, role: str) -> None:
    client = signed_in(world.accounts[role])
    statuses = [client.get(path).status_code for path in ("/accounts/", "/accounts/new/", "/accounts/choices/unit/")]
    assert statuses == [200 if role in READS else 403, *([200 if role in GIVES else 403] * 2)]
    pk = world.other.pk
    assert client.get(f"/accounts/{pk}/").status_code == (200 if role in READS else 404)
    assert client.post(f"/accounts/{pk}/password/").status_code == (
        200 if role in GIVES else 403 if role in READS else 404
    )
    if role not in GIVES:
        with pytest.raises(NotAllowed):
            domain.create(world.accounts[role], username="new", role=Role.LEADER)
        assert not Account.objects.filter(username="new").exists()


def test_a_given_password_works_once_and_must_be_changed(world) -> None:
    answer = signed_in(world.accounts["administrator"]).post("/accounts/new/", {"username": "wang", "role": "leader"})
    password = given(answer)
    assert "no-store" in answer.headers["Cache-Control"]
    client = Client()
    assert client.post("/account/login/", {"login": "wang", "password": password}).status_code == 302
    assert client.get("/ledger/").headers["Location"] == "/account/password/change/"
    fresh = {"oldpassword": password, "password1": "chosen-by-wang-9", "password2": "chosen-by-wang-9"}
    assert client.post("/account/password/change/", fresh).headers["Location"] == "/"
    assert client.get("/ledger/").status_code == 200
    log = AccountEvent.objects.get(account__username="wang")
    assert (log.verb, log.by, log.change["role"]) == ("create", world.accounts["administrator"], [None, "leader"])


def test_a_new_password_ends_the_old_one_and_its_sessions(world) -> None:
    leader = world.accounts["leader"]
    client = Client()
    assert client.post("/account/login/", {"login": "leader", "password": "a-long-password-1"}).status_code == 302
    password = given(signed_in(world.accounts["administrator"]).post(f"/accounts/{leader.pk}/password/"))
    assert client.get("/ledger/").headers["Location"].startswith("/account/login/")
    leader.refresh_from_db()
    assert leader.check_password(password) and not leader.check_password("a-long-password-1")


def test_a_closed_account_is_out_at_once_and_can_come_back(world) -> None:
    administrator, leader = signed_in(world.accounts["administrator"]), world.accounts["leader"]
    client = signed_in(leader)
    assert client.get("/ledger/").status_code == 200
    administrator.post(f"/accounts/{leader.pk}/active/", {"active": "0"})
    assert client.get("/ledger/").status_code == 302
    link = f"/accounts/{leader.pk}/"
    assert link not in administrator.get("/accounts/?q=leader").content.decode()
    assert link in administrator.get("/accounts/?q=leader&closed=1").content.decode()
    administrator.post(f"/accounts/{leader.pk}/active/", {"active": "1"})
    assert client.get("/ledger/").status_code == 200
    assert list(leader.events.values_list("verb", flat=True)) == ["activate", "deactivate"]


@pytest.mark.parametrize(
    ("role", "field"), [("team_leader", "official"), ("department_handler", "unit"), ("site_contact", "site")]
)
def test_a_role_names_what_it_works_on(world, role: str, field: str) -> None:
    answer = signed_in(world.accounts["administrator"]).post(
        "/accounts/new/", {"username": "li", "role": role, "display_name": "小李"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and f'id="id_{field}_error"' in page and 'value="小李"' in page
    assert not Account.objects.filter(username="li").exists()


def test_a_field_takes_a_code_a_name_or_says_what_is_wrong(world) -> None:
    client = signed_in(world.accounts["administrator"])
    for number, typed in enumerate(("u1", "u1 市局1", "市局1")):
        post = {"username": f"li{number}", "role": "department_handler", "unit": typed}
        assert client.post("/accounts/new/", post).status_code == 200
        assert Account.objects.get(username=f"li{number}").unit == world.units[1]
    post = {"username": "li9", "role": "department_handler", "unit": "没有的单位"}
    assert "没有的单位" in client.post("/accounts/new/", post).content.decode().split("errorlist")[1]
    Official.objects.create(code="x1", name="同名", unit=world.units[0])
    Official.objects.create(code="x2", name="同名", unit=world.units[0])
    post = {"username": "li9", "role": "team_member", "official": "同名"}
    assert client.post("/accounts/new/", post).status_code == 422
    assert "市局2" in client.get("/accounts/choices/unit/?unit=局2").content.decode()


def test_a_changed_role_is_logged_and_a_stale_form_is_refused_with_what_differs(world) -> None:
    administrator, leader = world.accounts["administrator"], world.accounts["leader"]
    domain.change(administrator, leader, version=1, role=Role.AUDITOR)
    assert leader.events.get().change == {"role": ["leader", "auditor"]}
    with pytest.raises(Stale) as stale:
        domain.change(administrator, leader, version=1, role=Role.CAMPAIGN_OFFICE)
    assert [(row["yours"], row["theirs"]) for row in stale.value.facts["diff"]] == [("campaign_office", "auditor")]
    post = {"role": "campaign_office", "display_name": "", "version": 1}
    answer = signed_in(administrator).post(f"/accounts/{leader.pk}/", post)
    assert answer.status_code == 409 and "auditor" in answer.content.decode()
    leader.refresh_from_db()
    assert leader.role == "auditor"


def test_administrators_do_not_shut_themselves_out(world) -> None:
    administrator = world.accounts["administrator"]
    with pytest.raises(RuleBroken):
        domain.change(administrator, administrator, role=Role.LEADER)
    with pytest.raises(RuleBroken):
        domain.set_active(administrator, administrator, False)
    administrator.refresh_from_db()
    assert administrator.role == "administrator" and administrator.is_active


def test_the_list_searches_and_stays_small(world, django_assert_max_num_queries) -> None:
    Account.objects.bulk_create(
        Account(username=f"many{n:03d}", role="leader", display_name=f"第{n}号") for n in range(90)
    )
    client = signed_in(world.accounts["administrator"])
    client.get("/accounts/")
    with django_assert_max_num_queries(8):
        assert len(client.get("/accounts/").content) < 100_000
    page = client.get("/accounts/?q=第7号").content.decode()
    assert "many007" in page and "many008" not in page


def test_a_lost_second_step_is_taken_away_and_logged(world) -> None:
    administrator, leader = world.accounts["administrator"], world.accounts["leader"]
    path = f"/accounts/{leader.pk}/second-step/"
    assert signed_in(administrator).post(path).status_code == 422
    Authenticator.objects.create(user=leader, type="totp", data={"secret": "x"})
    assert signed_in(world.accounts["auditor"]).post(path).status_code == 403
    assert signed_in(administrator).post(path).status_code == 302
    assert not Authenticator.objects.exists() and leader.events.get().verb == "drop_second_step"


def test_a_new_password_opens_a_name_that_was_shut_by_failures(world) -> None:
    client = Client()
    for _ in range(5):
        client.post("/account/login/", {"login": "leader", "password": "wrong"})
    assert client.post("/account/login/", {"login": "leader", "password": "a-long-password-1"}).status_code == 429
    password = domain.give_password(world.accounts["administrator"], world.accounts["leader"])
    assert client.post("/account/login/", {"login": "leader", "password": password}).status_code == 302
