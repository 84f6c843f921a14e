"""The administrator's pages of accounts: the list, one account, a new one, a new password shown once."""

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.people import domain
from sijin.people.forms import CHOICES, AccountForm
from sijin.people.models import Account, Role
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken

PAGE, SUGGESTED = 40, 12


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """List and search the accounts."""
    require(request.user, "view", Account)
    asked = {"q": request.GET.get("q", "").strip()[:100], "role": request.GET.get("role", "")}
    closed = request.GET.get("closed") == "1"
    page = Paginator(domain.listed(request.user, closed=closed, **asked), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "closed": closed,
        "roles": Role.choices,
        "may_create": may(request.user, "create", Account),
    }
    return render(request, "people/accounts.html", context | asked)


@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Make an account and show its first password, this once."""
    require(request.user, "create", Account)
    form = AccountForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made, password = domain.create(request.user, username=form.cleaned_data["username"], **form.facts)
        except RuleBroken as refusal:
            form.add_error(refusal.facts["field"], refusal.message)
        else:
            return render(request, "people/given.html", {"account": made, "password": password})
    return render(request, "people/account_new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one account and what was done to it; change it."""
    found = get_object_or_404(visible(request.user, Account), pk=pk)
    form = AccountForm(request.POST or None, by=request.user, account=found)
    if request.method == "POST":
        require(request.user, "change", found)
        if form.is_valid():
            try:
                domain.change(request.user, found, version=form.cleaned_data["version"], **form.facts)
            except RuleBroken as refusal:
                form.add_error(refusal.facts["field"], refusal.message)
            else:
                messages.success(request, _("Saved."))
                return redirect("people:account", pk=pk)
    context = {
        "account": found,
        "form": form,
        "events": found.events.select_related("by")[:50],
        "may_change": may(request.user, "change", found),
        "second_step": is_mfa_enabled(found),
    }
    return render(request, "people/account.html", context, status=422 if form.errors else 200)


@never_cache
@require_POST
def password(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an account a new password and show it, this once; it is kept nowhere in the clear."""
    found = get_object_or_404(visible(request.user, Account), pk=pk)
    given = domain.give_password(request.user, found)
    return render(request, "people/given.html", {"account": found, "password": given, "again": True})


@require_POST
def second_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the second step away, for someone who lost it."""
    found = get_object_or_404(visible(request.user, Account), pk=pk)
    domain.drop_second_step(request.user, found)
    messages.success(request, _("The password alone signs in now."))
    return redirect("people:account", pk=pk)


@require_POST
def active(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an account or open it again."""
    found = get_object_or_404(visible(request.user, Account), pk=pk)
    opened = request.POST.get("active") == "1"
    domain.set_active(request.user, found, opened)
    messages.success(request, _("The account is open again.") if opened else _("The account is closed."))
    return redirect("people:account", pk=pk)


@require_GET
def choices(request: HttpRequest, kind: str) -> HttpResponse:
    """Suggest units, officials or sites for the field that asks."""
    require(request.user, "create", Account)
    if kind not in CHOICES:
        raise Http404
    rows = domain.named(request.user, CHOICES[kind], request.GET.get(kind, "").strip()[:60])[:SUGGESTED]
    return render(request, "people/_choices.html", {"rows": rows})
