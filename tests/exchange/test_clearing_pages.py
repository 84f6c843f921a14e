"""Pages of the clearing: run it, open a price to its rows, fix pairs, publish; refusals, empty states, queries."""

import io
import json
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from sijin.exchange.domain import offers
from sijin.exchange.domain.clearings import publishing, solving
from sijin.exchange.models import Clearing, ClearingLock, Match, Offer
from sijin.ledger.models import NeedItem
from sijin.people import jobs
from sijin.people.models import Job
from tests.exchange.test_offers import client_of

TERMS = {"kind": "goods", "floor": "0", "change": "20", "seconds": "5"}


@pytest.fixture
def market(world):
    """Two needs of five computers each, one offer of eight, and one thing that nobody offers."""
    world.office = world.accounts["campaign_office"]
    world.items = [
        NeedItem.objects.create(need=need, kind="goods", item="电脑", unit="台", quantity=5)
        for need in (world.need, world.need_other)
    ]
    NeedItem.objects.create(need=world.need, kind="goods", item="呼吸机", unit="台", quantity=2)
    world.offer = offers.make(
        world.office, world.campaign, provider="捐赠方", kind="goods", item="电脑", unit="台", quantity=Decimal(8),
        region=world.county,
    )  # fmt: skip
    world.client = client_of(world.office)
    return world


@pytest.fixture
def cleared(market):
    market.clearing = solving.solve(market.office, market.campaign, floor=0, time_limit=5)
    market.page = f"/exchange/clearing/{market.clearing.pk}/"
    return market


def test_a_run_ends_on_the_draft(market, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = market.client.post("/exchange/clearing/run/", TERMS)
    made = Clearing.objects.get()
    assert f"/exchange/clearing/{made.pk}/" in market.client.get(job.headers["Location"]).content.decode()
    assert (made.kinds, made.floor, made.state) == (["goods"], 0, "draft") and not Match.objects.exists()


@pytest.mark.parametrize("wrong", [{"floor": "101"}, {"seconds": "x"}, {"kind": "policy"}, {"change": "-1"}], ids=str)
def test_terms_that_cannot_be_read_come_back_beside_their_field(market, wrong: dict) -> None:
    answer = market.client.post("/exchange/clearing/run/", TERMS | wrong)
    assert answer.status_code == 422 and "errorlist" in answer.content.decode() and not Clearing.objects.exists()


def test_a_price_opens_to_the_needs_that_compete_and_the_offers(cleared) -> None:
    shown = cleared.client.get(cleared.page).content.decode()
    price = cleared.clearing.prices.get(side="offer")
    address = f"{cleared.page}prices/{price.pk}/"
    assert f'href="{address}"' in shown and "呼吸机" in shown
    rows = cleared.client.get(address).content.decode()
    for words in ("本组的需求", "别组的需求", "捐赠方"):
        assert words in rows
    lacking = cleared.clearing.prices.get(side="need", why="no_offer")
    assert 'class="empty"' in cleared.client.get(f"{cleared.page}prices/{lacking.pk}/").content.decode()
    board = cleared.client.get(f"{cleared.page}prices/").content.decode()
    assert board.index("呼吸机") < board.index("电脑"), "the scarcest stands first"
    assert "电脑" not in cleared.client.get(f"{cleared.page}prices/?kind=funds").content.decode().split("<main")[1]


def test_publishing_all_reserves_and_withdrawing_gives_back(cleared) -> None:
    assert cleared.client.post(f"{cleared.page}publish/", {"which": "all"}).headers["Location"] == cleared.page
    assert Offer.objects.get().promised == 8 and Match.objects.filter(state="reserved").count() == 2
    assert 'id="publish"' not in cleared.client.get(cleared.page).content.decode(), "nothing is left to publish"
    assert cleared.client.post(f"{cleared.page}publish/", {"which": "all"}).status_code == 422
    assert cleared.client.post(f"{cleared.page}withdraw/").status_code == 302
    assert Offer.objects.get().promised == 0


def test_changed_rows_are_named_and_the_others_can_be_published(cleared) -> None:
    assert 'id="changed"' not in cleared.client.get(cleared.page).content.decode()
    NeedItem.objects.filter(pk=cleared.items[0].pk).update(received=4)
    shown = cleared.client.get(cleared.page).content.decode()
    assert 'id="changed"' in shown and "未作任何预留" not in shown, "said before anybody tries"
    refused = cleared.client.post(f"{cleared.page}publish/", {"which": "all"})
    shown = refused.content.decode()
    assert refused.status_code == 409 and 'value="standing"' in shown and "现缺" in shown and "未作任何预留" in shown
    assert not Match.objects.exists()
    assert cleared.client.post(f"{cleared.page}publish/", {"which": "standing"}).status_code == 302
    assert [match.item for match in Match.objects.all()] == [cleared.items[1]]


def test_many_rows_are_published_by_a_job(cleared, monkeypatch, django_capture_on_commit_callbacks) -> None:
    monkeypatch.setattr("sijin.exchange.views.clearing.AT_ONCE", 1)
    with django_capture_on_commit_callbacks(execute=True):
        answer = cleared.client.post(f"{cleared.page}publish/", {"which": "all"})
    assert answer.headers["Location"].startswith("/jobs/") and Offer.objects.get().promised == 8
    assert cleared.page in cleared.client.get(answer.headers["Location"]).content.decode()


def test_a_job_that_finds_changed_rows_ends_with_their_words_and_leads_to_them(
    cleared, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    monkeypatch.setattr("sijin.exchange.views.clearing.AT_ONCE", 1)
    offers.edit(cleared.office, cleared.offer, version=1, quantity=Decimal(9))
    with django_capture_on_commit_callbacks(execute=True):
        answer = cleared.client.post(f"{cleared.page}publish/", {"which": "all"})
    shown = cleared.client.get(answer.headers["Location"]).content.decode()
    assert "捐赠方" in shown and cleared.page in shown and not Match.objects.exists()
    assert 'id="changed"' in cleared.client.get(cleared.page).content.decode()


def test_the_bar_moves_inside_the_one_transaction_and_stopping_leaves_nothing(cleared, monkeypatch) -> None:
    monkeypatch.setattr("sijin.people.jobs.STEP", 0)
    job = Job.objects.create(account=cleared.office, kind="Publish a clearing", state="running")
    seen, tell = [], jobs.Reporter(job).inside

    def told(done: int, total: int) -> None:
        tell(done, total)
        seen.append(cleared.client.get(f"/jobs/{job.pk}/progress/").content.decode())
        jobs.cancel(cleared.office, job)

    with pytest.raises(jobs.Cancelled):
        publishing.publish(cleared.office, cleared.clearing, progress=told)
    assert len(seen) == 1 and 'max="2" value="0"' in seen[0] and not Match.objects.exists()


def test_chosen_rows_alone_are_published(cleared) -> None:
    row = cleared.clearing.rows.first()
    cleared.client.post(f"{cleared.page}publish/", {"which": "chosen"})
    assert not Match.objects.exists()
    cleared.client.post(f"{cleared.page}publish/", {"which": "chosen", "row": [row.pk]})
    assert [match.item_id for match in Match.objects.all()] == [row.item_id]
    assert 'id="publish"' in cleared.client.get(cleared.page).content.decode()


def test_a_pair_is_locked_forbidden_and_left_free_from_its_row(cleared) -> None:
    row = cleared.clearing.rows.first()
    for says, there in (("keep", [("keep", row.quantity)]), ("never", [("never", None)]), ("free", [])):
        answer = cleared.client.post(f"{cleared.page}fix/?kind=goods", {"row": row.pk, "says": says})
        assert answer.headers["Location"] == f"{cleared.page}?kind=goods#rows"
        assert list(ClearingLock.objects.values_list("says", "quantity")) == there
    cleared.client.post(f"{cleared.page}fix/", {"row": row.pk, "says": "never"})
    assert "捐赠方" in cleared.client.get("/exchange/clearing/").content.decode()
    lock = ClearingLock.objects.get()
    assert cleared.client.post(f"/exchange/clearing/locks/{lock.pk}/lift/").status_code == 302
    assert not ClearingLock.objects.exists()


@pytest.mark.parametrize("role", ["campaign_office", "leader", "team_leader"])
def test_the_overview_names_what_is_scarcest_to_who_may_see_clearings(cleared, role: str) -> None:
    shown = client_of(cleared.accounts[role]).get("/").content.decode()
    assert (f'href="{cleared.page}prices/' in shown) == (role != "team_leader")
    assert f'href="{cleared.page}prices/' not in client_of(cleared.office).get("/?at=2020-03-04").content.decode()


def test_the_workbook_holds_matches_prices_and_what_is_unmet(cleared) -> None:
    content = b"".join(cleared.client.get(f"{cleared.page}sheet.xlsx"))
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    matches, short, unmet = (book.get_sheet_by_name(name).to_python() for name in ("配置方案", "短板", "未满足"))
    assert sum(row[6] for row in matches[1:]) == 8 and {row[9] for row in matches[1:]} == {"捐赠方"}
    assert [row[1] for row in short[1:]] == ["呼吸机", "电脑"]
    assert {row[5] for row in unmet[1:]} == {"呼吸机", "电脑"}


def test_empty_pages_say_what_will_be_here(world) -> None:
    client = client_of(world.accounts["leader"])
    assert 'class="empty"' in client.get("/exchange/clearing/").content.decode()
    made = solving.solve(world.accounts["campaign_office"], world.campaign)
    shown = client.get(f"/exchange/clearing/{made.pk}/").content.decode()
    assert shown.count('class="empty"') == 3 and 'id="publish"' not in shown


def test_a_large_clearing_stays_within_its_queries_and_size(market, django_assert_max_num_queries) -> None:
    NeedItem.objects.bulk_create(
        NeedItem(need=market.need, kind="goods", item=f"电脑{n % 3}型", unit="台", quantity=n + 1) for n in range(120)
    )
    Offer.objects.bulk_create(
        Offer(code=f"x{n}", campaign=market.campaign, provider=f"厂{n}", kind="goods", item=f"电脑{n % 3}型", unit="台",
              quantity=9) for n in range(40)
    )  # fmt: skip
    made = solving.solve(market.office, market.campaign, time_limit=5)
    price = made.prices.filter(side="offer", price__gt=0).first()
    for address in ("", "prices/", f"prices/{price.pk}/"):
        market.client.get(f"/exchange/clearing/{made.pk}/{address}")
        with django_assert_max_num_queries(22):
            answer = market.client.get(f"/exchange/clearing/{made.pk}/{address}")
        assert answer.status_code == 200 and len(answer.content) < 200_000


def test_the_api_does_the_same(cleared) -> None:
    root = f"/api/clearings/{cleared.clearing.pk}"
    assert cleared.client.get(root).json()["gap"] == 0
    proposed = cleared.client.get(f"{root}/proposals?open=true").json()["items"]
    assert {row["item"] for row in proposed} == {item.pk for item in cleared.items}
    assert [row["name"] for row in cleared.client.get(f"{root}/scarce").json()] == ["呼吸机", "电脑"]
    send = {"content_type": "application/json"}
    first = cleared.client.post(f"{root}/publish", json.dumps({"version": 1, "rows": [proposed[0]["id"]]}), **send)
    assert first.status_code == 200 and Match.objects.count() == 1
    offers.edit(cleared.office, cleared.offer, version=Offer.objects.get().version, quantity=Decimal(9))
    assert cleared.client.post(f"{root}/publish", json.dumps({"version": 1}), **send).status_code == 409, "read before"
    stale = cleared.client.post(f"{root}/publish", json.dumps({"version": 2}), **send)
    assert stale.status_code == 409 and [row["row"] for row in stale.json()["facts"]["changed"]] == [proposed[1]["id"]]
    assert cleared.client.post(f"{root}/withdraw", "{}", **send).json()["state"] == "withdrawn"
    assert cleared.client.post("/api/clearings", json.dumps({"kinds": ["policy"]}), **send).status_code == 422
