"""Approvals in the demo: the project of the report that could not be filed, one that starts on land, one with a debt.

The report states that 开沃's base for 200,000 vehicles a year could not be filed, and that teams explored 拿地即开工,
容缺受理 and 模拟审批; the ways, days and the two other projects are generated.
"""

import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from demo.cast import TZ, Cast
from sijin.places.models import Site
from sijin.works.domain import profiles
from sijin.works.domain.approvals import verbs, ways
from sijin.works.models import ApprovalStep, Project

STUCK = ("P003", "无法立项", "200,000辆/年")  # report: 年产20万辆，无法立项
ON_LAND, IN_DEBT = 4, 10  # places in the list: generated projects that start on land, and that owe a paper
LAND_AFTER = 31  # working days from the first day to the land contract
Step = tuple[datetime, int, Callable[[datetime], None]]


def steps_of(cast: Cast, sites: list[Site]) -> list[Step]:
    """Return what happens to the approvals of three projects, each at its time."""
    stuck = next(n for n, site in enumerate(sites, start=1) if site.code == STUCK[0])
    return [
        (_on(cast, 2), stuck, lambda at: _cannot_be_filed(cast, sites[stuck - 1], at)),
        (_on(cast, 2), ON_LAND, lambda at: _lay_out(cast, sites[ON_LAND - 1], "nine", at)),
        (_on(cast, 9), ON_LAND, lambda at: _simulate(cast, sites[ON_LAND - 1], at)),
        (
            _on(cast, 23),
            ON_LAND,
            lambda at: _given(cast, sites[ON_LAND - 1], at, site="用字2020-004", eia="环评2020-004"),
        ),
        (_on(cast, 34), ON_LAND, lambda at: _given(cast, sites[ON_LAND - 1], at, design="方案2020-004")),
        (_on(cast, 62), ON_LAND, lambda at: _later(cast, sites[ON_LAND - 1], at)),
        *_owing(cast, sites[IN_DEBT - 1]),
    ]


def _on(cast: Cast, days: int) -> datetime:
    return datetime.combine(cast.campaign.start + timedelta(days=days), datetime.min.time(), TZ) + timedelta(hours=15)


def _project(site: Site) -> Project:
    return Project.objects.select_related("site").get(site=site)


def _lay_out(cast: Cast, site: Site, way: str, at: datetime) -> None:
    ways.lay_out(cast.office, _project(site), way, version=None, at=at)


def _cannot_be_filed(cast: Cast, site: Site, at: datetime) -> None:
    profiles.edit(cast.office, site, version=Site.objects.get(pk=site.pk).version, capacity=STUCK[2])
    _lay_out(cast, site, "nine", at)
    filing = ApprovalStep.objects.get(project__site=site, code="filing")
    verbs.block(cast.office, filing, STUCK[1], version=None, at=at)


def _simulate(cast: Cast, site: Site, at: datetime) -> None:
    """File it, look at its site, and give a simulated opinion on the land permit; the land contract has its day."""
    _act(cast, site, "begin", "filing", at, on=at.date())
    _act(cast, site, "certify", "filing", at, on=at.date(), number="2020-备-0004")
    project = _project(site)
    digest = hashlib.sha256(f"plan of {site.code}".encode()).hexdigest()
    verbs.hand_in_plan(cast.office, project, digest, "总平面图.pdf", version=None, at=at)
    _act(cast, site, "set_day", "land", at, on=contract_day(cast.campaign.start))
    _act(cast, site, "simulate", "land-permit", at, on=at.date())


def _given(cast: Cast, place: Site, at: datetime, **numbers: str) -> None:
    """Let items be accepted and their certificates be given."""
    for code, number in numbers.items():
        _act(cast, place, "begin", code, at, on=at.date())
        _act(cast, place, "certify", code, at, on=at.date(), number=number)


def _later(cast: Cast, site: Site, at: datetime) -> None:
    """The land contract is put off: what was simulated keeps the days from being lost."""
    _act(cast, site, "set_day", "land", at, on=date(2020, 6, 24))


def contract_day(start: date) -> date:
    """Return the day of the land contract of the project that starts on land."""
    return verbs.china().add_workdays(start, LAND_AFTER)


def _owing(cast: Cast, site: Site) -> list[Step]:
    """Drive a project to its planning permit, accepted without a paper that does not come."""
    told: list[tuple[int, str, str, dict[str, Any]]] = [
        (3, "", "", {}),
        (5, "certify", "filing", {"number": "2020-备-0010"}),
        (7, "certify", "site", {"number": "用字2020-010"}),
        (9, "deliver", "land", {}),
        (12, "certify", "land-permit", {"number": "地字2020-010"}),
        (14, "deliver", "drawings", {}),
        (20, "certify", "design", {"number": "方案2020-010"}),
        (22, "promise", "plan-permit", {"papers": ["land-proof"]}),
    ]
    return [(_on(cast, day), IN_DEBT, _step_of(cast, site, *rest)) for day, *rest in told]  # type: ignore[arg-type]


def _step_of(cast: Cast, site: Site, verb: str, code: str, facts: dict[str, Any]) -> Callable[[datetime], None]:
    def take(at: datetime) -> None:
        if not verb:
            _lay_out(cast, site, "legal", at)
            return
        if verb == "certify":
            _act(cast, site, "begin", code, at, on=at.date())
        given = dict(facts)
        if "papers" in given:
            given["papers"] = ApprovalStep.objects.filter(project__site=site, code__in=given["papers"])
        _act(cast, site, verb, code, at, on=at.date(), **given)

    return take


def _act(cast: Cast, site: Site, verb: str, code: str, at: datetime, **facts: Any) -> None:
    step = ApprovalStep.objects.select_related("project").get(project__site=site, code=code)
    verbs.VERBS[verb](cast.office, step, version=None, at=at, **facts)
