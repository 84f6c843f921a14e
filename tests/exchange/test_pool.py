"""The capacity pool: what a plan holds to, locks and moves, publishing, scenarios, what is signed and delivered."""

import math
from collections import defaultdict
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sijin.engines.pooling.check import check
from sijin.exchange.domain import matches, offers
from sijin.exchange.domain.pool import keeping, partners, plans, scenarios, settle, shares
from sijin.exchange.domain.pool.board import board, shares_of
from sijin.exchange.domain.pool.problem import monday, pose
from sijin.exchange.domain.rows import restore, withdraw
from sijin.exchange.models import Agreement, Delivery, Match, Offer, PoolDay, PoolMaker, PoolOrder, PoolPlan, PoolShare
from sijin.people.models import Role
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from tests.conftest import at
from tests.exchange.pools import START, line, offer, order, solved, stocked, taken


@pytest.fixture
def pool(world):
    return stocked(world)


def test_a_plan_takes_the_cheapest_that_may_and_says_its_proof(pool) -> None:
    plan = solved(pool, time_limit=60)  # it ends once it is proven
    made = taken(plan)
    assert sum(count for (code, _maker), count in made.items() if code == "o1") == 8_000
    assert sum(count for (code, _maker), count in made.items() if code == "o2") == 10_000
    assert made["o1", "own"] == 4_000, "its own line is the cheapest: two weeks of twenty hours"
    assert not {maker for _code, maker in made} & {"c", "d"}
    assert ("o2", "own") not in made, "an order that is given away is not made at home"
    assert plan.late == [] and plan.bound <= plan.cost and plan.gap == pytest.approx(0, abs=1e-6)
    assert plan.cost == pytest.approx(4_000 * 5 + 12_000 * 8 + 2_000 * 9)


def test_every_day_keeps_to_the_hours_and_the_days_add_up_to_the_shares(pool) -> None:
    plan = solved(pool)
    hours: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for share in shares_of(plan):
        days = list(share.days.all())
        assert sum(day.quantity for day in days) == share.quantity
        for day in days:
            assert share.order.release <= day.day <= share.order.due
            hours[share.maker.code, day.day] += day.quantity / Decimal(100)
    weekly = {maker.code: maker.hours for maker in pool.lines.values()}
    assert all(used <= weekly[code] / 7 + Decimal("0.011") for (code, _day), used in hours.items())


def test_what_is_kept_passes_the_engines_own_check(pool) -> None:
    order(pool, "huge", 50_000)
    plan = solved(pool)
    posed = pose(pool.campaign, START)
    rows = [(share.order_id, share.maker_id, float(share.quantity)) for share in plan.shares.all()]
    kept = pl.DataFrame(rows, schema=["order", "maker", "quantity"], orient="row")
    assert plan.late and check(*plans.tables_of(posed), kept) == []


@given(
    st.lists(st.floats(0.001, 10_000), min_size=1, max_size=6),
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=20),
)
def test_whole_pieces_add_up_to_the_order_and_their_days_to_them(parts, days) -> None:
    total = math.ceil(sum(parts) - 1e-6)
    posed = SimpleNamespace(quantity={1: total}, start=START)
    rest = [*parts, total - sum(parts)] if total - sum(parts) > 1e-6 else parts
    board_rows = [(n, day, 1, part * quantity) for n, quantity in enumerate(rest) for day, part in enumerate(days)]
    answer = SimpleNamespace(
        shares=pl.DataFrame([(1, n, q) for n, q in enumerate(rest)], ["order", "maker", "quantity"], orient="row"),
        board=pl.DataFrame(board_rows, ["maker", "day", "order", "quantity"], orient="row"),
    )
    pieces = plans.whole(posed, answer)
    assert sum(pieces.values()) == total
    assert all(abs(count - rest[maker]) < 1 + 1e-6 for (_order, maker), count in pieces.items())
    if sum(days) > 0:
        for pair, made in plans.days_of(posed, answer, pieces).items():
            assert sum(count for _day, count in made) == pieces[pair] and all(count > 0 for _day, count in made)


def test_parts_of_pieces_are_given_out_whole(pool) -> None:
    PoolOrder.objects.all().update(withdrawn_at=pool.campaign.now())
    for code, price in (("x", "2"), ("y", "3")):
        line(pool, code, price, product="口罩", rates={"口罩": (Decimal("33.3333"), Decimal(price))})
    order(pool, "o3", 3_999, product="口罩", certificate=False)
    plan = solved(pool)
    assert sum(taken(plan).values()) == 3_999
    assert PoolDay.objects.filter(share__plan=plan, quantity=0).count() == 0


def test_who_may_not_make_an_order_is_told_why(pool) -> None:
    line(pool, "e", certificate=None)
    line(pool, "f", offer=offer(pool, "f", has_capacity=False))
    line(pool, "g", offer=offer(pool, "g", has_channel=True))
    offer(pool, "channel", site=pool.sites[0], has_capacity=False, has_channel=True)
    line(pool, "h", product="口罩")
    line(pool, "i", lead=2)
    line(pool, "j", windows=[["2020-03-11", "2020-03-20"]])
    posed = pose(pool.campaign, START)
    first = pool.orders[0].pk
    told = {posed.makers[maker].code: why for (key, maker), why in posed.barred.items() if key == first}
    assert told == {
        "d": "certificate", "e": "certificate_unknown", "f": "no_capacity", "g": "not_complementary", "h": "product",
        "i": "time", "j": "time",
    }  # fmt: skip
    assert posed.barred[pool.orders[1].pk, pool.lines["own"].pk] == "given_away"


def test_without_an_offer_nothing_is_known_against_a_maker(pool) -> None:
    offer(pool, "channel", site=pool.sites[0], has_capacity=False, has_channel=True)
    posed = pose(pool.campaign, START)
    assert (pool.orders[0].pk, pool.lines["b"].pk) in posed.open


def test_what_is_not_made_in_time_is_named_with_its_reason(pool) -> None:
    order(pool, "huge", 50_000)
    order(pool, "masks", 10, product="口罩")
    order(pool, "soon", 100, due=date(2020, 3, 10), site=pool.sites[1])
    plan = solved(pool)
    late = {PoolOrder.objects.get(pk=row["order"]).code: row for row in plan.late}
    assert set(late) >= {"huge", "masks", "soon"}
    assert late["masks"]["why"] == "nobody_product" and late["masks"]["quantity"] == 10
    assert late["soon"]["why"] == "nobody_time"
    assert date.fromisoformat(late["huge"]["ready"]) > PoolOrder.objects.get(code="huge").due
    assert late["huge"]["maker"] in {maker.pk for maker in pool.lines.values()} and "ready" not in late["masks"]
    made = sum(count for (code, _maker), count in taken(plan).items() if code == "huge")
    assert late["huge"]["quantity"] == 50_000 - made


def test_a_lock_holds_when_it_is_solved_again_and_moves_have_a_price(pool) -> None:
    plan = solved(pool)
    share = plan.shares.get(order__code="o2", maker=pool.lines["a"])
    share = shares.move(pool.office, share, pool.lines["c"].pk, version=plan.version)
    assert (share.locked, share.by_hand, share.days.count()) == (True, True, 0)
    plan.refresh_from_db()
    assert plan.changed
    with pytest.raises(RuleBroken):
        plans.publish(pool.office, plan)
    again = solved(pool, base=plan, change_price=1)
    assert taken(again)["o2", "c"] == share.quantity and not again.changed
    kept = again.shares.get(order__code="o2", maker=pool.lines["c"])
    assert kept.locked and kept.by_hand and kept.days.count() > 0
    unlocked = shares.lock(pool.office, kept, False, version=again.version)
    assert not unlocked.locked
    steady = solved(pool, base=PoolPlan.objects.get(pk=again.pk), change_price=100)
    assert taken(steady) == taken(again), "at this price nothing moves"
    assert shares.differences(steady, shares_of(steady)) == []
    moved = {(d.order.code, d.maker.code): (d.before, d.after) for d in shares.differences(again, shares_of(again))}
    assert all(taken(again).get(pair, 0) == after != before for pair, (before, after) in moved.items())
    free = solved(pool, base=PoolPlan.objects.get(pk=again.pk))
    assert ("o2", "c") not in taken(free)


def test_a_share_goes_only_where_it_may_be_made(pool) -> None:
    plan = solved(pool)
    share = plan.shares.get(order__code="o1", maker=pool.lines["own"])
    for maker in (pool.lines["d"].pk, share.maker_id, 10**9):
        with pytest.raises(RuleBroken):
            shares.move(pool.office, share, maker, version=plan.version)
    with pytest.raises(Stale):
        shares.move(pool.office, share, pool.lines["c"].pk, version=plan.version + 1)
    with pytest.raises(NotAllowed):
        shares.move(pool.accounts["leader"], share, pool.lines["c"].pk, version=plan.version)
    judged = shares.judge(pose(pool.campaign, START), share, pool.lines["c"].pk)
    assert judged.more == (15 - 5) * share.quantity
    published = plans.publish(pool.office, plan)
    with pytest.raises(RuleBroken):
        shares.lock(pool.office, share, True, version=published.version)


def test_locks_that_clash_are_named(pool) -> None:
    plan = solved(pool)
    share = plan.shares.get(order__code="o1", maker=pool.lines["own"])
    shares.lock(pool.office, share, True, version=plan.version)
    keeping.keep_maker(
        pool.office, pool.campaign, "own", rates={"防护服": (Decimal(10), Decimal(5))}, version=1, hours=Decimal(1)
    )
    with pytest.raises(RuleBroken, match="o1"):
        solved(pool, base=PoolPlan.objects.get(pk=plan.pk))


@pytest.mark.parametrize("change", ["order", "maker", "new", "offer"])
def test_a_plan_of_what_has_changed_since_is_not_published(pool, change: str) -> None:
    plan = solved(pool)
    if change == "order":
        keeping.keep_order(pool.office, pool.campaign, "o1", version=1, quantity=7_000)
    elif change == "maker":
        withdraw(pool.office, pool.lines["c"], version=1)
    elif change == "new":
        order(pool, "o9")
    else:
        offers.withdraw(pool.office, pool.lines["a"].offer, version=1)
    with pytest.raises(Stale):
        plans.publish(pool.office, plan)
    assert PoolPlan.objects.get(pk=plan.pk).state == "draft"


def test_days_far_away_neither_break_a_plan_nor_fill_the_machine(pool) -> None:
    for start in (date.max, date.min):
        with pytest.raises(RuleBroken):
            solved(pool, start=start)
    order(pool, "far", 4_000, date(2099, 1, 1))
    plan = solved(pool)
    assert plan.weeks == 260 and plan.late == []
    early = solved(pool, start=date(2001, 1, 1))
    assert early.weeks == 260 and early.shares.count() == 0


def test_one_plan_holds_at_a_time_and_only_the_office_publishes(pool) -> None:
    first, second = solved(pool), solved(pool)
    with pytest.raises(NotAllowed):
        plans.publish(pool.accounts["leader"], first)
    plans.publish(pool.office, first)
    plans.publish(pool.office, second)
    first.refresh_from_db()
    assert (first.state, PoolPlan.objects.get(state="published")) == ("replaced", second)
    with pytest.raises(RuleBroken):
        plans.publish(pool.office, first)
    for role in set(Role.values) - {"campaign_office"}:
        with pytest.raises(NotAllowed):
            plans.solve(pool.accounts[role], pool.campaign, start=START)


def test_progress_is_heard_and_stops_the_solver_with_nothing_kept(pool) -> None:
    heard = []

    def stop(done: int, total: int, words: str) -> None:
        heard.append((done, total))
        raise InterruptedError

    with pytest.raises(InterruptedError):
        solved(pool, progress=stop)
    assert heard and PoolPlan.objects.count() == 0


def test_scenarios_stand_beside_the_plan_and_touch_nothing(pool) -> None:
    plan = solved(pool)
    before = taken(plan), PoolMaker.objects.values_list("pk", "version", "certificate")
    base = scenarios.figures_of(plan)

    def asked(kind: str, **facts):
        found = scenarios.answer(pool.office, scenarios.ask(pool.office, plan, kind, **facts))
        return found.results

    assert base["partners"] == 2 and base["late"] == 0 and base["value"] == f"{14_000 * 20:.2f}"
    assert asked("drop", maker=pool.lines["a"])["cost"] > base["cost"]
    assert asked("certificate", maker=pool.lines["d"])["cost"] < base["cost"]
    assert asked("more", percent=20)["cost"] > base["cost"]
    alone = asked("alone")
    assert alone["partners"] == 0 and alone["last"] > base["last"]
    assert (taken(plan), PoolMaker.objects.values_list("pk", "version", "certificate"))[0] == before[0]
    with pytest.raises(RuleBroken):
        scenarios.ask(pool.office, plan, "certificate", maker=pool.lines["a"])
    with pytest.raises(RuleBroken):
        scenarios.ask(pool.office, plan, "more", percent=0)


def test_partners_come_first_and_who_lacks_the_certificate_last(pool) -> None:
    plan = solved(pool)
    kept = shares_of(plan)
    read = board(plan, kept)
    until = {row.maker.pk: row.booked_until for row in read.rows}
    found = partners.ranked(pose(pool.campaign, START), kept, until)
    assert [one.maker.code for one in found] == ["a", "b", "c", "d"], "its own line is no partner of a firm"
    assert found[0].amount == 20 * sum(found[0].products.values()) and found[0].reasons
    assert found[0].booked_until is not None and found[-1].missing


def test_a_board_lays_runs_side_by_side_under_the_hours_of_the_week(pool) -> None:
    plan = solved(pool)
    for row in board(plan).rows:
        for one, next_one in zip(row.runs, row.runs[1:], strict=False):
            assert one.until <= next_one.since + 1e-9
        assert sum(run.quantity for run in row.runs) == row.quantity
        assert row.booked_until == max(run.last for run in row.runs)
        assert all(share is None or 0 <= share <= 1 for share in row.weeks)
    assert monday(date(2020, 3, 10)) == date(2020, 3, 16) and monday(START) == START


def test_what_is_signed_and_delivered_comes_from_the_published_plan(pool) -> None:
    plan = solved(pool)
    day = date(2020, 3, 6)
    with pytest.raises(RuleBroken):
        settle.hold(pool.office, plan, "对接会", day)
    plan = plans.publish(pool.office, plan)
    event = settle.hold(pool.office, plan, "对接会", day)
    settle.invite(pool.office, event, "厂外")
    with pytest.raises(RuleBroken):
        settle.invite(pool.office, event, "厂外")
    settle.count_guests(pool.office, event, event.guests.exclude(name="厂外").values_list("pk", flat=True))
    made = settle.sign(pool.office, event, day)
    assert {one.provider for one in made} == {"厂a", "厂b"}
    assert sum(one.amount for one in made) == 14_000 * 20
    assert settle.sign(pool.office, event, day) == made and Agreement.objects.count() == 2, "nobody signs twice"
    assert {one.offer_id for one in made} == {pool.lines["a"].offer_id, None}
    first = made[0]
    settle.deliver(pool.office, first, day, Decimal("100.50"))
    for amount, on in ((first.amount, day), (Decimal(1), date(2020, 3, 5)), (Decimal(0), day)):
        with pytest.raises(RuleBroken):
            settle.deliver(pool.office, first, on, amount)
    with pytest.raises(NotAllowed):
        settle.deliver(pool.accounts["department_handler"], first, day, Decimal(1))
    steps = {step.code: (step.firms, step.yuan) for step in settle.funnel(event)}
    assert steps == {
        "invited": (3, None), "came": (2, None), "signed": (2, Decimal(280_000)), "delivered": (1, Decimal("100.50")),
    }  # fmt: skip
    assert settle.funnel(event, date(2020, 3, 5))[2].firms == 0 and Delivery.objects.count() == 1


def test_who_stayed_away_does_not_sign(pool) -> None:
    plan = plans.publish(pool.office, solved(pool))
    event = settle.hold(pool.office, plan, "对接会", date(2020, 3, 6))
    settle.count_guests(pool.office, event, [event.guests.get(name="厂b").pk])
    assert [one.provider for one in settle.sign(pool.office, event, date(2020, 3, 6))] == ["厂b"]


def test_capacity_is_reserved_once_for_the_need_that_the_orders_answer(pool) -> None:
    for code in ("o1", "o2"):
        keeping.keep_order(pool.office, pool.campaign, code, version=1, need=pool.need)
    plan = plans.publish(pool.office, solved(pool))
    made = settle.reserve(pool.office, plan)
    assert [(one.offer.code, one.state) for one in made] == [("a", Match.State.RESERVED)]
    most = max(
        sum(day.quantity for day in PoolDay.objects.filter(share__plan=plan, share__maker=pool.lines["a"], day=on))
        for on in PoolDay.objects.filter(share__maker=pool.lines["a"]).values_list("day", flat=True)
    )
    assert made[0].quantity == min(most, 800)
    assert settle.reserve(pool.office, plan) == []
    matches.step(pool.office, made[0], "release")
    assert len(settle.reserve(pool.office, plan)) == 1


def test_an_offer_that_cannot_be_reserved_any_more_is_named(pool) -> None:
    for code in ("o1", "o2"):
        keeping.keep_order(pool.office, pool.campaign, code, version=1, need=pool.need)
    plan = plans.publish(pool.office, solved(pool))
    Offer.objects.filter(code="a").update(withdrawn_at=at(3, 9))
    with pytest.raises(RuleBroken, match=Offer.objects.get(code="a").provider):
        settle.reserve(pool.office, plan)
    assert not Match.objects.exists() and not pool.need.items.filter(kind="capacity").exists()


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("quantity", {"quantity": 0}), ("due", {"due": date(2020, 3, 1)}), ("due", {"due": date.max}),
        ("quantity", {"quantity": 10**12, "unit_price": Decimal(100)}), ("unit_price", {"unit_price": Decimal(-1)}),
        ("max_partners", {"max_partners": 0}), ("product", {"product": " "}), ("site", {"site": None}),
    ],
)  # fmt: skip
def test_an_order_that_makes_no_sense_is_not_kept(pool, field: str, facts) -> None:
    count = PoolOrder.objects.count()
    with pytest.raises(RuleBroken) as refusal:
        order(pool, "o9", **facts)
    assert refusal.value.facts["field"] == field and PoolOrder.objects.count() == count


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("hours", {"hours": Decimal(0)}), ("hours", {"hours": Decimal(169)}), ("product", {"rates": {}}),
        ("per_hour", {"rates": {"防护服": (Decimal(0), Decimal(1))}}),
        ("windows", {"windows": [["2020-04-01", "2020-03-01"]]}),
        ("setup", {"setup": Decimal(-1)}), ("ship_cost", {"ship_cost": Decimal(-1)}), ("name", {"name": ""}),
    ],
)  # fmt: skip
def test_a_maker_that_makes_no_sense_is_not_kept(pool, field: str, facts) -> None:
    with pytest.raises(RuleBroken) as refusal:
        line(pool, "z", **facts)
    assert refusal.value.facts["field"] == field and not PoolMaker.objects.filter(code="z").exists()


def test_a_row_is_changed_only_by_who_has_read_it(pool) -> None:
    with pytest.raises(Stale) as stale:
        keeping.keep_order(pool.office, pool.campaign, "o1", quantity=9_000)
    assert stale.value.facts["diff"] == {"quantity": [9_000, 8_000]}
    assert keeping.keep_order(pool.office, pool.campaign, "o1", quantity=8_000)[1] == "same"
    changed, became = keeping.keep_order(pool.office, pool.campaign, "o1", version=1, quantity=9_000)
    assert (became, changed.version) == ("changed", 2)
    with pytest.raises(Stale):
        withdraw(pool.office, changed, version=1)
    out = withdraw(pool.office, changed, version=2)
    assert changed.pk not in pose(pool.campaign, START).orders
    restore(pool.office, out, version=3)
    assert changed.pk in pose(pool.campaign, START).orders
    assert PoolShare.objects.count() == 0
