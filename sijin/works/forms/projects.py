"""What HTTP may say of a project's entry, its milestones and months."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.ledger.models import Need
from sijin.people.models import Account, Unit
from sijin.people.policy import visible
from sijin.places.models import Site
from sijin.works.domain.projects.reads import LIGHTS, STATES, Wanted
from sijin.works.models import Project

DAY = {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), "required": False}
VERSION = {"widget": forms.HiddenInput, "min_value": 1, "max_value": 10**8}


class RegisterFilter(forms.Form):
    """What the list of projects is asked for."""

    q = forms.CharField(max_length=100, required=False)
    county = forms.CharField(max_length=20, required=False)
    state = forms.ChoiceField(choices=[(code, code) for code in ("", "idle", *STATES)], required=False)
    reason = forms.ChoiceField(choices=[("", ""), *Project.Reason.choices], required=False)
    light = forms.ChoiceField(choices=[(code, code) for code in ("", *LIGHTS)], required=False)
    key = forms.BooleanField(required=False)

    def wanted(self) -> Wanted:
        """Return what is asked for; what makes no sense asks for nothing."""
        self.is_valid()
        return Wanted(**self.cleaned_data)


class ProjectForm(forms.Form):
    """The entry of a project: number, who answers for it, the four early days, the need that follows it."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=10**8)
    number = forms.IntegerField(
        label=_("No. in the list of key projects"), min_value=1, max_value=100_000, required=False
    )
    unit = forms.ModelChoiceField(label=_("Unit that answers for it"), queryset=Unit.objects.none(), required=False)
    owner = forms.CharField(label=_("Who answers for it, by role"), max_length=60, required=False)
    start_by = forms.DateField(label=_("To start by (早开工)"), **DAY)
    build_by = forms.DateField(label=_("To be built up by (早建设)"), **DAY)
    produce_by = forms.DateField(label=_("To produce by (早投产)"), **DAY)
    pay_by = forms.DateField(label=_("To pay by (早见效)"), **DAY)
    need = forms.ModelChoiceField(label=_("Need that follows it up"), queryset=Need.objects.none(), required=False)

    def __init__(self, *args: Any, account: Account, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = visible(account, Unit)
        self.fields["need"].queryset = visible(account, Need).filter(site=site)


class StartForm(forms.Form):
    """On which day something began, went on, was reached or done."""

    version = forms.IntegerField(**VERSION)
    on = forms.DateField(label=_("Day"))


class UndoForm(forms.Form):
    """Which version's last change is taken back."""

    version = forms.IntegerField(**VERSION)


class ExplainForm(forms.Form):
    """Why a project does not run, who answers for it, when it is to start or go on."""

    version = forms.IntegerField(**VERSION)
    reason = forms.ChoiceField(label=_("What is missing"), choices=Project.Reason.choices)
    because = forms.CharField(label=_("What holds it up"), max_length=200)
    owner = forms.CharField(label=_("Who answers for it, by role"), max_length=60, required=False)
    expected_on = forms.DateField(label=_("To go on by"), required=False)


class StopForm(ExplainForm):
    """The same, and since when it stands still."""

    on = forms.DateField(label=_("Since"))


class ChainForm(forms.Form):
    """A chain of milestones: a step a line, a day after it where it is planned."""

    version = forms.IntegerField(**VERSION)
    name = forms.CharField(label=_("Machine or line; empty: the project itself"), max_length=60, required=False)
    steps = forms.CharField(label=_("Steps, one a line"), max_length=4000, widget=forms.Textarea(attrs={"rows": 7}))

    def clean_steps(self) -> list[tuple[str, date | None]]:
        """Return (step, day) of each line; the day may stand behind the step: 单机调试 2020-05-20."""
        found: list[tuple[str, date | None]] = []
        for n, line in enumerate(filter(str.strip, self.cleaned_data["steps"].splitlines()), start=1):
            name, _space, day = line.strip().rpartition(" ")
            if not name or not day[:1].isdigit():
                found.append((line.strip(), None))
                continue
            try:
                found.append((name.strip(), date.fromisoformat(day.replace("/", "-"))))
            except ValueError:
                words = _("Line %(line)s: “%(found)s” is no day such as 2020-05-20.")
                raise forms.ValidationError(words % {"line": n, "found": day}) from None
        return found


class MonthForm(forms.Form):
    """How far a project was to be and was by the end of a month."""

    version = forms.IntegerField(**VERSION)
    month = forms.DateField(label=_("Month"), input_formats=["%Y-%m", "%Y-%m-%d"])
    planned = forms.DecimalField(label=_("Planned, %"), max_digits=5, decimal_places=2)
    actual = forms.DecimalField(label=_("Actual, %"), max_digits=5, decimal_places=2, required=False)
    invested = forms.DecimalField(
        label=_("Invested so far, yuan"), max_digits=16, decimal_places=2, min_value=0, required=False
    )
