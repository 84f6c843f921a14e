"""The two sheets of the pool, orders and makers: columns, how a row becomes facts or faults, how it is written.

A fault names the column, what stands there and what was expected. A maker takes one row for each product it makes.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.domain.cells import day, known, number, read_row, short, whole, yes_no
from sijin.exchange.domain.imports import Kept
from sijin.exchange.domain.pool.keeping import keep_maker, keep_order
from sijin.exchange.models import Offer, PoolMaker
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.people.refusals import RuleBroken
from sijin.places.models import Site

# field, heading, width, example
ORDER_COLUMNS = (
    ("code", "订单号", 14, "WM-2020-01"),
    ("version", "版本", 6, ""),
    ("site", "点位编号", 12, "E001"),
    ("product", "产品", 14, "防护服"),
    ("destination", "去向", 14, "欧洲"),
    ("certificate", "需出口资质", 10, "是"),
    ("at_home", "可在本厂生产", 12, "是"),
    ("quantity", "数量（件）", 12, "500000"),
    ("unit_price", "单价（元/件）", 12, "100"),
    ("release", "可开工日期", 12, "2020-03-09"),
    ("due", "交货日期", 12, "2020-05-31"),
    ("max_partners", "合作家数上限", 12, "3"),
    ("need", "需求编号", 16, ""),
)
MAKER_COLUMNS = (
    ("code", "产线编号", 14, "L-001"),
    ("version", "版本", 6, ""),
    ("name", "企业", 26, "省内防护服企业01"),
    ("line", "产线", 12, "一车间"),
    ("place", "所在地", 12, "济南市"),
    ("site", "点位编号", 12, ""),
    ("offer", "资源编号", 12, ""),
    ("product", "产品", 14, "防护服"),
    ("per_hour", "每小时件数", 12, "500"),
    ("price", "加工单价（元/件）", 14, "60"),
    ("hours", "每周工时", 10, "56"),
    ("windows", "空档", 26, "2020-03-09~2020-08-30"),
    ("lead", "备产周数", 10, "1"),
    ("setup", "换产工时（小时/单）", 16, "8"),
    ("min_lot", "起订量（件）", 12, "10000"),
    ("ship_weeks", "运输周数", 10, "1"),
    ("ship_cost", "运费（元/件）", 12, "0.5"),
    ("certificate", "出口资质", 10, "是"),
)
MOST_PIECES = 10**12


class OrderRows:
    """Reads and writes rows of orders; asks for sites and needs once for the whole sheet."""

    columns = ORDER_COLUMNS
    required = ("code", "site", "product", "quantity", "unit_price", "release", "due")

    def __init__(self, account: Account) -> None:
        self.sites = {site.code: site for site in visible(account, Site).filter(door="enterprise")}
        self.needs = {need.number: need for need in visible(account, Need).only("number", "site")}

    def __call__(self, cells: list[str]) -> Kept:
        """Return the facts of one row, or its faults."""
        return read_row(self, cells)

    def value(self, name: str, text: str) -> Any:
        """Return the value of one cell; ValueError says what was expected."""
        empty = {"certificate": True, "at_home": True, "max_partners": 3, "destination": ""}
        if not text:
            return empty.get(name)
        if name == "site":
            return known(self.sites, text, _("the code of an enterprise"))
        if name == "need":
            return known(self.needs, text, _("the number of a need"))
        readers: dict[str, Callable[[str], Any]] = {
            "version": whole(1), "certificate": yes_no, "at_home": yes_no, "quantity": whole(1, MOST_PIECES),
            "unit_price": number(least=0), "release": day, "due": day, "max_partners": whole(1, 1000),
        }  # fmt: skip
        return readers.get(name, short(40 if name == "code" else 80))(text)

    def write(self, by: Account, campaign: Campaign, facts: dict[str, Any]) -> str:
        """Write one row; say what became of it."""
        return keep_order(by, campaign, facts.pop("code"), version=facts.pop("version"), **facts)[1]


class MakerRows:
    """Reads and writes rows of makers; remembers what earlier rows of the sheet said of the same line."""

    columns = MAKER_COLUMNS
    required = ("code", "name", "product", "per_hour", "price", "hours")

    def __init__(self, account: Account) -> None:
        self.sites = {site.code: site for site in visible(account, Site).filter(door="enterprise")}
        self.offers = {offer.code: offer for offer in visible(account, Offer).filter(kind="capacity")}
        self.said: dict[str, dict[str, Any]] = {}
        self.products: dict[str, dict[str, tuple[Decimal, Decimal]]] = {}

    def __call__(self, cells: list[str]) -> Kept:
        """Return the facts of one row, or its faults."""
        return read_row(self, cells)

    def value(self, name: str, text: str) -> Any:
        """Return the value of one cell; ValueError says what was expected."""
        if not text:
            empty = {"windows": [], "lead": 0, "min_lot": 0, "ship_weeks": 0, "setup": Decimal(0), "line": ""}
            return {**empty, "ship_cost": Decimal(0), "place": ""}.get(name)
        if name == "site":
            return known(self.sites, text, _("the code of an enterprise"))
        if name == "offer":
            return known(self.offers, text, _("the code of an offer of capacity"))
        readers: dict[str, Callable[[str], Any]] = {
            "version": whole(1), "certificate": yes_no, "lead": whole(0, 520), "ship_weeks": whole(0, 520),
            "min_lot": whole(0, 2_000_000_000), "windows": _windows, "per_hour": number(above=0),
            "price": number(least=0), "hours": number(above=0, most=168, places=2),
            "setup": number(least=0, places=2), "ship_cost": number(least=0, most=999_999),
        }  # fmt: skip
        most = {"code": 40, "name": 120, "product": 80}.get(name, 60)
        return readers.get(name, short(most))(text)

    def write(self, by: Account, campaign: Campaign, facts: dict[str, Any]) -> str:
        """Write one row; say what became of it. Rows of one line must say the same of all but its products."""
        code, product = facts.pop("code"), facts.pop("product")
        rate, version = (facts.pop("per_hour"), facts.pop("price")), facts.pop("version")
        made = self.products.setdefault(code, {})
        before = self.said.setdefault(code, dict(facts))
        if odd := [heading for name, heading, *_r in MAKER_COLUMNS if name in facts and facts[name] != before[name]]:
            words = _("an earlier row of this line says something else under %(columns)s")
            raise RuleBroken(words % {"columns": "、".join(odd)})
        if made.get(product, rate) != rate:
            raise RuleBroken(_("this product of the line stands in an earlier row with other figures"))
        there = PoolMaker.objects.filter(campaign=campaign, code=code).first()
        if there is not None and made:
            version = there.version  # this sheet's own earlier rows have raised it
        _maker, became = keep_maker(by, campaign, code, rates={product: rate}, version=version, only_add=True, **facts)
        made[product] = rate
        return became


def _windows(text: str) -> list[list[str]]:
    found = []
    for part in re.split(r"[；;]", text):
        try:
            first, last = (day(end.strip()) for end in re.split(r"[~～至]", part.strip()))
        except ValueError:
            raise ValueError(_("windows like 2020-03-09~2020-05-31, with ； between them")) from None
        if last < first:
            raise ValueError(_("windows that end after they begin"))
        found.append([first.isoformat(), last.isoformat()])
    return found


SHEETS: dict[str, type[OrderRows] | type[MakerRows]] = {"orders": OrderRows, "makers": MakerRows}
