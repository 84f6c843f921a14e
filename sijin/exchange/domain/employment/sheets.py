"""The two sheets, posts and people: columns, how a row becomes facts or faults.

A fault names the column, what stands there and what was expected.
"""

import re
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.domain.cells import known, number, phone, read_row, short, whole
from sijin.exchange.domain.employment import terms
from sijin.exchange.domain.employment.keeping import keep_post, keep_wish
from sijin.exchange.domain.imports import Kept
from sijin.exchange.models import JobWish
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.domain import AmbiguousPlace, Gazetteer, UnknownPlace
from sijin.places.models import Region, Site

# field, heading, width, example
POST_COLUMNS = (
    ("code", "岗位编号", 14, "G-001"),
    ("version", "版本", 6, ""),
    ("firm", "企业", 26, "企业01"),
    ("site", "点位编号", 12, ""),
    ("region", "工作地点", 16, "草庙子镇"),
    ("occupation", "职业（代码或名称）", 18, "缝纫工"),
    ("title", "岗位名称", 16, "平缝工"),
    ("number", "人数", 8, "5"),
    ("wage", "月工资（元）", 12, "4200"),
    ("shift", "班次", 10, "白班"),
    ("contact", "联系岗位", 14, "人事科"),
    ("conditions", "条件", 24, ""),
)
WISH_COLUMNS = (
    ("code", "求职编号", 14, "Q-001"),
    ("version", "版本", 6, ""),
    ("name", "姓名", 12, "村民01"),
    ("phone", "电话", 14, ""),
    ("of", "类别", 10, "村民"),
    ("site", "点位编号", 12, ""),
    ("region", "居住地", 16, "北郭格村"),
    ("occupations", "意向职业（代码或名称）", 26, "缝纫工、包装工"),
    ("wage", "期望月工资（元）", 14, "3500"),
    ("shifts", "可接受班次", 18, "白班、两班倒"),
    ("reach_km", "本人最远公里", 12, ""),
    ("household", "户号", 12, "H-01"),
)
KINDS = {"村民": JobWish.Of.VILLAGER, "毕业生": JobWish.Of.GRADUATE}
SEPARATED = re.compile(r"[、,，;；\s]+")


class Places:
    """Finds sites by code and places by name; reads both once for the whole sheet."""

    def __init__(self, account: Account) -> None:
        self.sites = {site.code: site for site in visible(account, Site).select_related("region")}
        self.gazetteer: Gazetteer | None = None

    def site(self, text: str) -> Site:
        """Return the site of this code; ValueError says what was expected."""
        found: Site = known(self.sites, text, _("the code of a site"))
        return found

    def region(self, text: str) -> Region:
        """Return the region of this name; ValueError says what was expected."""
        self.gazetteer = self.gazetteer or Gazetteer()
        try:
            return self.gazetteer.trail(*text.split("/"))
        except AmbiguousPlace as many:
            words = _("a name that only one place has, such as 草庙子镇/北郭格村 (there are %(places)s)")
            raise ValueError(words % {"places": "、".join(many.paths[:4])}) from None
        except UnknownPlace:
            raise ValueError(_("the name of a village, a town or a county")) from None


def place_text(region: Region) -> str:
    """Return a place as sheets and forms write it, so that it is found again: a village with its town before it."""
    return f"{region.parent}/{region}" if region.level == Region.Level.VILLAGE and region.parent else str(region)


def occupation(text: str) -> str:
    """Return the code of one occupation; ValueError says what was expected."""
    if code := terms.code_of(text, whole=True):
        return code
    raise ValueError(_("a code of four parts such as 6-05-01-03, or a name such as 缝纫工"))


def occupations(text: str) -> list[str]:
    """Return the codes of several occupations or groups; ValueError names the one that is none."""
    found = [(part, terms.code_of(part, whole=False)) for part in SEPARATED.split(text) if part]
    if odd := [part for part, code in found if code is None]:
        words = _("codes or names of occupations with 、 between them (%(odd)s is none)")
        raise ValueError(words % {"odd": "、".join(odd)})
    return list(dict.fromkeys(code for _part, code in found if code))


def shift(text: str) -> str:
    """Return the code of a shift; ValueError says what was expected."""
    words = {word: code for code, word in terms.table()["shifts"].items()}
    return str(known(words, text, _("one of %(names)s") % {"names": "、".join(words)}))


def shifts(text: str) -> list[str]:
    """Return the codes of several shifts."""
    return [shift(part) for part in SEPARATED.split(text) if part]


class PostRows:
    """Reads and writes rows of posts."""

    columns = POST_COLUMNS
    required = ("code", "firm", "occupation", "number", "wage", "shift")

    def __init__(self, account: Account) -> None:
        self.places = Places(account)

    def __call__(self, cells: list[str]) -> Kept:
        """Return the facts of one row, or its faults."""
        return _placed(read_row(self, cells), "工作地点")

    def value(self, name: str, text: str) -> Any:
        """Return the value of one cell; ValueError says what was expected."""
        if not text:
            return None if name in ("version", "site", "region") else ""
        readers: dict[str, Callable[[str], Any]] = {
            "version": whole(1), "site": self.places.site, "region": self.places.region, "occupation": occupation,
            "number": whole(1, 100_000), "wage": number(above=0, most=1_000_000, places=2), "shift": shift,
        }  # fmt: skip
        most = {"code": 40, "firm": 120, "conditions": 200}.get(name, 80)
        return readers.get(name, short(most))(text)

    def write(self, by: Account, campaign: Campaign, facts: dict[str, Any]) -> str:
        """Write one row; say what became of it."""
        return keep_post(by, campaign, facts.pop("code"), version=facts.pop("version"), **facts)[1]


class WishRows:
    """Reads and writes rows of people."""

    columns = WISH_COLUMNS
    required = ("code", "name", "occupations")

    def __init__(self, account: Account) -> None:
        self.places = Places(account)

    def __call__(self, cells: list[str]) -> Kept:
        """Return the facts of one row, or its faults."""
        return _placed(read_row(self, cells), "居住地")

    def value(self, name: str, text: str) -> Any:
        """Return the value of one cell; ValueError says what was expected."""
        if not text:
            empty: dict[str, Any] = {"of": JobWish.Of.VILLAGER, "wage": 0, "shifts": [], "phone": "", "household": ""}
            return empty.get(name)
        readers: dict[str, Callable[[str], Any]] = {
            "version": whole(1), "site": self.places.site, "region": self.places.region, "occupations": occupations,
            "wage": number(least=0, most=1_000_000, places=2), "shifts": shifts, "reach_km": whole(1, 5000),
            "of": lambda text: known(KINDS, text, _("村民 or 毕业生")), "phone": phone,
        }  # fmt: skip
        return readers.get(name, short(40))(text)

    def write(self, by: Account, campaign: Campaign, facts: dict[str, Any]) -> str:
        """Write one row; say what became of it."""
        return keep_wish(by, campaign, facts.pop("code"), version=facts.pop("version"), **facts)[1]


def _placed(kept: Kept, heading: str) -> Kept:
    """Ask for a place or a site; one of them does."""
    if not kept.faults and kept.facts.get("region") is None and kept.facts.get("site") is None:
        words = _("column “%(column)s”: found “%(found)s”, expected %(expected)s")
        expected = _("a place, or the code of a site")
        kept.faults.append(words % {"column": heading, "found": _("nothing"), "expected": expected})
    return kept


SHEETS: dict[str, type[PostRows] | type[WishRows]] = {"posts": PostRows, "wishes": WishRows}
