"""Every route × every role × own and others' rows: nobody sees or changes what `access.yaml` does not give.

The expected answers come from the table, read here as data, never from the policy's code. Every negative check can
fail: the rows that could leak are there, and `test_every_secret_can_be_found` finds each of them where it is allowed.
"""

import io
import os
import re
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLResolver

from sijin.ledger.models import Need
from sijin.people import policy, tokens
from sijin.people.models import Role
from sijin.people.policy import visible
from sijin.web.api import api
from tests.web.routes import API, EACH, PAGES, Rule
from tests.web.worlds import SECRETS, more_of_the_others, row_of

ROLES = Role.values
SEES_OTHERS = {"campaign_office", "leader", "auditor"}
BACKEND = "django.contrib.auth.backends.ModelBackend"
SHUT = (403, 404)
THIRD_PARTY = (
    "account_",
    "mfa_",
    "openid_connect_",
    "socialaccount_",
)  # allauth's own pages: checked for leaks and faults
PUBLIC = {"SECRET-OFFER", "SECRET-BRIEF", "SECRET-UNIT"}  # open to most roles in all their rows
WITHOUT_A_PAGE = {"SECRET-CHANGE"}
VARYING = re.compile(  # CSRF tokens, UUIDs of fresh forms, the time at which a file was made
    r"[A-Za-z0-9]{64}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
)
RULES = PAGES | {f"{path} {method}": rule for (method, path), rule in API.items()}
ALONE = {"recorder": "team_leader"}  # scopes in which the own row is for the account of one role alone
ROOMS = ("places", "people", "dispatch", "ledger", "visits", "exchange", "works", "briefing")


def signed_in(account) -> Client:
    """Return a client with the account's session."""
    client = Client()
    client.force_login(account, backend=BACKEND)
    return client


# --- what access.yaml gives


@cache
def table() -> dict[str, Any]:
    return yaml.safe_load(Path(policy.__file__).with_name("access.yaml").read_text(encoding="utf-8"))["roles"]


def scopes(role: str, model: str | None, verb: str) -> list[str]:
    """Return the scopes of a verb; whoever is signed in may do what no model decides."""
    if model is None:
        return ["all"]
    given = table()[role].get(model, {}).get(verb, [])
    return [given] if isinstance(given, str) else given


def given(role: str, model: str | None, verb: str, which: str) -> bool:
    """Say whether the table gives the verb on the own row (it is in every scope) or the others' (in `all` alone)."""
    found = scopes(role, model, verb)
    holds = [scope for scope in found if ALONE.get(scope, role) == role]
    return bool(holds) and (which == "own" or "all" in holds)


def hidden(role: str) -> list[str]:
    """Return the secrets that the role may meet nowhere."""
    return [
        secret
        for secret, models in SECRETS.items()
        if not any("all" in scopes(role, m, verb) for m in models for verb in ("view", "name"))
    ]


# --- the routes that there are


def patterns(resolver: URLResolver, space: str = "", path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (name, module) of every URL pattern; one without a name is named by its address."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = space + (f"{pattern.namespace}:" if pattern.namespace else "")
            yield from patterns(pattern, inner, path + str(pattern.pattern))
        else:
            yield space + (pattern.name or f"/{path}{pattern.pattern}"), getattr(pattern.callback, "__module__", "")


def pages() -> set[str]:
    """Return the names of all pages that are ours."""
    found = {name for name, module in patterns(get_resolver()) if module != "ninja.operation"}
    return {name for name in found if not name.startswith(THIRD_PARTY)}


def operations() -> set[tuple[str, str]]:
    """Return (method, path) of all operations of the API."""
    return {(method, path) for path, methods in api.get_openapi_schema()["paths"].items() for method in methods}


def test_every_route_has_a_rule_and_every_rule_a_route() -> None:
    assert pages() == set(PAGES)
    assert operations() == set(API)


def test_every_model_that_the_table_names_has_rows_in_both_worlds(worlds) -> None:
    named = {model for models in table().values() for model in models}
    for label in named:
        assert apps.get_model(label)._default_manager.exists(), label


# --- calling them


def addresses(world, rule: Rule, which: str, role: str, where: Any) -> Iterator[tuple[str, str]]:
    """Yield (address, value of `each`) of a route for the rows of one world."""
    values = dict(rule.fixed)
    for parameter, name in rule.rows.items():
        row = row_of(world, which, name, role)
        values[parameter] = getattr(row, parameter if parameter in ("key", "number") else "pk")
    for value in rule.each[1] if rule.each else ("",):
        filled = values | ({rule.each[0]: value} if rule.each else {})
        yield (where.format(**filled) if "/" in where else reverse(where, kwargs=filled)) + rule.query, value


def send(client: Client, world, rule: Rule, which: str, role: str, address: str, json: bool):
    """Do what the route does, with what the rule says."""
    body = rule.body(lambda name: row_of(world, which, name, role))
    if body.get("file") == "FILE":
        body, json = body | {"file": io.BytesIO(b"%PDF-1.4\n%%EOF\n")}, False
    kind = {"content_type": "application/json"} if json else {}
    answer = getattr(client, rule.method)(address, body, headers=rule.headers, **kind)
    read(answer)
    return answer


def tried(*arguments: Any):
    """Do it and take it back."""
    try:
        with transaction.atomic():
            answer = send(*arguments)
            raise Undone
    except Undone:
        return answer


class Undone(Exception):
    """Takes the transaction back."""


def read(answer) -> bytes:
    """Return an answer's content, spreadsheets and documents unpacked."""
    if not answer.streaming:
        content = answer.content
    elif hasattr(answer, "kept"):
        content = answer.kept
    else:
        content = answer.kept = b"".join(answer.streaming_content)
    if content.startswith(b"PK\x03\x04"):
        archive = zipfile.ZipFile(io.BytesIO(content))
        return b"".join(archive.read(name) for name in archive.namelist())
    return content


def fingerprint() -> tuple[int, ...]:
    """Return what changes when anything is written: the count of every table, the versions of the needs (one query)."""
    tables = [model._meta.db_table for app in ROOMS for model in apps.get_app_config(app).get_models()]
    counts = ", ".join(f'(SELECT COUNT(*) FROM "{table}")' for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}, (SELECT SUM(version) FROM {Need._meta.db_table})")
        return tuple(cursor.fetchone())


def cases() -> Iterator[tuple[str, str, Rule, bool]]:
    """Yield (name in a failure, route, rule, whether it speaks JSON)."""
    for name in sorted(pages() & set(PAGES)):
        yield name, name, PAGES[name], False
    for method, path in sorted(operations() & set(API)):
        yield f"{path} {method}", path, API[(method, path)], True


class Findings(list):
    """What was not as the table says; and how many things were looked at."""

    checks = 0
    before: tuple[int, ...] | None = None  # the fingerprint after the last route

    def look(self, right: bool, *what: Any) -> None:
        """Count one check and note it when it is wrong."""
        self.checks += 1
        if not right:
            self.append(what)

    def leaks(self, role: str, answer, *what: Any) -> None:
        """Look for every secret that is hidden from the role."""
        content = read(answer)
        for secret in hidden(role):
            self.look(secret.encode() not in content, "shows", secret, role, *what)


def check_reading(
    found: Findings, client: Client, world, role: str, which: str, name: str, route: str, read_before: dict[str, Any]
) -> None:
    """GET one route for the rows of one world; what was read before is not asked for again."""
    rule = RULES[name]
    for address, value in addresses(world, rule, which, role, route):
        answer = read_before.get(address) or client.get(address, headers=rule.headers)
        if rule.read is None:
            expected = (405, *SHUT)
        else:
            model, verb = rule.verb_for(value) if rule.read == EACH else (rule.model, rule.read)
            may = given(role, model, verb, which) and (not rule.also or given(role, *rule.also, "own"))
            expected = rule.answers if may else SHUT
        found.look(answer.status_code in expected, "GET", answer.status_code, role, which, name, address)
        found.leaks(role, answer, "GET", which, name, address)
        if rule.read is None:
            break


def check_doing(found: Findings, client: Client, world, role: str, which: str, name: str, route: str) -> None:
    """POST to one route for the rows of one world; what is given is taken back, what is refused must change nothing."""
    rule, before = RULES[name], found.before or fingerprint()
    for address, value in addresses(world, rule, which, role, route):
        model, verb = rule.verb_for(value)
        may = rule.do is not None and given(role, model, verb, which)
        answer = (tried if may else send)(client, world, rule, which, role, address, name.startswith("/api"))
        expected = range(200, 500) if may else (405, *SHUT) if rule.do is None else SHUT
        found.look(answer.status_code in expected, rule.method, answer.status_code, role, which, name, address)
        found.leaks(role, answer, rule.method, which, name, address)
    found.before = fingerprint()
    found.look(found.before == before, "was refused and changed something", role, which, name)


def unlike() -> list[str]:
    """Return the roles of which none has the same table as another: what these read is looked at once."""
    return [role for n, role in enumerate(ROLES) if table()[role] not in [table()[other] for other in ROLES[:n]]]


def pages_read(client: Client, world, role: str) -> dict[str, Any]:
    """Return the answers of all pages over the role's own rows by address, but of rows that everyone sees."""
    return {
        address: client.get(address, headers=rule.headers)
        for _, route, rule, _json in cases()
        if rule.read and not rule.open and not rule.each and not set(rule.secrets) & PUBLIC
        for address, _ in addresses(world, rule, "own", role, route)
    }


def plain(answer: Any) -> tuple[int, str]:
    """Return an answer's status and, where it is a page, what it says without what differs each time."""
    said = VARYING.sub("", read(answer).decode("utf-8", "replace"))
    return answer.status_code, said if answer.status_code == 200 else ""


@pytest.mark.parametrize("role", ROLES if os.environ.get("SIJIN_BOTH") else unlike())
def test_every_route_gives_a_role_what_the_table_gives(worlds, role: str, record_property) -> None:
    """And where others' needs are hidden, not a count, a page number or a date depends on rows of others."""
    client, found = signed_in(worlds.accounts[role]), Findings()
    client.raise_request_exception = False  # a fault is found as its 500, and the rest is looked at too
    before = {} if given(role, "ledger.Need", "view", "other") else pages_read(client, worlds, role)
    said = {address: plain(answer) for address, answer in before.items()}
    for name, route, rule, json in cases():
        for which in ("own", "other") if rule.rows else ("own",):
            if not json or rule.do is None:
                check_reading(found, client, worlds, role, which, name, route, before)
            if not json or rule.do is not None:
                check_doing(found, client, worlds, role, which, name, route)
    assert not found, "\n".join(map(str, found))
    if said:
        more_of_the_others(worlds)
        fresh = signed_in(worlds.accounts[role])  # the other one was asked to speak another language
        for address, answer in pages_read(fresh, worlds, role).items():
            assert plain(answer) == said[address], (role, address)
    record_property("count: checks of route × role", found.checks)
    record_property("count: pages the same with and without others' rows", len(said))


def test_every_secret_can_be_found(worlds, record_property) -> None:
    """The proof that no check above is empty: each route shows its secrets to someone to whom they are open."""
    readers = [worlds.accounts[role] for role in ("campaign_office", "leader", "auditor", "administrator")]
    clients = [signed_in(account) for account in (*readers, *worlds.others.values())]
    missing, found = [], set()
    for name, route, rule, _json in cases():
        if not rule.secrets:
            continue
        for address, _ in addresses(worlds, rule, "other", "team_leader", route):
            sought = set(rule.secrets)
            for client in clients:
                if sought:
                    content = read(client.get(address))
                    sought -= {secret for secret in sought if secret.encode() in content}
            missing += [(name, secret) for secret in sought]
            found |= set(rule.secrets) - sought
    assert missing == []
    assert found >= set(SECRETS) - WITHOUT_A_PAGE
    record_property("count: routes proven to be able to leak", sum(1 for case in cases() if case[2].secrets))


def test_strangers_see_no_page_and_no_route(worlds, record_property) -> None:
    checks = 0
    for name, route, rule, json in cases():
        for address, _ in addresses(worlds, rule, "other", "team_leader", route):
            for answer in (Client().get(address), send(Client(), worlds, rule, "other", "team_leader", address, json)):
                if rule.open:
                    assert answer.status_code < 500, name
                elif "/api/" in address and "docs" not in address:
                    assert answer.status_code == 401, name
                else:
                    turned = answer.headers.get("HX-Redirect") or answer.headers["Location"]
                    assert turned.startswith("/account/login/"), name
                content = read(answer).decode("utf-8", "replace")
                assert [secret for secret in SECRETS if secret in content] == [], name
                checks += 1 + len(SECRETS)
    record_property("count: checks of route × role", checks)


@pytest.mark.parametrize("role", [None, *ROLES])
def test_pages_of_others_makers_neither_leak_nor_break(worlds, role: str | None) -> None:
    client = signed_in(worlds.accounts[role]) if role else Client()
    for name, _ in patterns(get_resolver()):
        if name.startswith(THIRD_PARTY):
            arguments = {"account_confirm_email": ["k"], "account_reset_password_from_key": ["1", "k"]}.get(name, [])
            arguments = ["organisation"] if name.startswith("openid") else arguments
            for method in (client.get, client.post):
                answer = method(reverse(name, args=arguments))
                assert answer.status_code < 500, name
                assert [secret for secret in SECRETS if secret.encode() in read(answer)] == [], name
            if role:
                client = signed_in(worlds.accounts[role])  # some of them sign out


def test_a_key_sees_what_its_account_sees(worlds) -> None:
    for role in ("campaign_office", "team_leader", "department_handler", "site_contact"):
        client, text = (
            signed_in(worlds.accounts[role]),
            tokens.issue(worlds.accounts[role], worlds.accounts[role], "k")[1],
        )
        for _, route, rule, json in cases():
            if json and rule.read:
                for which in ("own", "other"):
                    for address, _ in addresses(worlds, rule, which, role, route):
                        by_key = Client().get(address, headers={"Authorization": f"Bearer {text}"})
                        assert by_key.status_code == client.get(address).status_code, (role, address)


def test_a_stale_form_answers_409(world) -> None:
    client = signed_in(world.accounts["campaign_office"])
    assert client.post(f"/ledger/{world.need.pk}/classify/", {"version": 1, "klass": 2}).status_code == 302
    assert client.post(f"/ledger/{world.need.pk}/classify/", {"version": 1, "klass": 3}).status_code == 409


def test_an_account_without_a_unit_sees_no_units_rows(world) -> None:
    handler = world.accounts["department_handler"]
    handler.unit = None
    assert visible(handler, type(world.need)).count() == 0


@pytest.mark.parametrize("page", ["/", "/ledger/?tab=all", "/visits/"])
def test_pages_stay_within_their_queries_and_size(world, page: str, django_assert_max_num_queries) -> None:
    client = signed_in(world.accounts["campaign_office"])
    client.get(page)
    with django_assert_max_num_queries(15):
        assert len(client.get(page).content) < 100_000
