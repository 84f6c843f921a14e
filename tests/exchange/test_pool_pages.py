"""The pool's sheets, pages and papers: bad rows come back, a plan is made by a job, refusals keep the draft."""

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from docx import Document

from sijin.exchange import jobs
from sijin.exchange.domain import imports
from sijin.exchange.domain.pool import plans, settle
from sijin.exchange.domain.pool.sheets import MAKER_COLUMNS, ORDER_COLUMNS, SHEETS
from sijin.exchange.files import pool as sheets
from sijin.exchange.models import OfferImport, PoolMaker, PoolOrder, PoolPlan, PoolScenario
from sijin.people.models import Job
from sijin.people.refusals import NotAllowed, RuleBroken
from tests.exchange.pools import line, order, solved, stocked, taken
from tests.exchange.test_offers import client_of

COLUMNS = {"orders": [name for name, *_r in ORDER_COLUMNS], "makers": [name for name, *_r in MAKER_COLUMNS]}
ORDER = {"code": "n1", "site": "s0", "product": "防护服", "quantity": 900, "unit_price": 12.5, "release": "2020-03-09",
         "due": "2020-04-05"}  # fmt: skip
MAKER = {"code": "p1", "name": "新厂", "product": "防护服", "per_hour": 50, "price": 9, "hours": 40}


@pytest.fixture
def pool(world):
    return stocked(world)


def sheet(of: str, *rows: dict) -> bytes:
    """Write rows under the template's headings."""
    book = openpyxl.load_workbook(io.BytesIO(sheets.template(of)))
    page = book.worksheets[0]
    page.delete_rows(2)
    for number, row in enumerate(rows, start=2):
        for name, value in row.items():
            page.cell(number, COLUMNS[of].index(name) + 1, value)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def read_in(by, campaign, content: bytes) -> OfferImport:
    of, rows = sheets.read(content)
    return jobs.take_in(imports.begin(by, campaign, "表.xlsx", content, rows, of))


def test_good_orders_are_kept_and_bad_ones_come_back_with_their_columns(pool) -> None:
    wrong = {**ORDER, "code": "n2", "site": "x", "quantity": -5, "unit_price": "很贵", "due": "三月", "max_partners": 0}
    late = {**ORDER, "code": "n3", "due": "2020-03-01"}
    content = sheet("orders", ORDER, wrong, late, {**ORDER, "code": None})
    done = read_in(pool.office, pool.campaign, content)
    assert (done.created, [row["row"] for row in done.bad]) == (1, [3, 4, 5])
    said = "；".join(done.bad[0]["faults"])
    for words in ("“点位编号”", "“数量（件）”", "“-5”", "“单价（元/件）”", "“很贵”", "“交货日期”", "“合作家数上限”"):
        assert words in said
    found = PoolOrder.objects.get(code="n1")
    assert (found.quantity, found.unit_price, found.certificate, found.at_home) == (900, Decimal("12.5"), True, True)
    back = openpyxl.load_workbook(io.BytesIO(sheets.returned(done))).worksheets[0]
    assert back.cell(1, len(COLUMNS["orders"]) + 1).value == "错误说明" and back.max_row == 4
    again = read_in(pool.office, pool.campaign, content)
    assert (again.created, again.changed, again.same) == (0, 0, 1)


def test_a_line_takes_a_row_for_each_product_and_rows_must_agree(pool) -> None:
    masks = {
        **MAKER,
        "product": "口罩",
        "per_hour": 900,
        "price": 0.5,
        "windows": "2020-03-09~2020-03-29；2020-05-04~2020-06-28",
    }
    done = read_in(pool.office, pool.campaign, sheet(
        "makers", {**MAKER, "windows": masks["windows"]}, masks, {**masks, "hours": 20, "product": "隔离衣"},
        {**MAKER, "code": "p2", "hours": 200}, {**MAKER, "code": "p3", "windows": "三月到五月"},
    ))  # fmt: skip
    assert (done.created, done.changed, [row["row"] for row in done.bad]) == (1, 1, [4, 5, 6])
    assert "每周工时" in done.bad[0]["faults"][0] and "“空档”" in done.bad[2]["faults"][0]
    found = PoolMaker.objects.get(code="p1")
    assert {rate.product: rate.per_hour for rate in found.rates.all()} == {"防护服": 50, "口罩": 900}
    assert found.windows == [["2020-03-09", "2020-03-29"], ["2020-05-04", "2020-06-28"]]


def test_what_was_taken_out_goes_in_again_and_a_stale_row_is_refused(pool) -> None:
    makers = pool.campaign.pool_makers.select_related("site", "offer").prefetch_related("rates")
    orders = pool.campaign.pool_orders.select_related("site", "need")
    for of, content in (("makers", sheets.export_makers(makers)), ("orders", sheets.export_orders(orders))):
        done = read_in(pool.office, pool.campaign, content)
        assert (done.of, done.created, done.changed, done.bad) == (of, 0, 0, []) and done.same >= 2
    book = openpyxl.load_workbook(io.BytesIO(sheets.export_orders(orders)))
    place = COLUMNS["orders"].index("quantity") + 1
    first = book.worksheets[0].cell(2, 1).value
    book.worksheets[0].cell(2, place, 7_777)
    kept = io.BytesIO()
    book.save(kept)
    assert read_in(pool.office, pool.campaign, kept.getvalue()).changed == 1
    assert PoolOrder.objects.get(code=first).quantity == 7_777
    PoolOrder.objects.filter(code=first).update(quantity=1, version=9)
    refused = read_in(pool.office, pool.campaign, kept.getvalue() + b"\0")
    assert refused.changed == 0 and "quantity: 7777 / 1" in refused.bad[0]["faults"][0]


def test_a_sheet_of_neither_kind_is_refused_and_others_may_not_read_one_in(pool) -> None:
    from sijin.exchange import files

    with pytest.raises(RuleBroken):
        sheets.read(files.template())
    with pytest.raises(NotAllowed):
        read_in(pool.accounts["department_handler"], pool.campaign, sheet("orders", ORDER))
    client = client_of(pool.office)
    page = client.post("/exchange/pool/import/", {"sheet": SimpleUploadedFile("a.xlsx", b"no sheet")})
    assert page.status_code == 422 and "errorlist" in page.content.decode()
    answer = client.post(
        "/exchange/pool/import/", {"sheet": SimpleUploadedFile("a.xlsx", sheet("orders", ORDER, {"code": "x"}))}
    )
    shown = client.get(answer.headers["Location"]).content.decode()
    assert "“点位编号”" in shown
    returned = client.get(answer.headers["Location"] + "rows/")
    assert openpyxl.load_workbook(io.BytesIO(returned.content)).worksheets[0].title == "订单"
    for of in SHEETS:
        assert client.get(f"/exchange/pool/template/{of}/").status_code == 200
    assert client.get("/exchange/pool/template/others/").status_code == 404


def test_a_plan_is_made_by_a_job_that_leads_to_it(pool, django_capture_on_commit_callbacks) -> None:
    client = client_of(pool.office)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/exchange/pool/solve/", {"start": "2020-03-09", "seconds": 3, "change": 0})
    job = Job.objects.get()
    assert answer.headers["Location"] == f"/jobs/{job.pk}/" and job.state == "done", job.message
    plan = PoolPlan.objects.get()
    assert job.total == 100 and job.language, "it told how far it was"
    assert job.result["url"] == f"/exchange/pool/plans/{plan.pk}/" and plan.start == date(2020, 3, 9)
    page = client.get(job.result["url"]).content.decode()
    assert page.count('class="run') >= 4 and "厂a" in page
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/exchange/pool/plans/{plan.pk}/scenario/", {"kind": "more", "percent": 20})
    assert PoolScenario.objects.get().results["cost"] > plan.cost
    assert client.post(f"/exchange/pool/plans/{plan.pk}/scenario/", {"kind": "drop"}).status_code == 422
    refused = client.post("/exchange/pool/solve/", {"seconds": "many", "change": 0})
    assert refused.status_code == 302 and Job.objects.count() == 2


def test_an_empty_pool_says_what_to_do_first(world, django_capture_on_commit_callbacks) -> None:
    client = client_of(world.accounts["campaign_office"])
    page = client.get("/exchange/pool/").content.decode()
    assert "/exchange/pool/import/" in page and "form.solve" not in page
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/exchange/pool/solve/", {"seconds": 1, "change": 0})
    assert Job.objects.get().state == "failed" and PoolPlan.objects.count() == 0


def test_moves_and_publishing_over_http_keep_to_the_rules(pool) -> None:
    plan, client = solved(pool), client_of(pool.office)
    share = plan.shares.get(order__code="o1", maker=pool.lines["own"])
    path = f"/exchange/pool/plans/{plan.pk}/shares/{share.pk}/"
    told = client.get(f"{path}?to={pool.lines['c'].pk}").content.decode()
    assert "+40,000.00" in told
    assert client.post(f"{path}move/", {"version": 1, "maker": pool.lines["d"].pk}).status_code == 422
    assert client.post(f"{path}move/", {"version": 1, "maker": "x"}).status_code == 422
    assert client.post(f"{path}burn/", {"version": 1}).status_code == 422
    assert client.post(f"{path}lock/", {"version": 1}).status_code == 302
    assert client.post(f"{path}move/", {"version": 1, "maker": pool.lines["c"].pk}).status_code == 409
    assert client.post(f"{path}move/", {"version": 2, "maker": pool.lines["c"].pk}).status_code == 302
    publish = f"/exchange/pool/plans/{plan.pk}/publish/"
    assert client.post(publish, {"version": 3}).status_code == 422, "its days are not worked out"
    again = solved(pool, base=plan)
    order(pool, "new")
    answer = client.post(f"/exchange/pool/plans/{again.pk}/publish/", {"version": again.version})
    assert answer.status_code == 409 and PoolPlan.objects.filter(state="published").count() == 0
    assert client.post(f"/exchange/pool/plans/{again.pk}/discard/").status_code == 302
    assert PoolPlan.objects.get(pk=again.pk).state == "discarded"


def test_an_order_is_typed_in_and_changed_by_who_has_read_it(pool) -> None:
    client = client_of(pool.office)
    typed = {**ORDER, "max_partners": 2, "at_home": "on"}
    assert client.post("/exchange/pool/orders/new/", typed).status_code == 302
    kept = PoolOrder.objects.get(code="n1")
    assert (kept.site, kept.quantity, kept.certificate, kept.at_home) == (pool.sites[0], 900, False, True)
    twice = client.post("/exchange/pool/orders/new/", {**typed, "quantity": 5})
    assert twice.status_code == 422 and "errorlist" in twice.content.decode()
    path = f"/exchange/pool/orders/{kept.pk}/"
    assert 'value="900"' in client.get(path).content.decode()
    assert client.post(path, {**typed, "version": 1, "quantity": 1_000}).status_code == 302
    late = client.post(path, {**typed, "version": 1, "quantity": 1_100})
    shown = late.content.decode()
    assert late.status_code == 409 and 'value="1100"' in shown and "1000" in shown
    assert client.post(path, {**typed, "version": 2, "due": "2020-01-01"}).status_code == 422
    assert client.post(path, {**typed, "version": 2, "code": "other"}).status_code == 422
    assert client.post(path, {**typed, "version": 2, "quantity": 1_100}).status_code == 302
    assert PoolOrder.objects.get(code="n1").quantity == 1_100


def test_a_line_is_typed_in_and_changed_with_the_checks_of_the_sheet(pool) -> None:
    client, new = client_of(pool.office), "/exchange/pool/makers/new/"
    assert f'href="{new}"' in client.get("/exchange/pool/?show=makers").content.decode()
    typed = {"code": "n1", "name": "新厂", "rates": "防护服，50，9\n隔离衣,80,7", "hours": "40", "certificate": "是",
             "windows": "2020-03-09~2020-04-30；2020-06-01~2020-06-30", "site": "s0"}  # fmt: skip
    assert client.post(new, typed).status_code == 302
    kept = PoolMaker.objects.get(code="n1")
    assert (kept.site, kept.hours, kept.certificate, len(kept.windows)) == (pool.sites[0], 40, True, 2)
    assert {rate.product: rate.per_hour for rate in kept.rates.all()} == {"防护服": 50, "隔离衣": 80}
    wrong = {"hours": "200", "windows": "三月", "site": "x", "offer": "x", "lead": "-1", "rates": "防护服，零，9"}
    for field, value in wrong.items():
        answer = client.post(new, {**typed, "code": "n2", field: value})
        assert answer.status_code == 422 and list(answer.context["form"].errors) == [field], field
    assert client.post(new, typed | {"hours": "9"}).status_code == 422, "another one with this number"
    path = f"/exchange/pool/makers/{kept.pk}/"
    shown = client.get(path).content.decode()
    assert "隔离衣，80，7" in shown and "2020-03-09~2020-04-30；2020-06-01~2020-06-30" in shown
    assert client.post(path, typed | {"version": 1, "rates": "防护服，60，9"}).status_code == 302
    assert {rate.product: rate.per_hour for rate in kept.rates.all()} == {"防护服": 60}
    late = client.post(path, typed | {"version": 1, "hours": "50"})
    assert late.status_code == 409 and 'value="50"' in late.content.decode()
    assert client.post(path, typed | {"version": 2, "hours": "50"}).status_code == 302
    assert PoolMaker.objects.get(code="n1").hours == 50
    taken_already = client.post(path, typed | {"version": 3, "offer": "a"})
    assert (
        list(taken_already.context["form"].errors) == ["offer"] and "已关联其他产线" in taken_already.content.decode()
    )
    assert client_of(pool.accounts["leader"]).get(path).status_code == 403


def test_rows_leave_the_pool_and_come_back(pool) -> None:
    client, row = client_of(pool.office), pool.orders[0]
    assert client.post(f"/exchange/pool/rows/orders/{row.pk}/withdraw/", {"version": 1}).status_code == 302
    assert client.post(f"/exchange/pool/rows/orders/{row.pk}/restore/", {"version": 1}).status_code == 409
    assert client.post(f"/exchange/pool/rows/orders/{row.pk}/restore/", {"version": 2}).status_code == 302
    assert client.post(f"/exchange/pool/rows/others/{row.pk}/withdraw/", {"version": 1}).status_code == 404
    assert PoolOrder.objects.get(pk=row.pk).withdrawn_at is None


def test_pages_stay_within_their_queries_and_size(pool, django_assert_max_num_queries) -> None:
    for n in range(25):
        line(pool, f"x{n:02}", str(10 + n))
        order(pool, f"y{n:02}", 100 + n)
    plan = plans.publish(pool.office, solved(pool, time_limit=1))
    event = settle.hold(pool.office, plan, "对接会", date(2020, 3, 6))
    settle.sign(pool.office, event, date(2020, 3, 6))
    client = client_of(pool.office)
    for address in (
        "/exchange/pool/?show=orders",
        "/exchange/pool/?show=makers",
        "/exchange/pool/?show=plans",
        f"/exchange/pool/plans/{plan.pk}/",
        f"/exchange/pool/plans/{plan.pk}/board/",
        f"/exchange/agreements/events/{event.pk}/",
    ):
        with django_assert_max_num_queries(21):
            answer = client.get(address)
        assert answer.status_code == 200 and len(answer.content) < 150_000, address


def test_papers_say_what_the_plan_says(pool) -> None:
    plan, client = solved(pool), client_of(pool.office)
    made = taken(plan)
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/exchange/pool/plans/{plan.pk}/board.xlsx").content))
    runs, days = book.worksheets
    assert sum(row[5] for row in runs.iter_rows(min_row=2, values_only=True)) == sum(made.values())
    assert sum(cell or 0 for row in days.iter_rows(min_row=2, values_only=True) for cell in row[1:]) == sum(
        made.values()
    )
    page = client.get(f"/exchange/pool/plans/{plan.pk}/board/?maker={pool.lines['a'].pk}").content.decode()
    mine = sum(count for (_order, maker), count in made.items() if maker == "a")
    assert f"{mine:,}" in page and "厂b" not in page
    answer = client.get(f"/exchange/pool/plans/{plan.pk}/drafts.docx", {"partner": "厂a"})
    doc = Document(io.BytesIO(answer.content))
    text = "\n".join(paragraph.text for paragraph in doc.paragraphs)
    assert "合作生产协议（草案）" in text and "企业0" in text and f"{mine * 20:,.2f}元" in text and "厂b" not in text
    assert client.get(f"/exchange/pool/plans/{plan.pk}/drafts.docx", {"partner": "nobody"}).status_code == 404


def test_an_event_from_its_guests_to_what_was_delivered(pool) -> None:
    plan, client = plans.publish(pool.office, solved(pool)), client_of(pool.office)
    made = client.post(f"/exchange/pool/plans/{plan.pk}/event/", {"name": "对接会", "held_on": "2020-03-06"})
    event = plan.events.get()
    path = made.headers["Location"]
    assert path == f"/exchange/agreements/events/{event.pk}/"
    came = event.guests.get(name="厂a")
    client.post(f"{path}guests/", {"came": [came.pk]})
    client.post(f"{path}invite/", {"name": "厂外"})
    client.post(f"{path}sign/")
    agreement = event.agreements.get()
    assert agreement.provider == "厂a"
    facts = {"agreement": agreement.pk, "on": "2020-03-20", "amount": "1000"}
    assert client.post(f"{path}deliver/", facts).status_code == 302
    refused = client.post(f"{path}deliver/", {**facts, "amount": f"{agreement.amount}"})
    assert refused.status_code == 422 and "errorlist" in refused.content.decode()
    shown = client.get(path).content.decode()
    assert f"{agreement.amount:,.2f}" in shown and "1,000.00" in shown
    seen = client_of(pool.accounts["team_leader"]).get(path).content.decode()
    assert "1,000.00" in seen, "the agreement is of the team's own site"
    other = client_of(pool.other).get(path).content.decode()
    assert "1,000.00" not in other and f"{agreement.amount:,.2f}" not in other
