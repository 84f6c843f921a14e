"""One visit: its page, a note under it, its photos."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sijin.people.policy import may, visible
from sijin.visits import domain
from sijin.visits.forms import BurdenFields, NoteForm
from sijin.visits.models import Correction, Visit, VisitPhoto


@require_GET
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who saw whom, what was said, what came of it, and what was put right since."""
    return _page(request, pk, NoteForm())


@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a note under the visit."""
    found = get_object_or_404(visible(request.user, Visit), pk=pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, pk, form, status=422)
    domain.add_note(request.user, found, form.cleaned_data["note"])
    messages.success(request, _("The note stands under the visit."))
    return redirect("visits:visit", pk=pk)


@require_GET
def photo(request: HttpRequest, pk: int) -> FileResponse:
    """Send one photo to whoever may see its visit."""
    found = get_object_or_404(VisitPhoto.objects.filter(visit__in=visible(request.user, Visit)), pk=pk)
    answer = FileResponse(found.file.open("rb"), content_type="image/jpeg", filename=f"{found.visit_id}-{found.pk}.jpg")
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


def _page(request: HttpRequest, pk: int, form: NoteForm, status: int = 200) -> HttpResponse:
    found = get_object_or_404(domain.one(request.user, pk))
    context = {
        "visit": found,
        "form": form,
        "corrections": [(correction, _lines(correction)) for correction in found.corrections.all()],
        "may_amend": domain.may_amend(request.user, found),
        "may_note": may(request.user, "note", found),
    }
    return render(request, "visits/visit.html", context, status=status)


def _lines(correction: Correction) -> list[tuple[str, str, str]]:
    """Return (field, old, new) in words for each change of a correction."""
    labels = {name: field.label for name, field in BurdenFields.base_fields.items()} | {"needs": _("Needs")}
    return [
        (str(labels[name]).rstrip("?？"), _said(pair[0]), _said(pair[1]))
        for name, pair in correction.change.items()
        if name != "version"
    ]


def _said(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
