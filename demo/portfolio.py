"""The portfolio of the demo: desks with clerks, approvals laid out for the projects that wait, one plan approved.

The report states that teams drove stuck approvals on; the desks' names are those of the law's authorities. Clerks, the
ways of these projects and their days are generated, and marked so where the product keeps a mark.
"""

import random
from datetime import date, datetime, timedelta

from demo.cast import TZ, Cast
from sijin.engines.calendars import china
from sijin.works.domain.approvals import verbs, ways
from sijin.works.domain.portfolio import desks, holding, plans
from sijin.works.models import ApprovalStep, Desk, Project

SEED = "portfolio"
SECONDS = 5.0  # for the plan that is approved
PHASES = 46  # running projects whose second phase is in approval
SOURCE = "部门名称据法定职责，人数为生成"
DESKS = {  # files that each takes at once
    "行政审批服务局": 4, "自然资源和规划局": 36, "生态环境局": 14, "发展和改革委员会": 7, "水务局": 7, "气象局": 3,
    "文化和旅游局": 6, "人防办公室": 6, "施工图审查中心": 4, "住房和城乡建设局": 14, "交通运输局": 6, "供电公司": 3,
    "水务集团": 2,
}  # fmt: skip
CREWS = {"设计单位": 18, "环评编制单位": 8}
NO_NUMBER = "生成"


def plan_of(cast: Cast, seconds: float = SECONDS) -> None:
    """Keep the desks, lay out approvals, and solve and approve one plan of them all on the campaign's last day."""
    dice = random.Random(SEED)
    at = datetime.combine(cast.campaign.now().astimezone(TZ).date(), datetime.min.time(), TZ) + timedelta(hours=9)
    for kind, names in ((Desk.Kind.DESK, DESKS), (Desk.Kind.CREW, CREWS)):
        for name, clerks in names.items():
            desks.keep(cast.office, name, clerks=clerks, kind=kind, at=at, source=SOURCE, generated=True)
    rows = Project.objects.filter(generated=True, steps=None).select_related("site").order_by("number")
    idle = list(rows.filter(started_on=None))
    phases = dice.sample(list(rows.filter(started_on__isnull=False)), PHASES)
    for project in (*idle, *sorted(phases, key=lambda row: row.number or 0)):
        ways.lay_out(cast.office, project, dice.choice(("full", "full", "legal", "nine")), version=None, at=at)
        _so_far(cast, project, at, dice)
        if project.started_on is not None:
            day = at.date() + timedelta(days=dice.randint(150, 320))
            holding.set_terms(cast.office, project, weight=None, permit_by=day, version=None, at=at)
    made = plans.solve(cast.office, cast.campaign, time_limit=seconds, seed=1, at=at)
    plans.approve(cast.office, made, version=made.version, at=at)


def _so_far(cast: Cast, project: Project, at: datetime, dice: random.Random) -> None:
    """File most projects; let some be looked at already."""
    done = dice.random()
    if done < 0.25:
        return
    filed = _back(at, dice.randint(12, 25))
    _act(cast, project, "begin", "filing", at, on=filed)
    _act(
        cast,
        project,
        "certify",
        "filing",
        at,
        on=china().add_workdays(filed, 1),
        number=f"{NO_NUMBER}-{project.number}",
    )
    if done > 0.7:
        _act(cast, project, "begin", "site", at, on=_back(at, dice.randint(1, 8)))


def _back(at: datetime, days: int) -> date:
    return china().back(at.date(), days)


def _act(cast: Cast, project: Project, verb: str, code: str, at: datetime, **facts: object) -> None:
    step = ApprovalStep.objects.select_related("project").get(project=project, code=code)
    verbs.VERBS[verb](cast.office, step, version=None, at=at, **facts)
