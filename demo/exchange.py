"""The exchange in the demo: the offers and agreements of the report, generated offers, and the steps of a match.

Everything goes through the rooms' own verbs. The replay calls `offers_of` once the cast is there; a generated course
asks for a `deal` and takes its steps; the courses of the report call `donate` and `plans_of`. See also `demo.pool`.
"""

import random
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import yaml

from demo import pool
from demo.cast import REPORT, Cast, rows
from demo.generated.roster import SEED
from sijin.exchange.domain import matches, offers, suggestions
from sijin.exchange.domain.clearings import solving
from sijin.exchange.domain.relief import figures
from sijin.exchange.models import Match, Offer
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.places.domain import COUNTIES
from sijin.places.models import Site
from sijin.works.domain import plans

NAMESPACE = uuid.UUID("0ff3e5d0-2020-4304-8000-000000000000")
YES_NO = {"是": True, "否": False, "": None}
PER_SHARE = 4  # generated offers for one point of a template's share
TAKEN_UP = 0.3  # share of the needs with an item for which the exchange is asked
LAPSES = 0.05  # share of reservations to which nobody agrees
DEPARTMENTS = {  # the county's department that answers for a generated offer
    "labor": "人力资源和社会保障局",
    "funds": "地方金融监督管理局",
    "goods": "商务局",
    "transport": "交通运输局",
    "land": "自然资源和规划局",
    "expert": "农业农村局",
}
FIRMS = 90  # generated firms whose figures are known
INDUSTRIES = (  # GB/T 4754 code and the tariff that goes with it
    ("C1830", "large_industrial"), ("C2221", "large_industrial"), ("C2770", "large_industrial"),
    ("C3053", "large_industrial"), ("C1361", "general"), ("F5121", "general"), ("F5211", "general"),
    ("H6110", "general"), ("H6210", "general"), ("G5430", "general"),
)  # fmt: skip
REACH = {"land": 40, "expert": 60, "transport": 120}  # kilometres; other kinds serve the whole city


def offers_of_the_report(cast: Cast) -> dict[str, Offer]:
    """Make the offers that the report speaks of; return them by their key in `report/offers.csv`."""
    made = {}
    for row in rows("offers.csv"):
        made[row["key"]] = offers.make(
            cast.office,
            cast.campaign,
            client_uuid=uuid.uuid5(NAMESPACE, row["key"]),
            at=_morning(cast, cast.campaign.start),
            source=row["source"],
            generated=row["generated"] == "1",
            provider=row["provider"],
            unit_of_provider=cast.units.get(row["unit_of_provider"]),
            site=cast.sites.get(row["site"]),
            region=cast.regions.get(row["region"]),
            kind=row["kind"],
            item=row["item"],
            unit=row["unit"],
            quantity=Decimal(row["quantity"]),
            until=date.fromisoformat(row["until"]) if row["until"] else None,
            tags=row["tags"].split("、"),
            conditions=row["conditions"],
            contact=row["contact"],
            **{name: YES_NO[row[name]] for name in ("certificate", "has_capacity", "has_channel")},
        )
    return made


def generated_offers(cast: Cast, templates: list[dict[str, Any]]) -> list[Offer]:
    """Make the generated offers from the templates of `generated/stories.yaml`, spread over the counties."""
    dice = random.Random(SEED + 7)
    areas = list(COUNTIES.items())
    made, number = [], 0
    for template in templates:
        for n in range(template["share"] * PER_SHARE):
            number += 1
            area, code = areas[n % len(areas)]
            kind = template["kind"]
            made.append(
                offers.make(
                    cast.office,
                    cast.campaign,
                    client_uuid=uuid.uuid5(NAMESPACE, f"generated-{number}"),
                    at=_morning(cast, cast.campaign.start),
                    generated=True,
                    provider=template["provider"].format(area=area) + f"{n // len(areas) + 1:02d}",
                    unit_of_provider=cast.units.get(f"{area}{DEPARTMENTS[kind]}"),
                    region=cast.regions[code],
                    reach_km=REACH.get(kind),
                    kind=kind,
                    item=template["item"],
                    unit=template["unit"],
                    quantity=Decimal(dice.randint(template["least"], template["most"])),
                    until=date(2020, dice.choice((6, 7, 8)), 30),
                    contact="业务联系人",
                )
            )
    return made


def offers_of(cast: Cast, templates: list[dict[str, Any]]) -> None:
    """Make all offers of the demo: those of the report with the pool's lines and orders, and generated ones."""
    pool.lines_of(cast, offers_of_the_report(cast))
    pool.orders_of(cast)
    generated_offers(cast, templates)


def figures_of_firms(cast: Cast) -> None:
    """Write down what firms told for the relief rules: the paper maker of the report, and some generated firms."""
    paper_maker = yaml.safe_load((REPORT / "relief.yaml").read_text(encoding="utf-8"))
    told = _morning(cast, cast.campaign.start + timedelta(days=2))
    for code, entry in paper_maker.items():
        values = {column: str(value) for column, value in entry["values"].items()}
        figures.keep(cast.office, cast.sites[code], cast.campaign, values, version=0, at=told, source=entry["source"])
    dice = random.Random(SEED + 11)
    generated = [site for code, site in sorted(cast.sites.items()) if site.door == "enterprise" and site.generated]
    for site in generated[::4][:FIRMS]:
        values = _generated_figures(dice)
        figures.keep(cast.office, site, cast.campaign, values, version=0, at=told, generated=True)


def _generated_figures(dice: random.Random) -> dict[str, str]:
    """Make up what a firm may tell; some of it stays unknown, as it does."""
    industry, tariff = dice.choice(INDUSTRIES)
    staff = int(dice.lognormvariate(3.6, 1.1)) + 3
    values: dict[str, Any] = {
        "industry": industry,
        "employer": "enterprise",
        "staff": staff,
        "revenue": staff * dice.randint(200, 900) * 1000,
        "insurance_base": staff * dice.randint(3400, 6200),
        "injury_class": dice.randint(1, 5),
        "medical_base": staff * dice.randint(3400, 6200),
        "taxpayer": "small" if staff < 40 else "general",
        "filing": "quarter" if staff < 20 else "month",
        "tariff": tariff,
        "layoff_rate": dice.choice(("0", "1.2", "3.5", "6", "12")),
        "unemployment_premium": staff * dice.randint(180, 420),
    }
    for month in ("02", "03", "04", "05"):
        values[f"electricity_2020_{month}"] = staff * dice.randint(300, 2500)
        values[f"sales_2020_{month}"] = staff * dice.randint(4000, 16000)
    if tariff == "general":
        values |= {"water": dice.randint(300, 9000), "rent": dice.randint(5, 60) * 1000}
        values["landlord"] = dice.choice(("municipal_firm", "other", "other", "none"))
    for column in dice.sample(sorted(values), k=dice.randint(0, 4)):
        del values[column]
    return {column: str(value) for column, value in values.items()}


def donate(cast: Cast, need: Need, leader: Account, at: datetime) -> None:
    """Take every item of goods of `need` through reserve, agree, deliver and confirm with the donor's offer."""
    for item in need.items.filter(kind="goods").order_by("pk"):
        offer = Offer.objects.get(campaign=cast.campaign, kind=item.kind, item=item.item, tags=["捐赠"])
        match = matches.reserve(cast.office, item, offer, item.quantity, at=at)
        match = matches.step(cast.office, match, "agree", at=at)
        match = matches.step(cast.office, match, "deliver", at=at)
        matches.confirm(leader, match, at=at)


@dataclass
class Deal:
    """What a generated need gets from the exchange: reserved by its handler, agreed and delivered by the provider's."""

    match: Match
    provider: Account

    def agree(self, at: datetime) -> "Deal":
        """The provider agrees."""
        self.match = matches.step(self.provider, self.match, "agree", at=at)
        return self

    def deliver(self, at: datetime) -> None:
        """The provider delivers."""
        self.match = matches.step(self.provider, self.match, "deliver", at=at)

    def confirm(self, leader: Account, at: datetime) -> None:
        """The team confirms the receipt; the deal is done."""
        matches.confirm(leader, self.match, at=at)

    def lapse(self, at: datetime) -> None:
        """Nobody agreed in time: the clock gives the quantity back."""
        matches.expire(self.match.offer.campaign, at)


def asked(need: Need) -> random.Random | None:
    """Say whether the exchange is asked for `need`; the dice are its own, so that other steps stay as they are.

    Experts are asked for elsewhere: see `demo.experts`.
    """
    dice = random.Random(f"{SEED}-{need.number}")
    return dice if dice.random() < TAKEN_UP and need.items.exclude(kind="expert").exists() else None


def deal(need: Need, handler: Account, office: Account, at: datetime) -> Deal | None:
    """Reserve the best offer for what `need` lacks; None when nothing fits."""
    found = suggestions.offers_for(handler, need, limit=1)
    if not found or found[0].item is None:
        return None
    best = found[0]
    match = matches.reserve(handler, best.item, best.offer, best.fit.quantity, at=at)
    unit = best.offer.unit_of_provider
    return Deal(match, (unit and unit.accounts.first()) or office)


def _morning(cast: Cast, day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), cast.campaign.cutoff.tzinfo).replace(hour=8)


def plans_of(cast: Cast, site: Site, at: datetime) -> None:
    """Issue the plan of a firm of the report."""
    plans.issue(cast.office, site, cast.campaign, at=at)


def clear_market(cast: Cast) -> None:
    """Weigh what is open on the last day against all that is offered: a draft for the office, nothing is reserved."""
    solving.solve(cast.office, cast.campaign)
