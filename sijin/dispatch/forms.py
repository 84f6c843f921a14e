"""What HTTP may say about campaigns, rosters, plans and moves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.dispatch.domain.rule_book import BOOK, MOST_PRICE, Rule, mark_of
from sijin.dispatch.domain.rules import deadline_profiles, profiles, rules_of
from sijin.dispatch.models import Campaign, Tie
from sijin.places.models import Door

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class CampaignForm(forms.Form):
    """A campaign: its code stays once it is made."""

    code = forms.RegexField(
        r"^[a-z0-9][a-z0-9-]*$", label=_("Code of the campaign"), max_length=30,
        help_text=_("Small letters, digits and hyphens; needs are numbered by it"),
        error_messages={"invalid": _("Small letters, digits and hyphens only.")},
    )  # fmt: skip
    name = forms.CharField(label=_("Name of the campaign"), max_length=120)
    start = forms.DateField(label=_("First day"), widget=DAY)
    end = forms.DateField(label=_("Last day"), widget=DAY, required=False, help_text=_("Empty while it is not known"))
    doors = forms.MultipleChoiceField(label=_("Doors"), choices=Door.choices, widget=forms.CheckboxSelectMultiple)
    team_rules = forms.ChoiceField(label=_("Rules of the teams"))
    profile = forms.ChoiceField(label=_("Deadlines of needs"))

    def __init__(self, *args: Any, campaign: Campaign | None = None, **kwargs: Any) -> None:
        if campaign is not None:
            kwargs["initial"] = {name: getattr(campaign, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        self.fields["team_rules"].choices = list(profiles().items())
        self.fields["profile"].choices = list(deadline_profiles().items())
        if campaign is not None:
            del self.fields["code"]

    def clean(self) -> dict[str, Any]:
        """Check what two fields say together."""
        facts = super().clean()
        if facts.get("start") and facts.get("end") and facts["end"] < facts["start"]:
            self.add_error("end", _("A campaign ends on or after the day of its start."))
        return facts


class RosterForm(forms.Form):
    """A workbook handed in."""

    file = forms.FileField(
        label=_("Workbook"), widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        help_text=_(".xlsx, at most 10 MB; sheets 行动, 单位, 工作组, 干部, 点位, any of them"),
    )  # fmt: skip


class SolveForm(forms.Form):
    """How long the solver may search, and what a change against what runs costs (empty: as the rules say)."""

    seconds = forms.IntegerField(label=_("Seconds"), min_value=2, max_value=300, initial=20)
    change = forms.FloatField(
        label=_("Price of a change"), min_value=0, max_value=1000, required=False,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )  # fmt: skip


class WhatIfForm(forms.Form):
    """How a what-if is solved."""

    seconds = forms.IntegerField(label=_("Seconds a scenario"), min_value=2, max_value=120, initial=10)
    from_scratch = forms.BooleanField(
        label=_("From scratch: what runs binds nothing, a change costs nothing"), required=False
    )


class ScenarioForm(forms.Form):
    """One scenario: a change of one kind, and what that kind asks for. Left empty it is no scenario."""

    kind = forms.ChoiceField(label=_("What changes"), required=False)
    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=2_000, required=False)
    skill = forms.ChoiceField(label=_("Skill"), required=False)
    unit = forms.TypedChoiceField(label=_("From the unit"), coerce=int, empty_value=None, required=False)
    county = forms.TypedChoiceField(label=_("County"), coerce=int, empty_value=None, required=False)
    door = forms.ChoiceField(label=_("Door"), required=False)
    rule = forms.ChoiceField(label=_("Rule or price"), required=False)
    value = forms.FloatField(label=_("New value"), min_value=0, required=False)

    FIELDS = {  # which fields each kind shows
        "fewer": ("count", "unit", "county"),
        "more": ("count", "skill", "county"),
        "size": ("count",),
        "rule": ("rule", "value"),
        "sites": ("count", "door", "county", "skill"),
    }

    def __init__(self, *args: Any, choices: dict[str, list[tuple[Any, str]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in choices.items():
            self.fields[name].choices = [("", "—"), *rows]
        for name, field in self.fields.items():
            kinds = " ".join(kind for kind, names in self.FIELDS.items() if name in names)
            if kinds:
                field.widget.attrs["data-kinds"] = kinds


class Numbers(forms.Field):
    """Whole numbers above zero, as many as were ticked."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[int]:
        """Return the numbers, each once."""
        found = sorted({text for text in value or [] if text})
        if not all(text.isdecimal() and len(text) < 8 for text in found):
            raise forms.ValidationError(_("Whole numbers are expected."))
        return [int(text) for text in found]


class ApproveForm(forms.Form):
    """Which parts of a plan are approved, and the differences as they were shown."""

    which = forms.ChoiceField(choices=[("all", ""), ("ticked", "")], required=False)
    mark = forms.CharField(max_length=16, required=False)
    part = Numbers(required=False)


class Picks(forms.Field):
    """What was picked on the board: kind:key or kind:key:team where it was seen, e.g. official:12:3."""

    widget = forms.MultipleHiddenInput
    MOST = 60

    def clean(self, value: Any) -> list[tuple[str, int, int | None]]:
        """Return (kind, key, key of the team or None) of each, in the order picked."""
        found = {}
        for text in value or []:
            kind, key, seen = [*text.split(":"), "", ""][:3]
            numbers = all(part.isdecimal() and len(part) <= 18 for part in (key, seen) if part)
            if kind not in ("official", "site") or not key or not numbers:
                raise forms.ValidationError(_("What was picked could not be read; pick it again."))
            found[kind, int(key)] = int(seen) if seen else None
        if len(found) > self.MOST:
            raise forms.ValidationError(_("At most %(most)d at once.") % {"most": self.MOST})
        return [(kind, key, seen) for (kind, key), seen in found.items()]


class PickForm(forms.Form):
    """People and sites that something is done with: one by its kind and key, or several that were picked."""

    kind = forms.ChoiceField(choices=[("official", ""), ("site", "")], required=False)
    subject = forms.IntegerField(min_value=1, required=False)
    expected = forms.IntegerField(min_value=1, required=False)
    pick = Picks(required=False)

    def clean(self) -> dict[str, Any]:
        """Put the one that is named among the picked."""
        facts = super().clean()
        if facts.get("kind") and facts.get("subject"):
            facts["pick"] = [(facts["kind"], facts["subject"], facts.get("expected"))]
        if not self.errors and not facts.get("pick"):
            raise forms.ValidationError(_("No person and no site was named."))
        return facts


class MoveForm(PickForm):
    """A move by hand: who or what, from where, to which team (empty: out of all teams), why."""

    team = forms.IntegerField(min_value=1, required=False)
    number = forms.CharField(max_length=20, required=False)
    reason = forms.CharField(max_length=300, required=False)


class LockForm(PickForm):
    """Lock or unlock people and sites."""

    locked = forms.BooleanField(required=False)


class RulesForm(forms.Form):
    """The rules of a campaign: each on or off, firm or at a price, with its numbers."""

    mark = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = rules_of(campaign)
        self.initial["mark"] = mark_of(campaign)
        for rule in BOOK:
            on = rule.on(rules)
            if rule.off:
                self._add(f"{rule.code}_on", forms.BooleanField(required=False, label=str(rule.words)), on)
            for number in rule.numbers:
                value = getattr(rules, number.name) if on else number.usual
                field = _number(number.words, number.least, number.most, whole=number.kind != "decimal")
                self._add(f"{rule.code}_{number.name}", field, 100 * value if number.kind == "percent" else value)
            if rule.hard:
                kinds = [("", _("at a price")), ("1", _("firm"))]
                named = forms.Select(attrs={"aria-label": _("May it be bent?")})
                field = forms.ChoiceField(choices=kinds, required=False, widget=named)
                self._add(f"{rule.code}_hard", field, "1" if rule.code in rules.hard else "")
            price = getattr(rules, rule.price)
            field = _number(_("price"), 0, MOST_PRICE)
            self._add(
                f"{rule.code}_price", field, price if price or (on and rule.price not in rule.off) else rule.usual
            )

    def _add(self, name: str, field: forms.Field, initial: Any) -> None:
        if isinstance(initial, float):
            initial = f"{initial:g}"
        self.fields[name], self.initial[name] = field, initial

    def rows(self) -> list[dict[str, Any]]:
        """Return each rule with its bound fields, as the page shows them."""
        return [self._row(rule) for rule in BOOK]

    def _row(self, rule: Rule) -> dict[str, Any]:
        names = {name: f"{rule.code}_{name}" for name in ("on", "hard", "price")}
        row: dict[str, Any] = {key: self[name] for key, name in names.items() if name in self.fields}
        row["numbers"] = [(number, self[f"{rule.code}_{number.name}"]) for number in rule.numbers]
        bound = [*(field for key, field in row.items() if key != "numbers"), *(field for _n, field in row["numbers"])]
        row["errors"] = [error for field in bound for error in field.errors]
        # The words without their figures: those stand in the fields beside.
        return row | {"rule": rule, "words": rule.said_with({number.name: "…" for number in rule.numbers})}

    def clean(self) -> dict[str, Any]:
        """A rule that is switched off may have any numbers; gather the settings by rule."""
        facts = super().clean()
        settings = {}
        for rule in BOOK:
            on = not rule.off or bool(facts.get(f"{rule.code}_on"))
            names = ["price", *(number.name for number in rule.numbers)]
            for name in names:
                field = f"{rule.code}_{name}"
                if not on:
                    self.errors.pop(field, None)
                elif facts.get(field) is None and field not in self.errors:
                    self.add_error(field, _("A number is needed."))
            settings[rule.code] = {
                "on": on,
                "hard": facts.get(f"{rule.code}_hard") == "1",
                **{name: facts.get(f"{rule.code}_{name}") for name in names},
            }
        return facts | {"settings": settings}


def _number(label: Any, least: float, most: float, *, whole: bool = False) -> forms.Field:
    kind = forms.IntegerField if whole else forms.FloatField
    attributes = {"inputmode": "numeric" if whole else "decimal"} | ({} if whole else {"step": "any"})
    widget = forms.NumberInput(attrs=attributes)
    return kind(label=label, min_value=least, max_value=most, required=False, widget=widget)


class TieForm(forms.Form):
    """A tie: who goes together or is kept apart, and why. People and units are named as the workbook names them."""

    kind = forms.ChoiceField(label=_("What"), choices=Tie.Kind.choices)
    officials = forms.CharField(
        label=_("People"), required=False, max_length=500, help_text=_("Codes or names, divided by 、")
    )
    units = forms.CharField(
        label=_("or units"),
        required=False,
        max_length=500,
        help_text=_("One unit “in one team” keeps its people together"),
    )
    reason = forms.CharField(label=_("Why"), max_length=120)
