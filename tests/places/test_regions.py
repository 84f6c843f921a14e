"""The divisions: two code systems side by side, never joined on a bare code."""

from collections import Counter

from sijin.places.domain import load_weihai
from sijin.places.models import Region


def test_weihai_has_its_seven_areas_and_73_towns_and_2768_villages(db) -> None:
    load_weihai()
    nbs = Region.objects.filter(system="nbs")
    assert nbs.filter(level="county").count() + nbs.filter(level="area").count() == 7
    assert (nbs.filter(level="town").count(), nbs.filter(level="village").count()) == (73, 2768)
    counts = {"环翠区": 218, "文登区": 721, "高区": 103, "经区": 81, "临港区": 167, "荣成市": 839, "乳山市": 639}
    assert Counter(nbs.filter(level="village").values_list("parent__parent__name", flat=True)) == counts


def test_loading_twice_changes_nothing(db) -> None:
    assert load_weihai() == load_weihai()


def test_one_code_two_towns(db) -> None:
    load_weihai()
    names = {r.system: r.name for r in Region.objects.filter(code="371082001")}
    assert len(set(names.values())) == 2
