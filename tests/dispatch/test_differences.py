"""What a draft would change: parts that hang together, their prices, and approval of some of them."""

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sijin.dispatch.domain import changes, differences, moves, plans, pricing
from sijin.dispatch.domain.changes import Seated, Snapshot
from sijin.dispatch.models import DispatchChange, DispatchPlan, Membership, PlannedSeat, Posting, Team
from sijin.people.models import Account, Official, Role
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import Site
from tests.web.test_access import signed_in

SEATS = st.dictionaries(st.integers(1, 12), st.none() | st.builds(Seated, st.integers(1, 6), st.booleans()))
SNAPSHOTS = st.builds(Snapshot, SEATS, SEATS)


def content(snapshot: Snapshot, team: int) -> set:
    """Return who and what is in a team, and who leads it."""
    return {
        (kind, key, seat.leads)
        for kind in ("officials", "sites")
        for key, seat in getattr(snapshot, kind).items()
        if seat and seat.team == team
    }


def applied(now: Snapshot, target: Snapshot) -> Snapshot:
    return Snapshot(now.officials | target.officials, now.sites | target.sites)


@given(SNAPSHOTS, SNAPSHOTS, st.sets(st.integers(1, 12)))
def test_whatever_parts_are_taken_a_team_is_as_it_runs_or_as_planned(now, target, ticked) -> None:
    found = differences.between(now, target)
    taken = {part.number for part in found.parts} & ticked
    partly, whole = applied(now, found.taken(taken)), applied(now, target)
    of_part = {team: part.number for part in found.parts for team in part.teams}
    assert sum(len(part.teams) for part in found.parts) == len(of_part)  # no team is in two parts
    for team in range(1, 7):
        expected = whole if of_part.get(team, 0) in taken else now
        assert content(partly, team) == content(expected, team)
    changed = {
        (kind, key)
        for kind in ("officials", "sites")
        for key, seat in getattr(target, kind).items()
        if (seat and (seat.team, seat.leads)) != ((was := getattr(now, kind).get(key)) and (was.team, was.leads))
    }
    listed = [move for part in found.parts for move in part.moves]
    assert len(listed) == len(set(listed)) and set(listed) == changed


@given(SNAPSHOTS, SNAPSHOTS)
def test_parts_cannot_be_split_further(now, target) -> None:
    """In a part of several teams, leaving out any of them would tear a move apart."""
    for part in differences.between(now, target).parts:
        edges = [
            {place.team for place in (getattr(now, kind).get(key), getattr(target, kind).get(key)) if place}
            for kind, key in part.moves
        ]
        for size in range(1, len(part.teams)):
            for some in combinations(part.teams, size):
                assert any(edge & set(some) and edge - set(some) for edge in edges)


def test_the_mark_tells_moves_apart() -> None:
    now = Snapshot({1: Seated(1), 2: Seated(2)})
    one = differences.between(now, Snapshot({1: Seated(2), 2: Seated(2)}))
    same = differences.between(now, Snapshot({1: Seated(2, km=3.0), 2: Seated(2)}))
    other = differences.between(now, Snapshot({1: Seated(2, True), 2: Seated(2)}))
    assert one.mark == same.mark != other.mark


@pytest.fixture
def drafted(field):
    """Two independent swaps of people have been made by hand in four teams; the draft would take both back."""
    city = field.people["丙"].unit
    for number, county, lon in (("市03", field.west, 121.3), ("市04", field.east, 121.9)):
        field.teams[number] = Team.objects.create(
            campaign=field.campaign, number=number, name=f"{number}组", level="city", county=county, size_wanted=2
        )
        field.sites[number] = Site.objects.create(
            code=number, door="village", name=f"{number}村", region=county, county=county, lat=county.lat, lon=lon
        )
        for name, lead in ((f"{number}长", True), (f"{number}员", False)):
            field.people[name] = Official.objects.create(code=name, name=name, unit=city, can_lead=lead, home=county)
    plans.approve(field.office, plans.solve(field.office, field.campaign, time_limit=5))
    field.swaps = []
    for one, two in (("市01", "市02"), ("市03", "市04")):
        pair = [field.teams[one], field.teams[two]]
        members = [team.memberships.select_related("official").get(leads=False).official for team in pair]
        field.swaps.append([member.name for member in members])
        for member, source, target in zip(members, pair, pair[::-1], strict=True):
            moves.move(field.office, field.campaign, member, target, expected=source.pk)
    field.swapped = seats()
    field.plan = plans.solve(field.office, field.campaign, time_limit=5, change=0.1)
    field.client = signed_in(field.office)
    return field


def seats() -> dict[str, tuple[str, bool]]:
    rows = Membership.objects.values_list("official__name", "team__number", "leads")
    return {name: (team, leads) for name, team, leads in rows}


def test_swaps_between_other_teams_are_parts_of_their_own(drafted) -> None:
    found = differences.shown(drafted.plan)
    assert [[team.number for team in part.teams] for part in found.parts] == [["市01", "市02"], ["市03", "市04"]]
    assert [sorted(move.subject.name for move in part.moves) for part in found.parts] == [
        sorted(swap) for swap in drafted.swaps
    ]
    assert (found.people, found.sites, found.leaving) == (4, 0, [])
    assert [row["people"] for row in found.counties] == [2, 2]


def test_a_higher_price_of_change_disturbs_less(drafted) -> None:
    quiet = plans.solve(drafted.office, drafted.campaign, time_limit=5, change=500)
    assert differences.of(quiet).parts == [] and quiet.change_price == 500
    assert drafted.plan.change_price == 0.1
    usual = plans.solve(drafted.office, drafted.campaign, time_limit=5)
    assert usual.change_price == 6 and usual.time_limit == 5


def test_a_part_saves_what_the_dispatch_costs_less_afterwards(drafted) -> None:
    def total() -> float:
        ground = pricing.Field(drafted.campaign)
        return sum(sum(ground.standing(team).values()) for team in ground.teams.values())

    found, before = differences.shown(drafted.plan), total()
    plans.approve(drafted.office, drafted.plan, parts=[1])
    assert before - total() == pytest.approx(found.parts[0].saving, abs=0.1)


def test_a_move_saves_what_undoing_it_alone_would_cost(drafted) -> None:
    found = differences.shown(drafted.plan)
    move = found.parts[0].moves[0]
    plans.approve(drafted.office, drafted.plan)
    seen = pricing.preview(drafted.office, drafted.campaign, [move.subject], move.before)
    assert seen.cost == pytest.approx(move.saving, abs=0.1)


def test_one_part_is_approved_and_the_rest_stays(drafted) -> None:
    found = differences.of(drafted.plan)
    plans.approve(drafted.office, drafted.plan, parts=[2], mark=found.mark)
    after = seats()
    first, second = drafted.swaps
    assert {name: after[name] for name in first} == {name: drafted.swapped[name] for name in first}
    assert all(after[name][0] != drafted.swapped[name][0] for name in second)
    assert {name for name in after if after[name] != drafted.swapped[name]} == set(second)
    drafted.plan.refresh_from_db()
    assert drafted.plan.state == "approved"
    assert drafted.plan.taken == {"parts": 1, "of": 2, "people": 2, "sites": 0}
    change = DispatchChange.objects.first()
    assert change.kind == "approve" and change.subject.startswith("2")
    changes.undo(drafted.office, drafted.campaign)
    assert seats() == drafted.swapped


def test_all_parts_are_the_whole_plan(drafted) -> None:
    plans.approve(drafted.office, drafted.plan, parts=[1, 2])
    drafted.plan.refresh_from_db()
    planned = PlannedSeat.objects.filter(plan=drafted.plan).values_list("official__name", "team__number", "leads")
    assert seats() == {name: (team, leads) for name, team, leads in planned}
    assert drafted.plan.taken is None


def test_what_cannot_be_approved_is_refused_and_changes_nothing(drafted) -> None:
    leader = Account.objects.get(username="leader")
    for by, facts, refusal in (
        (leader, {"parts": [1]}, NotAllowed),
        (drafted.office, {"parts": [3]}, RuleBroken),
        (drafted.office, {"parts": [1], "mark": "0" * 16}, Stale),
    ):
        with pytest.raises(refusal):
            plans.approve(by, drafted.plan, **facts)
    moves.lock(drafted.office, drafted.campaign, drafted.people["市03员"], True)
    with pytest.raises(Stale):
        plans.approve(drafted.office, drafted.plan, parts=[1])
    assert seats() == drafted.swapped and DispatchPlan.objects.get(pk=drafted.plan.pk).state == "draft"


def test_the_page_shows_parts_and_takes_ticks(drafted) -> None:
    address = f"/dispatch/plans/{drafted.plan.pk}/"
    body = drafted.client.get(address).content.decode()
    assert body.count('<article class="part">') == 2
    for name in (*drafted.swaps[0], *drafted.swaps[1]):
        assert name in body
    mark = re.search(r'name="mark" value="(\w+)"', body)[1]
    only = drafted.client.get(address, {"team": "市03"}).content.decode()
    assert drafted.swaps[1][0] in only and drafted.swaps[0][0] not in only
    county = drafted.client.get(address, {"county": drafted.west.pk}).content.decode()
    assert county.count('<article class="part">') == 2
    one = drafted.client.get(address, {"part": "2"}).content.decode()
    assert drafted.swaps[1][0] in one and drafted.swaps[0][0] not in one
    assert drafted.client.get(address, {"part": "9"}).status_code == 404

    post = lambda **facts: drafted.client.post(f"{address}approve/", facts)  # noqa: E731
    assert post(which="ticked", mark="f" * 16, part=["1"]).status_code == 409
    assert post(which="ticked", mark=mark, part=["x"]).status_code == 422
    assert post(which="ticked", mark=mark).url == address and seats() == drafted.swapped
    assert post(which="ticked", mark=mark, part=["1"]).url == "/dispatch/"
    assert {name for name, seat in seats().items() if seat != drafted.swapped[name]} == set(drafted.swaps[0])
    board = drafted.client.get("/dispatch/").content.decode()
    assert "批准 1 / 2 部分" in board
    assert "批准 1 / 2 部分" in drafted.client.get(address).content.decode()


def test_readers_see_the_differences_without_ticks(drafted) -> None:
    body = signed_in(Account.objects.get(username="leader")).get(f"/dispatch/plans/{drafted.plan.pk}/").content.decode()
    assert drafted.swaps[0][0] in body and 'type="checkbox"' not in body and "/approve/" not in body
    member = Account.objects.create(username="m", role=Role.TEAM_MEMBER, official=drafted.people["甲"])
    answer = signed_in(member).get(f"/dispatch/plans/{drafted.plan.pk}/")
    assert answer.status_code == 404 and drafted.swaps[0][0] not in answer.content.decode()


def test_a_first_plan_of_thousands_stays_small(field, django_assert_max_num_queries) -> None:
    """497 teams, 2,485 people, 1,491 sites, everyone new: one page is a summary and the first parts."""
    unit = field.people["丙"].unit
    teams = Team.objects.bulk_create(
        Team(
            campaign=field.campaign,
            number=f"市{n:03d}x",
            name="工作组",
            level="city",
            county=field.west,
            lat=37,
            lon=122,
        )
        for n in range(497)
    )
    people = Official.objects.bulk_create(
        Official(code=f"p{n:05d}", name=f"环翠区人力资源和社会保障局干部{n:04d}", unit=unit, home=field.west)
        for n in range(5 * 497)
    )
    sites = Site.objects.bulk_create(
        Site(code=f"s{n:05d}", door="village", name=f"某村{n}", region=field.west, county=field.west, lat=37, lon=122)
        for n in range(3 * 497)
    )  # fmt: skip
    plan = DispatchPlan.objects.create(
        campaign=field.campaign, made_by=field.office, made_at=field.campaign.now(), cost=1, bound=1, gap=0, seconds=1
    )
    why = {"code": "seat", "values": {"km": 12.3, "next": "市099x", "more": 4.5}}
    PlannedSeat.objects.bulk_create(
        PlannedSeat(plan=plan, official=person, team=teams[n // 5], leads=n % 5 == 0, kilometres=12.3, why=why)
        for n, person in enumerate(people)
    )
    plan.postings.bulk_create(
        plan.postings.model(plan=plan, site=site, team=teams[n // 3], kilometres=2, why=why)
        for n, site in enumerate(sites)
    )
    client = signed_in(field.office)
    client.get("/dispatch/")
    for query in ("", "?order=team&page=3", "?part=7"):
        with django_assert_max_num_queries(15):
            answer = client.get(f"/dispatch/plans/{plan.pk}/{query}")
        assert answer.status_code == 200 and len(answer.content) < 100_000
    plans.approve(field.office, plan, parts=[1, 2])
    assert (Membership.objects.count(), Posting.objects.count()) == (10, 6)
