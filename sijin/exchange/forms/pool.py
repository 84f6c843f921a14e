"""What HTTP may say about the capacity pool."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.exchange.domain.pool.sheets import MakerRows
from sijin.exchange.forms.choices import DAY
from sijin.exchange.models import PoolMaker, PoolOrder, PoolScenario
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.models import Site

RATE = ("product", "per_hour", "price")  # columns of the sheet, as they stand in a line of what is made


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


class PoolMakerForm(forms.Form):
    """One line of the pool, as a person types it in; each field is read and checked as the cell of the sheet is."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    code = forms.CharField(label=_("Number of the line"))
    name = forms.CharField(label=_("Firm"))
    line = forms.CharField(label=_("Line"), required=False)
    rates = forms.CharField(
        label=_("What it makes"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One product a line: product, pieces an hour, yuan a piece; for example 防护服，500，60"),
    )
    hours = forms.CharField(label=_("Hours a week"), widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    windows = forms.CharField(
        label=_("Windows"),
        required=False,
        help_text=_("Like 2020-03-09~2020-08-30, with ； between; empty: always free"),
    )
    lead = forms.CharField(label=_("Whole weeks before the first piece"), required=False)
    setup = forms.CharField(label=_("Hours of setting up for each order"), required=False)
    min_lot = forms.CharField(label=_("Least lot, pieces"), required=False)
    ship_weeks = forms.CharField(label=_("Whole weeks on the way"), required=False)
    ship_cost = forms.CharField(label=_("Freight, yuan a piece"), required=False)
    certificate = forms.ChoiceField(
        label=_("Export certificate"), required=False, choices=[("", _("Not known")), ("是", _("Yes")), ("否", _("No"))]
    )
    place = forms.CharField(label=_("Place"), required=False)
    site = forms.CharField(
        label=_("Code of its site, if it has one"), required=False, help_text=_("The site's code, for example E001")
    )
    offer = forms.CharField(label=_("Number of the offer of capacity behind it"), required=False)

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = MakerRows(account)

    def clean(self) -> dict[str, Any]:
        """Read what was typed as the sheet would; what it does not take is said beside its field."""
        typed = super().clean() or {}
        read: dict[str, Any] = {"version": typed.get("version")}
        for name in typed.keys() - {"version", "rates"}:
            try:
                read[name] = self.rows.value(name, typed[name].strip())
            except ValueError as expected:
                self.add_error(name, _("Expected: %(expected)s") % {"expected": expected})
        if "rates" in typed:
            read["rates"] = self._rates(typed["rates"])
        return read

    def _rates(self, text: str) -> dict[str, tuple[Any, Any]]:
        found: dict[str, tuple[Any, Any]] = {}
        for number, words in enumerate(filter(str.strip, text.splitlines()), start=1):
            parts = [part.strip() for part in re.split(r"[，,;；\t]", words)]
            try:
                if len(parts) != 3 or not all(parts):
                    raise ValueError(_("product, pieces an hour and yuan a piece, with a comma between them"))
                product, *rate = (self.rows.value(*one) for one in zip(RATE, parts, strict=True))
                if product in found:
                    raise ValueError(_("each product once"))
                found[product] = (rate[0], rate[1])
            except ValueError as expected:
                told = {"line": number, "expected": expected}
                self.add_error("rates", _("Line %(line)s, expected: %(expected)s") % told)
        return found

    @staticmethod
    def initial_of(maker: PoolMaker) -> dict[str, Any]:
        """Return the form's first values for a line that is there."""
        plain = ("version", "code", "name", "line", "place", "lead", "min_lot", "ship_weeks")
        figures = {name: f"{getattr(maker, name).normalize():f}" for name in ("hours", "setup", "ship_cost")}
        rates = [f"{one.product}，{one.per_hour.normalize():f}，{one.price.normalize():f}" for one in maker.rates.all()]
        return (
            {name: getattr(maker, name) for name in plain}
            | figures
            | {
                "rates": "\n".join(rates),
                "windows": "；".join(f"{first}~{last}" for first, last in maker.windows),
                "certificate": {True: "是", False: "否"}.get(maker.certificate, ""),
                "site": maker.site.code if maker.site else "",
                "offer": maker.offer.code if maker.offer else "",
            }
        )


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
