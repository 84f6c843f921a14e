"""Search over what the reader may see — needs, sites, teams, officials — by name, number or words.

Words are matched in Simplified script.
"""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from sijin.dispatch.models import Team
from sijin.ledger.models import Need
from sijin.ledger.script import simplified
from sijin.people.models import Account, Official
from sijin.people.policy import visible
from sijin.places.models import Site


@dataclass(frozen=True)
class Hit:
    """One line of an answer."""

    title: str
    detail: str
    url: str = ""
    door: str = ""


@dataclass
class Group:
    """The hits of one kind; `more` says that there are further ones, `url` where all of them are."""

    name: str
    hits: list[Hit] = field(default_factory=list)
    more: bool = False
    url: str = ""


def find(account: Account, q: str, limit: int) -> list[Group]:
    """Return at most `limit` hits a kind for the words of `q`, kinds without a hit left out (five queries)."""
    words = simplified(q).split()
    if not words:
        return []
    groups = [
        _group(_("Needs"), _needs(account, words), _need, limit, reverse("ledger:home") + "?", q),
        _group(_("Sites"), _sites(account, words), _site, limit),
        _group(_("Teams"), _teams(account, words), _team, limit),
        _group(_("Officials"), _officials(account, words), _official, limit),
    ]
    return [group for group in groups if group.hits]


def _group(name: str, rows: QuerySet, hit, limit: int, url: str = "", q: str = "") -> Group:
    found = list(rows[: limit + 1])
    link = url + urlencode({"tab": "all", "q": q}) if url else ""
    return Group(name, [hit(row) for row in found[:limit]], len(found) > limit, link)


def _all(rows: QuerySet, words: list[str], *paths: str) -> QuerySet:
    """Narrow `rows` to those in which every word stands in one of the columns `paths`."""
    for word in words:
        either = Q()
        for path in paths:
            either |= Q(**{f"{path}__icontains": word})
        rows = rows.filter(either)
    return rows


def _needs(account: Account, words: list[str]) -> QuerySet[Need]:
    rows = visible(account, Need).select_related("site").order_by("-raised_at", "-pk")
    return _all(rows, words, "search", "number", "site__name")


def _need(need: Need) -> Hit:
    detail = f"{need.number} · {need.site} · {need.get_state_display()}"
    return Hit(need.title, detail, reverse("ledger:need", args=[need.pk]), need.door)


def _sites(account: Account, words: list[str]) -> QuerySet[Site]:
    return _all(visible(account, Site).select_related("county", "town"), words, "name", "code", "town__name")


def _site(site: Site) -> Hit:
    place = " ".join(str(region) for region in (site.county, site.town) if region)
    return Hit(site.name, f"{site.get_door_display()} · {place}", reverse("works:site", args=[site.pk]), site.door)


def _teams(account: Account, words: list[str]) -> QuerySet[Team]:
    return _all(visible(account, Team).select_related("unit"), words, "name", "number", "unit__name")


def _team(team: Team) -> Hit:
    detail = " · ".join(str(part) for part in (team.number, team.get_level_display(), team.unit) if part)
    return Hit(team.name, detail, reverse("dispatch:team", args=[team.pk]))


def _officials(account: Account, words: list[str]) -> QuerySet[Official]:
    rows = visible(account, Official).select_related("unit").prefetch_related("memberships__team")
    return _all(rows, words, "name", "code", "unit__name")


def _official(official: Official) -> Hit:
    team = next((membership.team for membership in official.memberships.all()), None)
    detail = " · ".join(str(part) for part in (official.unit, official.title, team) if part)
    return Hit(official.name, detail, reverse("dispatch:team", args=[team.pk]) if team else "")
