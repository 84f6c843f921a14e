"""What HTTP may say about findings: any number of them in one visit, each with any number of things asked for."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sijin.ledger.categories import categories
from sijin.ledger.models import Need
from sijin.ledger.need_forms import ItemFormSet

FINDINGS = 20  # of one visit, at most


class FindingForm(forms.Form):
    """One thing that came up and becomes a need."""

    title = forms.CharField(label=gettext_lazy("In one line"), max_length=120, required=False)
    text = forms.CharField(
        label=gettext_lazy("In full"), max_length=5_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    category = forms.ChoiceField(label=gettext_lazy("What it is about"), required=False)
    suggested = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)  # was first when one was taken
    klass = forms.TypedChoiceField(
        label=gettext_lazy("Class, as you see it"),
        choices=[("", gettext_lazy("the office decides")), *Need.Klass.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )

    def __init__(self, *args: Any, door: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [("", "—"), *categories(door)]
        bound = self.data if self.is_bound and self.add_prefix("items-TOTAL_FORMS") in self.data else None
        self.items = ItemFormSet(bound, prefix=self.add_prefix("items"))

    def has_changed(self) -> bool:
        """Say whether anything was written, be it only in an item."""
        return bool(super().has_changed() or any(item.written for item in self.items.forms if self.items.is_bound))

    def is_valid(self) -> bool:
        """Say whether the finding and all its items are well-formed."""
        return bool(super().is_valid() and (not self.items.is_bound or self.items.is_valid()))

    def clean(self) -> dict[str, Any]:
        """Ask for a title as soon as anything else of the finding was written."""
        cleaned = super().clean() or {}
        written = [cleaned.get(name) for name in ("text", "category", "klass")]
        if (any(written) or self.asked) and not cleaned.get("title") and "title" not in self.errors:
            self.add_error("title", _("Say it in one line: this becomes the need's title."))
        return cleaned

    @property
    def asked(self) -> list[dict[str, Any]]:
        """Return the items that were asked for."""
        if not self.items.is_bound or not self.items.is_valid():
            return []
        return [form.asked for form in self.items.forms if form.asked]


class Findings(forms.BaseFormSet):
    """Any number of findings; those left empty are passed over."""

    def __init__(self, *args: Any, door: str = "", **kwargs: Any) -> None:
        super().__init__(*args, form_kwargs={"door": door}, **kwargs)

    def told(self) -> list[dict[str, Any]]:
        """Return what the domain takes of each finding that was written."""
        return [
            {
                "title": form.cleaned_data["title"],
                "text": form.cleaned_data["text"],
                "category": form.cleaned_data["category"],
                "klass": form.cleaned_data["klass"],
                "items": form.asked,
            }
            for form in self.written()
        ]

    def taught(self) -> list[tuple[str, str]]:
        """Return (text, category) of each finding whose category was taken while another was suggested first."""
        return [
            (f"{cleaned['title']}\n{cleaned['text']}", cleaned["category"])
            for cleaned in (form.cleaned_data for form in self.written())
            if cleaned["category"] and cleaned["suggested"] not in ("", cleaned["category"])
        ]

    def written(self) -> list[FindingForm]:
        """Return the forms that hold a finding, in their order."""
        return [form for form in self.forms if form.cleaned_data.get("title")]


FindingFormSet = forms.formset_factory(FindingForm, formset=Findings, extra=1, max_num=FINDINGS, absolute_max=FINDINGS)
