"""Rows 2, 3 and 29: the provincial groups by name, the short groups by name, who can help with what."""

from demo.figures.figure import Figure, campaign, office
from sijin.dispatch.domain import checks
from sijin.dispatch.domain.skills import who_can_help
from sijin.dispatch.models import Membership, Team
from sijin.people.models import Official
from sijin.people.policy import visible

UNITS = (
    "山东省工业和信息化厅 山东警察学院 山东省住房和城乡建设厅 山东省纪委监委机关"
    " 山东省农业农村厅 中共山东省委宣传部 山东交通学院"
)
TEA, DATA = "茶园缺乏专业的管理和种植技术", "居民健康码申领情况要汇总成表"


def _units() -> str:
    teams = visible(office(), Team).filter(campaign=campaign(), level=Team.Level.PROVINCE).order_by("number")
    return " ".join(str(team.unit) for team in teams.select_related("unit"))


def _short() -> str:
    """Count the groups that the rule check names as short: a warning each, never a refusal."""
    return str(len(checks(campaign()).short))


def _first(text: str) -> str:
    return str(who_can_help(office(), campaign(), text).teams[0].team.unit)


def _above(text: str, first: str, second: str) -> str:
    """Say which of two units' groups ranks higher for a need."""
    for ranked in who_can_help(office(), campaign(), text).teams:
        if ranked.team.unit and ranked.team.unit.name in (first, second):
            return ranked.team.unit.name
    return "neither"


def _without(unit: str) -> object:
    return Membership.objects.filter(official__in=Official.objects.filter(unit__name=unit)).delete()


def _filled() -> object:
    """Ask for one person fewer in a group that is short."""
    short = checks(campaign()).short[0]
    return Team.objects.filter(pk=short.team.pk).update(size_wanted=short.values["people"])


FIGURES = [
    Figure(2, "units of the provincial teams", UNITS, _units,
           lambda: Team.objects.filter(number="省03").update(unit=None)),
    Figure(3, "groups named as short of five", "50", _short, _filled),
    Figure(29, "first group for a tea need", "山东省农业农村厅", lambda: _first(TEA),
           lambda: _without("山东省农业农村厅")),
    Figure(29, "for a data need, police college or agriculture", "山东警察学院",
           lambda: _above(DATA, "山东警察学院", "山东省农业农村厅"), lambda: _without("山东警察学院")),
]  # fmt: skip
