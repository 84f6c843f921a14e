"""What HTTP may say about posts and people who look for work: rows, runs, verdicts, the contact log."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.exchange.domain.employment import sheets, terms
from sijin.exchange.domain.employment.posing import posts_of, wishes_of
from sijin.exchange.forms.choices import DAY
from sijin.exchange.models import JobContact, JobPost, JobVerdict, JobWish, Shift
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.models import Site


def _read(reader: Callable[[str], Any], text: str) -> Any:
    """Read a field as the sheets do; what they expected becomes the field's error."""
    try:
        return reader(text.strip()) if text.strip() else None
    except ValueError as expected:
        raise forms.ValidationError(_("Expected: %(expected)s.") % {"expected": expected}) from None


class PlacedForm(forms.Form):
    """What a post and a person share: a version, and a place by its name or as a site."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    region = forms.CharField(label=_("Place"), max_length=80, required=False, help_text=_("Village, town or county"))
    site = forms.ModelChoiceField(
        label=_("Code of the site"),
        queryset=Site.objects.none(),
        to_field_name="code",
        widget=forms.TextInput,
        required=False,
        help_text=_("If it is one of the campaign; the place may then stay empty"),
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = visible(account, Site).select_related("region")
        self.places = sheets.Places(account)

    def clean_region(self) -> Any:
        """Find the place by the name that people use for it."""
        return _read(self.places.region, self.cleaned_data["region"])


class PostForm(PlacedForm):
    """One post, as a person types it in."""

    firm = forms.CharField(label=_("Firm"), max_length=120)
    occupation = forms.CharField(
        label=_("Occupation"), max_length=40, widget=forms.TextInput(attrs={"list": "occupations"}),
        help_text=_("A name of the list, or a code such as 6-05-01-03"),
    )  # fmt: skip
    title = forms.CharField(label=_("Called there"), max_length=80, required=False)
    number = forms.IntegerField(label=_("Openings"), min_value=1, max_value=100_000)
    wage = forms.DecimalField(label=_("Yuan a month"), min_value=1, max_digits=9, decimal_places=2)
    shift = forms.ChoiceField(label=_("Shift"), choices=Shift.choices)
    contact = forms.CharField(label=_("Contact, by role"), max_length=80, required=False)
    conditions = forms.CharField(label=_("Conditions"), max_length=200, required=False)
    field_order = ("version", "firm", "site", "region", "occupation", "title", "number", "wage", "shift")

    def clean_occupation(self) -> str:
        """Take a code or a name."""
        found: str = _read(sheets.occupation, self.cleaned_data["occupation"])
        return found

    @staticmethod
    def initial_of(post: JobPost) -> dict[str, Any]:
        """Return the form's first values for a post that is there."""
        names = ("version", "firm", "title", "number", "shift", "contact", "conditions")
        return {**{name: getattr(post, name) for name in names}, **_placed(post),
                "occupation": terms.name_of(post.occupation), "wage": f"{post.wage.normalize():f}"}  # fmt: skip


class WishForm(PlacedForm):
    """One person who looks for work, as a clerk types it in."""

    name = forms.CharField(label=_("Name"), max_length=40)
    phone = forms.RegexField(label=_("Telephone"), regex=r"^[0-9+\- ]{5,20}$", required=False)
    of = forms.ChoiceField(label=_("Who"), choices=JobWish.Of.choices)
    occupations = forms.CharField(
        label=_("Occupations"), max_length=200,
        help_text=_("Names or codes, with 、 between them; a group such as 6-05 is all of it"),
    )  # fmt: skip
    wage = forms.DecimalField(label=_("Least wage, yuan a month"), min_value=0, max_digits=9, decimal_places=2)
    shifts = forms.MultipleChoiceField(
        label=_("Shifts that are accepted"), choices=Shift.choices, required=False,
        widget=forms.CheckboxSelectMultiple, help_text=_("None ticked: any"),
    )  # fmt: skip
    reach_km = forms.IntegerField(
        label=_("Goes at most, kilometres"), min_value=1, max_value=5000, required=False,
        help_text=_("Empty: as far as the run allows"),
    )  # fmt: skip
    household = forms.CharField(
        label=_("Household"), max_length=40, required=False, help_text=_("The same code for all of one household")
    )
    field_order = ("version", "name", "phone", "of", "site", "region", "occupations")

    def clean_occupations(self) -> list[str]:
        """Take codes or names."""
        return _read(sheets.occupations, self.cleaned_data["occupations"]) or []

    @staticmethod
    def initial_of(wish: JobWish) -> dict[str, Any]:
        """Return the form's first values for a person who is there."""
        names = ("version", "name", "phone", "of", "shifts", "reach_km", "household")
        told = "、".join(terms.name_of(code) for code in wish.occupations)
        return {**{name: getattr(wish, name) for name in names}, **_placed(wish), "occupations": told,
                "wage": f"{wish.wage.normalize():f}"}  # fmt: skip


def _placed(row: JobPost | JobWish) -> dict[str, str]:
    return {"site": row.site.code if row.site else "", "region": sheets.place_text(row.region)}


class RunForm(forms.Form):
    """How far people go."""

    limit_km = forms.IntegerField(label=_("Travel limit, km"), min_value=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        travel = terms.table()["travel"]
        super().__init__(*args, **{**kwargs, "initial": {"limit_km": travel["limit_km"]} | kwargs.get("initial", {})})
        field = forms.IntegerField(label=self.fields["limit_km"].label, min_value=1, max_value=travel["most_km"])
        self.fields["limit_km"] = field


class PairForm(forms.Form):
    """A person and a post, both of those that the account sees."""

    wish = forms.ModelChoiceField(queryset=JobWish.objects.none())
    post = forms.ModelChoiceField(queryset=JobPost.objects.none())

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["wish"].queryset = wishes_of(account)
        self.fields["post"].queryset = posts_of(account)


class JobVerdictForm(PairForm):
    """What is said of a suggestion."""

    says = forms.ChoiceField(choices=JobVerdict.Says.choices, required=False)
    note = forms.CharField(max_length=200, required=False)
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class ContactForm(PairForm):
    """An entry of the contact log."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=JobContact.Outcome.choices)
    on = forms.DateField(label=_("Day"), widget=DAY, required=False)
    note = forms.CharField(label=_("Remark"), max_length=200, required=False)
