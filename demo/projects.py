"""The project register of the demo: the 202 key projects of the report, of which 188 run on its last day.

The report states the two numbers, three of the projects and the stage of one machine; the rest is generated.
"""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from demo import approvals
from demo.cast import TZ, Cast
from demo.generated.course import Course
from sijin.engines.calendars import china
from sijin.people.models import Unit
from sijin.places.models import Site
from sijin.works.domain.projects import milestones, progress, register
from sijin.works.models import Project

SEED = "projects"
ALL, RUNNING = 202, 188  # report: 全市202项重点项目，累计开复工188项
REPORTED = "报告所述项目，日期与责任人为生成"
STUCK = "P003"  # report: 开沃 无法立项
MACHINE = ("P001", "数控冲床")  # report: 基础部分已安装完成，待调试、软件安装后进入单机调试
TOLD = 4  # every so many projects tell their progress by month
WHY = (
    ("people", "外地施工人员未返岗"), ("land", "用地指标待批"), ("approval", "施工许可材料未齐"),
    ("funds", "银行贷款未放款"), ("material", "进口设备停在港口"), ("design", "施工图审查未完成"),
    ("clearing", "地上附着物未清点完"),
)  # fmt: skip
OWNERS = ("项目包帮负责人", "建设单位负责人", "园区管委会分管负责人")
Step = tuple[datetime, int, Callable[[datetime], None]]


def register_of(cast: Cast) -> Course:
    """Enter all projects on the campaign's second day, then let each start, stand or tell its months on its day."""
    dice = random.Random(f"{SEED}")
    sites = _key_sites(cast)
    idle = _idle(sites, dice)
    units = list(Unit.objects.filter(level="county", generated=True).select_related("region").order_by("code"))
    steps: list[Step] = []
    for number, site in enumerate(sites, start=1):
        steps += _steps(cast, site, number, site.code in idle, units, dice)
    steps += approvals.steps_of(cast, sites)
    steps.sort(key=lambda step: step[:2])
    for at, _number, step in steps:
        yield at
        step(at)


def _key_sites(cast: Cast) -> list[Site]:
    """Return the three projects of the report and as many generated ones as there are key projects."""
    codes = sorted(code for code, site in cast.sites.items() if site.door == "project")
    told = [code for code in codes if not cast.sites[code].generated]
    return [cast.sites[code] for code in (*told, *(code for code in codes if code not in told))][:ALL]


def _idle(sites: list[Site], dice: random.Random) -> set[str]:
    """Return the codes of those that have not started by the last day: the stuck one of the report, and others."""
    others = [site.code for site in sites if site.generated]
    return {STUCK, *dice.sample(others, ALL - RUNNING - 1)}


def _steps(cast: Cast, site: Site, number: int, idle: bool, units: list[Unit], dice: random.Random) -> list[Step]:
    first = datetime.combine(cast.campaign.start + timedelta(1), datetime.min.time(), TZ) + timedelta(hours=9)
    made: list[Project] = []
    start_by = date(2020, 2, 10) + timedelta(days=dice.randint(0, 70 if not idle else 100))
    facts: dict[str, Any] = {
        "number": number, "owner": dice.choice(OWNERS), "start_by": start_by,
        "build_by": start_by + timedelta(days=dice.randint(150, 260)),
    }  # fmt: skip
    facts["produce_by"] = facts["build_by"] + timedelta(days=dice.randint(30, 120))
    facts["pay_by"] = facts["produce_by"] + timedelta(days=dice.randint(30, 180))
    near = [unit for unit in units if unit.region_id == site.county_id]
    facts["unit"] = dice.choice(near) if near else None
    why = ("approval", "无法立项") if site.code == STUCK else dice.choice(WHY)

    def enter(at: datetime) -> None:
        source = "" if site.generated else REPORTED
        made.append(
            register.enter(cast.office, site, cast.campaign, at=at, source=source, generated=site.generated, **facts)
        )

    def version() -> int:
        return Project.objects.values_list("version", flat=True).get(pk=made[0].pk)

    def explain(at: datetime) -> None:
        register.explain(
            cast.office, made[0], reason=why[0], because=why[1], owner=facts["owner"], version=version(), at=at,
            expected_on=date(2020, 6, 1) + timedelta(days=dice.randint(0, 90)),
        )  # fmt: skip

    steps: list[Step] = [(first, number, enter)]
    if idle:
        return [*steps, (first + timedelta(days=30), number, explain)]
    started = _working(start_by + timedelta(days=dice.choice((-3, 0, 0, 0, 4, 9, 20))))
    began = min(max(started, date(2020, 2, 10)), date(2020, 5, 22))
    when = max(first + timedelta(minutes=30), _at(began, 10))
    steps.append(
        (when, number, lambda at: register.start(cast.office, made[0], on=began, version=version(), at=at) and None)
    )
    if site.code == MACHINE[0]:
        steps.append((first + timedelta(hours=1), number, lambda at: _machine(cast, made[0], at)))
    if number % TOLD == 0:
        steps += _months(cast, made, number, began, facts["build_by"], dice, when)
    return steps


def _machine(cast: Cast, project: Project, at: datetime) -> None:
    """Plan the machine's chain and tick what the report says is done."""
    names = milestones.templates()["equipment"]["steps"]
    days = [at.date() - timedelta(days=4), *(date(2020, 4, 10) + timedelta(days=14 * n) for n in range(len(names) - 1))]
    made = milestones.plan_chain(
        cast.office, project, MACHINE[1], list(zip(names, days, strict=True)), version=None, at=at
    )
    milestones.tick(cast.office, made[0], on=days[0], version=None, at=at)


def _months(
    cast: Cast, made: list[Project], number: int, began: date, built: date, dice: random.Random, when: datetime
) -> list[Step]:
    """Tell at each month's end how far a project was to be and was: some behind, some made up."""
    steps: list[Step] = []
    pace = dice.choice((0.6, 0.85, 1.0, 1.0, 1.1))
    share = Decimal(0)
    for month in (date(2020, 3, 1), date(2020, 4, 1), date(2020, 5, 1)):
        end = min(month + timedelta(days=30), date(2020, 5, 25))
        if end <= began:
            continue
        planned = round(Decimal(100 * (end - began).days / (built - began).days), 2)
        share = max(share, round(min(Decimal(100), planned * Decimal(str(pace))), 2))

        def tell(at: datetime, month: date = month, planned: Decimal = planned, actual: Decimal = share) -> None:
            progress.record(cast.office, made[0], month, planned=planned, actual=actual, version=None, at=at)

        steps.append((max(_at(end, 16), when + timedelta(minutes=30)), number, tell))
    return steps


def _working(day: date) -> date:
    while not china().is_workday(day):
        day += timedelta(days=1)
    return day


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, datetime.min.time(), TZ) + timedelta(hours=hour)
