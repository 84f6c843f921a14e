"""What HTTP may say about expert requests."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.exchange.domain.experts.promise import names
from sijin.exchange.domain.experts.requests import Filter
from sijin.exchange.forms.choices import DAY
from sijin.exchange.models import Offer
from sijin.people.models import Account, Official
from sijin.people.policy import visible


class ExpertFilterForm(forms.Form):
    """How the list of expert requests is narrowed."""

    q = forms.CharField(max_length=100, required=False)
    state = forms.ChoiceField(required=False)
    county = forms.CharField(max_length=20, required=False)
    unnamed = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [("", ""), *names().items()]

    def wanted(self) -> Filter:
        """Return the filter of the domain; fields with errors count as empty."""
        self.is_valid()
        return Filter(**self.cleaned_data)


class AssignForm(forms.Form):
    """Who comes, and when: `who` is `offer-12` or `official-7`."""

    who = forms.RegexField(
        r"^(offer|official)-[0-9]{1,17}$",
        error_messages={"required": _("Choose who comes."), "invalid": _("Choose who comes.")},
    )
    expected_on = forms.DateField(label=_("Day of the visit"), widget=DAY)

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_who(self) -> dict[str, Any]:
        """Find the offer or the official among those that the account sees."""
        source, _dash, key = self.cleaned_data["who"].partition("-")
        rows = {"offer": visible(self.account, Offer), "official": visible(self.account, Official)}[source]
        found = rows.filter(pk=int(key)).first()
        if found is None:
            raise forms.ValidationError(_("Choose who comes."))
        return {source: found}


class ComeForm(forms.Form):
    """That somebody came."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    on = forms.DateField(label=_("Came on"), widget=DAY, required=False)
    note = forms.CharField(label=_("What was done"), max_length=300, required=False)
