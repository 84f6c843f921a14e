"""The root of the API: who may ask, how often, and what every refusal looks like; the rooms bring the routes."""

import json
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from ninja import NinjaAPI, Swagger
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer, SessionAuth
from ninja.throttling import UserRateThrottle

from sijin.briefing.api import router as briefing
from sijin.dispatch.api import router as dispatch
from sijin.exchange.api import router as exchange
from sijin.ledger.api import router as ledger
from sijin.people.api import router as people
from sijin.people.models import Account
from sijin.people.refusals import Refused
from sijin.people.tokens import account_of
from sijin.people.wire import Refusal
from sijin.places.api import router as places
from sijin.visits.api import router as visits
from sijin.web.limits import CheckedJson
from sijin.works.api import router as works

DESCRIPTION = """
The campaign's loop over HTTP: 派 dispatch → 访 visits → 账 ledger → 配 exchange → 汇 briefing. The same policy as the
pages decides what an account sees and does.

Sign in with a session (and send `X-CSRFToken` with every change) or with a personal key, made at `POST /api/me/tokens`
or by `sijin token` and sent as `Authorization: Bearer sijin_…`. Lists take `limit` and `offset` and say the `total`.
Times are instants in ISO 8601, days are those of Asia/Shanghai, quantities are decimal strings.
"""
REFUSALS = {
    400: "The request cannot be read: broken JSON, a NUL character, nesting without end.",
    401: "Nobody is signed in, or the key is not living.",
    403: "The account's role does not have this, or the CSRF token is missing.",
    404: "There is no such row, or it is not the account's to see.",
    409: "The row was changed since the version that was sent; `facts.diff` says how.",
    413: "The body is too large.",
    422: "A value is not understood (`field` names it), or a rule of the domain forbids it now.",
    429: "Too many requests; `Retry-After` says how long to wait.",
}


class PersonalKey(HttpBearer):
    """`Authorization: Bearer …` acts as the key's account; a key that is not living is never ignored."""

    def authenticate(self, request: HttpRequest, token: str) -> Account:
        """Return the key's account or answer 401."""
        account = account_of(token)
        if account is None:
            raise AuthenticationError(message=_("This key is unknown, has expired or was revoked."))
        request.user, request.by_token = account, True
        return account


class Api(NinjaAPI):
    """The API whose schema says of every route which refusals it may answer."""

    def get_openapi_schema(self, **arguments: Any) -> Any:
        """Return the OpenAPI schema with the refusals filled in."""
        schema = super().get_openapi_schema(**arguments)
        schema["components"]["schemas"]["Refusal"] = Refusal.model_json_schema()
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
        for path, methods in schema["paths"].items():
            for operation in methods.values():
                text = json.dumps(operation.get("requestBody", {}))
                named = {name for name, part in schema["components"]["schemas"].items() if f'schemas/{name}"' in text}
                versioned = any("version" in schema["components"]["schemas"][name]["properties"] for name in named)
                leaves_out = {409} if not versioned else set()
                leaves_out |= {413} if not text else set()
                leaves_out |= {404} if "{" not in path and not text and "/needs" not in path else set()
                for status, words in REFUSALS.items():
                    if status not in leaves_out:
                        operation["responses"][status] = {"description": words, "content": content}
        return schema


class Docs(Swagger):
    """The reference to read and try, from our own static files."""

    template = "api_docs.html"

    def render_page(self, request: HttpRequest, api: NinjaAPI, **arguments: Any) -> HttpResponse:
        """Render the page inside our own frame, which needs no inline script."""
        settings = self.settings | {"url": self.get_openapi_url(api, arguments)}
        return render(request, self.template, {"api_docs": settings})


api = Api(
    title="四进 Sijin",
    version=version("sijin"),
    description=DESCRIPTION,
    docs=Docs({"defaultModelsExpandDepth": 0, "docExpansion": "list", "tryItOutEnabled": False}),
    auth=[PersonalKey(), SessionAuth()],
    throttle=[UserRateThrottle(settings.API_RATE)],
    parser=CheckedJson(),
    urls_namespace="api",
    docs_decorator=require_safe,
)
api.add_router("/regions", places)
for room in (people, dispatch, works, visits, ledger, exchange, briefing):
    api.add_router("", room)


def _answer(request: HttpRequest, status: int, detail: str, **more: Any) -> HttpResponse:
    body = {"detail": detail} | {name: value for name, value in more.items() if value}
    return api.create_response(request, json.loads(json.dumps(body, default=str)), status=status)


def _place(steps: list[Any]) -> str:
    """Name a value as the caller knows it: the body has no `payload`, that is our argument's name."""
    return ".".join(str(step) for step in steps if step != "payload")


@api.exception_handler(Refused)
def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """Answer a refusal of the domain with its status, its field and its facts."""
    facts = {name: value for name, value in refusal.facts.items() if name != "field"}
    return _answer(request, refusal.status, refusal.message, field=refusal.facts.get("field"), facts=facts)


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    """Answer alike whether the row is not there or not the account's to see."""
    return _answer(request, 404, _("There is no such row, or it is not yours to see."))


@api.exception_handler(ValidationError)
def not_understood(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Name every value that is not understood; `field` is the first."""
    errors = [
        {"field": ".".join(str(step) for step in e["loc"] if step != "payload"), "message": e["msg"]}
        for e in error.errors
    ]
    field, words = errors[0]["field"], errors[0]["message"]
    return _answer(request, 422, f"{field}: {words}", field=field, facts={"errors": errors})


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer in our form; a body that cannot be read says why."""
    words = str(error)
    if error.status_code == 400 and error.__cause__:
        words = _("The body cannot be read: %(why)s") % {"why": error.__cause__}
    elif error.status_code == 401 and words == "Unauthorized":
        words = _("Sign in first.")
    return _answer(request, error.status_code, words)


@api.exception_handler(BadRequest)
@api.exception_handler(SuspiciousOperation)
def unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer what Django refuses to read."""
    if isinstance(error, RequestDataTooBig):
        return _answer(request, 413, _("The request is too large."))
    return _answer(request, 400, _("The request cannot be read."))
