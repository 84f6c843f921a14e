"""Places are found by the names that people use; what is not one place is said, with the candidates."""

import pytest

from sijin.places.domain import AmbiguousPlace, Gazetteer, UnknownPlace, add_place, load_weihai, resolve
from sijin.places.models import Region


@pytest.fixture
def atlas(db) -> Gazetteer:
    load_weihai()
    return Gazetteer()


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("文登区", "高村镇", "慈口观村"), "371003103211"),
        (("", "", "慈口观"), "371003103211"),
        (("乳山市", "徐家镇", "老庄村"), "371083114204"),
        (("临港区", "草庙子镇", "北郭格村"), "371073107237"),
        (("荣成", "俚岛镇", "大庄许家"), "371082101276"),
        (("文登区", "天福街道", "新城社区"), "371003002024"),
        (("南海新区", "滨海街道", "学府社区"), "371003108004"),
        (("南海新區", "", "學府社區"), "371003108004"),
        (("文登区", "天福路街道", "学府社区"), "371003002010"),
        (("威海高新区", "", ""), "371071"),
    ],
)
def test_the_places_of_the_report_are_found(atlas, names, code) -> None:
    assert atlas.trail(*names).code == code


def test_an_ambiguous_name_lists_its_candidates(atlas) -> None:
    with pytest.raises(AmbiguousPlace) as caught:
        atlas.trail("文登区", "", "学府社区")
    assert [region.code for region in caught.value.candidates] == ["371003002010", "371003108004"]
    assert caught.value.paths == ["文登区天福路街道学府社区居委会", "文登区小观镇学府社区居民委员会"]


def test_a_place_without_a_code_stands_under_its_town(atlas) -> None:
    found = atlas.trail("环翠区", "嵩山街道", "五家疃村")
    assert (found.system, found.level, found.parent.name, found.approximate) == ("user", "village", "嵩山街道", True)
    with pytest.raises(UnknownPlace):
        resolve("没有这个村")
    town = atlas.trail("环翠区", "嵩山街道")
    made = add_place("某新村", town)
    assert add_place("某新村", town) == made and resolve("某新村", town) == made
    assert Region.objects.get(pk=made.pk).code.startswith(town.code)


def test_civil_affairs_towns_are_never_answers(atlas) -> None:
    """371082001 is 宁津街道 to the bureau and another town to civil affairs: only the bureau's answers."""
    assert Region.objects.filter(code="371082001").count() == 2
    assert {region.system for region in atlas.regions.values()} == {"nbs", "user"}


def test_areas_have_members_and_counties_are_those_of_the_bureau(atlas) -> None:
    area = atlas.trail("南海新区")
    assert [member.name for member in area.members.all()] == ["小观镇"]
    assert atlas.county(area).name == "文登区"
    assert atlas.county(atlas.trail("临港区", "", "北郭格")).code == "371073"
    assert atlas.resolve("王家疃村", atlas.trail("里口山片区")).code == "371002100208"
    assert load_weihai() == 2849
