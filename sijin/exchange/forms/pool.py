"""What HTTP may say about the capacity pool."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.exchange.forms.choices import DAY
from sijin.exchange.models import PoolMaker, PoolOrder, PoolScenario
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.models import Site


class PoolOrderForm(forms.Form):
    """One order of the pool, as a person types it in."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    code = forms.CharField(label=_("Order number"), max_length=40)
    site = forms.ModelChoiceField(
        label=_("Code of the firm that holds it"),
        queryset=Site.objects.none(),
        to_field_name="code",
        widget=forms.TextInput,
        help_text=_("The site's code, for example E001"),
    )
    product = forms.CharField(label=_("Product"), max_length=80)
    destination = forms.CharField(label=_("Destination"), max_length=80, required=False)
    quantity = forms.IntegerField(label=_("Pieces"), min_value=1, max_value=10**12)
    unit_price = forms.DecimalField(label=_("Price, yuan a piece"), min_value=0, max_digits=12, decimal_places=4)
    release = forms.DateField(label=_("First day of making"), widget=DAY)
    due = forms.DateField(label=_("Last day of arrival"), widget=DAY)
    max_partners = forms.IntegerField(label=_("Makers who may share it"), min_value=1, max_value=1000, initial=3)
    certificate = forms.BooleanField(label=_("Only makers with an export certificate"), required=False, initial=True)
    at_home = forms.BooleanField(label=_("May be made on the firm's own lines"), required=False, initial=True)

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = visible(account, Site).filter(door="enterprise")

    @staticmethod
    def initial_of(order: PoolOrder) -> dict[str, Any]:
        """Return the form's first values for an order that is there."""
        names = ("version", "code", "product", "destination", "quantity", "max_partners", "certificate", "at_home")
        days = {name: getattr(order, name).isoformat() for name in ("release", "due")}
        price = f"{order.unit_price.normalize():f}"
        return {**{name: getattr(order, name) for name in names}, **days, "site": order.site.code, "unit_price": price}


class PoolForm(forms.Form):
    """How the pool is solved."""

    start = forms.DateField(label=_("from"), widget=DAY, required=False)
    seconds = forms.IntegerField(label=_("at most"), min_value=1, max_value=300)
    change = forms.DecimalField(label=_("a piece that moves costs"), min_value=0, max_value=100_000, decimal_places=2)


class ScenarioForm(forms.Form):
    """A question beside a plan of the pool."""

    kind = forms.ChoiceField(choices=PoolScenario.Kind.choices)
    maker = forms.ModelChoiceField(queryset=PoolMaker.objects.none(), required=False)
    percent = forms.IntegerField(min_value=1, max_value=500, required=False)

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["maker"].queryset = visible(account, PoolMaker)
