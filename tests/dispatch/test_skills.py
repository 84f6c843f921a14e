"""Who can help: a tea need finds the agriculture group first, a data need the police college's."""

import pytest

from sijin.dispatch.domain.skills import asked_for, skill_code, who_can_help
from sijin.dispatch.models import Membership, Team
from sijin.people.models import Account, Official, Role, Skill, Unit
from sijin.people.refusals import NotAllowed


@pytest.fixture
def provincial(field):
    """The agriculture group and the police college's group, as the report has them."""
    skills = {skill.code: skill for skill in Skill.objects.all()}
    for number, unit, skill in (("省05", "山东省农业农村厅二", "agriculture"), ("省02", "山东警察学院", "data")):
        home = Unit.objects.create(code=number, name=unit, level="province")
        team = Team.objects.create(campaign=field.campaign, number=number, name=unit, level="province", unit=home)
        for n in range(2):
            person = Official.objects.create(code=f"{number}{n}", name=f"{unit}{n}", unit=home)
            person.skills.add(skills[skill])
            Membership.objects.create(team=team, official=person)
    return field


def ranked(field, text: str) -> list[str]:
    return [team.team.number for team in who_can_help(field.office, field.campaign, text).teams]


def test_tea_and_data_rank_the_groups_in_opposite_order(provincial) -> None:
    tea = ranked(provincial, "村里茶园缺乏专业的管理和种植技术")
    data = ranked(provincial, "汇总居民健康码申领情况，统计表格要一天")
    assert tea[0] == "省05" and data[0] == "省02"
    assert "省02" not in tea and "省05" not in data
    assert ranked(provincial, "茶園缺乏管理技術") == tea


def test_the_reason_says_what_is_known_and_loose_people_are_found_too(provincial) -> None:
    found = who_can_help(provincial.office, provincial.campaign, skills=["agriculture"])
    loose = next(helper for helper in found.people if helper.official.name == "丁")
    assert loose.team is None and loose.skills == ["agriculture"] and loose.unit_knows == []
    best = found.people[0]
    assert best.unit_knows == ["agriculture"] and "农业技术" in best.reason


def test_words_nobody_knows_find_nothing(provincial) -> None:
    found = who_can_help(provincial.office, provincial.campaign, "量子计算")
    assert (found.skills, found.teams, found.people) == ({}, [], [])
    assert asked_for("茶园缺土地") == {"agriculture": 1.0, "land": 1.0}
    assert (skill_code("农业技术"), skill_code("agriculture"), skill_code("剪纸")) == (
        "agriculture",
        "agriculture",
        "剪纸",
    )


def test_only_who_sees_officials_may_ask(provincial) -> None:
    with pytest.raises(NotAllowed):
        who_can_help(Account(username="x", role=Role.DEPARTMENT_HANDLER), provincial.campaign, "茶")
