"""What a page answers when it will not or cannot do what was asked: one page, and one fragment for htmx.

Each says what happened, what was kept and what to do next.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from sijin.people.refusals import Refused

PROSE = 12  # a typed value of so many characters is worth showing again
SECRET = ("password", "token", "code", "uuid", "login", "next", "version")


@dataclass(frozen=True)
class Words:
    """What happened (the heading, and a sentence where the refusal gives none), what was kept, what to do."""

    heading: str | Promise
    happened: str | Promise
    kept: str | Promise
    todo: str | Promise


UNCHANGED = _("Nothing was changed.")
WORDS = {
    400: Words(
        _("This request is not understood"),
        _("The address or the form holds something that the server does not accept."),
        UNCHANGED,
        _("Go back and try again from the page itself."),
    ),
    403: Words(
        _("You may not do this"),
        _("Your role does not include this step on this row."),
        UNCHANGED,
        _("If it is yours to do, ask the campaign office which account does it."),
    ),
    404: Words(
        _("Nothing is here"),
        _("The page does not exist, or it is not among what your account may see."),
        UNCHANGED,
        _("Check the address, or look for it by the search above."),
    ),
    409: Words(
        _("Someone was faster"),
        _("This row was changed by someone else after you opened it."),
        _("The other person's change stands; yours was not saved."),
        _("Open the row again, look at what is there now, and repeat your step if it is still right."),
    ),
    422: Words(
        _("This is not possible now"),
        _("A rule of the campaign forbids this step in the present state."),
        UNCHANGED,
        _("Go back, put right what is named above, and try again."),
    ),
    429: Words(
        _("Too many failed attempts"),
        _("The password was wrong five times, so this account is closed at this address for a quarter of an hour."),
        _("The account and its data are untouched; other people can sign in as usual."),
        _("Wait a quarter of an hour, or ask an administrator to give you a new password."),
    ),
    500: Words(
        _("Something broke on our side"),
        _("The server met an error that nobody foresaw. It has been written to the log."),
        _("What you were about to save was not saved; everything saved before is safe."),
        _("Go back and try again. If it happens again, tell an administrator what you were doing."),
    ),
}
TOO_MANY = Words(
    _("Too many requests at once"),
    _("This address has asked for the same thing very often within a minute."),
    UNCHANGED,
    _("Wait a minute and try again."),
)
FORM_TOO_OLD = Words(
    _("The form was open for too long"),
    _("The page was opened before you signed in anew, so the server cannot be sure that the form is yours."),
    UNCHANGED,
    _("Go back, reload the page and send the form again."),
)


def answer(
    request: HttpRequest, status: int, refusal: Refused | None = None, words: Words | None = None
) -> HttpResponse:
    """Return the page (or the fragment, or the JSON) that says why `status`."""
    words = words or WORDS[status]
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": refusal.message if refusal else str(words.happened)}, status=status)
    context = {
        "words": words,
        "happened": refusal.message if refusal else words.happened,
        "diff": refusal.facts.get("diff", []) if refusal else [],
        "typed": _typed(request),
        "back": _back(request),
        "layout": "base.html" if _signed_in(request) and status not in (400, 429) else "bare.html",
    }
    if getattr(request, "htmx", False):
        response = render(request, "_refused.html", context, status=status)
        response["HX-Retarget"], response["HX-Reswap"] = "#notices", "innerHTML"
        return response
    return render(request, "refused.html", context, status=status)


def _signed_in(request: HttpRequest) -> bool:
    account: Any = getattr(request, "user", None)
    return bool(account and account.is_authenticated)


def _typed(request: HttpRequest) -> list[str]:
    """Return the prose of a form that was not saved, so that it can be copied."""
    if request.method != "POST":
        return []
    return [
        value
        for name, values in request.POST.lists()
        if not any(part in name.lower() for part in SECRET)
        for value in values
        if len(value) >= PROSE
    ]


def _back(request: HttpRequest) -> str:
    """Return the page from which the request came, if it is ours."""
    came_from = request.META.get("HTTP_REFERER", "")
    ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=settings.HTTPS)
    return came_from if ours and came_from != request.build_absolute_uri() else ""
