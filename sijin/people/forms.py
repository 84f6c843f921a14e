"""What the account pages may say."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm
from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sijin.people import domain
from sijin.people.models import Account, Official, Role, Unit
from sijin.places.models import Site

CHOICES = {"unit": Unit, "official": Official, "site": Site}  # what an account can be bound to


class Named(forms.CharField):
    """A field that takes a row's code or name; suggestions come as one types, from `source` or the accounts' own."""

    def __init__(self, kind: str, source: Any = None, **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(**{"required": False} | kwargs)
        self.widget.attrs |= {
            "list": f"{kind}-choices",
            "autocomplete": "off",
            "hx-get": source or reverse_lazy("people:choices", args=[kind]),
            "hx-trigger": "input changed delay:250ms",
            "hx-target": f"#{kind}-choices",
        }

    @property
    def choices_id(self) -> str:
        """The id of the list of suggestions."""
        return f"{self.kind}-choices"


def _label(row: Unit | Official | Site | None) -> str:
    return f"{row.code} {row.name}" if row else ""


class AccountForm(forms.Form):
    """An account: its name, its role, and what it is bound to."""

    username = forms.CharField(
        label=gettext_lazy("Sign-in name"), max_length=150, validators=[UnicodeUsernameValidator()]
    )
    display_name = forms.CharField(label=gettext_lazy("Shown as"), max_length=80, required=False)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices)
    unit = Named("unit", label=gettext_lazy("Unit (code or name)"))
    official = Named("official", label=gettext_lazy("Official (code or name)"))
    site = Named("site", label=gettext_lazy("Site (code or name)"))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, by: Account, account: Account | None = None, **kwargs: Any) -> None:
        self.by, self.account = by, account
        if account:
            kwargs.setdefault("initial", self._initial(account))
        super().__init__(*args, **kwargs)
        if account:
            self.fields["username"].disabled = True

    @staticmethod
    def _initial(account: Account) -> dict[str, Any]:
        bound = {name: _label(getattr(account, name)) for name in CHOICES}
        plain = {name: getattr(account, name) for name in ("username", "display_name", "role", "version")}
        return bound | plain

    def _row(self, name: str) -> Any:
        """Return the one row that the typed code or name means; say so when there is none or more than one."""
        typed = self.cleaned_data[name].strip()
        if not typed:
            return None
        rows = domain.named(self.by, CHOICES[name], "")
        for wanted in ({"code": typed.split()[0]}, {"name": typed}):
            found = list(rows.filter(**wanted)[:2])
            if len(found) == 1:
                return found[0]
            if found:
                raise forms.ValidationError(
                    _("Several are called “%(typed)s”; give the code."), params={"typed": typed}
                )
        raise forms.ValidationError(
            _("Nothing is called “%(typed)s”; choose one of the list."), params={"typed": typed}
        )

    def clean_unit(self) -> Unit | None:
        """Return the unit."""
        return self._row("unit")

    def clean_official(self) -> Official | None:
        """Return the official."""
        return self._row("official")

    def clean_site(self) -> Site | None:
        """Return the site."""
        return self._row("site")

    @property
    def facts(self) -> dict[str, Any]:
        """What the form says, as the domain takes it."""
        return {name: self.cleaned_data[name] for name in ("display_name", "role", "unit", "official", "site")}


class _Plain:
    """Drops the placeholders that only repeat the labels."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignInForm(_Plain, LoginForm):
    """Name and password."""


class PasswordForm(_Plain, ChangePasswordForm):
    """The present password and the new one, twice."""


class FirstRunForm(forms.Form):
    """The first administrator of a new house."""

    username = forms.CharField(
        label=gettext_lazy("Sign-in name"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    display_name = forms.CharField(label=gettext_lazy("Shown as"), max_length=80, required=False)
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least ten characters, not a common word and not the name itself."),
    )
    again = forms.CharField(
        label=gettext_lazy("The same password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse two passwords that differ."""
        cleaned = super().clean()
        if cleaned.get("password") and cleaned.get("again") and cleaned["password"] != cleaned["again"]:
            self.add_error("again", _("The two passwords differ."))
        return cleaned
