"""Rows 14 and 20: the stage of the machine of the report; how many key projects run, and the list of the others."""

from demo.figures.figure import Figure, campaign, office
from sijin.people.refusals import RuleBroken
from sijin.works.domain.portfolio import tiles
from sijin.works.domain.projects import milestones, reads, register
from sijin.works.models import Milestone, Project

MACHINE = "数控冲床"


def _chain() -> milestones.Chain:
    rows = reads.listed(office(), reads.Wanted(q="新北洋")).prefetch_related("milestones")
    return next(chain for chain in milestones.chains(rows[0]) if chain.name == MACHINE)


def _stage() -> str:
    last = _chain().last
    return last.name if last else ""


def _refused() -> str:
    """Try to tick 单机调试 as the office would, and return what it is told to do first (it changes nothing)."""
    step = next(step for step in _chain().steps if step.name == "单机调试")
    at = campaign().now()
    try:
        milestones.tick(office(), step, on=at.date(), version=None, at=at)
    except RuleBroken as refusal:
        return "软件安装" if "软件安装" in str(refusal.facts.get("before", "")) else str(refusal)
    return "ticked"


def _idle() -> list[Project]:
    return list(reads.listed(office(), reads.Wanted(key=True, state="idle")))


def _ordered() -> str:
    """Return how many of the key projects have their four early days in order, of how many that have all four."""
    rows = list(reads.listed(office(), reads.Wanted(key=True)))
    days = [[getattr(row, name) for name in register.PLANNED] for row in rows]
    full = [four for four in days if all(four)]
    return f"{sum(four == sorted(four) for four in full)} of {len(full)}"


def _tiles() -> str:
    """Return how many tiles the portfolio shows, and how many of them stand beside with a reason and an owner."""
    shown = tiles.tiles(office(), campaign().now().date())
    return f"{len(shown.tiles)} / {len(shown.idle) - shown.unexplained}"


def _one() -> Project:
    return _idle()[0]


FIGURES = [
    Figure(14, "stage of the machine at 新北洋", "基础完成", _stage,
           lambda: Milestone.objects.filter(chain=MACHINE, name="基础完成").update(done_on=None)),
    Figure(14, "what 单机调试 waits for", "软件安装", _refused,
           lambda: Milestone.objects.filter(chain=MACHINE, name="软件安装").delete()),
    Figure(20, "key projects started or resumed, of all", "188 / 202",
           lambda: f"{reads.tally(office()).running} / {reads.tally(office()).all}",
           lambda: Project.objects.filter(pk=_one().pk).update(started_on="2020-03-05")),
    Figure(20, "share of them", "93.07 %", lambda: reads.tally(office()).percent,
           lambda: Project.objects.filter(pk=_one().pk).update(number=None)),
    Figure(20, "rows of the list of those that do not run", "14", lambda: str(len(_idle())),
           lambda: Project.objects.filter(pk=_one().pk).update(started_on="2020-03-05")),
    Figure(20, "of them with a reason and an owner", "14",
           lambda: str(sum(bool(row.reason and row.because and row.owner) for row in _idle())),
           lambda: Project.objects.filter(pk=_one().pk).update(owner="")),
    Figure(20, "tiles of the portfolio, and those beside them with reason and owner", "202 / 14", _tiles,
           lambda: Project.objects.filter(pk=_one().pk).update(owner="")),
    Figure(20, "early days in order, of those with all four", "202 of 202", _ordered,
           lambda: Project.objects.filter(pk=_one().pk).update(start_by=None)),
]  # fmt: skip
