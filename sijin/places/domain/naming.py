"""Finding a region by the name that people use for it.

Names are compared in Simplified script and without their endings (村委会, 社区居委会, 街道, 镇 …); an exact name goes
before an alias, an alias before a bare stem. Only the bureau's divisions and user-defined places are searched: the
civil affairs system repeats the bureau's codes for other towns, and is never joined on them.
"""

import re
from collections import defaultdict
from functools import lru_cache

from sijin.engines.script import simplified
from sijin.places.models import Alias, Region

ENDINGS = re.compile(
    r"(社区居民委员会|居民委员会|村民委员会|社区居委会|社区居委|居委会|村委会|委员会|社区|街道办事处|街道|新村|片区|村|镇|乡|区|市|县)$"
)
PLAIN = re.compile(r"[\s·、,,。.]+")


class PlaceError(ValueError):
    """A name does not lead to one region; `name` is what was asked for."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name = name


class UnknownPlace(PlaceError):
    """No region has this name."""

    def __init__(self, name: str, within: str = "") -> None:
        super().__init__(name, f"{within}{name}")
        self.within = within


class AmbiguousPlace(PlaceError):
    """Several regions have this name; `candidates` are they, with all above them."""

    def __init__(self, name: str, candidates: list[Region], paths: list[str]) -> None:
        super().__init__(name, f"{name}: {', '.join(paths)}")
        self.candidates, self.paths = candidates, paths


@lru_cache(maxsize=20_000)
def plain(name: str) -> str:
    """Return a name as it is compared: in Simplified script, without blanks."""
    return simplified(PLAIN.sub("", name or ""))


@lru_cache(maxsize=20_000)
def stem(name: str) -> str:
    """Return a plain name without its ending; a name that is nothing but an ending stays."""
    short = ENDINGS.sub("", plain(name))
    return short if len(short) > 1 else plain(name)


class Gazetteer:
    """All regions in memory (three queries), for resolving many names."""

    def __init__(self) -> None:
        rows = Region.objects.exclude(system=Region.System.MCA)
        self.regions = {region.pk: region for region in rows}
        self.above: dict[int, set[int]] = {}
        areas: dict[int, set[int]] = defaultdict(set)
        for area, member in Region.members.through.objects.values_list("from_region", "to_region"):
            areas[member].add(area)
        for pk in self.regions:
            self.above[pk] = self._above(pk, areas)
        self.exact: dict[str, set[int]] = defaultdict(set)
        self.aliased: dict[str, set[int]] = defaultdict(set)
        self.stems: dict[str, set[int]] = defaultdict(set)
        for pk, region in self.regions.items():
            self.exact[plain(region.name)].add(pk)
            self.stems[stem(region.name)].add(pk)
        for pk, name in Alias.objects.values_list("region", "name"):
            if pk in self.regions:
                self.aliased[plain(name)].add(pk)

    def _above(self, pk: int, areas: dict[int, set[int]]) -> set[int]:
        found, walk = set(), [pk]
        while walk:
            at = walk.pop()
            parent = self.regions[at].parent_id if at in self.regions else None
            for up in ({parent} if parent else set()) | areas.get(at, set()):
                if up not in found:
                    found.add(up)
                    walk.append(up)
        return found

    def add(self, region: Region) -> None:
        """Take in a region that was made in the meantime."""
        self.regions[region.pk] = region
        self.above[region.pk] = ({region.parent_id} | self.above.get(region.parent_id, set())) - {None}
        self.exact[plain(region.name)].add(region.pk)
        self.stems[stem(region.name)].add(region.pk)

    def resolve(self, name: str, within: Region | None = None, *levels: str) -> Region:
        """Return the one region called `name` (below `within`, of one of `levels`, when given).

        Raises
        ------
        UnknownPlace, AmbiguousPlace
        """
        key = plain(name)
        if not key:
            raise UnknownPlace(name)
        for index, wanted in ((self.exact, key), (self.aliased, key), (self.stems, stem(name))):
            found = [pk for pk in index.get(wanted, ()) if self._fits(pk, within, levels)]
            if len(found) == 1:
                return self.regions[found[0]]
            if found:
                candidates = sorted((self.regions[pk] for pk in found), key=lambda region: region.code)
                raise AmbiguousPlace(name, candidates, [self.path(region) for region in candidates])
        raise UnknownPlace(name, self.path(within) if within else "")

    def _fits(self, pk: int, within: Region | None, levels: tuple[str, ...]) -> bool:
        return (within is None or within.pk == pk or within.pk in self.above[pk]) and (
            not levels or self.regions[pk].level in levels
        )

    def trail(self, *names: str) -> Region:
        """Return the region at the end of `names`, from large to small; empty names are left out."""
        at: Region | None = None
        for name in names:
            if plain(name):
                at = self.resolve(name, at)
        if at is None:
            raise UnknownPlace("")
        return at

    def path(self, region: Region) -> str:
        """Return the region's name with its county's and town's before it: 文登区高村镇慈口观村委会."""
        parts, at = [], region
        while at is not None and at.level != Region.Level.CITY:
            parts.append(at.name)
            at = self.regions.get(at.parent_id) if at.parent_id else None
        return "".join(reversed(parts)) or region.name

    def county(self, region: Region) -> Region:
        """Return the county that `region` lies in, or the functional area that the bureau counts as one."""
        at = region
        if at.system == Region.System.USER and at.level == Region.Level.AREA:
            members = [self.regions[pk] for pk, above in self.above.items() if at.pk in above]
            at = members[0] if members else at
        while at.level not in (Region.Level.COUNTY, Region.Level.AREA, Region.Level.CITY) and at.parent_id:
            at = self.regions[at.parent_id]
        return at

    def town(self, region: Region) -> Region | None:
        """Return the town that `region` lies in (or is)."""
        at: Region | None = region
        while at is not None and at.level != Region.Level.TOWN:
            at = self.regions.get(at.parent_id) if at.parent_id else None
        return at


def resolve(name: str, within: Region | None = None) -> Region:
    """Return the one region called `name`, below `within` when given; see `Gazetteer.resolve`."""
    return Gazetteer().resolve(name, within)


def path_of(region: Region) -> str:
    """Return a region's name with what lies above it, the city left out (a query a step)."""
    parts, at = [], region
    while at is not None and at.level != Region.Level.CITY:
        parts.append(at.name)
        at = at.parent
    return "".join(reversed(parts)) or region.name
