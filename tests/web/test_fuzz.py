"""Whatever the schema allows, and much that it does not, asked by every role: no answer is a fault of ours.

Requests are made from the OpenAPI schema by schemathesis with a fixed seed, once, and sent by every role. Half of them
go to rows that are there and bring the version that these have, so that they come past the door. Every answer must be
one that the schema documents, in the form that it documents.
"""

import copy
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core import NOT_SET
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sijin.people import tokens
from sijin.people.models import Role
from sijin.web.api import api
from tests.web.routes import API
from tests.web.test_access import unlike
from tests.web.worlds import row_of

EXAMPLES = int(os.environ.get("SIJIN_FUZZ_EXAMPLES", 5))  # a route and a mode
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CALM = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Keep the connection of the test's transaction: the real application would close it after every request."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def cases() -> list[Any]:
    """Requests for every operation: some that follow the schema and some that break it."""
    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(api.get_openapi_schema(), default=str)))
    made: list[Any] = []
    for result in schema.get_all_operations():
        for mode in GenerationMode:
            keep = seed(20200304)(CALM(given(case=result.ok().as_strategy(generation_mode=mode))(made_by(made))))
            keep()
    return made


def made_by(made: list[Any]):
    """Return a test that only keeps what it is given."""

    def keep(case: Any) -> None:
        made.append(case)

    return keep


class Undone(Exception):
    """Takes the transaction back."""


def fresh(case: Any) -> Any:
    """Return the same request once more, without the credentials that were made up for it."""
    return case.operation.Case(
        path_parameters=dict(case.path_parameters),
        query=copy.deepcopy(case.query),
        headers={name: value for name, value in case.headers.items() if name.lower() != "authorization"},
        body=case.body if case.body is NOT_SET else copy.deepcopy(case.body),
        media_type=case.media_type,
    )


def true_to_life(world, role: str, case: Any) -> Any:
    """Point a case at the own rows: the keys in its address, the version and the keys in its body."""
    rule = API[(case.operation.method.lower(), case.operation.path)]
    for parameter, name in rule.rows.items():
        row = row_of(world, "own", name, role)
        case.path_parameters[parameter] = getattr(row, parameter if parameter in ("key", "number") else "pk")
    case.path_parameters |= rule.fixed
    if isinstance(case.body, dict):
        real = rule.body(lambda name: row_of(world, "own", name, role))
        case.body |= {name: value for name, value in real.items() if name in case.body and value != "FILE"}
    return case


def asked(case: Any, application: Any, headers: dict[str, str]) -> str:
    """Send a request, take back what it did; return what was wrong with the answer."""
    try:
        with transaction.atomic():
            answer = case.call(app=application, headers=headers)
            raise Undone
    except Undone:
        pass
    try:
        case.validate_response(answer, checks=CHECKS)
    except (Failure, FailureGroup) as failure:
        return f"{case.operation.label} {answer.status_code} {failure}\n{case.as_curl_command()}"
    return ""


@pytest.mark.parametrize("role", Role.values if os.environ.get("SIJIN_BOTH") else unlike())
def test_no_request_breaks_the_api(worlds, cases, role: str, record_property) -> None:
    account, application = worlds.accounts[role], get_wsgi_application()
    key = tokens.issue(account, account, "fuzz")[1]
    headers = {"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"}
    wrong = set()
    for number, case in enumerate(cases):
        drawn = fresh(case)
        wrong.add(asked(true_to_life(worlds, role, drawn) if number % 2 else drawn, application, headers))
    assert wrong == {""}, "\n\n".join(sorted(wrong)[:20])
    assert len({case.operation.label for case in cases}) == len(API)
    record_property("count: fuzzed calls", len(cases))
