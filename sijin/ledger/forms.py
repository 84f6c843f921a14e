"""What HTTP may say about a need: the facts of one verb, and the served party's word."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy as _

from sijin.ledger.domain import leads
from sijin.ledger.domain.files import ACCEPT
from sijin.ledger.models import Measure, Need, NeedItem
from sijin.ledger.transitions import FACTS, TABLE
from sijin.people.choices import RowsField
from sijin.people.models import Unit

VERDICTS = [
    ("satisfied", _("Satisfied")),
    ("basic", _("Basically satisfied")),
    ("dissatisfied", _("Dissatisfied")),
]
NOTES: dict[str, Any] = {  # what the note is, where "note" would say too little
    "send_back": _("Why it is not ours, and whose it is"),
    "hand_on": _("Why, and what that unit should do"),
    "hand_back": _("Why it comes back"),
    "contact": _("Whom we reached, how, and what was said"),
    "progress": _("What was done since the last report"),
    "answer": _("What was done, in words that the served party understands"),
    "co_answer": _("Answer to the lead unit"),
    "escalate": _("What only the province can do"),
    "verify": _("What you saw on site"),
    "refuse": _("What is not done yet"),
    "confirm": _("A line, if you like"),
    "redo": _("What must be done differently"),
    "explain": _("Why it cannot be solved"),
    "pause": _("Reason"),
    "resume": _("Why the clock may run again"),
    "ask_extension": _("Why more time is needed"),
    "extend": _("Reason of the decision"),
    "refuse_extension": _("Reason of the decision"),
    "park": _("Why it cannot be solved for now"),
    "unpark": _("What has changed"),
    "supervise": _("What the supervisors should see to"),
    "look_back": _("Whom we asked, and what they said"),
    "recur": _("What came back"),
}


class SeveralFiles(forms.ClearableFileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; what is in them is looked into when they are kept."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=SeveralFiles(attrs={"multiple": True, "accept": ACCEPT}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Return the files that were sent, possibly none."""
        given = [file for file in data if file] if isinstance(data, list | tuple) else [data] if data else []
        if not given and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [super(FilesField, self).clean(file, initial) for file in given]


class ByLevel(ModelChoiceIterator):
    """Offers units under the name of their level: city, county, town, province."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        for level, units in groupby(self.queryset, key=lambda unit: unit.level):
            yield str(Unit.Level(level).label), [self.choice(unit) for unit in units]


class UnitField(forms.ModelChoiceField):
    """One unit, grouped by level."""

    iterator = ByLevel


class UnitsField(RowsField):
    """Several units, grouped by level."""

    iterator = ByLevel


def day_input() -> forms.DateInput:
    """Return a date input as browsers know it."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class VerbForm(forms.Form):
    """The facts of one verb; which of them are asked for, and which must be there, is the transition table's to say."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    klass = forms.TypedChoiceField(label=FACTS["klass"], choices=Need.Klass.choices, coerce=int)
    lead_unit = UnitField(label=FACTS["lead_unit"], queryset=Unit.objects.order_by("level", "code"))
    co_units = UnitsField(
        label=FACTS["co_units"],
        queryset=Unit.objects.order_by("level", "code"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Each answers the lead unit within its own limit."),
    )
    to_unit = UnitField(
        label=FACTS["to_unit"], queryset=Unit.objects.filter(level="province").order_by("level", "code")
    )
    measure = forms.CharField(label=FACTS["measure"], max_length=300)
    aspect = forms.ChoiceField(label=FACTS["aspect"], choices=Measure.Aspect.choices)
    measure_due = forms.DateField(label=FACTS["measure_due"], widget=day_input())
    done_measure = forms.ModelChoiceField(label=FACTS["done_measure"], queryset=Measure.objects.none())
    result = forms.CharField(label=FACTS["result"], max_length=300)
    verdict = forms.ChoiceField(label=FACTS["verdict"], choices=VERDICTS, widget=forms.RadioSelect)
    review_on = forms.DateField(label=FACTS["review_on"], widget=day_input())
    workdays = forms.IntegerField(label=FACTS["workdays"], min_value=1, max_value=60)
    item = forms.ModelChoiceField(label=FACTS["item"], queryset=NeedItem.objects.none())
    quantity = forms.DecimalField(label=FACTS["quantity"], min_value=0, max_digits=14, decimal_places=2)
    note = forms.CharField(label=FACTS["note"], max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    told = forms.CharField(label=FACTS["told"], max_length=300)
    evidence = FilesField(label=FACTS["evidence"])

    def __init__(self, *args: Any, need: Need, verb: str, has_evidence: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", None)
        super().__init__(*args, auto_id=f"{verb}_%s", **kwargs)
        transition = TABLE[verb]
        asked = {"version", *transition.requires, *transition.takes}
        for name in [name for name in self.fields if name not in asked]:
            del self.fields[name]
        for name in transition.takes:
            self.fields[name].required = False
        if "note" in self.fields:
            self.fields["note"].label = NOTES.get(verb, FACTS["note"])
        if "evidence" in self.fields and verb == "answer" and has_evidence:
            self.fields["evidence"].required = False  # what was added before proves it
        if "item" in self.fields:
            self.fields["item"].queryset = need.items.all()
            self.fields["item"].label_from_instance = _missing
        if "done_measure" in self.fields:
            self.fields["done_measure"].queryset = need.measures.all()
            self.fields["done_measure"].label_from_instance = lambda measure: measure.text
        if "to_unit" in self.fields and need.team.unit_id is None:
            self.fields["to_unit"].required = True
        if verb == "hand_over" and not need.lead_unit_id and (lead := leads.suggested(need)):
            self.initial["lead_unit"] = self.initial.get("lead_unit") or lead.unit.pk
            self.fields["lead_unit"].help_text = lead.reason
        if "lead_unit" in self.fields and verb == "hand_on":
            self.fields["lead_unit"].queryset = Unit.objects.exclude(pk=need.lead_unit_id).order_by("level", "code")

    def co_groups(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """Return the units that may help, by level, each option with value, label, selected."""
        bound = self["co_units"]
        value = [str(getattr(part, "pk", part)) for part in bound.value() or []]
        groups = bound.field.widget.optgroups(bound.html_name, value)
        return [(str(level or ""), options) for level, options, _index in groups]

    def clean_note(self) -> str:
        """Return the note without blanks around it."""
        return self.cleaned_data["note"].strip()


def _missing(item: NeedItem) -> str:
    missing = item.quantity - item.received
    return f"{item.item} · {_('still missing')} {missing.normalize():f} {item.unit}"


def initial_facts(need: Need, verb: str) -> dict[str, Any]:
    """Return what a form may fill in by itself, so that nobody types what is known."""
    return {
        "version": need.version,
        "klass": need.klass,
        "to_unit": need.team.unit_id,
        "measure_due": need.due,
        "workdays": need.extension_asked if verb == "extend" else None,
        "lead_unit": need.lead_unit_id if verb == "hand_over" else None,
    }


class ConfirmForm(forms.Form):
    """The served party's word."""

    verdict = forms.ChoiceField(choices=VERDICTS, widget=forms.RadioSelect)
    comment = forms.CharField(max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}))
