"""What HTTP may say about offers, and how a list of them is narrowed; sheets."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.exchange.domain import kinds
from sijin.exchange.domain.reads import Filter
from sijin.exchange.forms.choices import DAY, UNKNOWN, RegionChoice, places
from sijin.exchange.models import Offer
from sijin.people.models import Account, Unit
from sijin.people.policy import scope_of
from sijin.places.models import Region


class OfferForm(forms.Form):
    """One offer, as a person types it in."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(label=_("Kind"))
    item = forms.CharField(label=_("What is offered"), max_length=80)
    quantity = forms.DecimalField(label=_("Quantity"), min_value=0, max_digits=14, decimal_places=2)
    unit = forms.CharField(label=_("Unit"), max_length=20, widget=forms.TextInput(attrs={"list": "units"}))
    provider = forms.CharField(label=_("Provider"), max_length=120)
    unit_of_provider = forms.ModelChoiceField(
        label=_("Department that answers for it"), queryset=Unit.objects.all(), required=False
    )
    contact = forms.CharField(label=_("Contact, by role"), max_length=80, required=False)
    region = RegionChoice(label=_("Place"), queryset=Region.objects.none(), required=False)
    reach_km = forms.IntegerField(
        label=_("Reach, kilometres"), min_value=1, max_value=5000, required=False, help_text=_("Empty: no limit")
    )
    since = forms.DateField(label=_("From"), widget=DAY, required=False)
    until = forms.DateField(label=_("Until"), widget=DAY, required=False)
    tags = forms.CharField(
        label=_("Tags"), max_length=200, required=False, help_text=_("Separated by commas, for example 隔离衣")
    )
    certificate = forms.TypedChoiceField(
        label=_("Export certificate"), choices=UNKNOWN, required=False, coerce=lambda v: v == "true", empty_value=None
    )
    has_capacity = forms.TypedChoiceField(
        label=_("Spare capacity"), choices=UNKNOWN, required=False, coerce=lambda v: v == "true", empty_value=None
    )
    has_channel = forms.TypedChoiceField(
        label=_("Sales channel"), choices=UNKNOWN, required=False, coerce=lambda v: v == "true", empty_value=None
    )
    conditions = forms.CharField(
        label=_("Conditions"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds.choices()
        self.fields["region"].queryset = places()
        if "all" not in scope_of(account, "offer", Offer._meta.label):
            del self.fields["unit_of_provider"]  # a department offers in its own name

    def clean_tags(self) -> list[str]:
        """Split at commas of either script and at blanks."""
        return [tag for tag in re.split(r"[,，、;；\s]+", self.cleaned_data["tags"]) if tag]

    def clean(self) -> dict[str, Any]:
        """See that the window goes forward."""
        facts = super().clean()
        if facts.get("since") and facts.get("until") and facts["until"] < facts["since"]:
            self.add_error("until", _("The last day is before the first."))
        return facts

    @staticmethod
    def initial_of(offer: Offer) -> dict[str, Any]:
        """Return the form's first values for an offer that is there."""
        words = {True: "true", False: "false", None: ""}
        return {
            **{name: getattr(offer, name) for name in ("version", "kind", "item", "unit", "provider", "contact")},
            **{name: getattr(offer, name) for name in ("unit_of_provider", "region", "reach_km", "conditions")},
            **{name: words[getattr(offer, name)] for name in ("certificate", "has_capacity", "has_channel")},
            **{name: value.isoformat() if (value := getattr(offer, name)) else "" for name in ("since", "until")},
            "quantity": f"{offer.quantity.normalize():f}",
            "tags": "、".join(offer.tags),
        }


class FilterForm(forms.Form):
    """How the list of offers is narrowed; what cannot be read is left out."""

    q = forms.CharField(label=_("Search"), max_length=100, required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False, widget=forms.Select(attrs={"aria-label": _("Kind")}))
    place = forms.CharField(label=_("Place"), max_length=20, required=False)
    tag = forms.CharField(label=_("Tag"), max_length=100, required=False)
    on = forms.DateField(label=_("Available on"), widget=DAY, required=False)
    free = forms.BooleanField(label=_("Only with something free"), required=False)
    certificate = forms.ChoiceField(
        label=_("Export certificate"),
        required=False,
        choices=[("", _("Any")), ("yes", _("Yes")), ("no", _("No")), ("unknown", _("Not known"))],
    )
    withdrawn = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("All kinds")), *kinds.choices()]

    def wanted(self) -> Filter:
        """Return the filter of the domain; fields with errors count as empty."""
        self.is_valid()
        facts = self.cleaned_data
        tags = tuple(tag for tag in re.split(r"[,，、\s]+", facts.get("tag", "")) if tag)
        kept = {name: value for name, value in facts.items() if name != "tag"}
        return Filter(tags=tags, **kept)


class SheetForm(forms.Form):
    """An xlsx sheet."""

    sheet = forms.FileField(label=_("Sheet (.xlsx)"))
