"""Steps of a project's way through its approvals: changed, added, taken out."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sijin.people.policy import require
from sijin.people.refusals import RuleBroken, Stale
from sijin.works.domain.approvals import editing
from sijin.works.forms import StepForm, UndoForm
from sijin.works.models import ApprovalStep, Project
from sijin.works.views.projects import now, project_of


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a step."""
    return _form(request, project_of(request, pk), None)


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pk: int, step: int) -> HttpResponse:
    """Change a step and what it waits for."""
    project = project_of(request, pk)
    return _form(request, project, get_object_or_404(ApprovalStep, pk=step, project=project))


def _form(request: HttpRequest, project: Project, step: ApprovalStep | None) -> HttpResponse:
    require(request.user, "keep", project)
    others = [one for one in project.steps.all() if step is None or one.pk != step.pk]
    form, status = StepForm(request.POST or None, others=others, initial=_initial(project, step, others)), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                editing.put(request.user, project, step, **form.cleaned_data, at=now(request))
            except (RuleBroken, Stale) as refusal:
                status = refusal.status
                field = refusal.facts.get("field")
                form.add_error(field if field in form.fields else None, refusal.message)
            else:
                messages.success(request, _("Written down."))
                return redirect("works:approvals", pk=project.pk)
    context = {"form": form, "project": project, "step": step}
    return render(request, "works/step_form.html", context, status=status)


def _initial(project: Project, step: ApprovalStep | None, others: list[ApprovalStep]) -> dict[str, Any]:
    if step is None:
        return {"version": project.version, "stage": others[-1].stage if others else 1}
    waits = {f"wait_{arc.before_id}": arc.wait for arc in step.waits.all()}
    return {"version": project.version, **{name: getattr(step, name) for name in editing.FIELDS}, **waits}


@require_POST
def drop(request: HttpRequest, pk: int, step: int) -> HttpResponse:
    """Take a step out of the way."""
    project = project_of(request, pk)
    require(request.user, "keep", project)
    row, form = get_object_or_404(ApprovalStep, pk=step, project=project), UndoForm(request.POST)
    if not form.is_valid():
        raise RuleBroken(_("Say which version of the entry is meant."), field="version")
    editing.drop(request.user, row, **form.cleaned_data, at=now(request))
    messages.success(request, _("Taken out; what waited for it waits for what it waited for."))
    return redirect("works:approvals", pk=pk)
