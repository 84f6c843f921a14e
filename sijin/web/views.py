"""The pages that belong to no room: search, the answers to what cannot be done."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from sijin.web.answers import FORM_TOO_OLD, TOO_MANY, WORDS, answer
from sijin.web.search import find
from sijin.web.shell import shell
from sijin.web.templatetags.sijin_ui import long_day

SUGGESTED, LISTED = 5, 20  # hits a kind


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Show what matches, by kind."""
    q = request.GET.get("q", "").strip()[:100]
    return render(request, "search.html", {"q": q, "groups": find(request.user, q, LISTED)})


@require_GET
def suggest(request: HttpRequest) -> HttpResponse:
    """Show the first hits below the search box, while the reader types."""
    q = request.GET.get("q", "").strip()[:100]
    return render(request, "_hits.html", {"q": q, "groups": find(request.user, q, SUGGESTED)})


@require_GET
@cache_control(private=True, max_age=600)
def print_sheet(request: HttpRequest) -> HttpResponse:
    """Return what stands in the margins of each printed page: campaign, unit, cut-off, page x / y.

    Only a style sheet can write there, and the policy allows none within a page.
    """
    frame = shell(request)["shell"]
    campaign, unit = frame.campaign, frame.account.unit
    as_of = f"{_('as of')} {long_day(campaign.now())}" if campaign else ""
    corners = {
        "top-left": campaign.name if campaign else "",
        "top-center": unit.name if unit else "",
        "top-right": as_of,
    }
    boxes = "".join(
        f'@{corner} {{ content: "{_quoted(words)}"; font-size: 9pt; }} ' for corner, words in corners.items()
    )
    number = '@bottom-right { content: counter(page) " / " counter(pages); font-size: 9pt; }'
    return HttpResponse(f"@page {{ {boxes}{number} }}", content_type="text/css; charset=utf-8")


def _quoted(words: str) -> str:
    """Return `words` as they may stand within a string of a style sheet."""
    return "".join(f"\\{ord(letter):x} " if letter in '"\\<' or ord(letter) < 32 else letter for letter in words)


@require_GET
def forgotten(request: HttpRequest) -> HttpResponse:
    """Say who gives a new password, in a house that sends no e-mail."""
    return render(request, "account/forgotten.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say in plain words that the form was too old to be trusted."""
    return answer(request, 403, words=FORM_TOO_OLD)


def locked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """Say that an account is closed for a while after too many wrong passwords."""
    return answer(request, 429)


def too_many(request: HttpRequest) -> HttpResponse:
    """Say that allauth's rate limit was met."""
    return answer(request, 429, words=TOO_MANY)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django refuses to parse."""
    return answer(request, 400)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what a library refuses."""
    return answer(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for an address that nobody has, or a row that the reader may not see."""
    return answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for an unforeseen error; asks neither the database nor the session, which may be what broke."""
    words = WORDS[500]
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": str(words.happened)}, status=500)
    context = {"words": words, "happened": words.happened}
    if "HX-Request" in request.headers:
        page = render_to_string("_refused.html", context)
        return HttpResponse(page, status=500, headers={"HX-Retarget": "#notices", "HX-Reswap": "innerHTML"})
    return HttpResponse(render_to_string("500.html", context), status=500)
