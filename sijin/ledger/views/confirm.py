"""The served party's page behind a one-time link (no account), and the sheet with the link's QR code for the team."""

import segno
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from sijin.ledger.domain import confirmation, dossier
from sijin.ledger.forms import ConfirmForm
from sijin.ledger.models import Need
from sijin.ledger.views.evidence import answer
from sijin.people.policy import visible
from sijin.people.refusals import RuleBroken

PER_MINUTE = 60  # requests from one address
WRONG_PER_HOUR = 20  # unknown links from one address
STATUS = {"unknown": 404, "used": 410, "answered": 410, "reissued": 410, "expired": 410}


@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Ask the served party whether the problem was solved; no account is needed, the link works once."""
    if _too_many(request, "any", PER_MINUTE, 60) or _too_many(request, "wrong", WRONG_PER_HOUR, 3600, count=False):
        return render(request, "ledger/confirm.html", {"standing": "busy"}, status=429)
    link, standing = confirmation.standing(token)
    if link is None or standing != "open":
        if standing == "unknown":
            _too_many(request, "wrong", WRONG_PER_HOUR, 3600)
        context = {"standing": standing, "link": link, "need": link.need if link else None}
        return render(request, "ledger/confirm.html", context, status=STATUS[standing])
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            need = confirmation.confirm_by_link(token, given["verdict"], given["comment"])
        except RuleBroken as refusal:
            standing = refusal.facts.get("standing", "answered")
            return render(request, "ledger/confirm.html", {"standing": standing, "need": link.need}, status=410)
        return render(request, "ledger/confirm.html", {"standing": "thanks", "need": need})
    status = 422 if request.method == "POST" else 200
    return render(request, "ledger/confirm.html", _page(link.need, token, form), status=status)


def _page(need: Need, token: str, form: ConfirmForm) -> dict:
    events = list(need.events.order_by("sequence"))
    return {
        "standing": "open",
        "need": need,
        "token": token,
        "form": form,
        "answer": next((event for event in reversed(events) if event.verb == "answer"), None),
        "measures": need.measures.order_by("pk"),
        "items": need.items.order_by("pk"),
        "burden": dossier.burden(events),
        **dossier.evidence_of(need),
    }


@require_GET
def photo(request: HttpRequest, token: str, file_pk: int) -> HttpResponse:
    """Answer a photo of the need that a usable link is about, small unless asked for whole."""
    if _too_many(request, "photo", PER_MINUTE * 4, 60):
        return HttpResponse(status=429)
    link, standing = confirmation.standing(token)
    if link is None or standing != "open":
        raise Http404
    file = get_object_or_404(link.need.evidence.filter(media_type="image/jpeg"), pk=file_pk)
    return answer(file, small="whole" not in request.GET)


@never_cache
@require_GET
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the link that was just made, with its QR code, to copy or to print; only who made it can see it again."""
    need = get_object_or_404(visible(request.user, Need).select_related("site", "campaign", "team"), pk=pk)
    token = request.session.get("confirm_tokens", {}).get(str(pk))
    standing = confirmation.standing(token)[1] if token else "unknown"
    context = {"need": need, "standing": standing}
    if standing == "open":
        url = request.build_absolute_uri(reverse("confirm", args=[token]))
        context |= {"url": url, "qr": qr(url), "link": confirmation.standing(token)[0]}
    return render(request, "ledger/confirm_sheet.html", context)


def remember(request: HttpRequest, need: Need, token: str) -> None:
    """Keep a fresh token in the session of who made it: the database has only its hash."""
    kept = request.session.get("confirm_tokens", {})
    kept[str(need.pk)] = token
    request.session["confirm_tokens"] = dict(list(kept.items())[-20:])


def qr(url: str) -> str:
    """Return a QR code of `url` as SVG that scales with its box."""
    code = segno.make(url, error="m")
    return mark_safe(code.svg_inline(scale=1, border=2, omitsize=True, svgclass="qr", lineclass=None))


def _too_many(request: HttpRequest, kind: str, most: int, seconds: int, count: bool = True) -> bool:
    """Count a request of its address within a window and say whether there were more than `most`."""
    key = f"confirm:{kind}:{request.META.get('REMOTE_ADDR', '')}"
    if not count:
        return cache.get(key, 0) >= most
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key) > most
    except ValueError:  # the window ended between the two
        return False
