"""A filter of the ledger: what the table shows, counts, exports, prints and acts on in bulk.

A filter is a plain value that reads itself from a query string and writes itself back, so that tabs, pages, sorted
columns, exports, jobs and saved filters all carry the same thing. It narrows `visible()` rows and never widens them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sijin.dispatch.models import Campaign
from sijin.ledger.categories import categories
from sijin.ledger.domain import columns, standing
from sijin.ledger.models import Need
from sijin.ledger.script import simplified
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.models import Door

S = Need.State
TABS: dict[str, Any] = {
    "mine": gettext_lazy("Waiting for me"),
    "open": gettext_lazy("Open"),
    "late": gettext_lazy("Overdue"),
    "soon": gettext_lazy("Due soon"),
    "held": gettext_lazy("On hold"),
    "closed": gettext_lazy("Finished"),
    "all": gettext_lazy("All"),
}
LISTS: dict[str, Any] = {  # the three lists: every need stands on exactly one of them
    "problems": gettext_lazy("List of problems"),
    "handling": gettext_lazy("List of handling"),
    "effect": gettext_lazy("List of effect"),
}
ON_LIST = {
    "problems": (S.FOUND, S.PARKED),
    "handling": (S.HANDED_OVER, S.RECEIVED, S.IN_PROGRESS),
    "effect": (S.ANSWERED, S.VERIFIED, S.CONFIRMED, S.CLOSED, S.UNSOLVABLE),
}
LIGHTS = ("late", "soon", "ok", "held", "done")
USUAL_ORDER = {"closed": "-closed"}  # every other tab begins with the nearest deadline
LONGEST = 100  # characters of a search


@dataclass(frozen=True)
class Filter:
    """One state of the table; an empty field does not narrow."""

    tab: str = "open"
    on_list: str = ""
    door: str = ""
    county: int | None = None
    town: int | None = None
    klass: int | None = None
    state: str = ""
    light: str = ""
    lead: int | None = None
    team: int | None = None
    category: str = ""
    raised_from: date | None = None
    raised_to: date | None = None
    supervised: bool = False
    look_back: bool = False
    q: str = ""
    sort: str = ""

    def query(self, **changes: Any) -> str:
        """Return the filter as a query string without its empty fields; `changes` may add other parameters."""
        own = {f.name for f in fields(self)}
        changed = replace(self, **{k: v for k, v in changes.items() if k in own})
        pairs = [(f.name, getattr(changed, f.name)) for f in fields(self)]
        pairs += [(k, v) for k, v in changes.items() if k not in own]
        return urlencode([(k, int(v) if v is True else v) for k, v in pairs if v not in ("", None, False)])

    def narrowed(self) -> dict[str, Any]:
        """Return the facets that narrow, by name; tab, list and order are not among them."""
        found = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("tab", "on_list", "sort")}
        return {name: value for name, value in found.items() if value not in ("", None, False)}

    def facets(self, today: date) -> Q:
        """Return the condition of all facets on `today`, without tab and list."""
        exact = {
            "door": self.door,
            "site__county": self.county,
            "site__town": self.town,
            "klass": self.klass,
            "state": self.state,
            "lead_unit": self.lead,
            "team": self.team,
            "category": self.category,
        }
        found = Q(**{path: value for path, value in exact.items() if value})
        if self.light:
            found &= standing.lit(self.light, today)
        if self.raised_from:
            found &= Q(raised_at__gte=_midnight(self.raised_from))
        if self.raised_to:
            found &= Q(raised_at__lt=_midnight(self.raised_to + timedelta(days=1)))
        if self.supervised:
            found &= Q(supervised_at__isnull=False)
        if self.look_back:
            found &= Q(state=S.CLOSED, looked_back_at=None, look_back_on__lte=today)
        for word in simplified(self.q).split():
            found &= Q(search__icontains=word) | Q(number__icontains=word) | Q(site__name__icontains=word)
        return found

    def rows(self, account: Account, campaign: Campaign) -> QuerySet[Need]:
        """Return the needs that `account` may see and this filter keeps, in its order, with a row's joins made."""
        today = timezone.localtime(campaign.now()).date()
        kept = _tab(self.tab, account, today) & _on_list(self.on_list) & self.facets(today)
        found = visible(account, Need).filter(kept, campaign=campaign)
        joined = found.select_related("site__county", "site__town", "team", "lead_unit", "campaign")
        return joined.order_by(*columns.order(self.sort or USUAL_ORDER.get(self.tab, "due")), "pk")


def read(data: Mapping[str, Any], default_tab: str = "open") -> tuple[Filter, list[str]]:
    """Read a filter from a query; what cannot be read does not narrow and is named in the second value."""
    faults: list[str] = []

    def known(name: str, choices: Any) -> str:
        value = str(data.get(name, "")).strip()
        if value and value not in choices:
            faults.append(_("“%(value)s” is not known here and was left out.") % {"value": value[:40]})
        return value if value in choices else ""

    def whole(name: str) -> int | None:
        value = str(data.get(name, "")).strip()
        if value and not (value.isdecimal() and len(value) < 12):
            faults.append(_("“%(value)s” is not known here and was left out.") % {"value": value[:40]})
        return int(value) if value.isdecimal() and len(value) < 12 else None

    def day(name: str) -> date | None:
        value = str(data.get(name, "")).strip()
        try:
            found = parse_date(value) if value else None
        except ValueError:
            found = None
        if value and found is None:
            faults.append(_("“%(value)s” is not a date; expected the form 2020-03-04.") % {"value": value[:40]})
        return found

    sort = str(data.get("sort", ""))
    klass = whole("klass")
    made = Filter(
        tab=known("tab", TABS) or default_tab,
        on_list=known("on_list", LISTS),
        door=known("door", Door.values),
        county=whole("county"),
        town=whole("town"),
        klass=klass if klass in Need.Klass.values else None,
        state=known("state", S.values),
        light=known("light", LIGHTS),
        lead=whole("lead"),
        team=whole("team"),
        category=known("category", dict(categories())),
        raised_from=day("raised_from"),
        raised_to=day("raised_to"),
        supervised=bool(data.get("supervised")),
        look_back=bool(data.get("look_back")),
        q=str(data.get("q", "")).replace("\x00", "").strip()[:LONGEST],
        sort=sort if sort.removeprefix("-") in columns.COLUMNS else "",
    )
    if made.raised_from and made.raised_to and made.raised_from > made.raised_to:
        faults.append(_("The first day lies after the last; no row can match."))
    return made, faults


def from_text(query: str) -> Filter:
    """Read a filter from the text of a query string, as jobs and saved filters keep it."""
    return read(dict(parse_qsl(query)))[0]


def counts(account: Account, campaign: Campaign, chosen: Filter) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many rows each tab would show, and each list ("" is all of them), under the facets (one query)."""
    today = timezone.localtime(campaign.now()).date()
    tab, on_list = _tab(chosen.tab, account, today), _on_list(chosen.on_list)
    asked = {f"tab_{name}": Count("pk", filter=_tab(name, account, today) & on_list) for name in TABS}
    asked |= {f"list_{name}": Count("pk", filter=_on_list(name) & tab) for name in ("", *LISTS)}
    rows = visible(account, Need).filter(chosen.facets(today), campaign=campaign).order_by()
    found = rows.aggregate(**asked)
    return {name: found[f"tab_{name}"] for name in TABS}, {name: found[f"list_{name}"] for name in ("", *LISTS)}


def _tab(tab: str, account: Account, today: date) -> Q:
    if tab == "mine":
        return standing.waiting(account)
    if tab == "open":
        return ~Q(state__in=standing.ENDED)
    if tab == "closed":
        return Q(state__in=standing.ENDED)
    return standing.lit(tab, today) if tab in ("late", "soon", "held") else Q()


def _on_list(name: str) -> Q:
    return Q(state__in=ON_LIST[name]) if name in ON_LIST else Q()


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
