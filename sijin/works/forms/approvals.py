"""What HTTP may say of a project's approvals."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.works.domain.approvals.ways import catalogue
from sijin.works.forms.projects import VERSION
from sijin.works.models import ApprovalArc, ApprovalStep

PLAN_BYTES = 50 * 1024 * 1024


class WayForm(forms.Form):
    """Which way of the catalogue a project takes."""

    version = forms.IntegerField(**VERSION)
    way = forms.ChoiceField(label=_("Way"), choices=[(code, way["title"]) for code, way in catalogue()["ways"].items()])


class PlanForm(forms.Form):
    """The plan that was handed in: of the file, only its digest and name are kept."""

    version = forms.IntegerField(**VERSION)
    plan = forms.FileField(label=_("Plan"), max_length=120)

    def clean_plan(self) -> Any:
        """Refuse what is larger than a plan."""
        plan = self.cleaned_data["plan"]
        if plan.size > PLAN_BYTES:
            raise forms.ValidationError(_("The file is larger than %(limit)s MB.") % {"limit": PLAN_BYTES // 1024**2})
        return plan


class ActForm(forms.Form):
    """What a verb of a step may ask for: a day, a number, a reason, papers that are to follow."""

    version = forms.IntegerField(**VERSION)
    on = forms.DateField(label=_("Day"), required=False)
    number = forms.CharField(label=_("Certificate no."), max_length=60, required=False)
    reason = forms.CharField(label=_("Why it stands still"), max_length=200, required=False)
    papers = forms.ModelMultipleChoiceField(
        label=_("Papers to follow"), queryset=ApprovalStep.objects.none(), required=False
    )

    def __init__(self, *args: Any, step: ApprovalStep, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["papers"].queryset = ApprovalStep.objects.filter(project=step.project_id)


class StepForm(forms.Form):
    """A step of a project's way, and for every other step whether and how it waits for it."""

    version = forms.IntegerField(**VERSION)
    name = forms.CharField(label=_("Name of the step"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind"), choices=ApprovalStep.Kind.choices)
    stage = forms.TypedChoiceField(label=_("Stage"), coerce=int)
    desk = forms.CharField(label=_("Who decides it, or brings it"), max_length=60, required=False)
    days = forms.IntegerField(label=_("Working days"), min_value=0, max_value=500, initial=0)
    pause = forms.CharField(label=_("Publicity, expert review"), max_length=40, required=False)
    pause_days = forms.IntegerField(
        label=_("Calendar days in which the limit rests"), min_value=0, max_value=500, initial=0
    )
    convert = forms.IntegerField(
        label=_("Working days to turn a simulated opinion over"), min_value=0, max_value=500, initial=0
    )
    earliest = forms.DateField(
        label=_("Not before"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, others: list[ApprovalStep], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage"].choices = [(n, name) for n, name in enumerate(catalogue()["stages"], start=1)]
        for other in others:
            self.fields[f"wait_{other.pk}"] = forms.ChoiceField(
                label=other.name, choices=[("", "—"), *ApprovalArc.Wait.choices], required=False
            )

    def clean(self) -> dict[str, Any]:
        """Gather what it waits for."""
        typed = super().clean() or {}
        names = [name for name in typed if name.startswith("wait_")]
        found = {int(name.removeprefix("wait_")): typed.pop(name) for name in names}
        return typed | {"waits": {pk: how for pk, how in found.items() if how}}

    def own(self) -> list[forms.BoundField]:
        """Return the fields of the step itself."""
        return [field for field in self.visible_fields() if not field.name.startswith("wait_")]

    def waits(self) -> list[forms.BoundField]:
        """Return the fields that say what it waits for."""
        return [field for field in self.visible_fields() if field.name.startswith("wait_")]
