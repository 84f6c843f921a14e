"""What HTTP may say about a new need: its form, and the rows of things that it asks for."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sijin.dispatch.models import Team
from sijin.ledger.categories import categories, kinds
from sijin.ledger.domain import sites
from sijin.ledger.forms import day_input
from sijin.people.forms import Named
from sijin.people.refusals import RuleBroken
from sijin.places.models import Site

ITEMS = 10  # of one need, at most
LISTED = 60  # sites in a list to choose from; of more, one is named


class ItemForm(forms.Form):
    """One thing that is asked for, with its quantity."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=kinds, required=False)
    item = forms.CharField(label=gettext_lazy("What is asked for"), max_length=80, required=False)
    quantity = forms.DecimalField(
        label=gettext_lazy("Quantity"),
        max_digits=14,
        decimal_places=2,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "min": "0", "step": "any"}),
    )
    unit = forms.CharField(
        label=gettext_lazy("Unit"), max_length=20, required=False, widget=forms.TextInput(attrs={"list": "units"})
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the rest as soon as one of item and quantity is given."""
        cleaned = super().clean() or {}
        item, quantity = cleaned.get("item"), cleaned.get("quantity")
        if item and quantity is None and "quantity" not in self.errors:
            self.add_error("quantity", _("How many?"))
        if quantity is not None and not item and "item" not in self.errors:
            self.add_error("item", _("What is it?"))
        if quantity is not None and quantity <= 0:
            self.add_error("quantity", _("The quantity must be above zero."))
        if item and not cleaned.get("unit") and "unit" not in self.errors:
            self.add_error("unit", _("Counted in what?"))
        return cleaned

    @property
    def written(self) -> bool:
        """Say whether a thing or a quantity was typed; the kind stands there by itself."""
        return any(str(self[name].data or "").strip() for name in ("item", "quantity"))

    @property
    def asked(self) -> dict[str, Any] | None:
        """Return {kind, item, quantity, unit}, or None when the row was left empty."""
        cleaned = self.cleaned_data
        if not cleaned.get("item"):
            return None
        quantity: Decimal = cleaned["quantity"]
        return {
            "kind": cleaned["kind"] or "goods",
            "item": cleaned["item"],
            "quantity": quantity,
            "unit": cleaned["unit"],
        }


ItemFormSet = forms.formset_factory(ItemForm, extra=1, max_num=ITEMS, absolute_max=ITEMS)


def _chosen_from(places: Iterable[sites.Place]) -> forms.Select:
    choices = [(site.code, site.name) for site, _team in places]
    names = Counter(name for _code, name in choices)
    told = [(code, f"{name}（{code}）" if names[name] > 1 else name) for code, name in choices]
    return forms.Select(choices=[("", _("Choose a site")), *told])


class NeedForm(forms.Form):
    """A new need. Who has one site is not asked for it; of many, one is named by its name or code."""

    client_uuid = forms.UUIDField(widget=forms.HiddenInput)
    site = forms.CharField(label=gettext_lazy("Site"), max_length=120)
    title = forms.CharField(label=gettext_lazy("In one line"), max_length=120)
    text = forms.CharField(
        label=gettext_lazy("In full"), max_length=5_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    category = forms.ChoiceField(label=gettext_lazy("What it is about"), required=False)
    suggested = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)  # was first when one was taken
    wanted_by = forms.DateField(label=gettext_lazy("Wanted by"), required=False, widget=day_input())

    def __init__(self, *args: Any, places: dict[int, tuple[Site, Team]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places
        self.alone = next(iter(places.values())) if len(places) == 1 else None
        self.fields["category"].choices = [("", "—"), *categories(self.alone[0].door if self.alone else "")]
        if self.alone:
            del self.fields["site"]
        elif len(places) <= LISTED:
            self.fields["site"].widget = _chosen_from(places.values())
        else:
            self.fields["site"] = Named(
                "site",
                source=reverse_lazy("ledger:sites"),
                label=self.fields["site"].label,
                max_length=200,
                required=True,
                help_text=_("Part of its name, the first letters of its pinyin, or its code; choose from the list"),
            )

    def clean_site(self) -> tuple[Site, Team]:
        """Return the site that is meant, with the team that is posted there."""
        typed = self.cleaned_data["site"].strip()
        places = self.places.values()
        found = sites.exact(places, typed) or sites.matching(places, typed)
        if not found:
            raise forms.ValidationError(_("No site with a team has this name or code."))
        if len(found) > LISTED:
            raise forms.ValidationError(
                _("More than %(most)s sites fit: type more of the name."), params={"most": LISTED}
            )
        if len(found) > 1:  # without a script nothing was suggested while one typed: choose now
            self.fields["site"].widget = _chosen_from(found)
            raise forms.ValidationError(_("Several sites fit: choose one."))
        return found[0]

    def told(self) -> dict[str, Any]:
        """Return what `needs.raise_need` takes, but the items."""
        site, team = self.alone or self.cleaned_data["site"]
        names = ("title", "text", "category", "client_uuid", "wanted_by")
        return {"site": site, "team": team} | {name: self.cleaned_data[name] for name in names}

    def taught(self) -> tuple[str, str] | None:
        """Return (text, category) when a category was taken while another was suggested first."""
        cleaned = self.cleaned_data
        if cleaned["category"] and cleaned["suggested"] not in ("", cleaned["category"]):
            return f"{cleaned['title']}\n{cleaned['text']}", cleaned["category"]
        return None

    def refuse(self, refusal: RuleBroken) -> None:
        """Put the words of a refusal of the domain beside the field that they are about."""
        field = refusal.facts.get("field")
        self.add_error(field if field in self.fields else None, refusal.message)
