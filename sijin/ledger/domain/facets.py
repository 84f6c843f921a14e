"""The facets by which a filter narrows: their choices for an account, and the chosen ones in words."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign, Team
from sijin.ledger.categories import categories
from sijin.ledger.domain.filters import LIGHTS, Filter
from sijin.ledger.models import Need
from sijin.people.models import Account, Unit
from sijin.people.policy import visible
from sijin.places.models import Door, Region

NAMED: dict[str, tuple[Any, str]] = {
    "county": (Region, "site__county"),
    "town": (Region, "site__town"),
    "lead": (Unit, "lead_unit"),
    "team": (Team, "team"),
}


def light_words() -> dict[str, str]:
    """Return the word of each light."""
    words = (_("Overdue"), _("Due soon"), _("On time"), _("On hold"), _("Finished"))
    return dict(zip(LIGHTS, words, strict=True))


def choices(account: Account, campaign: Campaign) -> dict[str, Any]:
    """Return what each facet can be: only places, units and teams of needs that `account` may see (4 queries)."""
    seen = visible(account, Need).filter(campaign=campaign).order_by()
    counties = Region.objects.filter(pk__in=seen.values("site__county")).order_by("code")
    towns = Region.objects.filter(pk__in=seen.values("site__town")).select_related("parent").order_by("code")
    return {
        "door": Door.choices,
        "county": [(r.pk, r.name) for r in counties],
        "town": [(r.pk, f"{r.name} · {r.parent}" if r.parent else r.name) for r in towns],
        "klass": Need.Klass.choices,
        "state": Need.State.choices,
        "light": list(light_words().items()),
        "lead": list(Unit.objects.filter(pk__in=seen.values("lead_unit")).order_by("name").values_list("pk", "name")),
        "team": list(Team.objects.filter(pk__in=seen.values("team")).order_by("number").values_list("pk", "name")),
        "category": categories(),
    }


def in_words(account: Account, chosen: Filter) -> Iterator[tuple[str, str, str]]:
    """Yield (facet, its word, the chosen value in words) for every facet that narrows (one query each for names)."""
    names = labels()
    for name, value in chosen.narrowed().items():
        yield name, names[name], _value(account, name, value)


def labels() -> dict[str, str]:
    """Return the word of each facet."""
    return {
        "door": _("Kind of door"),
        "county": _("District or county"),
        "town": _("Town or street"),
        "klass": _("Class of the problem"),
        "state": _("State"),
        "light": _("Light"),
        "lead": _("Lead unit"),
        "team": _("Team"),
        "category": _("Category"),
        "raised_from": _("Found from"),
        "raised_to": _("Found until"),
        "supervised": _("Supervised"),
        "look_back": _("Look-back due"),
        "q": _("Search"),
    }


def _value(account: Account, name: str, value: Any) -> str:
    if name in NAMED:  # only names that the account meets on its own rows
        model, path = NAMED[name]
        seen = visible(account, Need).filter(**{path: value}).order_by().values(path)
        return model.objects.filter(pk__in=seen[:1]).values_list("name", flat=True).first() or f"{value}"
    if isinstance(value, bool):
        return _("yes")
    if isinstance(value, date):
        return value.isoformat()
    words: dict[str, dict[Any, Any]] = {
        "door": dict(Door.choices),
        "klass": dict(Need.Klass.choices),
        "state": dict(Need.State.choices),
        "light": light_words(),
        "category": dict(categories()),
    }
    return str(words.get(name, {}).get(value, value))
