"""Reading a sheet in, whatever it holds: offers, orders and makers of the pool, supplies of the chain."""

from collections.abc import Callable, Collection
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sijin.exchange import files, jobs
from sijin.exchange.domain import imports
from sijin.exchange.forms import SheetForm
from sijin.exchange.models import OfferImport
from sijin.exchange.views.board import campaign_of
from sijin.people.jobs import start
from sijin.people.policy import visible
from sijin.people.refusals import RuleBroken

AT_ONCE = 100  # rows: what is read in within about a second; more goes to a job
SHOWN = ("name", "made_at", "created", "changed", "same", "bad")


def read_in(
    request: HttpRequest,
    template: str,
    read: Callable[[bytes], tuple[str, list[dict[str, Any]]]],
    kinds: Collection[str],
    **context: Any,
) -> HttpResponse:
    """Take in a sheet: a short one at once, a long one by a job; show the form, with what was read in lately.

    ``read`` says which of `kinds` a sheet is and gives its rows.
    """
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["sheet"]
        try:
            content = upload.read(files.MAX_BYTES + 1)
            of, rows = read(content)
        except RuleBroken as refusal:
            form.add_error("sheet", refusal.message)
        else:
            sheet = imports.begin(request.user, campaign_of(request.user), upload.name or "", content, rows, of)
            if len(rows) > AT_ONCE:
                return redirect("people:job", pk=start(request.user, "offers", jobs.take_sheet, sheet=sheet.pk).pk)
            jobs.take_in(sheet)
            return redirect("exchange:import", pk=sheet.pk)
    recent = visible(request.user, OfferImport).filter(of__in=kinds).only(*SHOWN)[:5]
    status = 422 if form.errors else 200
    return render(request, template, {"form": form, "recent": recent, **context}, status=status)
