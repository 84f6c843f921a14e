"""What HTTP may say of workers who come back: filter, entry, a talk, a message to many, arrivals, a pin."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.models import Door, Site
from sijin.works.domain.returning import pins
from sijin.works.domain.returning.contacts import EARLIEST
from sijin.works.domain.returning.reads import Wanted
from sijin.works.forms.projects import DAY, VERSION
from sijin.works.models import PickUp, Worker, WorkerContact

WORRIES = [("", _("no worry")), *WorkerContact.Worry.choices]


class ReturningFilter(forms.Form):
    """What the list of workers is asked for."""

    q = forms.CharField(max_length=100, required=False)
    site = forms.IntegerField(min_value=1, max_value=10**9, required=False)
    state = forms.ChoiceField(choices=[("", ""), *Worker.State.choices], required=False)
    worry = forms.ChoiceField(choices=WORRIES, required=False)
    placeless = forms.BooleanField(required=False)

    def wanted(self) -> Wanted:
        """Return what is asked for; what makes no sense asks for nothing."""
        self.is_valid()
        return Wanted(**{name: value for name, value in self.cleaned_data.items() if value})


class WorkerForm(forms.Form):
    """What is written of a worker. The place where they board follows from the home unless one is chosen."""

    version = forms.IntegerField(required=False, **VERSION)
    client_uuid = forms.UUIDField(required=False, widget=forms.HiddenInput)
    site = forms.ModelChoiceField(label=_("Site"), queryset=Site.objects.none())
    code = forms.CharField(label=_("The site's own number"), max_length=40, required=False)
    name = forms.CharField(label=_("Name"), max_length=40)
    phone = forms.RegexField(r"^[0-9+\- ]{5,20}$", label=_("Telephone"), required=False)
    post = forms.CharField(label=_("What they do there"), max_length=60, required=False)
    home = forms.CharField(label=_("Home: province, city, county"), max_length=120, required=False)
    pick_up = forms.ModelChoiceField(
        label=_("Boards at"), queryset=PickUp.objects.none(), required=False, empty_label=_("where the home is")
    )
    wanted_on = forms.DateField(label=_("When the site needs them"), **DAY)
    own_way = forms.BooleanField(label=_("Comes by own means, needs no seat"), required=False)

    def __init__(self, *args: Any, account: Account, worker: Worker | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if worker is None:
            doors = (Door.ENTERPRISE, Door.PROJECT)
            self.fields["site"].queryset = visible(account, Site).filter(door__in=doors)
            if account.site_id:
                self.fields["site"].initial = account.site_id
        else:
            del self.fields["site"], self.fields["code"]
        self.fields["pick_up"].queryset = pins.seen(account)


def not_too_early(day: date) -> None:
    """Refuse a day before anything that a calendar of this campaign can hold."""
    if day.year < EARLIEST:
        raise forms.ValidationError(_("The year cannot lie before %(year)s."), params={"year": EARLIEST})


class TalkForm(forms.Form):
    """A talk with a worker: how, where it left them, what worries them."""

    version = forms.IntegerField(**VERSION)
    client_uuid = forms.UUIDField(required=False, widget=forms.HiddenInput)
    channel = forms.ChoiceField(label=_("How"), choices=WorkerContact.Channel.choices)
    state = forms.ChoiceField(label=_("Where it left them"), choices=Worker.State.choices)
    at = forms.DateTimeField(label=_("When, if not just now"), required=False)
    day = forms.DateField(label=_("Back on"), validators=[not_too_early], **DAY)
    worry = forms.ChoiceField(label=_("What worries them"), choices=WORRIES, required=False)
    words = forms.CharField(label=_("In their words"), max_length=200, required=False)
    answer = forms.CharField(label=_("What was answered"), max_length=200, required=False)

    def clean_at(self) -> datetime | None:
        """Return the moment, within what a calendar of this campaign can hold."""
        at: datetime | None = self.cleaned_data["at"]
        if at is not None:
            not_too_early(at)
        return at


class ChosenForm(forms.Form):
    """Workers that were ticked in a list."""

    batch = forms.UUIDField(widget=forms.HiddenInput)
    pick = forms.ModelMultipleChoiceField(
        queryset=Worker.objects.none(), error_messages={"required": _("Tick the workers first.")}
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pick"].queryset = visible(account, Worker)


class MessageForm(ChosenForm):
    """One text message to many."""

    words = forms.CharField(label=_("What the message says"), max_length=200)
    worry = forms.ChoiceField(label=_("It answers the worry"), choices=WORRIES, required=False)


class ArrivedForm(ChosenForm):
    """The day on which many came back."""

    on = forms.DateField(label=_("Back on"), validators=[not_too_early])


class PinForm(forms.Form):
    """A place that is set by hand."""

    name = forms.CharField(label=_("Name, as the homes say it"), max_length=80)
    province = forms.CharField(label=_("Province"), max_length=20, required=False)
    lat = forms.FloatField(label=_("Latitude, degrees north"))
    lon = forms.FloatField(label=_("Longitude, degrees east"))
