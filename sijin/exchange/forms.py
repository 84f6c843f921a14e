"""What HTTP may say about offers, matches, agreements, and how a list of offers is narrowed."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.engines.chain import KINDS as WEAK_KINDS
from sijin.engines.relief import FIELDS, Kind
from sijin.exchange.domain import kinds
from sijin.exchange.domain.clearings import posing
from sijin.exchange.domain.clearings import terms as clearing_terms
from sijin.exchange.domain.reads import Filter
from sijin.exchange.domain.relief import book as relief_book
from sijin.exchange.domain.relief import figures as relief_figures
from sijin.exchange.models import Agreement, ClearingLock, MatchmakingEvent, Offer, PoolMaker, PoolOrder, PoolScenario
from sijin.ledger.models import Need
from sijin.people.models import Account, Unit
from sijin.people.policy import scope_of, visible
from sijin.people.refusals import RuleBroken
from sijin.places.models import Region, Site

UNKNOWN = [("", _("Not known")), ("true", _("Yes")), ("false", _("No"))]
DAY = forms.DateInput(attrs={"type": "date"})


def places() -> Any:
    """Return the regions that an offer may stand in: the city, its counties, areas and towns."""
    return Region.objects.filter(system=Region.System.NBS, level__in=("city", "county", "area", "town"))


class RegionChoice(forms.ModelChoiceField):
    """A region chosen by its name; towns are shown under their county."""

    def label_from_instance(self, region: Region) -> str:
        """Return the name, indented for a town."""
        return f"　{region.name}" if region.level == Region.Level.TOWN else region.name


class OfferForm(forms.Form):
    """One offer, as a person types it in."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(label=_("Kind"))
    item = forms.CharField(label=_("What is offered"), max_length=80)
    quantity = forms.DecimalField(label=_("Quantity"), min_value=0, max_digits=14, decimal_places=2)
    unit = forms.CharField(label=_("Unit"), max_length=20, widget=forms.TextInput(attrs={"list": "units"}))
    provider = forms.CharField(label=_("Provider"), max_length=120)
    unit_of_provider = forms.ModelChoiceField(
        label=_("Department that answers for it"), queryset=Unit.objects.all(), required=False
    )
    contact = forms.CharField(label=_("Contact, by role"), max_length=80, required=False)
    region = RegionChoice(label=_("Place"), queryset=Region.objects.none(), required=False)
    reach_km = forms.IntegerField(
        label=_("Reach, kilometres"), min_value=1, max_value=5000, required=False, help_text=_("Empty: no limit")
    )
    since = forms.DateField(label=_("From"), widget=DAY, required=False)
    until = forms.DateField(label=_("Until"), widget=DAY, required=False)
    tags = forms.CharField(
        label=_("Tags"), max_length=200, required=False, help_text=_("Separated by commas, for example 隔离衣")
    )
    certificate = forms.TypedChoiceField(
        label=_("Export certificate"), choices=UNKNOWN, required=False, coerce=lambda v: v == "true", empty_value=None
    )
    has_capacity = forms.TypedChoiceField(
        label=_("Spare capacity"), choices=UNKNOWN, required=False, coerce=lambda v: v == "true", empty_value=None
    )
    has_channel = forms.TypedChoiceField(
        label=_("Sales channel"), choices=UNKNOWN, required=False, coerce=lambda v: v == "true", empty_value=None
    )
    conditions = forms.CharField(
        label=_("Conditions"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds.choices()
        self.fields["region"].queryset = places()
        if "all" not in scope_of(account, "offer", Offer._meta.label):
            del self.fields["unit_of_provider"]  # a department offers in its own name

    def clean_tags(self) -> list[str]:
        """Split at commas of either script and at blanks."""
        return [tag for tag in re.split(r"[,，、;；\s]+", self.cleaned_data["tags"]) if tag]

    def clean(self) -> dict[str, Any]:
        """See that the window goes forward."""
        facts = super().clean()
        if facts.get("since") and facts.get("until") and facts["until"] < facts["since"]:
            self.add_error("until", _("The last day is before the first."))
        return facts

    @staticmethod
    def initial_of(offer: Offer) -> dict[str, Any]:
        """Return the form's first values for an offer that is there."""
        words = {True: "true", False: "false", None: ""}
        return {
            **{name: getattr(offer, name) for name in ("version", "kind", "item", "unit", "provider", "contact")},
            **{name: getattr(offer, name) for name in ("unit_of_provider", "region", "reach_km", "conditions")},
            **{name: words[getattr(offer, name)] for name in ("certificate", "has_capacity", "has_channel")},
            **{name: value.isoformat() if (value := getattr(offer, name)) else "" for name in ("since", "until")},
            "quantity": f"{offer.quantity.normalize():f}",
            "tags": "、".join(offer.tags),
        }


class FilterForm(forms.Form):
    """How the list of offers is narrowed; what cannot be read is left out."""

    q = forms.CharField(label=_("Search"), max_length=100, required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False, widget=forms.Select(attrs={"aria-label": _("Kind")}))
    place = forms.CharField(label=_("Place"), max_length=20, required=False)
    tag = forms.CharField(label=_("Tag"), max_length=100, required=False)
    on = forms.DateField(label=_("Available on"), widget=DAY, required=False)
    free = forms.BooleanField(label=_("Only with something free"), required=False)
    certificate = forms.ChoiceField(
        label=_("Export certificate"),
        required=False,
        choices=[("", _("Any")), ("yes", _("Yes")), ("no", _("No")), ("unknown", _("Not known"))],
    )
    withdrawn = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("All kinds")), *kinds.choices()]

    def wanted(self) -> Filter:
        """Return the filter of the domain; fields with errors count as empty."""
        self.is_valid()
        facts = self.cleaned_data
        tags = tuple(tag for tag in re.split(r"[,，、\s]+", facts.get("tag", "")) if tag)
        kept = {name: value for name, value in facts.items() if name != "tag"}
        return Filter(tags=tags, **kept)


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


class DeliveryForm(forms.Form):
    """What was delivered of an agreement."""

    agreement = forms.ModelChoiceField(queryset=Agreement.objects.none())
    on = forms.DateField(label=_("Delivered on"), widget=DAY)
    amount = forms.DecimalField(label=_("Yuan of the orders"), min_value=0, max_digits=16, decimal_places=2)

    def __init__(self, *args: Any, event: MatchmakingEvent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agreement"].queryset = event.agreements.all()


class LinkForm(forms.Form):
    """A weak link of the chain map."""

    product = forms.CharField(max_length=80, required=False, strip=False)
    kind = forms.ChoiceField(choices=[(kind, kind) for kind in WEAK_KINDS])


class SheetForm(forms.Form):
    """An xlsx sheet."""

    sheet = forms.FileField(label=_("Sheet (.xlsx)"))


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
        self.fields["row"].choices = [(key, key) for key in given if key.isdigit() and len(key) < 18]


class FixForm(forms.Form):
    """What a person fixes of a proposed pair: lock it, forbid it, or leave it free again."""

    row = forms.IntegerField(min_value=1, max_value=2**62)
    says = forms.ChoiceField(choices=[*ClearingLock.Says.choices, ("free", "")])
