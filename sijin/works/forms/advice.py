"""What HTTP may say of an advice card and its follow-up."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.exchange.models import ExpertVisit
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.models import Site
from sijin.works.domain.advice.cards import Advice
from sijin.works.domain.advice.topics import table, topic_name
from sijin.works.models import AdviceCard

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
DEGREES = {"required": False, "widget": forms.HiddenInput}


class AdviceForm(forms.Form):
    """An advice card: who advised whom on what, topic by topic with material, when to ask again."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    need = forms.ModelChoiceField(label=_("Need"), queryset=Need.objects.none(), required=False)
    visit = forms.ModelChoiceField(label=_("Visit of the expert"), queryset=ExpertVisit.objects.none(), required=False)
    adviser = forms.CharField(label=_("Who advised, by unit and role"), max_length=200)
    checked_in_at = forms.DateTimeField(label=_("Checked in"), widget=MOMENT)
    lat = forms.FloatField(min_value=-90, max_value=90, **DEGREES)
    lon = forms.FloatField(min_value=-180, max_value=180, **DEGREES)
    served = forms.CharField(label=_("Who was advised"), max_length=120)
    crop = forms.CharField(label=_("Crop"), max_length=60)
    area_mu = forms.DecimalField(
        label=_("Area there is, mu"), min_value=0, max_digits=10, decimal_places=2, required=False,
        help_text=_("15 mu are one hectare"),
    )  # fmt: skip
    plants = forms.IntegerField(label=_("Planted this year, plants"), min_value=1, max_value=10**9, required=False)
    problem = forms.CharField(label=_("Problem"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    follow_up_on = forms.DateField(label=_("Ask again on"), widget=DAY, required=False)

    def __init__(self, *args: Any, account: Account, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needs = visible(account, Need).filter(site=site).order_by("-raised_at")
        self.fields["need"].queryset = needs
        self.fields["visit"].queryset = visible(account, ExpertVisit).filter(need__in=needs, withdrawn_at=None)
        for code, about in table()["topics"].items():
            name = topic_name(code)
            area = forms.Textarea(attrs={"rows": 2, "placeholder": about["ask"]})
            self.fields[f"text_{code}"] = forms.CharField(label=name, max_length=500, required=False, widget=area)
            listed = forms.TextInput(attrs={"list": f"materials-{code}"})
            self.fields[f"material_{code}"] = forms.CharField(
                label=_("Material"), max_length=80, required=False, widget=listed
            )
            self.fields[f"quantity_{code}"] = forms.DecimalField(
                label=_("Quantity"), min_value=0, max_digits=12, decimal_places=2, required=False
            )
            self.fields[f"unit_{code}"] = forms.ChoiceField(
                label=_("Unit"), choices=[("", "—"), *((unit, unit) for unit in table()["units"])], required=False
            )

    @property
    def plain(self) -> list[Any]:
        """Return the fields that belong to no topic."""
        own = [name for name in self.fields if name.partition("_")[0] not in ("text", "material", "quantity", "unit")]
        return [self[name] for name in own if not self[name].is_hidden]

    @property
    def topics(self) -> list[dict[str, Any]]:
        """Return the fields of each topic, with the materials that are proposed."""
        return [
            {
                "code": code,
                "materials": about["materials"],
                **{part: self[f"{part}_{code}"] for part in ("text", "material", "quantity", "unit")},
            }
            for code, about in table()["topics"].items()
        ]

    def said(self) -> tuple[dict[str, Any], list[Advice]]:
        """Return the facts of the card and what is advised; call it once the form is valid."""
        facts = dict(self.cleaned_data)
        advice = [
            Advice(code, *(facts.pop(f"{part}_{code}") for part in ("text", "material", "quantity", "unit")))
            for code in table()["topics"]
        ]
        facts.pop("version")
        return facts, advice


class FollowUpForm(forms.Form):
    """What came of the advice."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    on = forms.DateField(label=_("Asked again on"), widget=DAY)
    rating = forms.ChoiceField(label=_("The farmer's rating"), choices=AdviceCard.Rating.choices)
    outcome = forms.CharField(label=_("What came of the advice"), max_length=300, required=False)
