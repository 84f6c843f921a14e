"""What HTTP may say about a need."""

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.ledger.models import Measure, Need, NeedItem
from sijin.people.models import Unit


class VerbForm(forms.Form):
    """The facts of one verb; which of them are asked for is the transition table's to say."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    klass = forms.TypedChoiceField(label=_("Class"), choices=Need.Klass.choices, coerce=int)
    lead_unit = forms.ModelChoiceField(label=_("Lead unit"), queryset=Unit.objects.all())
    aspect = forms.ChoiceField(label=_("Aspect"), choices=Measure.Aspect.choices)
    measure = forms.CharField(label=_("Measure"), max_length=300)
    verdict = forms.ChoiceField(
        label=_("Verdict"),
        choices=[
            ("satisfied", _("Satisfied")),
            ("basic", _("Basically satisfied")),
            ("dissatisfied", _("Dissatisfied")),
        ],
    )
    review_on = forms.DateField(label=_("Review on"), widget=forms.DateInput(attrs={"type": "date"}))
    workdays = forms.IntegerField(label=_("Working days"), min_value=1, max_value=60)
    item = forms.ModelChoiceField(label=_("Item"), queryset=NeedItem.objects.none())
    quantity = forms.DecimalField(label=_("Quantity"), min_value=0, max_digits=14, decimal_places=2)
    evidence = forms.FileField(label=_("Evidence (photo, PDF, document)"), required=False)
    note = forms.CharField(label=_("Note"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}), required=False)

    def __init__(self, *args, need: Need, requires: tuple[str, ...] = (), **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"].queryset = need.items.all()
        asked = {"version", "note", *requires} | ({"aspect"} if "measure" in requires else set())
        for name in [name for name in self.fields if name not in asked]:
            del self.fields[name]
        self.fields["note"].required = "note" in requires
