"""The sheet of the chain map: one row for each supply, with what is known of the supplier and of the buyer."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.domain.cells import known, number, read_row, short, whole, yes_no
from sijin.exchange.domain.chain.keeping import keep_supply
from sijin.exchange.domain.imports import Kept
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.models import Site

COLUMNS = (
    ("supplier", "供方企业", 26, "省内熔喷布企业01"),
    ("supplier_site", "供方点位编号", 14, ""),
    ("buyer", "需方企业", 26, "迪尚医疗科技有限公司"),
    ("buyer_site", "需方点位编号", 14, "E001"),
    ("product", "产品", 18, "熔喷布"),
    ("volume", "年供货额（万元）", 16, "1200"),
    ("capacity", "供方年能力（万元）", 16, "1500"),
    ("running", "供方已开工", 12, "是"),
    ("local", "供方在本市", 12, "是"),
    ("version", "版本", 6, ""),
)
MOST = 10**12


class SupplyRows:
    """Reads and writes rows of supplies; asks for the sites once for the whole sheet."""

    columns = COLUMNS
    required = ("supplier", "buyer", "product", "volume")

    def __init__(self, account: Account) -> None:
        self.sites = {site.code: site for site in visible(account, Site).filter(door="enterprise")}

    def __call__(self, cells: list[str]) -> Kept:
        """Return the facts of one row, or its faults."""
        return read_row(self, cells)

    def value(self, name: str, text: str) -> Any:
        """Return the value of one cell; ValueError says what was expected."""
        if not text:
            return None
        if name.endswith("_site"):
            return known(self.sites, text, _("the code of an enterprise"))
        readers: dict[str, Callable[[str], Any]] = {
            "version": whole(1), "running": yes_no, "local": yes_no, "volume": number(least=0, most=MOST, places=2),
            "capacity": number(least=0, most=MOST, places=2), "product": short(80),
        }  # fmt: skip
        return readers.get(name, short(120))(text)

    def write(self, by: Account, campaign: Campaign, facts: dict[str, Any]) -> str:
        """Write one row; say what became of it."""
        supplier = {"name": facts["supplier"], "site": facts["supplier_site"], "capacity": facts["capacity"]}
        supplier |= {"running": facts["running"], "local": facts["local"]}
        buyer = {"name": facts["buyer"], "site": facts["buyer_site"]}
        return keep_supply(
            by, campaign, supplier, buyer, facts["product"], facts["volume"], version=facts["version"]
        )  # fmt: skip
