"""Signing in: lock-out after five failures, the second step with its recovery codes, the organisation's own sign-in."""

import re

import pytest
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.socialaccount.internal.flows.login import complete_login
from allauth.socialaccount.models import SocialAccount, SocialLogin
from axes.utils import reset
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.cache import cache
from django.test import Client, RequestFactory, override_settings

from sijin.people.models import Account
from sijin.people.refusals import NotAllowed
from tests.web.test_access import signed_in

PASSWORD = "a-long-password-1"
LOGIN = {"login": "leader", "password": PASSWORD}


@pytest.fixture(autouse=True)
def forget_failures(db):
    """Start each test without counted failures and requests."""
    reset()
    cache.clear()


def test_after_five_failures_even_the_right_password_waits(world) -> None:
    client = Client()
    answers = [client.post("/account/login/", LOGIN | {"password": "wrong"}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    closed = client.post("/account/login/", LOGIN)
    page = closed.content.decode()
    assert closed.status_code == 429 and "一刻钟" in page and PASSWORD not in page and "<h1>" in page
    assert Client().post("/account/login/", LOGIN | {"login": "auditor"}).status_code == 302
    reset(username="leader")
    assert client.post("/account/login/", LOGIN).status_code == 302


def test_four_failures_are_forgiven_by_a_success(world) -> None:
    client = Client()
    for _ in range(2):
        for _ in range(4):
            assert client.post("/account/login/", LOGIN | {"password": "wrong"}).status_code == 200
        assert Client().post("/account/login/", LOGIN).status_code == 302


def test_a_wrong_password_is_said_beside_the_form_and_the_name_is_kept(world) -> None:
    page = Client().post("/account/login/", LOGIN | {"password": "wrong"}).content.decode()
    assert "errorlist nonfield" in page and 'value="leader"' in page and "wrong" not in page


def test_who_signs_in_comes_to_work_and_never_to_another_site(world) -> None:
    assert Client().post("/account/login/", LOGIN).headers["Location"] == "/"
    administrator = LOGIN | {"login": "administrator"}
    assert Client().post("/account/login/", administrator).headers["Location"] == "/accounts/"
    assert Client().post("/account/login/", LOGIN | {"next": "/ledger/"}).headers["Location"] == "/ledger/"
    assert Client().post("/account/login/", LOGIN | {"next": "https://evil.example/"}).headers["Location"] == "/"


def test_a_whole_office_signs_in_within_a_minute_and_a_flood_does_not(world, settings) -> None:
    assert {Client().post("/account/login/", LOGIN).status_code for _ in range(40)} == {302}
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login": "1/m/ip"}
    flood = [Client().post("/account/login/", LOGIN) for _ in range(2)][-1]
    assert flood.status_code == 429 and "请求过于频繁" in flood.content.decode()


def test_nobody_makes_an_account_for_themselves(world) -> None:
    post = {"username": "thief", "password1": "long-enough-pass-1", "password2": "long-enough-pass-1"}
    Client().post("/account/signup/", post)
    assert not Account.objects.filter(username="thief").exists()


def test_a_house_without_e_mail_says_whom_to_ask(world) -> None:
    page = Client().get("/account/password/reset/")
    assert (
        page.status_code == 200
        and "管理员" in page.content.decode()
        and "<form" not in page.content.decode().split("<main")[1].split("</main>")[0]
    )


def test_the_second_step_from_on_to_off(world) -> None:
    client = Client()
    client.post("/account/login/", LOGIN)
    again = client.get("/account/mfa/totp/activate/").headers["Location"]  # what touches security asks once more
    assert client.post(again, {"password": "wrong"}).status_code == 200
    assert client.post(again, {"password": PASSWORD}).headers["Location"] == "/account/mfa/totp/activate/"
    page = client.get("/account/mfa/totp/activate/").content.decode()
    assert 'class="qr"' in page and "data:image/svg" in page
    secret = re.search(r'id="authenticator_secret"[^>]*value="([A-Z2-7]+)"', page)[1]

    def code() -> str:
        return totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))

    assert client.post("/account/mfa/totp/activate/", {"code": "000000"}).status_code == 200
    assert client.post("/account/mfa/totp/activate/", {"code": code()}).status_code == 302
    assert Authenticator.objects.filter(user__username="leader").count() == 2

    codes = client.get("/account/mfa/recovery-codes/").content.decode()
    recovery = re.search(r"<textarea[^>]*>\s*([\w-]+)", codes)[1]
    fresh = Client()
    assert fresh.post("/account/login/", LOGIN).headers["Location"] == "/account/mfa/authenticate/"
    assert fresh.get("/ledger/").headers["Location"].startswith("/account/login/")
    assert 'autocomplete="one-time-code"' in fresh.get("/account/mfa/authenticate/").content.decode()
    assert fresh.post("/account/mfa/authenticate/", {"code": "123"}).status_code == 200
    assert fresh.post("/account/mfa/authenticate/", {"code": recovery}).status_code == 302
    assert fresh.get("/ledger/").status_code == 200

    assert client.get("/account/mfa/totp/deactivate/").status_code == 200
    assert client.post("/account/mfa/totp/deactivate/").status_code == 302
    assert not Authenticator.objects.filter(user__username="leader", type="totp").exists()


def test_what_touches_security_asks_for_the_password_again(world) -> None:
    client = signed_in(world.accounts["leader"])  # a session without a fresh password
    answer = client.get("/account/mfa/totp/activate/")
    assert answer.status_code == 302 and "/account/reauthenticate/" in answer.headers["Location"]
    page = client.get("/account/reauthenticate/").content.decode()
    assert 'type="password"' in page and 'class="btn' in page


ORGANISATION = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "organisation",
                "name": "威海统一认证",
                "client_id": "x",
                "secret": "x",
                "settings": {"server_url": "https://id.example"},
            }
        ]
    }
}


def test_the_organisations_button_is_there_only_when_it_is_configured(world) -> None:
    assert "威海统一认证" not in Client().get("/account/login/").content.decode()
    with override_settings(SOCIALACCOUNT_PROVIDERS=ORGANISATION):
        page = Client().get("/account/login/").content.decode()
    assert "用 威海统一认证 登录" in page and 'action="/account/organisation/oidc/organisation/login/' in page


def arrive(username: str, uid: str = "sub-1"):
    """Come back from the organisation's server as `username`."""
    request = RequestFactory().get("/account/organisation/oidc/organisation/login/callback/")
    client = Client()
    request.session = client.session
    social = SocialAccount(provider="organisation", uid=uid, extra_data={})
    login = SocialLogin(user=Account(username=username), account=social)
    request.user, request._messages = AnonymousUser(), FallbackStorage(request)
    return request, login


@override_settings(SOCIALACCOUNT_PROVIDERS=ORGANISATION)
def test_the_organisation_opens_an_account_of_the_same_name_and_no_other(world) -> None:
    request, login = arrive("leader")
    with request_context(request):
        complete_login(request, login)
    assert request.user == world.accounts["leader"]
    assert SocialAccount.objects.get().user == world.accounts["leader"]
    world.accounts["auditor"].is_active = False
    world.accounts["auditor"].save()
    for stranger in ("nobody-here", "auditor", ""):
        request, login = arrive(stranger, uid=f"sub-{stranger}")
        with request_context(request), pytest.raises(NotAllowed):
            complete_login(request, login)
    assert Account.objects.filter(username="nobody-here").count() == 0 and SocialAccount.objects.count() == 1
