"""Clearings out of the rows: proposed, published as reservations, refused when rows changed; floors, locks, changes."""

from datetime import date
from decimal import Decimal

import pytest

from sijin.exchange.domain import matches, offers
from sijin.exchange.domain.clearings import locks, posing, publishing, reads, solving, terms
from sijin.exchange.models import Clearing, ClearingLock, Match, Offer
from sijin.ledger.domain import needs
from sijin.ledger.domain.events import audit
from sijin.ledger.models import Need, NeedItem
from sijin.people.models import Role
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import Region, Site
from tests.conftest import at


@pytest.fixture
def market(world):
    """Three needs for computers, of two counties, and two offers: ten wanted, seven there."""
    world.office = world.accounts["campaign_office"]
    other = Region.objects.create(system="nbs", year=2023, code="371082", name="荣成市", level="county")
    far = Site.objects.create(
        code="far", door="enterprise", name="远厂", region=other, county=other, lat=36.9, lon=122.4
    )
    leader = world.accounts["team_leader"]
    world.far = needs.raise_need(leader, world.teams[0], far, "远处缺电脑", at=at(3, 5))
    world.items = [item(need, 3 if need != world.far else 4) for need in (world.need, world.need_other, world.far)]
    world.offers = [
        offers.make(world.office, world.campaign, provider="近库", kind="goods", item="电脑", unit="台",
                    quantity=Decimal(5), region=world.county),
        offers.make(world.office, world.campaign, provider="远库", kind="goods", item="电脑", unit="台",
                    quantity=Decimal(2), site=far),
    ]  # fmt: skip
    return world


def item(need: Need, quantity: int, **facts) -> NeedItem:
    plain = {"kind": "goods", "item": "电脑", "unit": "台"}
    return NeedItem.objects.create(need=need, quantity=quantity, **{**plain, **facts})


def solve(market, **terms) -> Clearing:
    return solving.solve(market.office, market.campaign, **{"floor": 0.0, "time_limit": 10, **terms})


def given(clearing: Clearing) -> dict[tuple[int, int], Decimal]:
    return {(row.item_id, row.offer_id): row.quantity for row in clearing.rows.all() if row.quantity}


def test_a_draft_reserves_nothing_and_carries_its_proof(market) -> None:
    made = solve(market)
    assert made.state == "draft" and not Match.objects.exists()
    assert made.gap == 0 and made.complete and made.bound == made.cost > 0
    assert sum(given(made).values()) == 7
    kind = made.figures["kinds"][0]
    assert (kind["wanted"], kind["met"], kind["there"], kind["items"]) == (10, 7, 7, 3)
    assert {row["name"] for row in made.figures["counties"]} == {"环翠区", "荣成市"}
    assert made.figures["greedy"]["cost"] >= made.figures["plain"] == made.cost


def test_publishing_reserves_every_row_through_the_verbs_of_matches(market) -> None:
    made = publishing.publish(market.office, solve(market), at=at(3, 5, 12))
    assert (made.state, made.published_by) == ("published", market.office)
    assert {(m.item_id, m.offer_id): m.quantity for m in Match.objects.all()} == given(made)
    assert all(m.state == "reserved" and m.expires_on == date(2020, 3, 12) for m in Match.objects.all())
    assert [offer.promised for offer in Offer.objects.order_by("pk")] == [5, 2]
    assert all(row.done and row.match for row in made.rows.all()) and list(audit()) == []
    with pytest.raises(RuleBroken):
        publishing.publish(market.office, made)


@pytest.mark.parametrize("what", ["offer", "need", "promise", "item", "withdrawn"])
def test_rows_that_changed_refuse_it_and_nothing_is_reserved(market, what: str) -> None:
    made = solve(market)
    touched = market.items[0]
    if what == "offer":
        offers.edit(market.office, market.offers[0], version=1, quantity=Decimal(6))
    elif what == "need":
        needs.apply(market.need, "hand_over", market.office, klass=1, lead_unit=market.units[0])
    elif what == "promise":
        matches.reserve(market.office, touched, market.offers[0], Decimal(1))
    elif what == "item":
        NeedItem.objects.filter(pk=touched.pk).update(quantity=2)
    else:
        offers.withdraw(market.office, market.offers[0], version=1)
    before = Match.objects.count()
    with pytest.raises(Stale) as refused:
        publishing.publish(market.office, made)
    assert refused.value.status == 409 and Match.objects.count() == before
    named = {change["row"] for change in refused.value.facts["changed"]}
    rows = [row for row in made.rows.all() if row.item == touched or row.offer == market.offers[0]]
    if what in ("need", "item"):
        rows = [row for row in rows if row.item == touched]
    if what in ("offer", "withdrawn"):
        rows = [row for row in rows if row.offer == market.offers[0]]
    assert named == {row.pk for row in rows} and all(change["how"] for change in refused.value.facts["changed"])
    made.refresh_from_db()
    assert made.state == "draft"


def test_the_rows_that_stand_can_be_published_and_the_others_later(market) -> None:
    made = solve(market)
    offers.edit(market.office, market.offers[1], version=1, quantity=Decimal(3))
    standing = [row.pk for row in made.rows.all() if row.offer == market.offers[0]]
    assert 1 < len(standing) < made.rows.count()
    publishing.publish(market.office, made, rows=standing[:1])
    publishing.publish(market.office, made, rows=standing[1:])  # what the first part changed is no surprise
    assert Offer.objects.get(pk=market.offers[0].pk).promised == 5
    with pytest.raises(Stale):
        publishing.publish(market.office, made)


def test_one_unit_more_changes_the_cost_by_exactly_its_price(market) -> None:
    made = solve(market)
    prices = {row.offer_id: row.price for row in made.prices.filter(side="offer")}
    assert all(price > 0 for price in prices.values())
    for offer in Offer.objects.all():
        Offer.objects.filter(pk=offer.pk).update(quantity=offer.quantity + 1)
        assert made.cost - solve(market).cost == prices[offer.pk]
        Offer.objects.filter(pk=offer.pk).update(quantity=offer.quantity)
    for row in made.prices.filter(side="need"):
        NeedItem.objects.filter(pk=row.item_id).update(quantity=row.item.quantity + 1)
        assert solve(market).cost - made.cost == row.price
        NeedItem.objects.filter(pk=row.item_id).update(quantity=row.item.quantity)


def test_urgent_needs_are_served_first(market) -> None:
    Need.objects.filter(pk=market.need_other.pk).update(due=date(2020, 3, 1), supervised_at=at(3, 4))
    made = solve(market)
    assert sum(q for (key, _offer), q in given(made).items() if key == market.items[1].pk) == 3
    assert terms.unmet(Need.objects.select_related("site").get(pk=market.need_other.pk), date(2020, 3, 5)) == 550


def test_a_floor_gives_each_county_its_share(market) -> None:
    Site.objects.filter(code="far").update(priority=1.0)
    Need.objects.filter(pk__in=(market.need.pk, market.need_other.pk)).update(supervised_at=at(3, 4))
    Offer.objects.filter(pk=market.offers[1].pk).update(quantity=1)

    def served(**terms) -> Decimal:
        return sum(q for (key, _offer), q in given(solve(market, **terms)).items() if key == market.items[2].pk)

    assert served() == 0 and served(floor=0.5) == 2


def test_a_floor_that_cannot_be_kept_is_said_and_stays_out_of_the_prices(market) -> None:
    NeedItem.objects.create(need=market.far, kind="goods", item="呼吸机", unit="台", quantity=9)
    made = solve(market, floor=0.6)
    assert [row["kept"] for row in made.figures["counties"] if row["name"] == "荣成市"] == [False]
    assert made.prices.get(name="呼吸机").price == terms.unmet(market.far, date(2020, 3, 5))
    assert max(row.price for row in made.prices.all()) < 600


def test_what_is_locked_stays_and_what_is_forbidden_is_never_proposed(market) -> None:
    key = (market.items[2], market.offers[0])
    locks.fix(market.office, *key, "keep", Decimal(4))
    assert given(solve(market))[key[0].pk, key[1].pk] == 4
    locks.fix(market.office, *key, "never")
    assert (key[0].pk, key[1].pk) not in given(solve(market)) and ClearingLock.objects.count() == 1
    locks.fix(market.office, market.items[0], market.offers[0], "keep", Decimal(9))
    made = solve(market)
    assert given(made)[market.items[0].pk, market.offers[0].pk] == 3
    assert made.figures["loosened"] == [ClearingLock.objects.get(item=market.items[0]).pk], "nine cannot be held"
    publishing.publish(market.office, made)
    assert list(ClearingLock.objects.values_list("says", flat=True)) == ["never"], "a lock that is reserved is done"


def test_the_next_clearing_moves_only_what_is_worth_its_price(market) -> None:
    first = publishing.publish(market.office, solve(market))
    again = solve(market)
    assert set(again.rows.values_list("change", flat=True)) == {"kept"} and given(again) == given(first)
    agreed = Match.objects.filter(item=market.items[0]).first()
    matches.step(market.office, agreed, "agree")
    Need.objects.filter(pk=market.far.pk).update(due=date(2020, 3, 1), supervised_at=at(3, 4))
    moved = solve(market, change=10)
    assert "dropped" in set(moved.rows.values_list("change", flat=True)) or "less" in set(
        moved.rows.values_list("change", flat=True)
    )
    assert not moved.rows.filter(was=agreed).exists(), "what is agreed does not move"
    assert {row.change for row in solve(market, change=1000).rows.all()} == {"kept"}
    before = {m.pk for m in Match.objects.filter(state="released")}
    publishing.publish(market.office, moved)
    assert {m.pk for m in Match.objects.filter(state="released")} > before
    far = Match.objects.filter(item=market.items[2], state="reserved")
    assert sum(m.quantity for m in far) == 4 and list(audit()) == []
    assert all(offer.promised <= offer.quantity for offer in Offer.objects.all())


def test_withdrawing_gives_back_what_nobody_agreed_to(market) -> None:
    made = publishing.publish(market.office, solve(market))
    kept = Match.objects.order_by("pk").first()
    matches.step(market.office, kept, "agree")
    made = publishing.withdraw(market.office, made)
    assert made.state == "withdrawn" and list(Match.objects.exclude(state="released")) == [kept]
    assert sum(offer.promised for offer in Offer.objects.all()) == kept.taken
    for verb in (publishing.publish, publishing.withdraw):
        with pytest.raises(RuleBroken):
            verb(market.office, made)


def test_the_short_board_names_the_thing_and_opens_to_who_competes(market) -> None:
    NeedItem.objects.create(need=market.far, kind="goods", item="呼吸机", unit="台", quantity=2)
    made = solve(market)
    short = reads.scarcest(made)
    assert [(one.price.name, one.price.side) for one in short] == [
        ("呼吸机", "need"), ("电脑", "offer"), ("电脑", "offer")
    ]  # fmt: skip
    assert [one.price.price for one in short] == sorted((one.price.price for one in short), reverse=True)
    found = reads.behind(market.office, short[1].price)
    assert {one.item for one in found.needs} == set(market.items) and len(found.offers) == 1
    assert found.scarce.waiting == sum(bool(one.price.left) for one in found.needs) > 0
    lacking = reads.behind(market.office, short[0].price)
    assert [one.item.item for one in lacking.needs] == ["呼吸机"] and lacking.offers == []


def test_units_are_counted_together_and_never_more_than_there_is(market) -> None:
    for n, quantity in enumerate(("3333.33", "3333.33", "3333.34")):
        item(market.need if n else market.far, 1, kind="funds", item="流动资金", unit="元")
        NeedItem.objects.filter(kind="funds", quantity=1).update(quantity=Decimal(quantity))
    bank = offers.make(market.office, market.campaign, provider="银行", kind="funds", item="流动资金", unit="万元",
                       quantity=Decimal(1))  # fmt: skip
    made = solve(market, kinds=["funds"])
    rows = list(made.rows.all())
    assert sum(row.taken for row in rows) <= 1 and sum(row.quantity for row in rows) > Decimal(9700)
    publishing.publish(market.office, made)
    bank.refresh_from_db()
    assert bank.promised <= bank.quantity


def test_what_runs_in_parts_of_a_unit_is_kept_to_the_part(market) -> None:
    sand = {"kind": "land", "item": "回填土", "unit": "立方米"}
    asked = item(market.need, 2, **sand)
    pit = offers.make(market.office, market.campaign, provider="土场", quantity=Decimal("1.5"), **sand)
    first = publishing.publish(market.office, solve(market, kinds=["land"]))
    assert given(first) == {(asked.pk, pit.pk): Decimal("1.5")}
    offers.edit(market.office, pit, version=2, quantity=Decimal(2))
    again = solve(market, kinds=["land"])
    assert [(row.change, row.quantity) for row in again.rows.all()] == [("more", 2)]
    pit.refresh_from_db()
    offers.edit(market.office, pit, version=3, quantity=Decimal("1.5"))
    assert [row.change for row in solve(market, kinds=["land"]).rows.all()] == ["kept"]


def test_nothing_to_clear_is_an_empty_draft(world) -> None:
    made = solving.solve(world.accounts["campaign_office"], world.campaign)
    assert made.cost == made.gap == 0 and not made.rows.exists() and not made.prices.exists()
    with pytest.raises(RuleBroken):
        publishing.publish(world.accounts["campaign_office"], made)


def test_needs_alone_and_offers_alone_are_cleared_too(market) -> None:
    Offer.objects.all().delete()
    made = solve(market)
    assert made.prices.filter(why="no_offer").count() == 3 and not made.rows.exists()
    NeedItem.objects.all().delete()
    offers.make(
        market.office, market.campaign, provider="库", kind="goods", item="电脑", unit="台", quantity=Decimal(5)
    )
    made = solve(market)
    assert made.cost == 0 and [row.price for row in made.prices.all()] == [0]


@pytest.mark.parametrize("role", Role.values)
def test_only_the_office_clears_publishes_and_fixes(market, role: str) -> None:
    made, account = solve(market), market.accounts[role]
    verbs = (
        lambda: solving.solve(account, market.campaign),
        lambda: locks.fix(account, market.items[0], market.offers[0], "never"),
        lambda: publishing.publish(account, made),
    )
    for verb in verbs:
        if role == "campaign_office":
            verb()
        else:
            with pytest.raises(NotAllowed):
                verb()


def test_only_divisible_kinds_are_cleared(market) -> None:
    with pytest.raises(RuleBroken):
        solve(market, kinds=["policy"])
    assert set(posing.divisible([])) <= set(terms.table()["kinds"]) and posing.divisible(["funds"]) == ["funds"]
