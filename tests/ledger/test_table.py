"""The table: every tab, list, facet and order shows the right rows to the right reader, within its queries and size."""

import re
from datetime import date

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sijin.ledger.domain import clock, columns, facets, filters, needs, saved, standing
from sijin.ledger.domain.filters import Filter
from sijin.ledger.models import Need, NeedItem, SavedFilter
from sijin.people.models import Role, Unit
from sijin.people.policy import visible
from sijin.people.refusals import NotAllowed, RuleBroken
from sijin.places.models import Region, Site
from tests.conftest import at
from tests.web.test_access import signed_in


def spread(world, count: int = 60) -> None:
    """Put many needs in every state, light and door into the ledger, half of them the other team's."""
    made = []
    for n in range(count):
        state = Need.State.values[n % 9]  # every state but unsolvable, which `closed` stands for
        hands = dict(zip(("answered_by_id", "verified_by_id", "closed_by_id"), _hands(world), strict=True))
        made.append(
            Need(
                campaign=world.campaign,
                number=f"n-{n:04d}",
                title=f"需求{n:04d}",
                search=f"需求{n:04d}\n",
                door=("enterprise", "village")[n % 2],
                category=("labor", "agri")[n % 2],
                site=world.sites[n % 2],
                team=world.teams[n % 2],
                klass=1 + n % 4,
                state=state,
                lead_unit=world.units[n % 2] if state != "found" else None,
                raised_by=world.other,
                raised_at=at(3, 1 + n % 28),
                due=None if n % 5 == 0 else date(2020, 3, 1 + n % 9),
                soon_from=None if n % 5 == 0 else date(2020, 3, 1 + max(n % 9 - 1, 0)),
                paused=n % 11 == 0 and state in ("received", "in_progress"),
                verdict="satisfied" if state in ("confirmed", "closed") else "",
                closed_at=at(3, 4) if state == "closed" else None,
                look_back_on=date(2020, 3, 5) if state == "closed" else None,
                supervised_at=at(3, 4) if n % 13 == 0 else None,
                **(hands if state == "closed" else {}),
            )
        )
    Need.objects.bulk_create(made)


def _hands(world) -> list[int]:
    return [world.accounts[role].pk for role in ("department_handler", "team_leader", "campaign_office")]


def read(**given: str) -> Filter:
    """Read a filter as a page does."""
    query = QueryDict(mutable=True)
    query.update(given)
    found, faults = filters.read(query, "open")
    assert faults == []
    return found


def shown(page) -> list[str]:
    """Return the numbers of the needs on a page, in order."""
    return re.findall(r"<small>([\w-]+-\d+)", page.content.decode())


@pytest.mark.parametrize("tab", filters.TABS)
@pytest.mark.parametrize("role", Role.values)
def test_a_tab_counts_what_it_shows_and_nothing_unseen(world, role: str, tab: str) -> None:
    spread(world)
    account = world.accounts[role]
    chosen = Filter(tab=tab)
    rows = list(chosen.rows(account, world.campaign))
    tabs, lists = filters.counts(account, world.campaign, chosen)
    assert tabs[tab] == len(rows) == lists[""] == sum(lists[name] for name in filters.LISTS)
    assert {need.pk for need in rows} <= set(visible(account, Need).values_list("pk", flat=True))
    if role == "team_leader" and tab == "all":
        assert 0 < len(rows) < Need.objects.count()


def test_lights_of_the_tabs_are_the_lights_of_the_rows(world) -> None:
    spread(world)
    today = clock.local(world.campaign.now())
    for tab, light in (("late", "late"), ("soon", "soon"), ("held", "held"), ("closed", "done")):
        rows = set(Filter(tab=tab).rows(world.accounts["leader"], world.campaign).values_list("pk", flat=True))
        assert rows
        assert rows == {need.pk for need in Need.objects.all() if clock.light(need, today) == light}


def test_what_waits_is_what_the_role_can_do_next(world) -> None:
    spread(world)
    expected = {
        "campaign_office": {"found", "confirmed"},
        "department_handler": {"handed_over", "received", "in_progress"},
        "team_leader": {"answered", "verified"},
        "site_contact": {"verified"},
        "leader": set(),
    }
    today = clock.local(world.campaign.now())
    for role, states in expected.items():
        account = world.accounts[role]
        waiting = standing.waiting_for(account)
        assert set(waiting.values_list("state", flat=True)) == states
        turns = standing.turns(account, visible(account, Need), today)
        assert {need.pk for need in waiting} == {pk for pk, verb in turns.items() if verb != "look_back"}
        if role == "department_handler":
            assert set(waiting.values_list("lead_unit", flat=True)) == {world.units[0].pk}


def test_who_handled_is_not_offered_to_verify(world) -> None:
    leader = world.accounts["team_leader"]
    Need.objects.filter(pk=world.need.pk).update(state="answered", answered_by=leader)
    need = Need.objects.get(pk=world.need.pk)
    assert standing.turns(leader, [need], date(2020, 3, 5)) == {}
    assert standing.turns(world.accounts["team_member"], [need], date(2020, 3, 5)) == {need.pk: "verify"}


def turn(account, need: Need, today: date = date(2020, 3, 5)) -> str:
    """Return whose-turn as the table shows it, and check that the tab agrees."""
    verb = standing.turns(account, [Need.objects.get(pk=need.pk)], today).get(need.pk, "")
    assert standing.waiting_for(account).filter(pk=need.pk).exists() == (verb not in ("", "look_back"))
    return verb


def test_a_co_handler_owes_an_answer_until_it_has_given_it(world) -> None:
    office, handler = world.accounts["campaign_office"], world.accounts["department_handler"]
    need = needs.apply(
        world.need, "hand_over", office, klass=2, lead_unit=world.units[1], co_units=[world.units[0]], at=at(3, 5)
    )
    assert turn(handler, need) == "co_answer"
    needs.apply(need, "co_answer", handler, note="可以配合", at=at(3, 5))
    assert turn(handler, need) == ""


def test_a_request_for_time_is_the_offices_turn(world) -> None:
    office, need = world.accounts["campaign_office"], received(world)
    assert turn(office, need) == ""
    Need.objects.filter(pk=need.pk).update(extension_asked=5, extension_asked_on=date(2020, 3, 5))
    assert turn(office, need) == "extend"


def test_what_lacks_things_cannot_be_closed_and_what_dissatisfies_is_done_again(world) -> None:
    office, need = world.accounts["campaign_office"], world.need
    Need.objects.filter(pk=need.pk).update(state="confirmed", verdict="satisfied")
    assert turn(office, need) == "close"
    NeedItem.objects.create(need=need, kind="goods", item="电脑", unit="台", quantity=2, received=1)
    assert turn(office, need) == ""
    Need.objects.filter(pk=need.pk).update(verdict="dissatisfied")
    assert turn(office, need) == "redo"


def test_a_closed_need_is_looked_back_at_from_its_day(world) -> None:
    spread(world, 20)
    need = Need.objects.filter(state="closed").first()
    office = world.accounts["campaign_office"]
    assert turn(office, need, date(2020, 3, 4)) == "" and turn(office, need, date(2020, 3, 5)) == "look_back"
    Need.objects.filter(pk=need.pk).update(looked_back_at=at(3, 5))
    assert turn(office, need) == ""


@pytest.mark.parametrize(
    ("facet", "holds"),
    [
        ({"door": "village"}, lambda n: n.door == "village"),
        ({"klass": "3"}, lambda n: n.klass == 3),
        ({"state": "answered"}, lambda n: n.state == "answered"),
        ({"category": "agri"}, lambda n: n.category == "agri"),
        ({"supervised": "1"}, lambda n: n.supervised_at is not None),
        ({"look_back": "1"}, lambda n: n.state == "closed"),
        ({"raised_from": "2020-03-04", "raised_to": "2020-03-06"}, lambda n: 4 <= n.raised_at.day <= 6),
        ({"q": "需求001"}, lambda n: n.title.startswith("需求001")),
        ({"q": "需求 企业1"}, lambda n: n.site.name == "企业1"),
        ({"q": "n-0033"}, lambda n: n.number == "n-0033"),
    ],
)
def test_a_facet_keeps_exactly_its_rows(world, facet: dict[str, str], holds) -> None:
    spread(world)
    rows = read(tab="all", **facet).rows(world.accounts["leader"], world.campaign)
    expected = {need.pk for need in Need.objects.all() if holds(need)}
    assert expected and {need.pk for need in rows} == expected


def test_places_units_and_teams_narrow(world) -> None:
    spread(world)
    other = Region.objects.create(system="nbs", year=2023, code="371082", name="荣成市", level="county")
    Site.objects.filter(pk=world.sites[1].pk).update(county=other)
    for facet in ({"county": other.pk}, {"team": world.teams[1].pk}):
        rows = Filter(tab="all", **facet).rows(world.accounts["leader"], world.campaign)
        assert {need.site_id for need in rows} == {world.sites[1].pk}
    rows = Filter(tab="all", lead=world.units[1].pk).rows(world.accounts["leader"], world.campaign)
    assert {need.lead_unit_id for need in rows} == {world.units[1].pk}


def test_traditional_script_finds_simplified(world) -> None:
    Need.objects.filter(pk=world.need.pk).update(title="农民工返岗难", search="农民工返岗难\n")
    rows = read(tab="all", q="農民工").rows(world.accounts["leader"], world.campaign)
    assert [need.pk for need in rows] == [world.need.pk]


def test_a_filter_reads_back_what_it_writes() -> None:
    chosen = Filter("late", "handling", "village", 3, 4, 2, "answered", "late", 5, 6, "agri", date(2020, 3, 4))
    chosen = filters.replace(
        chosen, raised_to=date(2020, 4, 1), supervised=True, look_back=True, q="农 &=", sort="-due"
    )
    assert filters.from_text(chosen.query()) == chosen
    assert filters.from_text(chosen.query(page=3, tab="all")) == filters.replace(chosen, tab="all")


@pytest.mark.parametrize(
    "bad", [{"door": "window"}, {"county": "x"}, {"raised_from": "2020-13-01"}, {"klass": "many"}, {"tab": "'"}]
)
def test_a_wrong_filter_is_named_and_left_out(world, bad: dict[str, str]) -> None:
    query = QueryDict(mutable=True)
    query.update({"tab": "all", **bad})
    found, faults = filters.read(query, "all")
    assert len(faults) == 1 and found == Filter(tab="all")
    page = signed_in(world.accounts["leader"]).get("/ledger/", query.dict())
    assert page.status_code == 200 and 'class="notice warning"' in page.content.decode()


@pytest.mark.parametrize("key", columns.COLUMNS)
def test_every_column_sorts_both_ways_with_the_empty_ones_last(world, key: str) -> None:
    spread(world, 20)
    leader = world.accounts["leader"]
    up = [need.pk for need in Filter(tab="all", sort=key).rows(leader, world.campaign)]
    down = [need.pk for need in Filter(tab="all", sort=f"-{key}").rows(leader, world.campaign)]
    assert sorted(up) == sorted(down) and len(up) == 22
    if key == "due":
        dues = [need.due for need in Filter(tab="all", sort="-due").rows(leader, world.campaign)]
        known = [due for due in dues if due]
        assert known == sorted(known, reverse=True) and dues[len(known) :] == [None] * (22 - len(known))


@pytest.mark.parametrize("role", ["campaign_office", "department_handler", "team_leader"])
@pytest.mark.parametrize("on_list", ["", *filters.LISTS])
def test_a_page_of_forty_stays_within_its_queries_and_size(world, role: str, on_list: str) -> None:
    spread(world, 900)
    client = signed_in(world.accounts[role])
    address = f"/ledger/?tab=all&on_list={on_list}&q=需求&door=enterprise&team={world.teams[0].pk}"
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(address)
    assert page.status_code == 200 and len(shown(page)) == 40
    assert len(queries) <= 15
    assert len(page.content) < 100_000


def test_all_columns_at_once_stay_within_the_queries(world) -> None:
    spread(world, 100)
    columns.choose(world.accounts["campaign_office"], "", columns.COLUMNS)
    client = signed_in(world.accounts["campaign_office"])
    client.get("/ledger/?tab=all")
    with CaptureQueriesContext(connection) as queries:
        assert len(shown(client.get("/ledger/?tab=all"))) == 40
    assert len(queries) <= 15


def test_pages_keep_the_filter_and_show_every_row_once(world) -> None:
    spread(world, 100)
    client = signed_in(world.accounts["leader"])
    seen = [number for page in (1, 2, 3) for number in shown(client.get(f"/ledger/?tab=all&sort=-title&page={page}"))]
    assert len(seen) == len(set(seen)) == Need.objects.count()
    assert "?tab=all&amp;sort=-title&amp;page=2" in client.get("/ledger/?tab=all&sort=-title").content.decode()


def test_a_column_is_chosen_for_one_account_and_one_list(world) -> None:
    office, leader = signed_in(world.accounts["campaign_office"]), signed_in(world.accounts["leader"])
    office.post("/ledger/columns/", {"back": "tab=all", "column": ["county", "site", "nonsense"]})
    assert [c.key for c in columns.shown(world.accounts["campaign_office"], "")] == ["title", "site", "county"]
    assert "环翠区" in office.get("/ledger/?tab=all").content.decode()
    assert "环翠区" not in leader.get("/ledger/?tab=all").content.decode()
    assert [c.key for c in columns.shown(world.accounts["campaign_office"], "effect")] == list(columns.SHOWN["effect"])
    office.post("/ledger/columns/", {"back": "tab=all", "action": "usual"})
    assert [c.key for c in columns.shown(world.accounts["campaign_office"], "")] == list(columns.SHOWN[""])


def test_empty_tables_say_what_to_do(world) -> None:
    client = signed_in(world.accounts["leader"])
    assert "?tab=all" in client.get("/ledger/?tab=late").content.decode()
    filtered = client.get("/ledger/?tab=all&q=nothing-like-this").content.decode()
    assert "没有同时符合这些条件的事项" in filtered and 'href="?tab=all"' in filtered
    assert "没有等您办的事" in client.get("/ledger/?tab=mine").content.decode()


def test_who_has_no_turn_begins_with_what_is_open(world) -> None:
    def tab(role: str) -> str:
        page = signed_in(world.accounts[role]).get("/ledger/").content.decode()
        return re.findall(r'href="\?tab=(\w+)" aria-current="page"', page)[0]

    assert (tab("leader"), tab("campaign_office"), tab("department_handler")) == ("open", "mine", "mine")


def test_facets_offer_only_what_the_reader_meets(world) -> None:
    leader = world.accounts["team_leader"]
    offered = facets.choices(leader, world.campaign)
    assert offered["team"] == [(world.teams[0].pk, "第0组")]
    page = signed_in(leader).get(f"/ledger/?tab=all&team={world.teams[1].pk}").content.decode()
    assert "第1组" not in page
    panel = signed_in(leader).get("/ledger/filters/?tab=late&q=x").content.decode()
    assert "第0组" in panel and "第1组" not in panel and 'name="tab" value="late"' in panel


# A verb from the row


def received(world) -> Need:
    """Hand the team's need over to the department."""
    return needs.apply(
        world.need, "hand_over", world.accounts["campaign_office"], klass=2, lead_unit=world.units[0], version=1
    )


def test_a_need_is_received_from_its_row(world) -> None:
    need = received(world)
    client = signed_in(world.accounts["department_handler"])
    answer = client.post(
        f"/ledger/rows/{need.pk}/receive/",
        {"version": need.version, "back": "tab=mine"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 200 and answer.content.decode().lstrip().startswith("<tr")
    assert Need.objects.get(pk=need.pk).state == "received"
    assert f'value="{need.pk}:{need.version + 1}"' in answer.content.decode()


def test_a_stale_row_answers_409_and_shows_what_is_there_now(world) -> None:
    need = received(world)
    client = signed_in(world.accounts["department_handler"])
    answer = client.post(f"/ledger/rows/{need.pk}/receive/", {"version": 1}, headers={"HX-Request": "true"})
    assert answer.status_code == 409 and answer.content.decode().lstrip().startswith("<tr")
    assert Need.objects.get(pk=need.pk).state == "handed_over"


def test_rows_do_not_take_verbs_that_need_facts_or_belong_to_others(world) -> None:
    need = received(world)
    handler, office = signed_in(world.accounts["department_handler"]), signed_in(world.accounts["campaign_office"])
    assert handler.post(f"/ledger/rows/{need.pk}/answer/", {"version": need.version}).status_code == 422
    assert office.post(f"/ledger/rows/{need.pk}/receive/", {"version": need.version}).status_code == 403
    assert handler.post(f"/ledger/rows/{world.need_other.pk}/receive/", {"version": 1}).status_code == 404
    assert handler.post(f"/ledger/rows/{need.pk}/receive/", {"version": "x"}).status_code == 422


def test_without_script_the_row_goes_back_to_the_table(world) -> None:
    need = received(world)
    client = signed_in(world.accounts["department_handler"])
    answer = client.post(f"/ledger/rows/{need.pk}/receive/", {"version": need.version})
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/ledger/")


# Saved filters


def test_a_filter_is_kept_renamed_deleted_and_brought_back(world) -> None:
    client = signed_in(world.accounts["department_handler"])
    kept = client.post("/ledger/saved/", {"back": "tab=late&door=village", "name": "村里逾期"})
    found = SavedFilter.objects.get()
    assert found.query == "tab=late&door=village" and f"saved={found.pk}" in kept.headers["Location"]
    assert "村里逾期" in client.get("/ledger/").content.decode()
    client.post(f"/ledger/saved/{found.pk}/", {"action": "rename", "name": "乡村"})
    gone = client.post(f"/ledger/saved/{found.pk}/", {"action": "delete"})
    page = client.get(gone.headers["Location"]).content.decode()
    assert "筛选“乡村”已删除" in page and 'value="restore"' in page
    assert "乡村</a>" not in client.get("/ledger/").content.decode()
    client.post(f"/ledger/saved/{found.pk}/", {"action": "restore"})
    assert list(saved.of(world.accounts["department_handler"], world.campaign)) == [found]


def test_a_name_that_is_taken_stays_typed_with_its_error(world) -> None:
    client = signed_in(world.accounts["leader"])
    for _twice in range(2):
        answer = client.post("/ledger/saved/", {"back": "tab=late", "name": "我的逾期"})
    page = answer.content.decode()
    assert answer.status_code == 422 and 'value="我的逾期"' in page and "您已有同名的筛选" in page
    assert SavedFilter.objects.count() == 1
    assert client.post("/ledger/saved/", {"back": "", "name": "长" * 25}).status_code == 422


def test_only_the_office_shares_and_nobody_changes_anothers(world) -> None:
    office, leader = world.accounts["campaign_office"], world.accounts["leader"]
    with pytest.raises(NotAllowed):
        saved.save(leader, world.campaign, "大家看", Filter(), shared=True)
    private = saved.save(office, world.campaign, "只给自己", Filter())
    shared = saved.save(office, world.campaign, "大家看", Filter(tab="late"), shared=True)
    page = signed_in(leader).get("/ledger/").content.decode()
    assert "大家看" in page and "只给自己" not in page
    client = signed_in(leader)
    assert client.post(f"/ledger/saved/{private.pk}/", {"action": "delete"}).status_code == 404
    assert client.post(f"/ledger/saved/{shared.pk}/", {"action": "delete"}).status_code == 403
    assert SavedFilter.objects.filter(deleted_at=None).count() == 2


def test_not_more_tabs_than_can_be_found_again(world) -> None:
    leader = world.accounts["leader"]
    for n in range(saved.MOST):
        saved.save(leader, world.campaign, f"第{n}个", Filter())
    with pytest.raises(RuleBroken):
        saved.save(leader, world.campaign, "再一个", Filter())


# The print sheet


def test_the_print_sheet_has_head_unit_and_cut_off(world) -> None:
    handler = world.accounts["department_handler"]
    received(world)
    page = signed_in(handler).get("/ledger/print/?tab=all").content.decode()
    for words in ("威海“四进”问题台账", "市局0", "2020年3月5日", "本组的需求", "②省市县协力解决"):
        assert words in page
    assert "别组的需求" not in page
    Unit.objects.filter(pk=world.units[0].pk).update(name="<b>局</b>")
    assert "<b>局</b>" not in signed_in(handler).get("/ledger/print/?tab=all").content.decode()


@pytest.mark.parametrize("page", ["", "filters/", "print/", "import/", "export/csv/", "export/xlsx/"])
def test_the_administrator_has_no_ledger_and_strangers_sign_in(world, page: str) -> None:
    assert signed_in(world.accounts["administrator"]).get(f"/ledger/{page}").status_code == 403
    assert Client().get(f"/ledger/{page}").status_code == 302
