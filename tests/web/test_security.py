"""Headers and cookies: what a browser is told on every page, with and without HTTPS."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client

from tests.web.test_access import signed_in


@pytest.mark.parametrize("path", ["/account/login/", "/", "/ledger/", "/search/?q=x", "/jobs/", "/nothing-here/"])
def test_every_page_carries_the_headers(world, path: str) -> None:
    client = Client() if "login" in path else signed_in(world.accounts["campaign_office"])
    headers = client.get(path).headers
    policy = {part.split()[0]: part.split()[1:] for part in headers["Content-Security-Policy"].split("; ")}
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert not any("unsafe" in source or "*" in source for sources in policy.values() for source in sources)
    assert headers["X-Frame-Options"] == "DENY" and headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=(self)" in headers["Permissions-Policy"] and "microphone=()" in headers["Permissions-Policy"]


def test_pages_of_an_account_are_not_kept_by_caches(world) -> None:
    assert "private" in signed_in(world.accounts["leader"]).get("/ledger/").headers["Cache-Control"]


def test_the_session_cookie_is_out_of_scripts_reach_and_lasts_a_working_day(world) -> None:
    client = Client()
    client.post("/account/login/", {"login": "leader", "password": "a-long-password-1"})
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["max-age"] == 12 * 3600


def test_signing_in_gives_a_new_session(world) -> None:
    client = Client()
    client.get("/account/login/")
    before = client.session.session_key
    client.post("/account/login/", {"login": "leader", "password": "a-long-password-1"})
    assert client.session.session_key != before


ASK = """
import json, django; django.setup()
from django.conf import settings as s
from django.core.management import call_command
call_command("check", deploy=True, fail_level="ERROR")
print(json.dumps([s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.SECURE_SSL_REDIRECT,
  s.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"][-1], s.MFA_SUPPORTED_TYPES, s.DEBUG]))
"""


def test_https_and_the_organisation_are_switched_on_by_the_environment(tmp_path) -> None:
    env = os.environ | {"SIJIN_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "sijin.web.settings"}
    env |= {"SIJIN_HTTPS": "1", "SIJIN_OIDC_SERVER": "https://id.example/realms/x", "SIJIN_DEBUG": "0"}
    env |= {"PYTHONPATH": str(settings.ROOT)}
    env.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # the browser tests set it for themselves
    run = subprocess.run([sys.executable, "-c", ASK], env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    *switches, methods, debug = json.loads(run.stdout.splitlines()[-1])
    assert switches == [True, True, 31_536_000, True, "https://id.example"]
    assert "webauthn" in methods and debug is False
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
