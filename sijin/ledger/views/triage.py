"""What a text is about, while it is typed; and the corrections that people made."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sijin.ledger.categories import category_name
from sijin.ledger.domain import triage
from sijin.ledger.models import TriageExample
from sijin.people.policy import may, require, visible

SHOWN = 50  # corrections on one page


@require_POST
def suggest(request: HttpRequest) -> HttpResponse:
    """Answer {choices: [{code, name, lead, because}], unsure} for the text that is sent."""
    found, unsure = triage.suggest(request.user, request.POST.get("text", ""), request.POST.get("door", ""))
    choices = [
        {"code": one.code, "name": one.name, "lead": one.lead, "because": "、".join(one.because)} for one in found
    ]
    return JsonResponse({"choices": choices, "unsure": unsure})


@require_GET
def corrections(request: HttpRequest) -> HttpResponse:
    """Show what people taught, newest first."""
    require(request.user, "view", TriageExample)
    page = Paginator(triage.corrections(request.user), SHOWN).get_page(request.GET.get("page"))
    rows = [
        {
            "row": row,
            "category": category_name(row.category),
            "suggested": category_name(row.suggested) if row.suggested else "",
            "may_withdraw": may(request.user, "withdraw", row),
        }
        for row in page
    ]
    return render(request, "ledger/corrections.html", {"page": page, "rows": rows})


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget one correction."""
    found = get_object_or_404(visible(request.user, TriageExample), pk=pk)
    triage.withdraw(request.user, found)
    messages.success(request, _("The correction is forgotten."))
    return redirect("ledger:corrections")
