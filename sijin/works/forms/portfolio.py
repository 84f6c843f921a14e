"""What HTTP may say of the portfolio: the solver, a lock, a project's terms, a desk, which tiles are shown."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.people.models import Unit
from sijin.works.domain.portfolio.desks import MOST
from sijin.works.domain.projects.reads import LIGHTS
from sijin.works.forms.projects import DAY
from sijin.works.models import Desk

VERSION = {"widget": forms.HiddenInput, "min_value": 1, "max_value": 10**8, "required": False}


class PortfolioForm(forms.Form):
    """How long the solver may think, and what it costs to move a step of the plan before."""

    seconds = forms.IntegerField(label=_("Seconds"), min_value=1, max_value=300)
    price = forms.FloatField(label=_("A moved step costs, days"), min_value=0, max_value=1000, required=False)
    base = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31, required=False)


class LockForm(forms.Form):
    """The day on which a step is to begin."""

    on = forms.DateField(label=_("To begin on"), widget=DAY["widget"])


class TermsForm(forms.Form):
    """What a day late of a project weighs, and by when its approvals are to be there."""

    version = forms.IntegerField(**VERSION)
    weight = forms.IntegerField(label=_("Weight"), min_value=0, max_value=100, required=False)
    permit_by = forms.DateField(label=_("Approvals to be there by"), **DAY)


class DeskForm(forms.Form):
    """A desk or a crew with its clerks."""

    version = forms.IntegerField(**VERSION)
    name = forms.CharField(label=_("Desk or crew"), max_length=60)
    kind = forms.ChoiceField(label=_("Kind"), choices=Desk.Kind.choices, required=False)
    clerks = forms.IntegerField(label=_("Clerks"), min_value=0, max_value=MOST)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.all(), required=False)

    def clean_kind(self) -> str:
        """Return the kind; a desk where nothing was said."""
        return self.cleaned_data["kind"] or Desk.Kind.DESK


class TilesFilter(forms.Form):
    """Which tiles are shown."""

    county = forms.CharField(max_length=20, required=False)
    light = forms.ChoiceField(choices=[(code, code) for code in ("", *LIGHTS)], required=False)
    unit = forms.IntegerField(min_value=1, max_value=2**31, required=False)

    def wanted(self) -> dict[str, Any]:
        """Return what is asked for; what makes no sense asks for nothing."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) or (None if name == "unit" else "") for name in self.fields}
