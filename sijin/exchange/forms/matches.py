"""What HTTP may say about matches, complements, events, agreements."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.exchange.domain import kinds
from sijin.exchange.forms.choices import DAY
from sijin.exchange.models import Agreement, MatchmakingEvent, Offer
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.models import Site


class ReserveForm(forms.Form):
    """Reserve a quantity of an offer for a need's item, or for a need that states no item yet."""

    need = forms.ModelChoiceField(queryset=Need.objects.none(), widget=forms.HiddenInput)
    offer = forms.ModelChoiceField(queryset=Offer.objects.none(), widget=forms.HiddenInput)
    item = forms.IntegerField(widget=forms.HiddenInput, required=False)
    quantity = forms.DecimalField(label=_("Quantity"), min_value=0, max_digits=14, decimal_places=2)

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["need"].queryset = visible(account, Need).select_related("campaign", "site")
        self.fields["offer"].queryset = visible(account, Offer).select_related("campaign", "site", "region")

    def clean(self) -> dict[str, Any]:
        """Find the item among the need's own."""
        facts = super().clean()
        if facts.get("need") and facts.get("item"):
            facts["item"] = facts["need"].items.filter(pk=facts["item"]).first()
            if facts["item"] is None:
                self.add_error("quantity", _("This item is not there any more."))
        return facts


class JudgeForm(forms.Form):
    """What a clerk says of a suggested pair: a need and an offer, or two needs."""

    need = forms.ModelChoiceField(queryset=Need.objects.none())
    offer = forms.ModelChoiceField(queryset=Offer.objects.none(), required=False)
    other = forms.ModelChoiceField(queryset=Need.objects.none(), required=False)
    verdict = forms.ChoiceField(choices=[("accept", _("Accept")), ("refuse", _("Turn down"))])
    reason = forms.ChoiceField(label=_("Reason"), required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["need"].queryset = visible(account, Need).select_related("campaign")
        self.fields["offer"].queryset = visible(account, Offer)
        self.fields["other"].queryset = visible(account, Need)
        self.fields["reason"].choices = [("", ""), *kinds.refusals()]

    def clean(self) -> dict[str, Any]:
        """See that the need is paired with one thing."""
        facts = super().clean()
        if not self.errors and bool(facts.get("offer")) == bool(facts.get("other")):
            self.add_error("offer", _("Name an offer or another need."))
        return facts


class StepForm(forms.Form):
    """One step of a match."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    received = forms.DecimalField(label=_("Received"), min_value=0, max_digits=14, decimal_places=2, required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class EventForm(forms.Form):
    """A matchmaking event."""

    name = forms.CharField(label=_("Name of the event"), max_length=120)
    held_on = forms.DateField(label=_("Held on"), widget=DAY)
    place = forms.CharField(label=_("Place"), max_length=120, required=False)
    note = forms.CharField(label=_("Remarks"), max_length=300, required=False)


class AgreementForm(forms.Form):
    """An agreement signed at an event."""

    event = forms.ModelChoiceField(label=_("Event"), queryset=MatchmakingEvent.objects.none())
    provider = forms.CharField(label=_("Provider"), max_length=120)
    site = forms.ModelChoiceField(
        label=_("Site"),
        queryset=Site.objects.none(),
        to_field_name="code",
        widget=forms.TextInput,
        help_text=_("The site's code, for example E001"),
    )
    subject = forms.CharField(label=_("Subject"), max_length=120, required=False)
    amount = forms.DecimalField(label=_("Value of the orders, yuan"), min_value=0, max_digits=16, decimal_places=2)
    signed_on = forms.DateField(label=_("Signed on"), widget=DAY)
    need = forms.CharField(label=_("Number of the need"), max_length=24, required=False)

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        self.fields["event"].queryset = visible(account, MatchmakingEvent)
        self.fields["site"].queryset = visible(account, Site)

    def clean_need(self) -> Need | None:
        """Find the need by its number."""
        number = self.cleaned_data["need"].strip()
        if not number:
            return None
        found = visible(self.account, Need).filter(number=number).first()
        if found is None:
            raise forms.ValidationError(_("There is no need with this number."))
        return found


class DeliveryForm(forms.Form):
    """What was delivered of an agreement."""

    agreement = forms.ModelChoiceField(queryset=Agreement.objects.none())
    on = forms.DateField(label=_("Delivered on"), widget=DAY)
    amount = forms.DecimalField(label=_("Yuan of the orders"), min_value=0, max_digits=16, decimal_places=2)

    def __init__(self, *args: Any, event: MatchmakingEvent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agreement"].queryset = event.agreements.all()
