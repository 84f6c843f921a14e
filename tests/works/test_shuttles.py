"""Shuttles: everyone on exactly one bus under the rules, changes that move few, travel times, the fleet, the papers."""

import io
import json
import threading
import time
from collections import Counter
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from sijin.dispatch.models import Campaign
from sijin.engines.shuttle import Rules
from sijin.people.jobs import Cancelled
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.works.domain.shuttles import clock, demand, fleet, keeping, reads, replanning, sheets, tables, terms, verbs
from sijin.works.domain.shuttles.coast import around_water
from sijin.works.files import fleet as fleet_sheet
from sijin.works.files import travel as travel_sheet
from sijin.works.models import Bus, PickUp, Shuttle, ShuttleSeat, Worker
from tests.conftest import at
from tests.exchange.test_offers import client_of
from tests.works.buses import DAY, keep_bus, planned, stocked, worker

NOW = at(3, 5)


@pytest.fixture
def office(world):
    return world.accounts["campaign_office"]


def seats_of(shuttle: Shuttle) -> dict[int, tuple[str, str]]:
    """Return {worker: (plate, place)} of those who ride."""
    rows = shuttle.seats.filter(state="riding").select_related("stop__trip__bus", "stop__place")
    return {row.worker_id: (row.stop.trip.bus.plate, row.stop.place.name) for row in rows}


def approved(world, office, **facts) -> Shuttle:
    made = planned(world, **facts)
    return verbs.approve(office, made, version=made.version, at=NOW)


def test_everyone_with_a_place_is_on_exactly_one_bus_under_the_rules(world, office) -> None:
    people = stocked(world)
    lost = worker(world.sites[0], None, "X")
    own = worker(world.sites[0], people[0].pick_up, "Y", own_way=True)
    made = planned(world)
    riding = seats_of(made)
    assert set(riding) == {one.pk for one in people}
    assert {one.pk: one.pick_up.name for one in people} == {pk: place for pk, (_plate, place) in riding.items()}
    assert {row.worker_id: row.why for row in made.seats.filter(state="waiting")} == {
        lost.pk: "no place to board is named"
    }
    assert not made.seats.filter(worker=own).exists()
    assert 0 < made.bound <= made.cost and made.why and made.seconds > 0
    for card in reads.cards(made, reads.seen(office, made)):
        assert card.trip.people <= card.trip.seats / 2
        assert all(kept for kept, _words in card.rules), card.rules
        numbers = [row.seat.number for row in card.rows]
        assert len(set(numbers)) == len(numbers) and max(numbers) <= card.trip.seats - 8
        local = [moment.astimezone(at(3, 5).tzinfo) for moment in (card.trip.depart_at, card.trip.arrive_at)]
        assert 6 <= local[0].hour <= 22 and local[1].date() == DAY and 8 <= local[1].hour < 20
        assert card.trip.set_off_at < card.trip.depart_at


def test_an_approved_plan_holds_its_seats_and_buses(world, office) -> None:
    people = stocked(world)
    made = approved(world, office)
    out = set(made.trips.values_list("bus__plate", flat=True))
    assert not demand.needing().exists()
    more = worker(world.sites[0], people[0].pick_up, "Z")
    second = approved(world, office)
    assert set(seats_of(second)) == {more.pk} and not out & set(second.trips.values_list("bus__plate", flat=True))
    with pytest.raises(IntegrityError), transaction.atomic():  # the database lets nobody sit twice
        ShuttleSeat.objects.create(shuttle=made, worker=people[0], state="waiting", why="?")
    stop = second.trips.get().stops.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        ShuttleSeat.objects.create(shuttle=second, worker=people[0], state="riding", stop=stop, number=3, holds=True)
    with pytest.raises(RuleBroken):
        verbs.cancel(office, made, version=made.version, at=NOW)
    verbs.cancel(office, made, version=made.version, at=NOW, reason="改乘火车")
    assert {one.pk for one in demand.needing()} == {one.pk for one in people}
    with pytest.raises(NotAllowed):
        planned(type(world)(**{**vars(world), "accounts": {"campaign_office": world.accounts["team_leader"]}}))


def test_a_search_that_is_stopped_keeps_nothing(world, office) -> None:
    stocked(world)

    def stop(done: int, total: int, words: str) -> None:
        raise Cancelled(words)

    with pytest.raises(Cancelled, match="trips, cost"):
        planned(world, progress=stop)
    assert not Shuttle.objects.exists()


def test_two_drafts_for_the_same_people_cannot_both_be_approved(world, office) -> None:
    stocked(world)
    first, second = planned(world), planned(world)
    verbs.approve(office, first, version=first.version, at=NOW)
    with pytest.raises(RuleBroken, match=r"B000|B300"):
        verbs.approve(office, second, version=second.version, at=NOW)


def test_who_drops_out_or_joins_changes_few_seats_and_nothing_before_it_is_taken(world, office) -> None:
    people = stocked(world, scale=2)
    made = approved(world, office)
    before = seats_of(made)
    new = worker(world.sites[0], people[-1].pick_up, "N")
    proposal = replanning.propose(
        office, made, drop=[people[0].pk], join=[new.pk], version=made.version, at=NOW, time_limit=0.1
    )
    found = replanning.difference(proposal)
    assert [row.worker.pk for row in found.dropped] == [people[0].pk]
    assert [row.worker.pk for row in found.joined] == [new.pk] and not found.waiting
    after = seats_of(proposal)
    stay = set(before) & set(after)
    assert len(stay) == len(before) - 1 and sum(before[pk][0] != after[pk][0] for pk in stay) == len(found.moved) <= 1
    made.refresh_from_db()
    assert (
        made.state == "approved"
        and seats_of(made) == before
        and ShuttleSeat.objects.filter(holds=True).count() == len(before)
    )
    taken = replanning.take(office, proposal, version=proposal.version, at=NOW)
    made.refresh_from_db()
    assert (made.state, taken.state) == ("replaced", "approved")
    assert set(ShuttleSeat.objects.filter(holds=True).values_list("worker", flat=True)) == set(after)
    assert taken.seats.get(worker=people[0]).state == "dropped"
    assert people[0].pk in {one.pk for one in demand.new(taken)}


def test_who_waits_and_has_a_seat_elsewhere_is_left_out_of_a_change(world, office) -> None:
    stocked(world, seats=(20,))
    made = approved(world, office)
    waited = set(made.seats.filter(state="waiting").values_list("worker", flat=True))
    keep_bus(office, "鲁K00009", world.sites[0], 20)
    assert set(seats_of(approved(world, office))) == waited and len(waited) == 4
    out = next(iter(seats_of(made)))
    proposal = replanning.propose(office, made, drop=[out], version=made.version, at=NOW, time_limit=0.05)
    assert set(proposal.seats.filter(state="dropped").values_list("worker", flat=True)) == {out, *waited}
    assert len(seats_of(replanning.take(office, proposal, version=proposal.version, at=NOW))) == 9


def test_a_bus_that_is_out_or_has_other_seats_is_not_approved_and_an_approved_one_stays(world, office) -> None:
    stocked(world)
    made = planned(world)
    bus = made.trips.first().bus
    bus, _became = fleet.keep(office, bus.plate, seats=bus.seats - 1, version=bus.version)
    with pytest.raises(RuleBroken, match=bus.plate):
        verbs.approve(office, made, version=made.version, at=NOW)
    bus, _became = fleet.keep(office, bus.plate, seats=bus.seats + 1, version=bus.version)
    bus = fleet.withdraw(office, bus, version=bus.version, at=NOW)
    with pytest.raises(RuleBroken, match=bus.plate):
        verbs.approve(office, made, version=made.version, at=NOW)
    bus = fleet.restore(office, bus, version=bus.version, at=NOW)
    verbs.approve(office, made, version=made.version, at=NOW)
    with pytest.raises(RuleBroken, match=rf"{bus.plate}.*{DAY} #{made.pk}"):
        fleet.withdraw(office, bus, version=bus.version, at=NOW)
    with pytest.raises(RuleBroken) as refused:
        fleet.keep(office, bus.plate, seats=bus.seats + 9, version=bus.version)
    assert refused.value.facts["field"] == "seats"
    world.campaign.cutoff = at(3, 11)
    world.campaign.save()
    assert fleet.withdraw(office, bus, version=bus.version, at=NOW).withdrawn_at


@pytest.mark.parametrize("verb", ["approve", "take"])
def test_plans_of_a_campaign_are_approved_one_at_a_time(world, office, verb, monkeypatch) -> None:
    stocked(world)
    made = planned(world)
    if verb == "take":
        drop = [next(iter(seats_of(made)))]
        made = replanning.propose(office, made, drop=drop, version=made.version, at=NOW, time_limit=0.05)
    locked, whole = [], QuerySet.select_for_update
    monkeypatch.setattr(
        QuerySet, "select_for_update", lambda rows, **how: locked.append(rows.model) or whole(rows, **how)
    )
    {"approve": verbs.approve, "take": replanning.take}[verb](office, made, version=made.version, at=NOW)
    assert locked[0] is Campaign and locked[1] is Shuttle


def test_who_missed_the_bus_needs_a_seat_again_and_a_bus_that_set_off_is_locked(world, office) -> None:
    people = stocked(world, scale=2)
    made = approved(world, office)
    first = made.trips.order_by("set_off_at").first()
    out = next(pk for pk, (plate, _place) in seats_of(made).items() if plate != first.bus.plate)
    off = first.set_off_at
    proposal = replanning.propose(office, made, drop=[out], version=made.version, at=off, time_limit=0.05)
    assert proposal.trips.get(bus=first.bus, ordinal=first.ordinal).locked and not first.locked
    stay = {pk: where for pk, where in seats_of(made).items() if where[0] == first.bus.plate}
    assert stay and stay.items() <= seats_of(proposal).items()
    world.campaign.cutoff = made.trips.latest("arrive_at").arrive_at
    world.campaign.save()
    Worker.objects.filter(pk__in=[one.pk for one in people[1:]]).update(state="back", back_on=DAY)
    assert list(demand.needing()) == [people[0]]
    again = planned(world, arrive_on=DAY + timedelta(days=4))
    verbs.approve(office, again, version=again.version, at=world.campaign.cutoff)
    assert ShuttleSeat.objects.get(worker=people[0], holds=True).shuttle == again
    assert not demand.needing().exists() and made.seats.filter(holds=True).count() == len(people) - 1


def test_a_proposal_to_a_plan_that_changed_is_stale_and_locks_hold(world, office) -> None:
    people = stocked(world)
    made = planned(world)
    seat = made.seats.filter(state="riding").select_related("stop__trip").first()
    verbs.lock_trip(office, seat.stop.trip, True, version=made.version, at=NOW)
    made.refresh_from_db()
    stay = {row.worker_id for row in ShuttleSeat.objects.filter(stop__trip=seat.stop.trip)}
    out = next(one.pk for one in people if one.pk not in stay) if len(stay) < len(people) else people[-1].pk
    proposal = replanning.propose(office, made, drop=[out], version=made.version, at=NOW, time_limit=0.05)
    after = seats_of(proposal)
    plate = seat.stop.trip.bus.plate
    assert all(after[pk][0] == plate for pk in stay - {out})
    assert proposal.trips.get(bus__plate=plate).locked
    verbs.lock_trip(office, seat.stop.trip, False, version=made.version, at=NOW)
    with pytest.raises(Stale):
        replanning.take(office, proposal, version=proposal.version, at=NOW)
    for wrong in ({}, {"drop": [10**6]}, {"join": [people[1].pk]}):
        made.refresh_from_db()
        with pytest.raises(RuleBroken):
            replanning.propose(office, made, version=made.version, at=NOW, **wrong)


def test_more_people_than_seats_wait_by_a_rule_and_bad_asks_are_refused(world, office) -> None:
    stocked(world, seats=(20,))
    made = planned(world)
    assert made.trips.get().people == 10
    ((why, rows),) = reads.waits(reads.seen(office, made))
    assert len(rows) == 4 and "14" in why and "10" in why
    far = planned(world, ride_hours=3)
    told = Counter(why for why, rows in reads.waits(reads.seen(office, far)) for _row in rows)
    assert set(seats_of(far)) and all("3" in why for why in told if "乘车" in why or "ride" in why) and len(told) >= 2
    for rules, field in (({"load": 0.01}, "load"), ({"arrive_by": 5.0}, "arrive_by"), ({"drivers": 0}, "drivers")):
        with pytest.raises(RuleBroken) as refused:
            planned(world, **rules)
        assert refused.value.facts["field"] == field
    Bus.objects.update(withdrawn_at=NOW)
    with pytest.raises(RuleBroken):
        planned(world)


def test_one_bus_makes_several_trips_where_it_may(world, office) -> None:
    people = stocked(world, seats=(20,))
    Worker.objects.exclude(pick_up__name="烟台市").delete()
    for n in range(10):
        worker(world.sites[0], people[0].pick_up, f"M{n}")
    assert planned(world).seats.filter(state="waiting").count() == 4
    made = planned(world, multi_trip=True)
    first, second = made.trips.order_by("ordinal")
    assert (first.bus, first.people + second.people) == (second.bus, 14)
    assert first.set_off_at < first.depart_at < first.arrive_at <= second.set_off_at < second.depart_at


def test_a_plate_of_another_province_does_not_fetch_between_two_others(world, office) -> None:
    stocked(world, seats=())
    keep_bus(office, "京A00001", world.sites[0], 44)
    made = planned(world)
    assert not made.trips.exists() and made.seats.filter(state="waiting").count() == 14
    assert planned(world, home=None).trips.exists()


def test_a_table_with_holes_and_odd_pairs_is_named_and_the_rest_planned(world, office) -> None:
    stocked(world)
    lines = ["起点,终点,分钟,公里"]
    names = ["烟台市", "潍坊市", "临沂市", "企业0"]
    for a in names:
        lines += [f"{a},{b},{600 if (a, b) == ('企业0', '烟台市') else 60},80" for b in names if a != b]
    lines[1] = "烟台市,潍坊市,x,80"
    read = travel_sheet.read("\n".join(lines).encode("gb18030"), "t.csv")
    assert read.places == names and len(read.faults) == 1 and "2" in read.faults[0] and "x" in read.faults[0]
    kept = tables.keep(office, world.campaign, "t.csv", read, at=NOW)
    made = planned(world, travel={"source": "table", "table": kept.pk})
    assert {row.worker.pick_up.name for row in made.seats.filter(state="waiting")} == {"徐州市"}
    notes = "".join(made.travel["notes"])
    assert all(told in notes for told in ("徐州市", "烟台市→潍坊市", "企业0→烟台市"))
    assert not planned(world, travel={"source": "table", "table": kept.pk, "fill": True}).seats.filter(state="waiting")
    with pytest.raises(RuleBroken):
        travel_sheet.read(b"a,b\n1,2", "t.csv")
    book = travel_sheet.template(travel_of(made))
    assert travel_sheet.read(book, "t.xlsx").places == [place.name for place in travel_of(made).places]


def travel_of(made: Shuttle):
    from sijin.works.domain.shuttles.places import places_of
    from sijin.works.domain.shuttles.travel import travel

    return travel(list(places_of(PickUp.objects.all()).values()), {"source": "circle"})


class Routing(BaseHTTPRequestHandler):
    """Answers as OSRM's table service and as Valhalla do; every way takes an hour and 70 km."""

    def do_GET(self) -> None:
        query = dict(part.split("=") for part in self.path.partition("?")[2].split("&"))
        if "slow" in self.path:
            time.sleep(0.5)
        rows, columns = (query[name].count(";") + 1 for name in ("sources", "destinations"))
        grid = [[3600.0] * columns for _n in range(rows)]
        grid[0][-1] = None
        self._say({"code": "Ok", "durations": grid, "distances": [[70_000.0] * columns] * rows})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        cell = {"time": 3600, "distance": 70.0}
        self._say({"sources_to_targets": [[cell] * len(asked["targets"])] * len(asked["sources"])})

    def _say(self, told: dict) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *_words) -> None:
        """Say nothing."""


@pytest.fixture
def routing():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Routing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_routing_service_is_asked_and_the_plan_goes_on_without_it(world, office, settings, routing) -> None:
    from sijin.works.domain.shuttles import routing_service

    points = [(37.0, 121.0 + n / 100) for n in range(60)]  # more than one request holds
    seconds, metres = routing_service.table(routing, points)
    assert seconds.shape == (60, 60) and seconds[3, 5] == 3600 and metres[3, 5] == 70_000
    assert routing_service.table(f"valhalla+{routing}", points[:3])[1][0, 1] == 70_000
    with pytest.raises(routing_service.NoAnswer):
        routing_service.table(f"{routing}/slow", points[:2], timeout=0.1)
    with pytest.raises(routing_service.NoAnswer):
        routing_service.table("file:///etc/hosts", points[:2])
    stocked(world)
    settings.ROUTING_URL = routing
    made = planned(world, travel={"source": "service", "fill": True})
    stop = made.trips.first().stops.first()
    assert made.trips.first().last_drive_minutes == 60 and stop.drive_minutes == 0
    settings.ROUTING_URL = "http://127.0.0.1:9"
    fallen = planned(world, travel={"source": "service"})
    assert fallen.trips.exists() and "1.3" in fallen.travel["notes"][0]


def test_no_way_leads_over_the_sea() -> None:
    dalian, weihai, beijing, jinan = (38.9, 121.6), (37.5, 122.1), (39.9, 116.4), (36.65, 117.1)
    km = around_water(*zip(dalian, weihai, beijing, jinan, strict=True))
    assert km[0, 1] > 800 and km[0, 1] == pytest.approx(km[1, 0])
    assert km[1, 3] == pytest.approx(457, abs=15) and km[2, 3] == pytest.approx(367, abs=10)


@given(
    driving=st.floats(0, 40), arrive=st.floats(60, 110), begin=st.integers(0, 23), long=st.integers(1, 8),
    rest=st.sampled_from([None, 2.0, 4.0]),
)  # fmt: skip
def test_a_bus_that_sets_off_in_time_is_there_in_time(driving, arrive, begin, long, rest) -> None:
    rules = Rules(night=(begin, (begin + long) % 24), rest_hours=rest)
    off = clock.set_off(rules, arrive * 3600, driving * 3600)
    midnight = at(3, 1, 0)
    nights = reads.nights_within(
        midnight + timedelta(seconds=off), midnight + timedelta(hours=arrive), begin, (begin + long) % 24
    )
    free = arrive * 3600 - off - nights.total_seconds()
    assert free == pytest.approx(clock.with_rests(rules, driving * 3600), abs=2)


def test_rules_that_leave_the_notice_are_told(world) -> None:
    assert terms.cautions(terms.terms_of("day")) == terms.cautions(terms.terms_of("far")) == []
    assert terms.wheel_hours(terms.terms_of("far").rules) <= 16
    loose = terms.terms_of("day", load=0.8, free_rows=0, drivers=1, night=(3.0, 5.0), home=None, driver_hours=20)
    assert len(terms.cautions(loose)) == 6
    assert terms.read_terms(loose.plain()) == loose
    assert keeping.seat_name(9, 4) == "3A" and keeping.seat_numbers(20, terms.terms_of("day").rules, 4) == [1, 4, 5, 9]


def test_a_sheet_of_buses_keeps_good_rows_and_gives_bad_ones_back(world, office) -> None:
    good = ["鲁K 12345", "", "44", "1500", "4.8", "s0", "", "", "甲", "1", "乙", "2"]
    rows = [
        {"row": 2, "cells": good},
        {"row": 3, "cells": [*good[:2], "四十", *good[3:5], "无此处", *good[6:]]},
        {"row": 4, "cells": ["鲁K77777", *good[1:5], "36.5,120.5", *good[6:]]},
        {"row": 5, "cells": ["X12345", *good[1:]]},
    ]
    made = sheets.take(office, "车.xlsx", rows, at=NOW)
    assert (made.created, [row["row"] for row in made.bad]) == (2, [3, 5])
    assert "座位数" in made.bad[0]["faults"][0] and "停放地点" in made.bad[0]["faults"][1]
    bus = Bus.objects.get(plate="鲁K12345")
    assert (bus.province, bus.depot, len(bus.drivers)) == ("山东省", world.sites[0], 2)
    again = fleet_sheet.read(fleet_sheet.export(Bus.objects.all()))
    assert sheets.take(office, "车.xlsx", again, at=NOW).same == 2
    back = CalamineWorkbook.from_filelike(io.BytesIO(fleet_sheet.returned(made.bad))).get_sheet_by_index(0).to_python()
    assert back[1][0] == "鲁K 12345" and "四十" in back[1][12]
    with pytest.raises(Stale) as stale:
        fleet.keep(office, "鲁K12345", seats=50, version=9)
    assert stale.value.facts["diff"] == {"seats": [50, 44]}
    fleet.withdraw(office, bus, version=1, at=NOW)
    assert bus.plate not in {one.plate for one in Bus.objects.filter(withdrawn_at=None)}


def test_pages_show_everyone_their_own_and_paper_has_a_sheet_for_each_bus(
    world, office, django_assert_max_num_queries
) -> None:
    people = stocked(world)
    others = [worker(world.sites[1], people[0].pick_up, f"O{n}") for n in range(2)]
    made = approved(world, office)
    client = client_of(office)
    with django_assert_max_num_queries(40):
        page = client.get(reverse("works:shuttle", args=[made.pk])).content.decode()
    assert all(one.name in page for one in (*people, *others))
    plates = sorted(made.trips.values_list("bus__plate", flat=True))
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(client.get(reverse("works:shuttle_workbook", args=[made.pk])).content)
    )
    assert sorted(book.sheet_names) == plates
    cells = [str(cell) for row in book.get_sheet_by_name(plates[0]).to_python() for cell in row]
    assert any("须遵守" in cell for cell in cells) and "体温" in cells
    team = client_of(world.accounts["team_leader"])
    seen = team.get(reverse("works:shuttle_sheets", args=[made.pk])).content.decode()
    assert people[0].name in seen and not any(one.name in seen or one.code in seen for one in others)
    leader = client_of(world.accounts["leader"]).get(reverse("works:shuttle", args=[made.pk])).content.decode()
    assert people[0].name not in leader and people[0].phone not in leader and "工**" in leader


@pytest.mark.parametrize("role", ["site_contact", "team_leader"])
def test_a_firm_and_a_team_see_their_own_people_stops_and_buses_and_no_money(world, office, role) -> None:
    stocked(world, scale=2)
    draft, made = planned(world), approved(world, office)
    lone = dict([row for row in seats_of(made).items() if row[1][1] == "临沂市"][:1])  # the others work elsewhere
    Worker.objects.exclude(pk__in=lone).update(site=world.sites[1])
    ((_pk, (plate, place)),) = lone.items()
    client = client_of(world.accounts[role])
    page = client.get(reverse("works:shuttle", args=[made.pk]))
    (card,) = page.context["cards"]
    assert (card.trip.bus.plate, card.trip.people, card.hidden) == (plate, 1, 0)
    assert [(halt.stop.place.name, halt.stop.people) for halt in card.halts] == [(place, 1)]
    assert (page.context["sums"].riding, page.context["sums"].buses) == (1, 1) and not page.context["changes"]
    money = [f"{round(yuan):,}" for yuan in (made.cost, made.bound, card.trip.cost)]
    others = set(made.trips.values_list("bus__plate", flat=True)) - {plate}
    papers = client.get(reverse("works:shuttle_sheets", args=[made.pk])).content.decode()
    for text in (page.content.decode(), papers):
        assert plate in text and not any(told in text for told in (*others, *money, "烟台市", "潍坊市"))
    book = client.get(reverse("works:shuttle_workbook", args=[made.pk])).content
    assert CalamineWorkbook.from_filelike(io.BytesIO(book)).sheet_names == [plate]
    (row,) = client.get("/api/shuttles").json()["items"]
    assert (row["id"], row["buses"], row["riding"], row["cost"], row["gap"]) == (made.pk, 1, 1, None, None)
    told = client.get(f"/api/shuttles/{made.pk}").json()
    assert [(trip["plate"], trip["people"], len(trip["stops"])) for trip in told["trips"]] == [(plate, 1, 1)]
    assert (told["riding"], told["bound"], told["why"]) == (1, None, "")
    for address in (reverse("works:shuttle", args=[draft.pk]), f"/api/shuttles/{draft.pk}"):
        assert client.get(address).status_code == 404 and client_of(office).get(address).status_code == 200


def test_the_office_plans_by_a_form_and_changes_a_plan_on_its_page(
    world, office, django_capture_on_commit_callbacks
) -> None:
    people = stocked(world)
    client = client_of(office)
    form = client.get(reverse("works:shuttle_new") + "?preset=far").context["form"]
    typed = {name: value for name, value in form.initial.items() if value not in (None, False)}
    typed |= {"arrive_on": DAY, "wanted_until": DAY, "seconds": 1}
    assert client.get(reverse("works:shuttle_new") + "?like=²").status_code == 200
    bad = client.post(reverse("works:shuttle_new"), {**typed, "night_until": "", "load": "500"})
    assert bad.status_code == 422 and {"night_until", "load"} <= set(bad.context["form"].errors)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("works:shuttle_new"), typed).status_code == 302
    made = Shuttle.objects.get()
    assert made.rules["night"] == [0.0, 6.0] and len(seats_of(made)) == 14
    trip = made.trips.first()
    drivers = {"version": 1, "role": "甲", "phone": "1", "role_2": ""}
    assert client.post(reverse("works:shuttle_trip", args=[made.pk, trip.pk, "drivers"]), drivers).status_code == 422
    change = {"version": made.version, "drop": [people[0].pk]}
    answer = client.post(reverse("works:shuttle_change", args=[made.pk]), change)
    proposal = Shuttle.objects.get(state="proposed")
    assert answer.url == reverse("works:shuttle", args=[proposal.pk])
    page = client.get(answer.url)
    assert [row.worker for row in page.context["difference"].dropped] == [people[0]]
    client.post(reverse("works:shuttle_act", args=[proposal.pk, "take"]), {"version": proposal.version})
    client.post(reverse("works:shuttle_act", args=[proposal.pk, "approve"]), {"version": proposal.version + 1})
    assert Shuttle.objects.get(pk=proposal.pk).state == "approved"
    upload = io.BytesIO(fleet_sheet.template())
    upload.name = "车.xlsx"
    assert client.post(reverse("works:fleet"), {"sheet": upload}).status_code == 302
    listed = client.get("/api/shuttles").json()["items"]
    assert [row["riding"] for row in listed] == [13, 14]
    one = client.get(f"/api/shuttles/{proposal.pk}").json()
    assert sorted(code for trip in one["trips"] for stop in trip["stops"] for code in stop["workers"]) == sorted(
        person.code for person in people[1:]
    )
