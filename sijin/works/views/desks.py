"""Desks and crews of the portfolio: kept one by one, taken over from the approvals, read in and given out."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sijin.people.digits import is_number
from sijin.people.policy import require
from sijin.people.refusals import Refused, RuleBroken
from sijin.works.domain.portfolio import desks
from sijin.works.forms import DeskForm
from sijin.works.models import Desk
from sijin.works.views.projects import now


@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Write a desk down, or change how many files it takes at once."""
    require(request.user, "keep", Desk)
    form = DeskForm(request.POST)
    if not form.is_valid():
        told = "；".join(
            f"{form.fields[name].label}: {' '.join(map(str, errors))}" for name, errors in form.errors.items()
        )
        messages.error(request, told)
        return _back(request)
    try:
        _desk, became = desks.keep(request.user, at=now(request), **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        words = _("Nothing changed.") if became == "same" else _("Written down. Solve again to see what moves.")
        messages.success(request, words)
    return _back(request)


@require_POST
def adopt(request: HttpRequest) -> HttpResponse:
    """Keep all desks that approvals name, with one clerk each."""
    require(request.user, "keep", Desk)
    made = desks.adopt(request.user, at=now(request))
    messages.success(request, _("%(n)s desks kept with one clerk each: put their clerks right.") % {"n": len(made)})
    return _back(request)


@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a desk away that no open item needs."""
    found, version = get_object_or_404(Desk, pk=pk), request.POST.get("version", "")
    require(request.user, "keep", found)
    if not is_number(version):
        raise RuleBroken(_("This cannot be done with a desk."))
    desks.drop(request.user, found, version=int(version), at=now(request))
    messages.success(request, _("The desk was taken away."))
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    answer = redirect("works:portfolio_now")
    answer["Location"] += "#desks"
    return answer
