"""What HTTP may say of a shuttle: a new plan with its rules, who drops out or joins, drivers, buses, sheets."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.people.models import Account, Unit
from sijin.people.policy import visible
from sijin.places.models import Site
from sijin.works.domain.shuttles.terms import Terms, table, terms_of
from sijin.works.models import PickUp, TravelTable

VERSION = {"widget": forms.HiddenInput, "min_value": 1, "max_value": 10**8}
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
HOMES = [
    ("either", _("one end in the province of the bus")), ("origin", _("its beginning there")),
    ("destination", _("its end there")), ("", _("anywhere")),
]  # fmt: skip
SECONDS = 60  # the most for a search


def _number(label: Any, least: float, most: float, step: str = "any", required: bool = True) -> forms.FloatField:
    widget = forms.NumberInput(attrs={"step": step})
    return forms.FloatField(label=label, min_value=least, max_value=most, required=required, widget=widget)


class ShuttleForm(forms.Form):
    """A new plan: the day, where buses arrive, where travel times come from, every rule with the notice's figure."""

    arrive_on = forms.DateField(label=_("Day of arrival"), widget=DAY)
    wanted_until = forms.DateField(label=_("Workers wanted by"), widget=DAY)
    hub = forms.ModelChoiceField(
        label=_("Where buses arrive"), queryset=Site.objects.none(), required=False,
        empty_label=_("each worker’s own site"),
    )  # fmt: skip
    preset = forms.ChoiceField(label=_("Set of rules"))
    source = forms.ChoiceField(label=_("Travel times"))
    table = forms.ModelChoiceField(label=_("Travel-time table"), queryset=TravelTable.objects.none(), required=False)
    fill = forms.BooleanField(label=_("Close holes of the table by great circle"), required=False)
    detour = _number(_("Detour"), 1, 5)
    kmh = _number(_("Speed, km/h"), 5, 150)
    seconds = forms.IntegerField(label=_("Search for, s"), min_value=1, max_value=SECONDS)
    load = _number(_("Seats that may be taken, %"), 1, 100)
    free_rows = forms.IntegerField(label=_("Rows kept free at the back"), min_value=0, max_value=10)
    row_seats = forms.IntegerField(label=_("Seats in a row"), min_value=1, max_value=6)
    drivers = forms.IntegerField(label=_("Drivers"), min_value=1, max_value=4)
    driver_hours = _number(_("Hours at the wheel for each, on one trip"), 0.5, 200, required=False)
    night_from = _number(_("No driving from, o’clock"), 0, 24, required=False)
    night_until = _number(_("No driving until, o’clock"), 0, 24, required=False)
    rest_hours = _number(_("A rest after every, h"), 0.25, 24, required=False)
    rest_minutes = _number(_("Each rest, min"), 0, 240)
    ride_hours = _number(_("Longest ride, h"), 0.5, 200, required=False)
    stop_minutes = _number(_("Time at a stop, min"), 0, 120)
    person_seconds = _number(_("and for each person, s"), 0, 600)
    home = forms.ChoiceField(label=_("The trip has"), choices=HOMES, required=False)
    multi_trip = forms.BooleanField(label=_("A bus may make several trips"), required=False)
    arrive_from = _number(_("Arrive from, o’clock"), 0, 24)
    arrive_by = _number(_("Arrive until, o’clock"), 0, 24)
    board_from = _number(_("Board from, o’clock"), 0, 24)
    board_until = _number(_("Board until, o’clock"), 0, 24)
    layover = _number(_("Drivers rest before the first stop, h"), 0, 48)
    change = _number(_("Price of a changed seat, yuan"), 0, 100_000)
    waiting = _number(_("Price of a person who waits, yuan"), 1, 1_000_000, required=False)

    DAYS = ("arrive_on", "wanted_until", "hub", "preset", "seconds")
    TRAVEL = ("source", "detour", "kmh", "table", "fill")

    def __init__(self, *args: Any, account: Account, sources: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hub"].queryset = visible(account, Site).order_by("name")
        self.fields["table"].queryset = visible(account, TravelTable)
        self.fields["source"].choices = sources
        self.fields["preset"].choices = [(code, one["name"]) for code, one in table()["presets"].items()]

    def clean(self) -> dict[str, Any]:
        """See that both hours of the night are there or none, and that a table is chosen where one is asked for."""
        given: dict[str, Any] = super().clean() or {}
        if (given.get("night_from") is None) != (given.get("night_until") is None):
            self.add_error("night_until", _("Give both hours of the night, or none."))
        if given.get("source") == "table" and not given.get("table"):
            self.add_error("table", _("Choose a table of travel times, or read one in."))
        return given

    def terms(self) -> Terms:
        """Return the rules that were typed; RuleBroken names one that makes no sense."""
        given = self.cleaned_data
        night = None if given["night_from"] is None else (given["night_from"], given["night_until"])
        plain = ("free_rows", "row_seats", "drivers", "driver_hours", "rest_hours", "rest_minutes", "ride_hours",
                 "person_seconds", "multi_trip", "arrive_from", "arrive_by", "board_from", "board_until", "layover",
                 "change", "waiting")  # fmt: skip
        return terms_of(
            given["preset"], load=given["load"] / 100, night=night, stop_seconds=given["stop_minutes"] * 60,
            home=given["home"] or None, **{name: given[name] for name in plain},
        )  # fmt: skip

    def travel(self) -> dict[str, Any]:
        """Return where travel times come from, as a plan keeps it."""
        given = {name: self.cleaned_data[name] for name in self.TRAVEL}
        return {**given, "table": given["table"].pk if given["table"] else None}


def typed(terms: Terms) -> dict[str, Any]:
    """Return what the form begins with under these rules."""
    rules, hours = terms.rules, terms.hours
    night = rules.night or (None, None)
    same = ("free_rows", "row_seats", "drivers", "driver_hours", "rest_hours", "rest_minutes", "ride_hours",
            "person_seconds", "multi_trip", "change", "waiting")  # fmt: skip
    shown = {
        "preset": terms.preset, "load": rules.load * 100, "night_from": night[0], "night_until": night[1],
        "stop_minutes": rules.stop_seconds / 60, "home": rules.home or "",
        **{name: getattr(rules, name) for name in same},
        **{name: getattr(hours, name) for name in ("arrive_from", "arrive_by", "board_from", "board_until", "layover")},
    }  # fmt: skip
    return {name: f"{value:g}" if type(value) is float else value for name, value in shown.items()}


class ChangeForm(forms.Form):
    """Who drops out of a plan and who joins it."""

    version = forms.IntegerField(**VERSION)
    drop = forms.TypedMultipleChoiceField(coerce=int, required=False)
    join = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *args: Any, riding: Any, waiting: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["drop"].choices = [(str(pk), str(pk)) for pk in riding]
        self.fields["join"].choices = [(str(pk), str(pk)) for pk in waiting]


class ActForm(forms.Form):
    """A verb on a plan; a cancelled one has a reason."""

    version = forms.IntegerField(**VERSION)
    reason = forms.CharField(max_length=200, required=False)


class DriversForm(forms.Form):
    """Who drives a bus: role and telephone, twice."""

    version = forms.IntegerField(**VERSION)
    role = forms.CharField(label=_("Driver"), max_length=40, required=False)
    phone = forms.CharField(label=_("Telephone"), max_length=20, required=False)
    role_2 = forms.CharField(label=_("Second driver"), max_length=40, required=False)
    phone_2 = forms.CharField(label=_("Telephone"), max_length=20, required=False)

    def drivers(self) -> list[dict[str, str]]:
        """Return those who were named."""
        given = self.cleaned_data
        pairs = ((given["role"], given["phone"]), (given["role_2"], given["phone_2"]))
        return [{"role": role, "phone": phone} for role, phone in pairs if role]


class BusForm(forms.Form):
    """One bus of the fleet."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=10**8)
    plate = forms.CharField(label=_("Plate"), max_length=12)
    seats = forms.IntegerField(label=_("Seats"), min_value=5, max_value=80)
    fixed = forms.DecimalField(label=_("Yuan for a run"), min_value=0, max_digits=9, decimal_places=2)
    per_km = forms.DecimalField(label=_("Yuan for a kilometre"), min_value=0, max_digits=7, decimal_places=2)
    depot_site = forms.ModelChoiceField(label=_("Begins at the site"), queryset=Site.objects.none(), required=False)
    depot_place = forms.ModelChoiceField(
        label=_("or at the place"), queryset=PickUp.objects.order_by("province", "name"), required=False
    )
    owner = forms.CharField(label=_("Firm that runs it"), max_length=80, required=False)
    unit = forms.ModelChoiceField(label=_("Unit that answers for it"), queryset=Unit.objects.none(), required=False)

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["depot_site"].queryset = visible(account, Site).order_by("name")
        self.fields["unit"].queryset = visible(account, Unit)


class SheetForm(forms.Form):
    """A file that is read in."""

    sheet = forms.FileField(label=_("Sheet"), widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}))
