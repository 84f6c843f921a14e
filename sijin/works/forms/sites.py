"""What HTTP may say about a site: its profile, its contacts, the measures of its plan."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.ledger.models import Measure, Need
from sijin.people.models import Account, Unit
from sijin.people.policy import visible
from sijin.places.models import Door, Site
from sijin.works.domain.listing import Filter
from sijin.works.domain.plans import aspects
from sijin.works.domain.profiles import FIELDS, SITE_FIELDS

CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015, without I O S V Z
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
MONEY = {"min_value": 0, "max_digits": 14, "decimal_places": 2}
DAY = forms.DateInput(attrs={"type": "date"})


def uscc(text: str) -> str:
    """Return a unified social credit code in capitals; ValidationError when its check character is wrong."""
    code = text.strip().upper()
    if not code:
        return ""
    if len(code) != 18 or any(character not in CHARACTERS for character in code):
        raise forms.ValidationError(_("Eighteen digits and capitals without I, O, S, V, Z are expected."))
    total = sum(CHARACTERS.index(c) * weight for c, weight in zip(code, WEIGHTS, strict=False))
    if CHARACTERS[(31 - total % 31) % 31] != code[17]:
        raise forms.ValidationError(_("The last character does not fit the others: a digit is wrong."))
    return code


class SiteForm(forms.Form):
    """What is known of a site; which fields are asked for is its door's to say."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=120)
    workload = forms.FloatField(label=_("Days of a team's time per week"), min_value=0.1, max_value=7)
    uscc = forms.CharField(label=_("Unified social credit code"), max_length=18, required=False)
    industry = forms.CharField(label=_("Industry"), max_length=80, required=False)
    staff = forms.IntegerField(label=_("Staff"), min_value=0, max_value=10_000_000, required=False)
    revenue = forms.DecimalField(label=_("Revenue, 10,000 yuan a year"), required=False, **MONEY)
    investment = forms.DecimalField(label=_("Investment, 10,000 yuan"), required=False, **MONEY)
    level = forms.CharField(label=_("Level"), max_length=12, required=False)
    capacity = forms.CharField(label=_("Capacity"), max_length=80, required=False)
    area_mu = forms.DecimalField(label=_("Area, mu"), min_value=0, max_digits=10, decimal_places=2, required=False)
    households = forms.IntegerField(label=_("Households"), min_value=0, max_value=1_000_000, required=False)
    grids = forms.IntegerField(label=_("Grids"), min_value=0, max_value=10_000, required=False)

    def __init__(self, *args: Any, door: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = {"version", *SITE_FIELDS, *FIELDS[door]}
        for name in [name for name in self.fields if name not in asked]:
            del self.fields[name]

    def clean_uscc(self) -> str:
        """Check the code's own check character."""
        return uscc(self.cleaned_data["uscc"])


class MeasureForm(forms.Form):
    """One measure of a plan: what, by whom, until when, and what came of it."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    aspect = forms.ChoiceField(label=_("Aspect"))
    need = forms.ModelChoiceField(
        label=_("Need"), queryset=Need.objects.none(), required=False, empty_label=_("The site as a whole")
    )
    text = forms.CharField(label=_("Measure"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    unit = forms.ModelChoiceField(label=_("Who answers for it"), queryset=Unit.objects.all())
    due = forms.DateField(label=_("To be done by"), widget=DAY)
    result = forms.CharField(label=_("Result"), max_length=300, required=False)

    def __init__(self, *args: Any, account: Account, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = dict(Measure.Aspect.choices)
        self.fields["aspect"].choices = [(code, labels[code]) for code in aspects()["order"]]
        self.fields["need"].queryset = visible(account, Need).filter(site=site).order_by("raised_at")


class ContactForm(forms.Form):
    """Whom to speak to, by role."""

    role = forms.CharField(label=_("Role"), max_length=60)
    phone = forms.RegexField(label=_("Telephone"), regex=r"^[0-9+\- ]{5,30}$", required=False)
    note = forms.CharField(label=_("Note"), max_length=120, required=False)


class FilterForm(forms.Form):
    """How the list of sites is narrowed."""

    q = forms.CharField(max_length=100, required=False)
    door = forms.ChoiceField(choices=[("", _("All doors")), *Door.choices], required=False)
    county = forms.CharField(max_length=20, required=False)
    unvisited = forms.BooleanField(required=False)
    late = forms.BooleanField(required=False)

    def wanted(self) -> Filter:
        """Return the filter of the domain; fields with errors count as empty."""
        self.is_valid()
        return Filter(**self.cleaned_data)
