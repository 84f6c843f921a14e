"""The sheet of offers: its columns, and how one row of it becomes facts or faults.

A fault names the column, what stands there and what was expected. Headings are Chinese, as the clerks know them.
"""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from sijin.exchange.domain import kinds
from sijin.exchange.domain.imports import Kept
from sijin.exchange.domain.offers import clean_tags
from sijin.people.models import Account, Unit
from sijin.people.policy import visible
from sijin.places.models import Region, Site

# field, heading, width, example
COLUMNS = (
    ("code", "编号", 12, ""),
    ("version", "版本", 6, ""),
    ("kind", "类别", 12, "物资"),
    ("item", "名称", 24, "医用口罩"),
    ("quantity", "数量", 12, "5000"),
    ("unit", "单位", 8, "只"),
    ("provider", "提供方", 28, "市防疫物资储备库"),
    ("unit_of_provider", "负责部门", 22, ""),
    ("contact", "联系岗位", 16, "值班室"),
    ("region", "地点", 14, "环翠区"),
    ("reach_km", "可达公里", 10, "60"),
    ("since", "起始日期", 12, "2020-03-10"),
    ("until", "截止日期", 12, "2020-04-30"),
    ("tags", "标签", 20, "口罩、防疫"),
    ("certificate", "出口资质", 10, "是"),
    ("has_capacity", "有产能", 8, ""),
    ("has_channel", "有渠道", 8, ""),
    ("site", "点位编号", 12, ""),
    ("conditions", "条件", 30, "自提"),
)
HEADINGS = [heading for _name, heading, _width, _example in COLUMNS]
YES_NO = {"是": True, "否": False, "": None, "yes": True, "no": False}
REQUIRED = ("kind", "item", "quantity", "unit", "provider")


class Parser:
    """Turns rows into facts; reads units, regions and sites once for the whole sheet."""

    def __init__(self, account: Account) -> None:
        self.units = {unit.name: unit for unit in Unit.objects.all()}
        self.regions: dict[str, list[Region]] = {}
        for region in Region.objects.filter(system=Region.System.NBS).exclude(level=Region.Level.VILLAGE):
            self.regions.setdefault(region.name, []).append(region)
        self.sites = {site.code: site for site in visible(account, Site)}

    def __call__(self, cells: list[str]) -> Kept:
        """Return the facts of one row, or its faults: column, what stands there, what was expected."""
        typed = dict(zip([name for name, *_rest in COLUMNS], cells, strict=True))
        kept = Kept()
        for name, heading, *_rest in COLUMNS:
            try:
                kept.facts[name] = self._value(name, typed[name])
            except ValueError as expected:
                kept.faults.append(
                    _("column “%(column)s”: found “%(found)s”, expected %(expected)s")
                    % {"column": heading, "found": typed[name] or _("nothing"), "expected": expected}
                )
        since, until = kept.facts.get("since"), kept.facts.get("until")
        if since and until and until < since:
            kept.faults.append(_("column “%(column)s”: the last day is before the first") % {"column": "截止日期"})
        return kept

    def _value(self, name: str, text: str) -> Any:
        """Return the value of one cell; ValueError says what was expected."""
        if not text:
            if name in REQUIRED:
                raise ValueError(_("a value"))
            return [] if name == "tags" else "" if name in ("code", "contact", "conditions") else None
        if name == "kind":
            if code := kinds.code_of(text):
                return code
            raise ValueError(
                _("one of %(names)s") % {"names": "、".join(k["name"] for k in kinds.table()["kinds"].values())}
            )
        if name == "quantity":
            return self._quantity(text)
        if name in ("reach_km", "version"):
            if text.isascii() and text.isdigit() and 0 < int(text) < 1_000_000:
                return int(text)
            raise ValueError(_("a whole number above zero"))
        if name in ("since", "until"):
            try:
                return date.fromisoformat(text.replace("/", "-"))
            except ValueError:
                raise ValueError(_("a date like 2020-03-10")) from None
        if name in ("certificate", "has_capacity", "has_channel"):
            if text.lower() in YES_NO:
                return YES_NO[text.lower()]
            raise ValueError(_("是, 否 or nothing"))
        if name == "tags":
            return clean_tags(text.replace("，", "、").replace(",", "、").split("、"))
        if name in ("unit_of_provider", "region", "site"):
            return self._found(name, text)
        return self._short(name, text)

    @staticmethod
    def _quantity(text: str) -> Decimal:
        try:
            number = Decimal(text.replace(",", ""))
        except InvalidOperation:
            raise ValueError(_("a number")) from None
        if not 0 < number < Decimal("1e14") or number != number.quantize(Decimal("0.01")):
            raise ValueError(_("a number above zero with at most two decimals"))
        return number

    @staticmethod
    def _short(name: str, text: str) -> str:
        most = {"item": 80, "unit": 20, "provider": 120, "contact": 80, "conditions": 300, "code": 40}[name]
        if len(text) > most:
            raise ValueError(_("at most %(most)s characters") % {"most": most})
        return text

    def _found(self, name: str, text: str) -> Any:
        if name == "region":
            here = self.regions.get(text, [])
            if len(here) == 1:
                return here[0]
            raise ValueError(_("the name of one county or town") if not here else _("a name that only one place has"))
        known: dict[str, Any] = self.units if name == "unit_of_provider" else self.sites
        if text in known:
            return known[text]
        raise ValueError(_("the full name of a department") if name == "unit_of_provider" else _("the code of a site"))
