"""Rules for every request: who is not signed in sees only the open pages; refusals become their HTTP answers."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _

from sijin.people import domain
from sijin.people.refusals import Refused
from sijin.web.answers import answer

OPEN = ("/account/", "/confirm/", "/static/", "/language/", "/healthz", "/first-run/")
SETTING_A_PASSWORD = (
    "/account/password/change/",
    "/account/logout/",
    "/static/",
    "/print.css",  # the style sheet of that page, too
    "/language/",
    "/healthz",
)
PERMISSIONS = "camera=(self), geolocation=(self), microphone=(), payment=(), usb=(), interest-cohort=()"
Answer = Callable[[HttpRequest], HttpResponse]


class SignedIn:
    """Sends a stranger to sign-in, a new house to its first account, a given password to be changed.

    The API answers a stranger with 401, and looks itself at the key that a request brings.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path
        if not request.user.is_authenticated:
            if not path.startswith(("/static/", "/healthz", "/first-run/", "/language/")) and domain.no_account_yet():
                return self._turned(request, reverse("people:first_run"))
            if not path.startswith(OPEN):
                return self._to_sign_in(request)
        elif request.user.password_given and not path.startswith(SETTING_A_PASSWORD):
            return self._turned(request, reverse("account_change_password"))
        return self.get_response(request)

    def _to_sign_in(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/") and request.path != "/api/docs":
            if request.headers.get("Authorization", "").startswith("Bearer "):
                return self.get_response(request)
            return JsonResponse({"detail": _("Sign in first.")}, status=401)
        if request.htmx:  # the fragment's page, not the fragment, is where the reader wants to be afterwards
            page = urlsplit(request.htmx.current_url_abs_path or "/")
            return self._turned(request, redirect_to_login(page.geturl()).url)
        return redirect_to_login(request.get_full_path())

    @staticmethod
    def _turned(request: HttpRequest, url: str) -> HttpResponse:
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": _("Open %(url)s in a browser first.") % {"url": url}}, status=403)
        if request.htmx:
            return HttpResponse(headers={"HX-Redirect": resolve_url(url)})
        return redirect(url)


class Refusals:
    """Renders a domain refusal as 403, 409 or 422: as a page, as a fragment for htmx, or as JSON for the API."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return answer(request, exception.status, exception)
        if isinstance(exception, OverflowError | DataError):  # a number or a day that no database can hold
            return answer(request, 400)
        return None


class Headers:
    """Says which powers of the browser a page may use, and that pages of an account are not kept by caches."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response
