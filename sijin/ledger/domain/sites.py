"""The site that is meant: by its code, its name or part of it, or the first letters of its pinyin."""

from collections.abc import Iterable

from sijin.dispatch.models import Team
from sijin.engines.initials import initials
from sijin.ledger.script import simplified
from sijin.places.models import Site

Place = tuple[Site, Team]


def label(site: Site) -> str:
    """Return what is typed for a site that was taken from the list."""
    return f"{site.code} {site.name}"


def letters(site: Site) -> str:
    """Return the first letters of the name's pinyin."""
    return initials(simplified(site.name))


def exact(places: Iterable[Place], typed: str) -> list[Place]:
    """Return the places whose code, name, or both as the list writes them, are what was typed."""
    return [place for place in places if typed in (place[0].code, place[0].name, label(place[0]))]


def matching(places: Iterable[Place], typed: str) -> list[Place]:
    """Return the places of which what was typed is a part: those that begin with it first, else in their order."""
    words = simplified(typed).casefold().strip()
    if not words:
        return []
    found: list[tuple[bool, Place]] = []
    for place in places:
        site = place[0]
        told = (site.code.casefold(), simplified(site.name).casefold(), letters(site), label(site).casefold())
        if any(words in one for one in told):
            found.append((not any(one.startswith(words) for one in told), place))
    return [place for _later, place in sorted(found, key=lambda one: one[0])]
