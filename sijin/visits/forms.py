"""What HTTP may say about a visit: the form in three steps, the amendment, a note, a plan, the filters of the list."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.utils import ErrorList
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sijin.dispatch.models import Campaign, Posting, Team
from sijin.people.models import Account, Official
from sijin.people.policy import visible
from sijin.places.models import Door, Region, Site
from sijin.visits.finding_forms import Findings
from sijin.visits.models import PlannedVisit

LOCAL = "%Y-%m-%dT%H:%M"  # how a browser writes a local date and time
WHOLE = {"inputmode": "numeric", "min": "0"}


class PhotosInput(forms.ClearableFileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several photos; cleans to a list of uploaded files."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Clean each file by itself."""
        return [super(PhotosField, self).clean(item, initial) for item in data or []]


class BurdenFields(forms.Form):
    """What is told and what it asked of people: common to recording a visit and amending it."""

    met = forms.CharField(label=gettext_lazy("Whom did you meet?"), max_length=120, required=False)
    minutes = forms.IntegerField(
        label=gettext_lazy("How long (minutes)"),
        min_value=1,
        max_value=1440,
        required=False,
        widget=forms.NumberInput(attrs=WHOLE),
    )
    participants = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Who of the team took part"),
        queryset=Official.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    said = forms.CharField(
        label=gettext_lazy("What was said"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    photos = PhotosField(
        label=gettext_lazy("Photos"),
        required=False,
        widget=PhotosInput(attrs={"accept": "image/*", "multiple": True}),
    )
    people_met = forms.IntegerField(
        label=gettext_lazy("People who gave us their time"),
        min_value=0,
        max_value=2000,
        required=False,
        widget=forms.NumberInput(attrs=WHOLE),
    )
    minutes_asked = forms.IntegerField(
        label=gettext_lazy("Minutes asked of each"),
        min_value=0,
        max_value=1440,
        required=False,
        widget=forms.NumberInput(attrs=WHOLE),
    )

    def told(self) -> dict[str, Any]:
        """Return what the domain's verbs take of this form."""
        names = ("met", "minutes", "said", "people_met", "minutes_asked", "participants")
        return {name: self.cleaned_data[name] for name in names} | {
            "photos": [(photo.name or "", photo.read()) for photo in self.cleaned_data["photos"]]
        }


class VisitForm(BurdenFields):
    """One visit. The sites are those to which the account's teams are posted or mean to go."""

    client_uuid = forms.UUIDField(widget=forms.HiddenInput)
    site = forms.ChoiceField(label=gettext_lazy("Site"))
    at = forms.DateTimeField(
        label=gettext_lazy("When"),
        input_formats=[LOCAL, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL),
    )
    late_reason = forms.CharField(
        label=gettext_lazy("If it was on an earlier day: why is it recorded only now?"), max_length=200, required=False
    )
    same_day_reason = forms.CharField(
        label=gettext_lazy("Another team is there on the same day: why this visit as well?"),
        max_length=200,
        required=False,
    )
    lat = forms.FloatField(min_value=-90, max_value=90, required=False, widget=forms.HiddenInput)
    lon = forms.FloatField(min_value=-180, max_value=180, required=False, widget=forms.HiddenInput)
    took_nothing = forms.BooleanField(
        label=gettext_lazy("We took nothing: meals 0, transport 0, gifts 0."),
        required=False,  # the domain refuses with its own words
    )

    def __init__(self, *args: Any, account: Account, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places(account, campaign)
        none = [("", _("Choose a site"))] if len(self.places) != 1 else []
        self.fields["site"].choices = none + [(key, site.name) for key, (site, _team) in self.places.items()]
        teams = {team.pk: team for _site, team in self.places.values()}
        self.fields["participants"].queryset = members(list(teams))

    def clean(self) -> dict[str, Any]:
        """Take a position only whole."""
        cleaned = super().clean() or {}
        if (cleaned.get("lat") is None) != (cleaned.get("lon") is None):
            cleaned["lat"] = cleaned["lon"] = None
        return cleaned

    @property
    def place(self) -> tuple[Site, Team]:
        """Return the chosen site and the team that goes there."""
        return self.places[self.cleaned_data["site"]]

    def told(self) -> dict[str, Any]:
        """Return what `domain.record` takes, but the findings."""
        names = ("client_uuid", "at", "late_reason", "same_day_reason", "lat", "lon", "took_nothing")
        return super().told() | {name: self.cleaned_data[name] for name in names}


class AmendForm(BurdenFields):
    """What can be put right within a day; `version` is the one the reader saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["participants"].queryset = members([team.pk])

    def told(self) -> dict[str, Any]:
        """Return what `domain.amend` takes, but the findings."""
        return super().told() | {"version": self.cleaned_data["version"]}


def places(account: Account, campaign: Campaign) -> dict[str, tuple[Site, Team]]:
    """Return {key of a site: (site, team)} where the account's teams go, by the sites' codes (two queries)."""
    found: dict[str, tuple[Site, Team]] = {}
    posted = visible(account, Posting).filter(until=None, team__campaign=campaign).order_by("site__code")
    planned = visible(account, PlannedVisit).filter(team__campaign=campaign)
    for row in [*posted.select_related("site", "team__campaign"), *planned.select_related("site", "team__campaign")]:
        found.setdefault(str(row.site_id), (row.site, row.team))
    return found


def members(teams: list[int]) -> Any:
    """Return the officials of these teams, leaders first."""
    return (
        Official.objects.filter(memberships__team__in=teams).order_by("-memberships__leads", "code").distinct()
        if len(teams) == 1
        else Official.objects.filter(memberships__team__in=teams).order_by("code").distinct()
    )


class NoteForm(forms.Form):
    """A note under a visit."""

    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=500, required=True, widget=forms.Textarea(attrs={"rows": 3})
    )


class PlanForm(forms.Form):
    """Who means to go where on which day."""

    site = forms.IntegerField()
    team = forms.IntegerField()
    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))


class ListFilter(forms.Form):
    """The filters of the list; what cannot be read is passed over and said beside its field."""

    q = forms.CharField(label=gettext_lazy("Search"), max_length=100, required=False)
    team = forms.CharField(label=gettext_lazy("Team (number or name)"), max_length=60, required=False)
    site = forms.CharField(label=gettext_lazy("Site"), max_length=60, required=False)
    door = forms.ChoiceField(label=gettext_lazy("Door"), required=False)
    county = forms.ChoiceField(label=gettext_lazy("County or area"), required=False)
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    raised = forms.ChoiceField(
        label=gettext_lazy("Needs"),
        required=False,
        choices=[("", gettext_lazy("All")), ("yes", gettext_lazy("raised needs")), ("no", gettext_lazy("raised none"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["door"].choices = [("", _("All")), *Door.choices]
        counties = Region.objects.filter(system="nbs", level__in=("county", "area")).values_list("code", "name")
        self.fields["county"].choices = [("", _("All")), *counties]

    def told(self) -> dict[str, Any]:
        """Return the filters that could be read."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def used(self) -> int:
        """Return how many filters beside the search are in use."""
        return len([name for name in self.told() if name != "q"])


def refused(form: forms.Form, findings: Findings | None, message: str, facts: dict[str, Any]) -> None:
    """Put the words of a refusal of the domain beside the field that they are about."""
    field, number = facts.get("field"), facts.get("finding")
    if findings is not None and number is not None and number < len(findings.written()):
        finding = findings.written()[number]
        finding.add_error(field if field in finding.fields else None, message)
    else:
        form.add_error(field if field in form.fields else None, message)


def errors_of(form: forms.Form, findings: Findings | None = None) -> dict[str, list[str]]:
    """Return {name of the input: [words]} over the form, its findings and their items; `""` for the whole form."""
    parts: list[forms.Form] = [form, *(findings.forms if findings is not None else ())]
    parts += [item for finding in parts[1:] if finding.items.is_bound for item in finding.items.forms]
    found: dict[str, list[str]] = {}
    for each in parts:
        errors: dict[str, ErrorList] = each.errors
        for name, words in errors.items():
            key = each.add_prefix(name) if name in each.fields else each.add_prefix("title") if each.prefix else ""
            found.setdefault(key, []).extend(str(word) for word in words)
    if findings is not None:
        found.setdefault("", []).extend(str(word) for word in findings.non_form_errors())
    return {name: words for name, words in found.items() if words}


def now_local(campaign: Campaign) -> str:
    """Return the campaign's present as a form writes it."""
    return timezone.localtime(campaign.now()).strftime(LOCAL)
