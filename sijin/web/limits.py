"""What no request may hold, before any view sees it: NUL characters, endless bodies, JSON nested without end."""

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from ninja.parser import Parser

from sijin.people.digits import is_number
from sijin.people.refusals import RuleBroken
from sijin.web.answers import answer

DEEPEST = 20  # levels of JSON within JSON; the deepest schema has four
LARGEST = 1024 * 1024  # bytes of a JSON body; files go as multipart and have their own limit
NUL = "\x00"


class Limits:
    """Answers 400 to a NUL in the address (PostgreSQL cannot hold one), 413 to an over-long JSON body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        api = request.path.startswith("/api/")
        if NUL in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return answer(request, 400, RuleBroken(_("The address holds a NUL character.")))
        size = request.META.get("CONTENT_LENGTH") or "0"
        if api and request.content_type == "application/json" and not (is_number(size) and int(size) <= LARGEST):
            return JsonResponse({"detail": _("The request is too large.")}, status=413)
        return self.get_response(request)


class CheckedJson(Parser):
    """JSON whose texts any database can hold, and which is not nested without end."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Parse a JSON body; a ValueError says what is wrong with it."""
        try:
            parsed = json.loads(request.body, parse_constant=_no_such_number)
        except RecursionError as error:
            raise ValueError(_("nested too deeply")) from error
        _examine(parsed)
        return parsed

    def parse_querydict(self, data: MultiValueDict, list_fields: list[str], request: HttpRequest) -> dict[str, Any]:
        """Take a query or a form; HttpError 400 when a text of it holds a NUL."""
        if any(isinstance(text, str) and NUL in text for name in data for text in (name, *data.getlist(name))):
            raise HttpError(400, _("A text holds a NUL character."))
        return super().parse_querydict(data, list_fields, request)


def _no_such_number(name: str) -> None:
    raise ValueError(_("%(name)s is not a number") % {"name": name})


def _examine(value: Any, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise ValueError(_("nested too deeply"))
    if isinstance(value, str):
        if NUL in value:
            raise ValueError(_("a text holds a NUL character"))
        value.encode()  # half of a surrogate pair is a UnicodeEncodeError, which is a ValueError
    elif isinstance(value, dict):
        for key, inner in value.items():
            _examine(key, depth + 1)
            _examine(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _examine(inner, depth + 1)
