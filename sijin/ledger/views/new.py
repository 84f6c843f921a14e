"""A need is posted: by a firm for its own site, by a team for its sites, by the office for any."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from sijin.ledger.categories import units
from sijin.ledger.domain import needs, sites, triage
from sijin.ledger.models import Need, TriageExample
from sijin.ledger.need_forms import ItemFormSet, NeedForm
from sijin.ledger.views.table import campaign_of
from sijin.people.policy import may, require
from sijin.people.refusals import RuleBroken

ITEMS = "items"
SUGGESTED = 12  # sites in the list under the field


@require_http_methods(["GET", "POST"])
def raise_need(request: HttpRequest) -> HttpResponse:
    """Ask for a need (GET), or write it into the ledger (POST) and go to its page; what is wrong stands by its field.

    The form carries its UUID, so a second sending leads to the same need; `more` gives one more row of things.
    """
    require(request.user, "raise", Need)
    campaign = campaign_of(request.user)
    if campaign is None:
        raise Http404
    places = needs.serving(request.user, campaign)
    if request.method == "GET":
        initial = {"client_uuid": uuid.uuid4(), "site": request.GET.get("site", "")}
        return _page(request, NeedForm(places=places, initial=initial), ItemFormSet(prefix=ITEMS))
    form = NeedForm(given := _given(request), places=places)
    items = ItemFormSet(given, prefix=ITEMS)
    if "more" in request.POST:
        return _page(request, form, items, quiet=True)
    if form.is_valid() & items.is_valid() and places:
        asked = [item.asked for item in items.forms if item.asked]
        try:
            made = needs.raise_need(request.user, items=asked, **form.told())
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            if (taught := form.taught()) and may(request.user, "teach", TriageExample):
                triage.teach(request.user, *taught)
            messages.success(request, _("Posted as %(number)s.") % {"number": made.number})
            return redirect("ledger:need", pk=made.pk)
    return _page(request, form, items, status=422)


@require_GET
def sites_for(request: HttpRequest) -> HttpResponse:
    """Suggest the sites that are meant by what stands in the field so far."""
    require(request.user, "raise", Need)
    campaign = campaign_of(request.user)
    places = needs.serving(request.user, campaign).values() if campaign else ()
    found = sites.matching(places, request.GET.get("site", "")[:60])[:SUGGESTED]
    return render(request, "ledger/sites.html", {"sites": [(site, sites.letters(site)) for site, _team in found]})


def _given(request: HttpRequest) -> Any:
    """Return what was posted, with one row of things more when that was asked for, and none where none came."""
    given = request.POST.copy()
    total = f"{ITEMS}-TOTAL_FORMS"
    count = given.get(total, "")
    if not count.isdecimal() or len(count) > 3:
        count, given[f"{ITEMS}-INITIAL_FORMS"] = "0", "0"
    given[total] = str(int(count) + ("more" in given))
    return given


def _page(request: HttpRequest, form: NeedForm, items: Any, *, status: int = 200, quiet: bool = False) -> HttpResponse:
    """Render the form; `quiet` keeps back the words of a check that was not asked for."""
    context = {"form": form, "items": items, "quiet": quiet, "units": units(), "words": triage.words()}
    return render(request, "ledger/new.html", context, status=status)
