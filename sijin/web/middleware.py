"""Two rules for every request: who is not signed in sees only the open pages; refusals become their HTTP answers."""

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from sijin.people.refusals import Refused

OPEN = ("/account/", "/confirm/", "/static/", "/language/", "/healthz")
Answer = Callable[[HttpRequest], HttpResponse]


class SignedIn:
    """Sends a stranger to sign-in; the API answers 401 instead, or looks at the key that the request brings."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated and not request.path.startswith(OPEN):
            if request.path.startswith("/api/") and request.path != "/api/docs":
                if request.headers.get("Authorization", "").startswith("Bearer "):
                    return self.get_response(request)
                return JsonResponse({"detail": _("Sign in first.")}, status=401)
            return redirect_to_login(request.get_full_path())
        return self.get_response(request)


class Refusals:
    """Renders a domain refusal as 403, 409 or 422, as a page or as JSON."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused):
            return None
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": exception.message}, status=exception.status)
        return render(request, f"{exception.status}.html", {"refusal": exception}, status=exception.status)
