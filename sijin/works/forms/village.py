"""What HTTP may say of village works, their stages and files, of venues, shows and leads."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sijin.dispatch.models import Team
from sijin.ledger.models import Need
from sijin.people.models import Account, Unit
from sijin.people.policy import visible
from sijin.people.refusals import RuleBroken
from sijin.places.models import Region, Site
from sijin.works.domain.village import places
from sijin.works.domain.village.answers import NO, YES
from sijin.works.domain.village.playbooks import Field, Playbook, Stage, books
from sijin.works.domain.village.reads import STATES, Wanted
from sijin.works.forms.projects import VERSION
from sijin.works.models import Lead, LeadContact, Venue, VillageWork

DAY = {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
NOT_OWN = ("version", "place", "make_place")
HALF_HOUR = 1800  # seconds, the step of a time field
books()  # a fault in the file stops the server's start, with its place in words


class VillageFilter(forms.Form):
    """What the list of village works is asked for."""

    q = forms.CharField(max_length=100, required=False)
    playbook = forms.SlugField(max_length=30, required=False)
    stage = forms.SlugField(max_length=30, required=False)
    team = forms.IntegerField(min_value=1, max_value=10**9, required=False)
    state = forms.ChoiceField(choices=[(code, code) for code in ("", *STATES)], required=False)
    late = forms.BooleanField(required=False)

    def wanted(self) -> Wanted:
        """Return what is asked for; what makes no sense asks for nothing."""
        self.is_valid()
        return Wanted(**{name: value for name, value in self.cleaned_data.items() if value not in (None, "")})


class Once(forms.Form):
    """A form that makes something once, however often it is sent: it carries a UUID of its own."""

    client_uuid = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client_uuid"].initial = uuid4


class PlacedForm(Once):
    """A form with a place: its name, and whether one that no list has is added under its town."""

    place = forms.CharField(
        label=_("Place"), max_length=120, required=False,
        help_text=_("County, town, village with blanks between: 环翠区 嵩山街道 五家疃村"),
    )  # fmt: skip
    make_place = forms.BooleanField(label=_("Not in the list of divisions: add it under its town"), required=False)
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none(), required=False)
    unit = forms.ModelChoiceField(label=_("Unit that answers for it"), queryset=Unit.objects.none(), required=False)

    def __init__(self, *args: Any, account: Account, here: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = visible(account, Team)
        self.fields["unit"].queryset = visible(account, Unit)
        if here:
            del self.fields["place"], self.fields["make_place"]

    def keep_choices(self, made: VillageWork | Lead, *names: str) -> None:
        """Let a row keep what it names already, though this account may not choose it."""
        for name in names:
            field = self.fields.get(name)
            present = getattr(made, f"{name}_id")
            if field is not None and present is not None:
                rows = field.queryset
                field.queryset = rows.model.objects.filter(Q(pk__in=rows.values("pk")) | Q(pk=present))

    def facts(self) -> dict[str, Any]:
        """Return what was typed of the row's own; call it once the form is valid."""
        return {name: value for name, value in self.cleaned_data.items() if name not in NOT_OWN}

    def region(self) -> Region:
        """Return the place that was named; RuleBroken beside its field when there is none."""
        return places.place_of(self.cleaned_data.get("place", ""), self.cleaned_data.get("make_place", False))


class WorkForm(PlacedForm):
    """A village work: by which playbook, where, who cares for it, which need it is for."""

    version = forms.IntegerField(**VERSION, required=False)
    playbook = forms.ChoiceField(label=_("Playbook"))
    title = forms.CharField(label=_("What is to be done"), max_length=120)
    begun_on = forms.DateField(label=_("Begins on"), **DAY)
    owner = forms.CharField(label=_("Who answers for it, by role"), max_length=60, required=False)
    need = forms.ModelChoiceField(label=_("Need that it is for"), queryset=Need.objects.none(), required=False)
    field_order = ("playbook", "title", "place", "make_place", "begun_on", "team", "unit", "owner", "need")

    def __init__(self, *args: Any, account: Account, site: Site | None, made: VillageWork | None = None,
                 **kwargs: Any) -> None:  # fmt: skip
        super().__init__(*args, account=account, here=site is not None or made is not None, **kwargs)
        self.fields["playbook"].choices = [(code, _outline(book)) for code, book in books().items()]
        if site is None:
            del self.fields["need"]
        else:
            self.fields["need"].queryset = visible(account, Need).filter(site=site)
        if made is not None:
            del self.fields["playbook"], self.fields["begun_on"], self.fields["client_uuid"]
            self.keep_choices(made, "team", "unit", "need")


def _outline(book: Playbook) -> str:
    return f"{book}：{' → '.join(map(str, book.stages))}"


class StageForm(forms.Form):
    """The form that a stage of a playbook asks to be filled in; what fits is the domain's to say."""

    version = forms.IntegerField(**VERSION)
    on = forms.DateField(label=_("Done on"), required=False, **DAY)

    def __init__(self, *args: Any, stage: Stage, given: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stage = stage
        for field in stage.fields:
            initial = (given or {}).get(field.name, "" if given else field.default)
            self.fields[f"a-{field.name}"] = _widget(field, initial)

    @property
    def asked(self) -> list[tuple[Field, forms.BoundField]]:
        """Return each field of the playbook with the one of the form."""
        return [(field, self[f"a-{field.name}"]) for field in self.stage.fields]

    def given(self) -> dict[str, str]:
        """Return what was typed, by the names of the playbook."""
        return {field.name: self.cleaned_data[f"a-{field.name}"] for field in self.stage.fields}

    def refuse(self, refusal: RuleBroken) -> bool:
        """Put what was refused beside its fields; say whether there was one."""
        said = refusal.facts.get("fields") or {refusal.facts.get("field"): refusal.message}
        found = False
        for name, words in said.items():
            key = name if name in self.fields else f"a-{name}"
            if key in self.fields:
                self.add_error(key, words)
                found = True
        return found


def _widget(field: Field, initial: Any) -> forms.Field:
    about = {"label": str(field), "required": False, "initial": initial}
    if field.type == "choice":
        return forms.CharField(widget=forms.Select(choices=[("", "—"), *((c, c) for c in field.choices)]), **about)
    if field.type == "yes":
        choices = [("", "—"), (YES, _("yes")), (NO, _("no"))]
        return forms.CharField(widget=forms.Select(choices=choices), **about)
    if field.type == "long":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), **about)
    if field.type == "date":
        return forms.CharField(widget=forms.DateInput(attrs={"type": "date"}), **about)
    mode = {"int": "numeric", "decimal": "decimal"}.get(field.type)
    return forms.CharField(widget=forms.TextInput(attrs={"inputmode": mode} if mode else {}), **about)


class DayForm(forms.Form):
    """The day on which a stage is to be done; empty for none."""

    version = forms.IntegerField(**VERSION)
    on = forms.DateField(label=_("Planned for"), required=False)


class ReasonForm(forms.Form):
    """Why a work or a lead is shelved; which version is meant."""

    version = forms.IntegerField(**VERSION)
    because = forms.CharField(label=_("Why it is shelved"), max_length=200, required=False)


class FileForm(forms.Form):
    """A file: what it is (the same name is its next version), and what changed."""

    file = forms.FileField(label=_("File"), max_length=200)
    kind = forms.CharField(label=_("Name of the file"), max_length=120, required=False)
    note = forms.CharField(label=_("What changed in this version"), max_length=200, required=False)


class VenueForm(PlacedForm):
    """A venue: what it is called, where it is, how many find a seat."""

    name = forms.CharField(label=_("Venue"), max_length=80)
    seats = forms.IntegerField(label=_("Seats"), min_value=1, max_value=1_000_000, required=False)
    field_order = ("name", "place", "make_place", "seats", "unit")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["team"], self.fields["client_uuid"]


class ShowForm(Once):
    """A show: at which venue, what, who performs, on which day from when to when."""

    version = forms.IntegerField(**VERSION, required=False)
    venue = forms.ModelChoiceField(label=_("Venue"), queryset=Venue.objects.none())
    title = forms.CharField(label=_("What is shown"), max_length=100)
    troupe = forms.CharField(label=_("Who performs"), max_length=80, required=False)
    day = forms.DateField(label=_("Day"), **DAY)
    begins = forms.TimeField(label=_("Begins at"), widget=forms.TimeInput(attrs={"type": "time", "step": HALF_HOUR}))
    ends = forms.TimeField(label=_("Ends at"), widget=forms.TimeInput(attrs={"type": "time", "step": HALF_HOUR}))
    note = forms.CharField(label=_("Remark"), max_length=200, required=False)
    work = forms.ModelChoiceField(label=_("Village work"), queryset=VillageWork.objects.none(), required=False)
    field_order = ("venue", "title", "troupe", "note", "day", "begins", "ends", "work")

    def __init__(self, *args: Any, account: Account, moving: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["venue"].queryset = visible(account, Venue).select_related("region")
        self.fields["work"].queryset = visible(account, VillageWork).filter(playbook="shows", shelved_on=None)
        for name in ("venue", "title", "troupe", "note", "work", "client_uuid") if moving else ("version",):
            del self.fields[name]

    def span(self) -> tuple[datetime, datetime]:
        """Return begin and end; midnight as the end is that of the day."""
        day, zone = self.cleaned_data["day"], timezone.get_current_timezone()
        begins = datetime.combine(day, self.cleaned_data["begins"], zone)
        ends = datetime.combine(day, self.cleaned_data["ends"], zone)
        if self.cleaned_data["ends"] == time(0):
            ends += timedelta(days=1)
        return begins, ends


class LeadForm(PlacedForm):
    """A lead: which firm, what it would invest in and where, what is hoped for, what is next."""

    version = forms.IntegerField(**VERSION, required=False)
    firm = forms.CharField(label=_("Firm"), max_length=120)
    purpose = forms.CharField(label=_("What it would invest in"), max_length=200)
    amount = forms.DecimalField(
        label=_("Amount hoped for, yuan"), max_digits=16, decimal_places=2, min_value=0, required=False
    )
    contact = forms.CharField(label=_("Whom to speak to, by role"), max_length=60, required=False)
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)
    next_on = forms.DateField(label=_("Next step on"), required=False, **DAY)
    field_order = (
        "firm",
        "purpose",
        "place",
        "make_place",
        "amount",
        "contact",
        "next_step",
        "next_on",
        "team",
        "unit",
    )

    def __init__(self, *args: Any, made: Lead | None = None, **kwargs: Any) -> None:
        super().__init__(*args, here=made is not None, **kwargs)
        if made is not None:
            del self.fields["client_uuid"]
            self.keep_choices(made, "team", "unit")


class SpokenForm(Once):
    """Who was spoken to, how, what was said, and what is next."""

    version = forms.IntegerField(**VERSION)
    on = forms.DateField(label=_("Day"), **DAY)
    how = forms.ChoiceField(label=_("How"), choices=LeadContact.How.choices)
    said = forms.CharField(label=_("What was said"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)
    next_on = forms.DateField(label=_("Next step on"), required=False, **DAY)
