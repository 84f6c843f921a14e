"""The generated part of the Weihai campaign's roster and sites, from a fixed seed on the real places.

Persons are roles ("市税务局干部03"), firms and projects carry their town and a running number, so that no generated row
can be taken for a real one; villages and communities are real places. Every row is marked as generated.
"""

import csv
import random
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from sijin.places.domain import COUNTIES, DATA

SEED = 20200304
CITY_TEAMS = 490
CITY_OFFICIALS = 2400
CITY_SHARE = 0.62  # of city units: the rule of half in every team needs a little more than half of all
SITES = {"enterprise": 617, "project": 199, "village": 476, "community": 238}  # beside the twelve of the report
SKILLS = (
    "industry", "finance", "tax", "construction", "land", "agriculture", "labour", "law", "health", "culture", "data",
)  # fmt: skip
CITY_UNITS = [
    "发展和改革委员会",
    "教育局",
    "科学技术局",
    "工业和信息化局",
    "公安局",
    "民政局",
    "司法局",
    "财政局",
    "人力资源和社会保障局",
    "自然资源和规划局",
    "生态环境局",
    "住房和城乡建设局",
    "交通运输局",
    "水务局",
    "农业农村局",
    "商务局",
    "文化和旅游局",
    "卫生健康委员会",
    "退役军人事务局",
    "应急管理局",
    "审计局",
    "市场监督管理局",
    "体育局",
    "统计局",
    "医疗保障局",
    "海洋发展局",
    "行政审批服务局",
    "地方金融监督管理局",
    "大数据中心",
    "国有资产监督管理委员会",
    "信访局",
    "税务局",
    "总工会",
    "妇女联合会",
    "工商业联合会",
    "科学技术协会",
]
COUNTY_UNITS = [
    "人力资源和社会保障局",
    "地方金融监督管理局",
    "税务局",
    "商务局",
    "工业和信息化局",
    "交通运输局",
    "发展和改革委员会",
    "市场监督管理局",
    "住房和城乡建设局",
    "行政审批服务局",
    "自然资源和规划局",
    "农业农村局",
    "水务局",
    "民政局",
    "卫生健康委员会",
    "大数据中心",
    "国有资产监督管理委员会",
]
NEEDS = {
    "enterprise": ("industry", "finance", "tax", "labour"),
    "project": ("construction", "land", "law"),
    "village": ("agriculture", "culture", "land"),
    "community": ("health", "law", "culture"),
}
INDUSTRIES = ("渔具", "海产品加工", "医疗器械", "办公设备", "纺织服装", "机床", "碳纤维", "食品", "木制品", "电子")
PROJECTS = (
    "标准厂房",
    "智能制造产业园",
    "仓储物流中心",
    "农产品加工园",
    "文旅综合体",
    "污水处理厂",
    "道路改造",
    "学校扩建",
)
ROTATION = date(2020, 6, 30)  # after the campaign's cut-off
TITLES = ("科员", "副科长", "科长", "四级调研员", "副处长", "处长")


@dataclass
class Roster:
    """Plain rows: units, officials, teams and sites, each a dict as the import sheet has them."""

    units: list[dict[str, Any]] = field(default_factory=list)
    officials: list[dict[str, Any]] = field(default_factory=list)
    teams: list[dict[str, Any]] = field(default_factory=list)
    sites: list[dict[str, Any]] = field(default_factory=list)


def _table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def make(seed: int = SEED) -> Roster:
    """Return the generated roster; the same seed gives the same rows."""
    dice = random.Random(seed)
    roster = Roster()
    areas = {code: name for name, code in COUNTIES.items()}
    towns = {row["nbs2023_code"]: row for row in _table("towns.csv") if row["nbs2023_code"]}
    _units(roster, areas)
    _sites(roster, dice, areas, towns)
    _teams(roster, areas)
    _officials(roster, dice)
    _experience(roster, random.Random(f"{seed} experience"))  # of its own: the rows above stay what they were
    return roster


def _units(roster: Roster, areas: dict[str, str]) -> None:
    with Path(__file__).with_name("departments.yaml").open(encoding="utf-8") as file:
        departments = yaml.safe_load(file)
    for n, name in enumerate(departments["city"]):
        roster.units.append({"code": f"G{n:03d}", "name": f"市{name}", "level": "city", "region": "371000"})
    for code, area in areas.items():
        for n, name in enumerate(departments["county"]):
            roster.units.append(
                {"code": f"G{code}-{n:02d}", "name": f"{area}{name}", "level": "county", "region": code}
            )


def _sites(roster: Roster, dice: random.Random, areas: dict[str, str], towns: dict[str, dict[str, str]]) -> None:
    codes = sorted(towns)
    for number in range(SITES["enterprise"]):
        town, industry = dice.choice(codes), dice.choice(INDUSTRIES)
        name = f"{towns[town]['nbs_name']}{industry}企业{number + 1:03d}"
        staff = int(dice.lognormvariate(4.3, 1.1)) + 5
        facts = {"industry": industry, "staff": staff, "revenue": round(staff * dice.uniform(20, 90), 2)}
        roster.sites.append(_site(f"GE{number + 1:04d}", "enterprise", name, town, dice, **facts))
    for number in range(SITES["project"]):
        town, kind = dice.choice(codes), dice.choice(PROJECTS)
        facts = {"investment": round(dice.lognormvariate(10, 1), 2), "stage": "not_started"}
        name = f"{towns[town]['nbs_name']}{kind}项目{number + 1:03d}"
        roster.sites.append(_site(f"GP{number + 1:04d}", "project", name, town, dice, **facts))
    places = _table("villages.csv")
    rural = [row for row in places if "居" not in row["name"]]
    urban = [row for row in places if "居" in row["name"]]
    for row in dice.sample(rural, SITES["village"]):
        facts = {"households": dice.randint(60, 620), "area_mu": dice.randint(600, 6000)}
        roster.sites.append(
            _site(f"V{row['nbs2023_code']}", "village", row["name"], row["nbs2023_code"], dice, **facts)
        )
    for row in dice.sample(urban, SITES["community"]):
        households = dice.randint(600, 4200)
        facts = {"households": households, "grids": max(1, households // 400)}
        roster.sites.append(
            _site(f"C{row['nbs2023_code']}", "community", row["name"], row["nbs2023_code"], dice, **facts)
        )


def _site(code: str, door: str, name: str, region: str, dice: random.Random, **facts: Any) -> dict[str, Any]:
    wanted = sorted(dice.sample(NEEDS[door], dice.choice((1, 1, 2))))
    moved = (dice.gauss(0, 0.008), dice.gauss(0, 0.01))  # degrees: about one kilometre around the town's own point
    workload = round(dice.uniform(0.6, 1.6), 1)
    return {
        "code": code, "door": door, "name": name, "region": region, "moved": moved, "workload": workload,
        "skills": wanted, "facts": facts,
    }  # fmt: skip


def _teams(roster: Roster, areas: dict[str, str]) -> None:
    work = dict.fromkeys(areas, 0.0)
    for site in roster.sites:
        work[site["region"][:6]] += site["workload"]
    total, given = sum(work.values()), 0
    shares = {code: CITY_TEAMS * amount / total for code, amount in work.items()}
    counts = {code: int(share) for code, share in shares.items()}
    for code in sorted(shares, key=lambda c: counts[c] - shares[c])[: CITY_TEAMS - sum(counts.values())]:
        counts[code] += 1
    for code, area in areas.items():
        for n in range(counts[code]):
            given += 1
            roster.teams.append(
                {"number": f"市{given:03d}", "name": f"市派{area}第{n + 1}工作组", "level": "city", "county": code}
            )


def _officials(roster: Roster, dice: random.Random) -> None:
    city = [unit for unit in roster.units if unit["level"] == "city"]
    county = [unit for unit in roster.units if unit["level"] == "county"]
    seen: dict[str, int] = {}
    homes = list(COUNTIES.values())
    for number in range(CITY_OFFICIALS):
        unit = dice.choice(city) if number < CITY_OFFICIALS * CITY_SHARE else dice.choice(county)
        seen[unit["code"]] = seen.get(unit["code"], 0) + 1
        title = TITLES[min(len(TITLES) - 1, int(dice.triangular(0, len(TITLES), 1.2)))]
        home = unit["region"] if unit["level"] == "county" and dice.random() < 0.8 else dice.choice(homes)
        roster.officials.append(
            {
                "code": f"市{number + 1:04d}",
                "name": f"{unit['name']}干部{seen[unit['code']]:02d}",
                "unit": unit["code"],
                "title": title,
                "can_lead": title in TITLES[3:],
                "skills": sorted(dice.sample(SKILLS, dice.choice((1, 1, 2, 2, 3)))),
                "home": home,
            }
        )


def _experience(roster: Roster, dice: random.Random) -> None:
    """Give officials a grade, levels of their skills, teams that they led before; a few rotate when it is over."""
    for row in roster.officials:
        rank = TITLES.index(row["title"])
        draw = dice.random()
        row["grade"] = "senior" if draw < (0.1, 0.25, 0.5, 0.7, 0.8, 0.9)[rank] else ""
        if rank <= 1 and draw > 0.75:
            row["grade"] = "junior"
        row["levels"] = {skill: dice.choices((1, 2, 3), (0.2, 0.35, 0.45))[0] for skill in row["skills"]}
        row["led"] = dice.choice((0, 0, 1, 1, 2, 3)) if row["can_lead"] else 0
        row["free_until"], row["free_note"] = (ROTATION, "轮岗") if dice.random() < 0.02 else (None, "")
