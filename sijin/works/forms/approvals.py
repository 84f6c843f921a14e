"""What HTTP may say of a project's approvals."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.works.domain.approvals.ways import catalogue
from sijin.works.forms.projects import VERSION
from sijin.works.models import ApprovalStep

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
