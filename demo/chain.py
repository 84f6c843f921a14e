"""The chain map in the demo: who supplies whom (generated), and the joint task of the report to sort the chain out.

That firms were sorted into backbone, supporting ones and weak links together with the departments of industry, of
development and reform, and of science is the report's; who supplies whom, the link and the dates are generated.
"""

import csv
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from demo.cast import Cast
from sijin.exchange.domain.chain import keeping
from sijin.exchange.domain.chain.maps import drawn
from sijin.ledger.domain import needs
from sijin.ledger.models import Need

SUPPLIES = Path(__file__).with_name("generated") / "chain.csv"
YES_NO = {"是": True, "否": False}
TZ = ZoneInfo("Asia/Shanghai")
DAYS = (date(2020, 5, 20), date(2020, 5, 21), date(2020, 5, 22))  # raised and handed over, received, begun
LEAD, WITH = "市工业和信息化局", ("市发展和改革委员会", "市科学技术局")
ROW = 12


def supplies_of(cast: Cast) -> None:
    """Write down who supplies whom."""
    with SUPPLIES.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            ends = [{"name": row[end], "site": cast.sites.get(row[f"{end}_site"])} for end in ("supplier", "buyer")]
            for end in ends:
                end["generated"] = end["site"] is None
            ends[0] |= {"capacity": Decimal(row["capacity"]), "running": YES_NO[row["running"]]}
            ends[0]["local"] = YES_NO[row["local"]]
            keeping.keep_supply(
                cast.office, cast.campaign, *ends, row["product"], Decimal(row["volume"]), source="generated",
                generated=True,
            )  # fmt: skip


def task_of(cast: Cast) -> Iterator[datetime]:
    """Raise the weightiest weak link that a site of the campaign feels; three departments sort it out together."""
    morning = [datetime.combine(day, time(9), TZ) for day in DAYS]
    yield morning[0]
    weak = drawn(cast.office, cast.campaign).weak
    link = max((link for link in weak if link.site), key=lambda link: link.volume)
    assert link.site is not None
    need = keeping.raise_link(
        cast.office, cast.campaign, link.site, link.product, link.kind, link.words, at=morning[0], generated=True,
        report_rows=[ROW],
    )  # fmt: skip
    need = needs.apply(
        need, "hand_over", cast.office, at=morning[0], klass=Need.Klass.TOGETHER, lead_unit=cast.units[LEAD],
        co_units=[cast.units[name] for name in WITH],
    )  # fmt: skip
    handler = cast.handlers[cast.units[LEAD].pk]
    yield morning[1]
    need = needs.apply(need, "receive", handler, at=morning[1])
    yield morning[2]
    measure = "分类摸底骨干企业、重点配套企业和产业链短板，形成图谱和清单"
    needs.apply(need, "carry_out", handler, at=morning[2], measure=measure, aspect="market")
