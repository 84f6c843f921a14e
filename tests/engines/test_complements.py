"""The complement finder: hard conditions, the complement rule, ranking, reasons, history, rows that come and go."""

from dataclasses import replace
from itertools import pairwise
from threading import Event, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sijin.engines import complements as engine
from sijin.engines.complements import Finder, History, Need, Offer
from sijin.exchange import market

TODAY = 737_494
NEED = Need("电脑", ("goods",), "台", 10.0, TODAY, TODAY + 10, point=(37.5, 122.1), exact=True)
OFFER = Offer("a", "goods", ("电脑",), "台", 6.0, point=(37.5, 122.1))
HAS_ORDERS, HAS_CAPACITY = (False, True), (True, False)


def of(*offers: Offer) -> Finder:
    finder = market.finder()
    assert finder.add(offers) == []
    return finder


def asked(need: Need, *offers: Offer) -> list[str]:
    return [hit.key for hit in of(*offers).ask(need, 50)]


def test_the_same_thing_at_the_same_place_covers_what_is_free() -> None:
    (hit,) = of(OFFER).ask(NEED)
    told = {reason.code: reason.value for reason in hit.fits}
    assert (hit.covers, hit.km, told["named"]) == (0.6, 0, ("电脑",))
    assert {reason.code: round(reason.value, 9) for reason in hit.lacks} == {"quantity": 0.4}


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"kind": "funds"}, "kind"),
        ({"names": ("口罩",)}, "words"),
        ({"unit": "只"}, "unit"),
        ({"until": TODAY - 1}, "over"),
        ({"point": (37.0, 121.5), "reach_km": 40}, "place"),
        ({"site": 1}, "itself"),
        ({"key": "turned down"}, "refused"),
    ],
    ids=str,
)
def test_what_breaks_a_hard_condition_is_left_out_and_named(change: dict, broken: str) -> None:
    need = replace(NEED, site=1, refused=frozenset({"turned down"}))
    assert asked(need, OFFER) == ["a"]
    bad = replace(OFFER, **change)
    finder = of(bad)
    assert finder.ask(need) == []
    verdict = finder.why_not(need, bad.key)
    assert [check.name for check in verdict.failed] == [broken] and verdict.hit is None


@pytest.mark.parametrize("traits", [(True, True), (False, False), (False, True), (None, None), (True, None)], ids=str)
def test_who_has_orders_is_paired_only_with_who_has_capacity_and_no_channel(traits) -> None:
    need = Need("防护服产能不足", ("capacity",), traits=HAS_ORDERS)
    maker = Offer("m", "capacity", ("防护服产能",), "件/日", traits=HAS_CAPACITY)
    assert asked(need, maker) == ["m"]
    assert asked(need, replace(maker, traits=traits)) == []


def test_who_lacks_the_certificate_stands_below_even_when_nearer_and_larger() -> None:
    need = replace(NEED, certificate=True)
    far = {"free": 1.0, "point": (36.9, 121.6)}
    held, unknown = (replace(OFFER, key=str(c), certificate=c, **far) for c in (True, None))
    lacking = replace(OFFER, key="False", certificate=False)
    assert asked(need, lacking, unknown, held) == ["True", "None", "False"]
    assert asked(NEED, lacking, unknown, held)[0] == "False"


def test_a_kind_may_ask_for_the_whole_quantity_and_for_the_window() -> None:
    table = {**market.table(), "kinds": {**market.table()["kinds"]}}
    hard = {**table["kinds"]["goods"], "filters": {"quantity": "whole", "window": "out", "certificate": "out"}}
    table["kinds"]["goods"] = hard
    finder = Finder(engine.read(table, {}))
    finder.add([OFFER, replace(OFFER, key="b", free=10.0), replace(OFFER, key="c", free=99.0, since=TODAY + 11)])
    assert [hit.key for hit in finder.ask(NEED)] == ["b"]
    assert [check.name for check in finder.why_not(NEED, "c").failed] == ["window"]
    assert finder.ask(replace(NEED, certificate=True)) == []


def test_nearer_larger_and_in_time_stand_first() -> None:
    for worse in ({"point": (37.2, 121.9)}, {"free": 3.0}, {"since": TODAY + 20}):
        assert asked(NEED, replace(OFFER, key="worse", **worse), OFFER) == ["a", "worse"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("電腦", ("电脑",)),
        ("计算机", ("电脑",)),
        ("缺技能型人才", ("应届毕业生", "技能型人才")),
        ("缺人手", ("一线工人",)),
    ],
)
def test_likeness_sees_through_script_and_synonyms(text: str, names: tuple[str, ...]) -> None:
    other = Offer("other", "goods", ("测温枪", "防疫"))
    assert asked(Need(text), Offer("right", "goods", names), other)[0] == "right"


def test_one_character_in_common_does_not_make_an_item() -> None:
    assert asked(Need("彩色打印机", ("goods",), exact=True), Offer("c", "goods", ("计算机",))) == []


def test_an_item_by_its_other_name_is_the_same_thing() -> None:
    (hit,) = of(Offer("c", "goods", ("台式计算机",), "台")).ask(Need("電腦", ("goods",), exact=True))
    assert hit.likeness == 1.0


def test_a_thing_that_only_goes_with_it_is_shown_for_a_text_but_not_for_an_item() -> None:
    printer = Offer("p", "goods", ("打印机",))
    assert asked(Need("电脑老化", ("goods",)), printer) == ["p"]
    assert asked(Need("电脑", ("goods",), exact=True), printer) == []


def test_a_skill_that_is_named_leaves_out_who_names_another() -> None:
    need = Need("缺技能型人才", ("labor",))
    workers = Offer("w", "labor", ("一线工人",), more="人才市场")
    assert asked(need, workers) == []
    (check,) = of(workers).why_not(need, "w").failed
    assert (check.name, check.wanted, check.found) == ("skill", ("技能人才",), ("普通劳动力",))
    assert asked(Need("缺人手", ("labor",)), workers) == ["w"]


def test_units_convert_or_leave_out() -> None:
    (hit,) = of(replace(OFFER, unit="公斤", free=250.0)).ask(replace(NEED, unit="吨", missing=1.0))
    assert hit.covers == 0.25


def test_history_moves_a_provider_and_can_be_taken_back() -> None:
    finder = of(replace(OFFER, key="a", provider="甲"), replace(OFFER, key="b", provider="乙"))
    assert [hit.key for hit in finder.ask(NEED)] == ["a", "b"]
    finder.tell("乙", "goods", History(accepted=1))
    assert [hit.key for hit in finder.ask(NEED)] == ["b", "a"]
    finder.tell("乙", "goods", History(failed=1))
    assert [hit.key for hit in finder.ask(NEED)] == ["a", "b"]
    assert "distrusted" in {reason.code for reason in finder.ask(NEED)[1].lacks}
    finder.tell("乙", "goods", History())
    assert {hit.trust for hit in finder.ask(NEED)} == {engine.NEUTRAL}


def test_there_is_room_for_any_number_of_providers() -> None:
    finder = of(OFFER)
    for n in range(100):
        finder.tell(f"单位{n}", "goods", History(accepted=n))
    finder.add([replace(OFFER, key=n, provider=f"单位{n}") for n in range(200)])
    assert [hit.key for hit in finder.ask(NEED, 2)] == [99, 98]


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_trust_follows_laplace(accepted: int, delivered: int, failed: int) -> None:
    trust = History(accepted, delivered, failed).trust
    good = accepted + 2 * delivered
    assert trust == pytest.approx((1 + good) / (2 + good + failed)) and 0 < trust < 1
    assert History(accepted, delivered + 1, failed).trust > History(accepted + 1, delivered, failed).trust > trust
    assert History(accepted, delivered, failed + 1).trust < trust


WORDS = st.sampled_from(["口罩", "电脑", "防护服", "化肥", "水泵", "茶苗", "贷款", "大巴"])
MADE = st.builds(
    Offer,
    key=st.integers(0, 30),
    kind=st.sampled_from(["goods", "funds"]),
    names=st.lists(WORDS, min_size=1, max_size=3).map(tuple),
    unit=st.sampled_from(["台", "吨", "公斤"]),
    free=st.floats(0.5, 100),
    until=st.none() | st.integers(TODAY - 3, TODAY + 3),
    point=st.none() | st.just((37.4, 122.0)),
    certificate=st.sampled_from([True, False, None]),
)


@settings(max_examples=30)
@given(st.lists(MADE, max_size=25), st.lists(MADE, max_size=12), st.lists(st.integers(0, 30), max_size=6), WORDS)
def test_rows_that_come_and_go_leave_the_index_as_if_made_anew(first, later, gone, text) -> None:
    followed = market.finder()
    followed.add(first)
    followed.remove(gone)
    for offer in later:
        followed.add([offer])
    left = {offer.key: offer for offer in first if offer.key not in gone} | {offer.key: offer for offer in later}
    need = Need(f"急需{text}", (), today=TODAY, point=(37.5, 122.1), certificate=True)
    assert len(followed) == len(left)
    fresh = of(*left.values())
    expected = {hit.key: hit for hit in fresh.ask(need, 99)}
    found = {hit.key: hit for hit in followed.ask(need, 99)}
    assert found.keys() == expected.keys()
    order = [(hit.grade, -hit.score) for hit in followed.ask(need, 99)]
    assert all(a[0] < b[0] or a[1] <= b[1] + 1e-5 for a, b in pairwise(order))
    for key, hit in found.items():
        verdict = followed.why_not(need, key)
        assert verdict.failed == () and verdict.hit.key == key and verdict.among == len(found)
        assert (hit.km, hit.grade) == (expected[key].km, expected[key].grade)


def test_bad_rows_are_named_and_the_others_kept() -> None:
    bad = [
        replace(OFFER, key="kind", kind="nothing"),
        replace(OFFER, key="free", free=0.0),
        replace(OFFER, key="names", names=(" ",)),
        replace(OFFER, key="until", since=TODAY, until=TODAY - 1),
        replace(OFFER, key="point", point=(91.0, 0.0)),
    ]
    finder = market.finder()
    faults = finder.add([OFFER, *bad])
    assert [(fault.row, fault.field) for fault in faults] == [(n + 1, offer.key) for n, offer in enumerate(bad)]
    assert [hit.key for hit in finder.ask(NEED)] == ["a"]


def test_rules_that_cannot_be_used_name_every_place() -> None:
    kinds = {
        "a": {"units": [], "complements": ["b"], "filters": {"unit": "perhaps"}, "weights": {"text": 1}},
        "b": {"units": ["件"], "complements": ["c"], "weights": {"text": 0.5}},
    }
    with pytest.raises(engine.Faulty) as caught:
        engine.read({"kinds": kinds, "ranking": {"near_km": 1, "least_text": 0}}, {})
    assert {fault.where for fault in caught.value.faults} == {
        "kinds.a.units", "kinds.a.filters.unit", "kinds.b.weights", "kinds.b.complements",
    }  # fmt: skip


def test_an_empty_market_and_an_empty_text_answer_nothing() -> None:
    assert market.finder().ask(NEED) == []
    assert of(OFFER).ask(Need("12345 !!")) == []


def test_one_thread_asks_while_another_adds() -> None:
    finder = of(OFFER)
    stop = Event()

    def grow() -> None:
        try:
            for n in range(60):
                finder.add([replace(OFFER, key=n)])
                finder.remove([n - 5])
        finally:
            stop.set()

    adding = Thread(target=grow)
    adding.start()
    while not stop.is_set():
        assert all(hit.likeness == 1 for hit in finder.ask(NEED))
    adding.join()
    assert len(finder) == 6
