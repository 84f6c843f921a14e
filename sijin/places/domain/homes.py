"""Finding the city or county that a home text names: 河南省周口市淮阳区…, 周口, 淮阳县.

Names are read from the left, each inside the one before it, in full or without their endings; what stands behind the
last known name (a town, a road) is left. `data/china.csv` holds China's provinces, cities and counties with a point.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from django.utils.translation import gettext as _

from sijin.engines.script import simplified

DATA = Path(__file__).parents[1] / "data" / "china.csv"
PEOPLES = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|"
    "达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|鄂温克|德昂|保安|裕固|独龙|鄂伦春|各"
)
ENDING = re.compile(
    rf"((({PEOPLES})族)+|(?<!内)蒙古|哈萨克|维吾尔|柯尔克孜|塔吉克|鄂温克|锡伯|达斡尔)?自治[州县旗区]$|特别行政区$|(地区|林区|特区|省|市|县|区|盟|旗)$"
)
SKIPPED = re.compile(r"(自治[州县旗区]|地区|林区|[省市县区盟旗])?")
NOISE = re.compile(r"[\s·、,，。./／\\>\-—–_（）()]+")
ROADS = tuple("路街道镇乡村巷")  # 周口市太康路 lies in 周口市, not in 太康
LONGEST = 15
MUNICIPALITIES = frozenset({"110000", "120000", "310000", "500000"})  # provinces that are one city


@dataclass(frozen=True)
class Home:
    """A province, city or county with its point; `above` is the code of what it lies in."""

    code: str
    name: str
    level: str
    above: str
    lat: float
    lon: float
    approximate: bool

    @property
    def is_wide(self) -> bool:
        """Say whether it is a whole province, in which no bus can stop."""
        return self.level == "province" and self.code not in MUNICIPALITIES


class HomeError(ValueError):
    """A home text does not lead to one place; its words say why and what would do."""


@cache
def places() -> dict[str, Home]:
    """Return all places by code."""
    with DATA.open(encoding="utf-8") as file:
        return {
            row["code"]: Home(
                row["code"], row["name"], row["level"], row["above"], float(row["lat"]), float(row["lon"]),
                row["approximate"] == "1",
            )
            for row in csv.DictReader(file)
        }  # fmt: skip


@cache
def _names() -> dict[str, tuple[tuple[str, bool], ...]]:
    """Return (code, whether it is the full name) by every name that a place goes by."""
    found: dict[str, set[tuple[str, bool]]] = defaultdict(set)
    for home in places().values():
        found[home.name].add((home.code, True))
        short = ENDING.sub("", home.name)
        if 2 <= len(short) < len(home.name):
            found[short].add((home.code, False))
    return {name: tuple(sorted(codes)) for name, codes in found.items()}


def path(home: Home) -> str:
    """Return a place with all above it: 河南省周口市淮阳区."""
    above = places().get(home.above)
    return f"{path(above) if above else ''}{home.name}"


def province(home: Home) -> Home:
    """Return the province of a place."""
    return places().get(f"{home.code[:2]}0000", home)


@lru_cache(maxsize=20_000)
def find(text: str) -> Home:
    """Return the city or county that `text` names.

    Raises
    ------
    HomeError
        No place of China has such a name, several have it (they are named), or it is a whole province.
    """
    plain = simplified(NOISE.sub("", text)).removeprefix("中国")
    ends = list(_ends(plain, 0, None, 0))
    if not ends:
        words = _("“%(home)s” begins with no province, city or county of China: write 河南省周口市, say, or 周口.")
        raise HomeError(words % {"home": text[:40]})
    best = max((at, -short) for at, short, _code in ends)
    codes = {code for at, short, code in ends if (at, -short) == best}
    top = [code for code in codes if all(_within(other, code) for other in codes)]
    homes = [places()[code] for code in (top or sorted(codes))]
    if len(homes) == 1 and homes[0].is_wide and len(codes) > 1:
        homes = [places()[code] for code in sorted(codes)]
    if len(homes) > 1:
        words = _("“%(home)s” may be %(places)s: write the city or province before it.")
        raise HomeError(words % {"home": text[:40], "places": "、".join(path(home) for home in homes[:5])})
    if homes[0].is_wide:
        raise HomeError(_("%(province)s is a whole province: add the city or county.") % {"province": homes[0].name})
    return homes[0]


def _ends(plain: str, at: int, inside: str | None, short: int) -> Iterator[tuple[int, int, str]]:
    """Yield (how far it was read, names without their ending, code) for every way to read `plain` from `at`."""
    for length in range(2, min(LONGEST, len(plain) - at) + 1):
        for code, full in _names().get(plain[at : at + length], ()):
            if inside is not None and (code == inside or not _within(code, inside)):
                continue
            end = at + length
            if not full:
                skipped = SKIPPED.match(plain, end)
                end = skipped.end() if skipped else end
                if plain[end : end + 1] in ROADS and inside is not None:
                    continue
            yield end, short + (not full), code
            yield from _ends(plain, end, code, short + (not full))


def _within(code: str, above: str) -> bool:
    """Say whether a place is `above` or lies in it."""
    at: str = code
    while at:
        if at == above:
            return True
        at = places()[at].above if at in places() else ""
    return False
