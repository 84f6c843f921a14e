"""What HTTP may say about clearings and about weak links of the chain."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.engines.chain import KINDS as WEAK_KINDS
from sijin.exchange.domain import kinds
from sijin.exchange.domain.clearings import posing
from sijin.exchange.domain.clearings import terms as clearing_terms
from sijin.exchange.models import ClearingLock
from sijin.people.digits import is_number


class LinkForm(forms.Form):
    """A weak link of the chain map."""

    product = forms.CharField(max_length=80, required=False, strip=False)
    kind = forms.ChoiceField(choices=[(kind, kind) for kind in WEAK_KINDS])


class ClearingForm(forms.Form):
    """The terms of a clearing."""

    kind = forms.ChoiceField(label=_("Kind"), required=False)
    floor = forms.IntegerField(label=_("at least for each county, %"), min_value=0, max_value=100)
    change = forms.FloatField(label=_("a change costs, points"), min_value=0, max_value=1000)
    seconds = forms.IntegerField(label=_("at most, seconds"), min_value=2, max_value=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        first = clearing_terms.table()
        usual = {"floor": round(100 * first["floor"]), "change": first["change"], "seconds": first["seconds"]}
        super().__init__(*args, **{**kwargs, "initial": usual | kwargs.get("initial", {})})
        self.fields["kind"].choices = [
            ("", _("All divisible kinds")),
            *((kind, kinds.name(kind)) for kind in posing.divisible([])),
        ]

    def terms(self) -> dict[str, Any]:
        """Return the terms as the domain takes them; only of a valid form."""
        facts = self.cleaned_data
        return {
            "kinds": [facts["kind"]] if facts["kind"] else [],
            "floor": facts["floor"] / 100,
            "change": facts["change"],
            "time_limit": float(facts["seconds"]),
        }


class PublishForm(forms.Form):
    """Which rows of a clearing are published: all, those that were ticked, or those that nothing changed under."""

    version = forms.IntegerField(required=False, min_value=1)
    which = forms.ChoiceField(choices=[("all", ""), ("chosen", ""), ("standing", "")])
    row = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = self.data.getlist("row") if hasattr(self.data, "getlist") else []
        self.fields["row"].choices = [(key, key) for key in given if is_number(key)]


class FixForm(forms.Form):
    """What a person fixes of a proposed pair: lock it, forbid it, or leave it free again."""

    row = forms.IntegerField(min_value=1, max_value=2**62)
    says = forms.ChoiceField(choices=[*ClearingLock.Says.choices, ("free", "")])
