"""What HTTP may say about soil samples."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.exchange.domain.soil.fitness import KIND
from sijin.exchange.domain.soil.samples import DEEPEST, Result
from sijin.exchange.forms.choices import RegionChoice, places
from sijin.exchange.models import Offer, SoilSample
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.policy import visible

MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class SampleForm(forms.Form):
    """A sample that was taken: of the need's own ground, or of a spoil site."""

    offer = forms.ModelChoiceField(
        label=_("Spoil site"), queryset=Offer.objects.none(), required=False, empty_label=_("The need's own ground")
    )
    region = RegionChoice(label=_("Region"), queryset=places())
    place = forms.CharField(label=_("Place in it"), max_length=120, required=False)
    lat = forms.FloatField(label=_("Latitude"), min_value=-90, max_value=90, required=False)
    lon = forms.FloatField(label=_("Longitude"), min_value=-180, max_value=180, required=False)
    depth = forms.DecimalField(
        label=_("Depth, metres"), min_value=Decimal("0.01"), max_value=DEEPEST, max_digits=5, decimal_places=2
    )
    taken_at = forms.DateTimeField(label=_("Taken at"), widget=MOMENT)
    taken_by = forms.CharField(label=_("Taken by, by role"), max_length=80)

    def __init__(self, *args: Any, account: Account, need: Need, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        spoil = visible(account, Offer).filter(campaign=need.campaign_id, kind=KIND, withdrawn_at=None)
        self.fields["offer"].queryset = spoil.order_by("provider", "code")


class CustodyForm(forms.Form):
    """One hand-over of a sample."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    receiver = forms.CharField(label=_("Received by"), max_length=80)
    on = forms.DateTimeField(label=_("Handed over at"), widget=MOMENT)
    signed = forms.CharField(label=_("Signed by, by role"), max_length=80)


class ResultForm(forms.Form):
    """What the laboratory found; further figures one a line: name, value, unit."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    verdict = forms.ChoiceField(
        label=_("Result"), choices=[(v.value, v.label) for v in SoilSample.Verdict if v != SoilSample.Verdict.NONE]
    )
    use = forms.CharField(label=_("For which use"), max_length=120)
    density = forms.DecimalField(label=_("Dry density, g/cm³"), max_digits=5, decimal_places=3, required=False)
    moisture = forms.DecimalField(label=_("Moisture, %"), max_digits=5, decimal_places=2, required=False)
    figures = forms.CharField(
        label=_("Further figures"),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One a line: name, value, unit"),
    )
    on = forms.DateTimeField(label=_("Reported at"), widget=MOMENT)

    def clean_figures(self) -> tuple[tuple[str, Decimal, str], ...]:
        """Read the lines; a line that cannot be read is named by its number."""
        found = []
        for number, line in enumerate(self.cleaned_data["figures"].splitlines(), start=1):
            if not line.strip():
                continue
            parts = [part.strip() for part in line.replace("，", ",").split(",")]
            try:
                name, value, unit = parts
                figure = Decimal(value)
            except (ValueError, InvalidOperation):
                figure = Decimal("NaN")
            if not figure.is_finite() or not name or not unit or len(unit) > 20:
                words = _("Line %(number)s: a name, a number and a unit with commas between them are expected.")
                raise forms.ValidationError(words % {"number": number})
            found.append((name[:40], figure, unit))
        return tuple(found)

    def result(self) -> Result:
        """Return what was found; call it once the form is valid."""
        return Result(
            **{name: self.cleaned_data[name] for name in ("verdict", "use", "density", "moisture", "figures")}
        )
