"""What HTTP may say about many needs at once, and about a workbook that is sent in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.ledger.models import Need
from sijin.ledger.transitions import TABLE
from sijin.people.choices import RowsField
from sijin.people.models import Unit


class BulkForm(forms.Form):
    """The facts that one verb takes, the same for all chosen needs."""

    klass = forms.TypedChoiceField(
        label=_("Class of the problem"),
        choices=[("", _("As each need is classified")), *Need.Klass.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    lead_unit = forms.ModelChoiceField(label=_("Lead unit"), queryset=Unit.objects.order_by("name"), empty_label="—")
    co_units = RowsField(
        label=_("Co-handlers (may be none)"),
        queryset=Unit.objects.order_by("name"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(
        label=_("Remarks"), max_length=500, widget=forms.Textarea(attrs={"rows": 3, "maxlength": 500}), required=False
    )

    def __init__(self, *args: Any, verb: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = {"note"} | ({"klass", "lead_unit", "co_units"} if verb == "hand_over" else set())
        for name in [name for name in self.fields if name not in asked]:
            del self.fields[name]
        self.fields["note"].required = "note" in TABLE[verb].requires

    def clean(self) -> dict[str, Any]:
        """Refuse a lead unit that is its own co-handler."""
        cleaned = super().clean() or {}
        if cleaned.get("lead_unit") and cleaned["lead_unit"] in cleaned.get("co_units", ()):
            self.add_error("co_units", _("The lead unit cannot be its own co-handler."))
        return cleaned

    def facts(self) -> dict[str, Any]:
        """Return the facts as plain values: keys instead of rows, nothing for what was left empty."""
        facts = {name: value for name, value in self.cleaned_data.items() if value}
        if "lead_unit" in facts:
            facts["lead_unit"] = facts["lead_unit"].pk
        if "co_units" in facts:
            facts["co_units"] = [unit.pk for unit in facts["co_units"]]
        return facts


class UploadForm(forms.Form):
    """A workbook."""

    file = forms.FileField(
        label=_("Workbook (xlsx or ods, at most 10 MB)"),
        widget=forms.ClearableFileInput(
            attrs={"accept": ".xlsx,.ods,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
        ),
    )
