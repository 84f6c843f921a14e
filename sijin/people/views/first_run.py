"""The first page of a new house: it makes the administrator, once."""

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from sijin.people import domain
from sijin.people.forms import FirstRunForm
from sijin.people.refusals import RuleBroken


@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def first_run(request: HttpRequest) -> HttpResponse:
    """Make the first administrator and sign them in."""
    if not domain.no_account_yet():
        raise Http404
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            account = domain.first_administrator(facts["username"], facts["password"], facts["display_name"])
        except RuleBroken as refusal:
            form.add_error(refusal.facts["field"], refusal.message)
        else:
            login(request, account, backend="django.contrib.auth.backends.ModelBackend")
            return redirect("people:accounts")
    return render(request, "people/first_run.html", {"form": form}, status=422 if form.errors else 200)
