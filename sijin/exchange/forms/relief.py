"""What HTTP may say about relief: figures of a firm, days, lists of firms."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.engines.relief import FIELDS, Kind
from sijin.exchange.domain.relief import book as relief_book
from sijin.exchange.domain.relief import figures as relief_figures
from sijin.exchange.forms.choices import DAY
from sijin.people.refusals import RuleBroken
from sijin.places.models import Site


class FiguresForm(forms.Form):
    """What a firm tells of itself for the relief rules: every column of a list of firms, one by one, all optional."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, site: Site, known: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        for column in relief_book.columns():
            base, _when = relief_book.split(column)
            if base in ("firm", "claimed"):
                continue
            self.fields[column] = self._field(column, str((known or {}).get(column, "")))

    @staticmethod
    def _field(column: str, known: str) -> forms.Field:
        """Make a column's field; what the firm's profile says stands in it faintly."""
        label = relief_book.field_name(column)
        kind = FIELDS[column].kind if column in FIELDS else Kind.SERIES
        if kind in (Kind.CHOICE, Kind.FLAG):
            choices = [("", _("Not known")), *relief_book.choices(column)]
            return forms.ChoiceField(label=label, choices=choices, required=False)
        attrs = {"placeholder": known, "autocomplete": "off"}
        if kind not in (Kind.REGION, Kind.CODE, Kind.DATE):
            attrs["inputmode"] = "decimal"
        help_text = relief_book.hint(column) if column in FIELDS else ""
        widget = DAY if kind is Kind.DATE else forms.TextInput(attrs=attrs)
        return forms.CharField(label=label, max_length=40, required=False, help_text=help_text, widget=widget)

    def clean(self) -> dict[str, Any]:
        """Name every figure that cannot be taken, beside its field."""
        facts = super().clean()
        try:
            relief_figures.check({"firm": self.site.code, **self.values(facts)})
        except RuleBroken as refusal:
            for column, words in refusal.facts["faults"].items():
                self.add_error(column, words)
        return facts

    @staticmethod
    def values(facts: dict[str, Any]) -> dict[str, str]:
        """Return what was filled in."""
        return {name: str(value) for name, value in facts.items() if name != "version" and value not in (None, "")}

    def laid_out(self) -> list[dict[str, Any]]:
        """Return the sections with their fields; a series carries the fields of its months."""
        found = []
        for code, heading, names in relief_book.sections():
            rows = []
            for name in names:
                if name not in self.fields:
                    continue
                months = [self[column] for column in self.fields if column != name and _series_of(column) == name]
                filled = any(month.value() or month.errors for month in months)
                unit = relief_book.unit(name)
                rows.append({"field": self[name], "unit": unit, "months": months, "open": filled})
            found.append({"id": code, "heading": heading, "rows": rows})
        return found


def _series_of(column: str) -> str:
    return relief_book.split(column)[0]


class DayForm(forms.Form):
    """The day as of which a sheet is worked out."""

    on = forms.DateField(label=_("As of"), widget=DAY, required=False)


class FirmsForm(forms.Form):
    """A list of firms' figures."""

    sheet = forms.FileField(label=_("List of firms (.xlsx, .csv or .parquet)"))
