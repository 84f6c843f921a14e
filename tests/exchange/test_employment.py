"""Posts and people: hard conditions, travel limit, households, prices, sheets, verdicts, the log, masks, one page."""

import io
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from itertools import combinations, product
from types import SimpleNamespace

import docx
import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st

from sijin.exchange import jobs
from sijin.exchange.domain import imports
from sijin.exchange.domain.employment import contacts, keeping, posing, reads, solving, terms, words
from sijin.exchange.domain.employment.households import Ties
from sijin.exchange.domain.employment.posing import Posed
from sijin.exchange.domain.employment.sheets import POST_COLUMNS, SHEETS, WISH_COLUMNS
from sijin.exchange.files import employment as sheets
from sijin.exchange.models import JobContact, JobPost, JobSuggestion, JobVerdict, JobWish
from sijin.ledger.models import Need
from sijin.people.policy import visible
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import Region, Site
from tests.exchange.test_offers import client_of

SEWER, CUTTER, PACKER = "6-05-01-03", "6-05-01-02", "6-31-05-00"
NORTH = 0.009  # degrees of latitude in a kilometre, nearly


# --- the answer, on values alone


def row(model, pk: int, km: float, **facts):
    """A post or a person `km` north of a point; it is never written to a store."""
    made = model(pk=pk, code=str(pk), **facts)
    made.lat, made.lon = 37.3 + NORTH * km, 122.1
    return made


@st.composite
def markets(draw) -> Posed:
    """A few people, some of one household, and fewer openings than would be enough for all."""
    km, codes = st.integers(0, 25), st.sampled_from((SEWER, CUTTER, PACKER))
    posed = Posed(draw(st.integers(1, 20)), {}, {})
    for pk in range(1, draw(st.integers(1, 4)) + 1):
        facts = {"occupation": draw(codes), "wage": Decimal(draw(st.integers(2, 5))), "number": draw(st.integers(1, 2))}
        firm = f"厂{draw(st.integers(1, 2))}"
        post = row(
            JobPost, pk, draw(km), shift=draw(st.sampled_from(("day", "night"))), firm=firm, region_id=1, **facts
        )
        post.openings = post.number
        posed.posts[pk] = post
    for pk in range(1, draw(st.integers(1, 4)) + 1):
        facts = {"occupations": draw(st.lists(codes, min_size=1, max_size=2)), "wage": Decimal(draw(st.integers(0, 4)))}
        facts["reach_km"] = draw(st.none() | st.integers(1, 25))
        facts["household"] = draw(st.sampled_from(("", "户1", "户2")))
        posed.wishes[pk] = row(JobWish, pk, draw(km), shifts=draw(st.sampled_from(([], ["day"], ["night"]))), **facts)
    pairs = list(product(posed.wishes, posed.posts))
    posed.barred = set(draw(st.lists(st.sampled_from(pairs), max_size=2)))
    posing.fill(posed)
    posed.kept = set(draw(st.lists(st.sampled_from(sorted(posed.within())), max_size=1))) if posed.within() else set()
    return posed


def weight(posed: Posed, answer: dict[int, int]) -> int:
    """What an answer costs, counted apart from the code that finds it."""
    points, total = terms.table()["points"], 0
    for wish in posed.wishes:
        total += posed.fits[wish, answer[wish]].cost if wish in answer else points["unmet"]
    ties = Ties(posed)
    for one, other in combinations(sorted(answer), 2):
        if posed.wishes[one].household and posed.wishes[one].household == posed.wishes[other].household:
            total += {"same": 0, "near": points["near"], "apart": points["apart"]}[
                ties.kind(answer[one], answer[other])
            ]
    return total


def best(posed: Posed, ties: bool = True) -> int:
    """The least cost over every answer that breaks nothing."""
    options = [[None, *(post for w, post in posed.within() if w == wish)] for wish in posed.wishes]
    least = None
    for chosen in product(*options):
        answer = {wish: post for wish, post in zip(posed.wishes, chosen, strict=True) if post is not None}
        used = Counter(answer.values())
        if any(count > posed.posts[post].openings for post, count in used.items()):
            continue
        if any(answer.get(wish) != post for wish, post in posed.kept):
            continue
        cost = weight(posed, answer)
        least = cost if least is None else min(least, cost)
    assert least is not None
    return least


@settings(max_examples=60)
@given(markets())
def test_no_suggestion_breaks_a_condition_the_limit_or_fills_a_post_over(posed: Posed) -> None:
    answer = solving.answered(posed)
    far = posing.distances(list(posed.wishes.values()), list(posed.posts.values()))
    for key, post_key in answer.given.items():
        wish, post = posed.wishes[key], posed.posts[post_key]
        km = far[list(posed.wishes).index(key), list(posed.posts).index(post_key)]
        assert km <= posed.limit and (wish.reach_km is None or km <= wish.reach_km)
        assert post.wage >= wish.wage and (not wish.shifts or post.shift in wish.shifts)
        assert any(code[:4] == post.occupation[:4] for code in wish.occupations)
        assert (key, post_key) not in posed.barred
    assert all(count <= posed.posts[post].openings for post, count in Counter(answer.given.values()).items())
    assert posed.kept <= set(answer.given.items()), "what was accepted stays"


@settings(max_examples=60)
@given(markets())
def test_the_bound_holds_and_the_answer_is_never_worse_than_without_ties(posed: Posed) -> None:
    answer, optimum = solving.answered(posed), best(posed)
    assert answer.cost == weight(posed, answer.given)
    assert answer.bound <= optimum <= answer.cost <= answer.plain
    if not Ties(posed).members:
        assert answer.bound == optimum == answer.cost


@settings(max_examples=30)
@given(markets(), st.data())
def test_one_more_opening_saves_exactly_its_price(posed: Posed, data) -> None:
    for wish in posed.wishes.values():
        wish.household = ""
    post = data.draw(st.sampled_from(sorted(posed.posts)))
    before = solving.answered(posed)
    posed.posts[post].openings += 1
    assert before.cost - solving.answered(posed).cost == pytest.approx(before.worth[post])


def test_a_household_goes_to_one_place_where_that_is_worth_it() -> None:
    posed = Posed(15, {}, {})
    for pk, (km, firm) in enumerate(((1, "近厂"), (3, "远厂")), start=1):
        facts = {"occupation": SEWER, "wage": Decimal(4000), "number": 3 - (pk == 1) * 2, "region_id": 1}
        posed.posts[pk] = row(JobPost, pk, km, firm=firm, shift="day" if pk == 1 else "night", **facts)
        posed.posts[pk].openings = posed.posts[pk].number
    for pk in (1, 2):
        posed.wishes[pk] = row(JobWish, pk, 0, occupations=[SEWER], wage=Decimal(3000), shifts=[], household="户1")
    posing.fill(posed)
    together = solving.answered(posed)
    assert together.given == {1: 2, 2: 2} and together.cost < together.plain and together.bound <= together.cost
    posed.settled = {"户1": [posed.posts[1]]}
    posed.posts[1].openings, posed.posts[2].openings = 1, 1
    alone = Posed(15, {1: posed.wishes[1]}, posed.posts, {k: f for k, f in posed.fits.items() if k[0] == 1})
    alone.settled = {"户1": [posed.posts[2]]}
    assert solving.answered(alone).given == {1: 2}, "one who is hired draws the other to the same place"
    for wish in posed.wishes.values():
        wish.household = ""
    assert sorted(solving.answered(posed).given.values()) == [1, 2], "alone, one of them takes the nearer post"


@pytest.mark.parametrize(
    ("post", "wished", "near"),
    [(SEWER, [SEWER], "named"), (SEWER, ["6-05"], "named"), (SEWER, ["6"], "named"), (SEWER, [CUTTER], "small"),
     (SEWER, ["6-05-09-01"], "group"), (SEWER, [PACKER], ""), (SEWER, ["6-0"], "")],
)  # fmt: skip
def test_occupations_are_near_by_the_parts_of_their_codes(post: str, wished: list[str], near: str) -> None:
    assert terms.nearness(post, wished) == near


# --- kept in the store


@pytest.fixture
def market(world) -> SimpleNamespace:
    """A village of the first team with two people of one household and one further away, and a firm with two posts."""
    world.office, world.leader = world.accounts["campaign_office"], world.accounts["team_leader"]
    town = Region.objects.create(
        system="nbs",
        year=2023,
        code="371073107",
        name="草庙子镇",
        level="town",
        parent=world.county,
        lat=37.3,
        lon=122.1,
    )
    place = {"system": "nbs", "year": 2023, "level": "village", "lat": 37.3, "lon": 122.1, "approximate": True}
    world.village = Region.objects.create(code="371073107237", name="北郭格村委会", parent=town, **place)
    Site.objects.filter(pk=world.sites[0].pk).update(region=world.village, lat=37.3, lon=122.1)
    world.sites[0].refresh_from_db()
    keep = lambda code, **facts: keeping.keep_post(world.office, world.campaign, code, **facts)[0]  # noqa: E731
    site = Site.objects.create(
        code="f1", door="enterprise", name="制衣厂", region=town, county=world.county, lat=37.35, lon=122.1
    )
    usual = {"firm": "制衣厂", "site": site, "wage": Decimal(4000), "shift": "day"}
    world.sewing = keep("G1", occupation=SEWER, number=2, **usual)
    far = {"firm": "远厂", "region": town, "wage": Decimal(6000), "shift": "day", "occupation": PACKER, "number": 1}
    world.packing = keep("G2", **far)
    Site.objects.create(
        code="f2", door="enterprise", name="远厂", region=town, county=world.county, lat=37.6, lon=122.1
    )
    JobPost.objects.filter(pk=world.packing.pk).update(site=Site.objects.get(code="f2"))
    named = {"site": world.sites[0], "occupations": [SEWER], "wage": Decimal(3500), "household": "H1"}
    world.people = [
        keeping.keep_wish(world.leader, world.campaign, f"Q{n}", name=f"王村民{n}", phone="13812345678", **facts)[0]
        for n, facts in enumerate((named, named, {**named, "occupations": [PACKER], "household": ""}), start=1)
    ]
    world.client = client_of(world.office)
    return world


@pytest.fixture
def matched(market) -> SimpleNamespace:
    market.run = solving.solve(market.office, market.campaign)
    return market


def said(run) -> dict[str, tuple[str, str]]:
    rows = JobSuggestion.objects.filter(run=run).select_related("wish", "post")
    return {one.wish.code: (one.post.code if one.post else "", one.why) for one in rows}


def test_a_run_says_something_of_everybody_and_the_page_shows_it(matched) -> None:
    assert said(matched.run) == {"Q1": ("G1", ""), "Q2": ("G1", ""), "Q3": ("", "far")}
    assert matched.run.limit_km == terms.table()["travel"]["limit_km"] == 15
    assert matched.run.figures["ties"] == {"same": 2 // 2} and matched.run.figures["without"] == {"far": 1}
    shown = matched.client.get("/exchange/jobs/").content.decode()
    for text in ("王村民1", "制衣厂", "5.6", "与同户 Q2 同一单位", "缝纫工"):
        assert text in shown
    without = matched.client.get("/exchange/jobs/?show=without").content.decode()
    assert "34" in without and "远厂" in without, "which limit would reach the nearest post"
    again = matched.client.post("/exchange/jobs/run/", {"limit_km": "34"})
    assert again.status_code == 302 and said(reads.latest(matched.campaign))["Q3"] == ("G2", "")
    for wrong in ("0", "x", "101", ""):
        assert matched.client.post("/exchange/jobs/run/", {"limit_km": wrong}).status_code == 422
    for address in ("people/1", "posts/1", "posts/1/firm", "people/1/edit", "posts/new", "import"):
        pk = matched.people[0].pk if "people" in address else matched.sewing.pk
        assert matched.client.get(f"/exchange/jobs/{address.replace('1', str(pk))}/").status_code == 200, address


def test_lists_ask_no_more_for_more_rows(matched, django_assert_max_num_queries) -> None:
    for n in range(4, 12):
        facts = {"site": matched.sites[0], "occupations": [PACKER if n % 2 else SEWER], "household": f"H{n // 2}"}
        keeping.keep_wish(matched.leader, matched.campaign, f"Q{n}", name=f"王村民{n}", **facts)
    solving.solve(matched.office, matched.campaign)
    for show in ("suggestions", "without", "posts", "people"):
        with django_assert_max_num_queries(20):
            matched.client.get(f"/exchange/jobs/?show={show}")
    with django_assert_max_num_queries(14):
        matched.client.get(f"/exchange/jobs/posts/{matched.sewing.pk}/")


def test_a_post_is_typed_in_and_who_was_slower_sees_what_changed(market) -> None:
    typed = {"firm": "新厂", "region": "北郭格", "occupation": "焊工", "number": "2", "wage": "5000", "shift": "day"}
    answer = market.client.post("/exchange/jobs/posts/new/", typed | {"occupation": "宇航", "region": "火星"})
    assert answer.status_code == 422 and answer.content.decode().count("errorlist") == 2
    assert market.client.post("/exchange/jobs/posts/new/", typed).status_code == 302
    made = JobPost.objects.get(firm="新厂")
    assert (made.occupation, made.region, made.title) == ("6-18-02-04", market.village, "焊工")
    address = f"/exchange/jobs/posts/{made.pk}/edit/"
    assert market.client.post(address, typed | {"title": "焊工", "number": "3", "version": "1"}).status_code == 302
    late = market.client.post(address, typed | {"title": "焊工", "number": "4", "version": "1"})
    assert late.status_code == 409 and "<td>4</td><td>3</td>" in late.content.decode()
    act = f"/exchange/jobs/rows/posts/{made.pk}"
    assert market.client.post(f"{act}/withdraw/", {"version": "2"}).status_code == 302
    assert "新厂" not in str(list(posing.pose(market.office, market.campaign, 15).posts.values()))
    assert market.client.post(f"{act}/restore/", {"version": "3"}).status_code == 302


def test_why_not_answers_each_condition(matched) -> None:
    def asked(wish: JobWish, post: JobPost) -> words.Answer:
        one, other = posing.wishes_of(matched.office).get(pk=wish.pk), posing.posts_of(matched.office).get(pk=post.pk)
        return words.why_not(matched.office, one, other, matched.run)

    assert asked(matched.people[0], matched.sewing).stands
    answer = asked(matched.people[0], matched.packing)
    assert not answer.stands and [holds for holds, _words in answer.conditions] == [False, False, True, True, True]
    answer = asked(matched.people[2], matched.packing)
    assert [holds for holds, _words in answer.conditions] == [True, False, True, True, True]
    page = matched.client.get("/exchange/jobs/why/", {"wish": "Q3", "post": "G2"}).content.decode()
    assert "15" in page and "✗" in page


def test_what_was_said_and_who_was_called_decide_the_next_run(matched) -> None:
    one, two, _three = matched.people
    contacts.judge(matched.leader, one, matched.sewing, "refused", "太远")
    contacts.judge(matched.leader, two, matched.sewing, "accepted")
    with pytest.raises(Stale):
        contacts.judge(matched.leader, two, matched.sewing, "", version=7)
    with pytest.raises(RuleBroken):
        contacts.judge(matched.leader, two, matched.packing, "accepted")
    next_run = solving.solve(matched.office, matched.campaign)
    assert said(next_run)["Q1"] == ("", "said") and said(next_run)["Q2"] == ("G1", "")
    contacts.judge(matched.leader, one, matched.sewing, "")
    assert JobVerdict.objects.get(wish=one).version == 2 and said(solving.solve(matched.office, matched.campaign))["Q1"]
    with pytest.raises(NotAllowed):
        contacts.log(matched.other, one, matched.sewing, "contacted")
    for outcome in ("none", "contacted", "interview", "hired"):
        contacts.log(matched.leader, one, matched.sewing, outcome, on=date(2020, 3, 5))
    post = posing.posts_of(matched.office).get(pk=matched.sewing.pk)
    assert (post.hired, reads.open_number(post)) == (1, 1) and JobContact.objects.filter(last=True).count() == 1
    with pytest.raises(RuleBroken):
        contacts.log(matched.leader, one, matched.packing, "hired")
    with pytest.raises(RuleBroken):
        contacts.log(matched.leader, two, matched.sewing, "contacted", on=date(2020, 3, 6))
    keeping.keep_post(matched.office, matched.campaign, "G1", version=1, number=1)
    with pytest.raises(RuleBroken):
        contacts.log(matched.leader, two, matched.sewing, "hired")
    assert set(said(solving.solve(matched.office, matched.campaign))) == {"Q2", "Q3"}, "who is hired looks no more"
    contacts.log(matched.leader, one, matched.sewing, "declined")
    last = said(solving.solve(matched.office, matched.campaign))
    assert last["Q1"] == ("", "said") and last["Q2"] == ("G1", ""), "the opening is free again, not for who declined"


def test_names_are_for_those_who_look_after_the_people(matched) -> None:
    shown = {
        role: client_of(matched.accounts[role]).get("/exchange/jobs/?show=people").content.decode()
        for role in ("campaign_office", "team_member", "leader", "auditor")
    }
    for role in ("campaign_office", "team_member"):
        assert "王村民1" in shown[role]
    for role in ("leader", "auditor"):
        assert "王**" in shown[role] and "王村民" not in shown[role]
        client = client_of(matched.accounts[role])
        page = client.get(f"/exchange/jobs/people/{matched.people[0].pk}/").content.decode()
        assert "138****5678" in page and "13812345678" not in page
        assert "<li><b>" not in client.get("/exchange/jobs/?show=people&q=王村民1").content.decode()
        assert "Q1" not in client.get("/exchange/jobs/?show=people&q=王村民1").content.decode()
    assert "王" not in client_of(matched.other).get("/exchange/jobs/?show=people").content.decode()
    with pytest.raises(NotAllowed):
        keeping.keep_wish(matched.other, matched.campaign, "Q9", name="某", site=matched.sites[0], occupations=[SEWER])


def test_the_posts_of_a_firm_are_a_paper_to_put_up_for_whoever_sees_posts(matched) -> None:
    JobPost.objects.filter(pk=matched.sewing.pk).update(conditions="会平缝", contact="人事科", generated=True)
    contacts.log(matched.leader, matched.people[0], matched.sewing, "hired", on=date(2020, 3, 5))
    address = f"/exchange/jobs/posts/{matched.sewing.pk}/"
    for role, place in (("campaign_office", "制衣厂"), ("department_handler", "草庙子镇")):  # it does not see the site
        client = client_of(matched.accounts[role])
        assert f'href="{address}notice/"' in client.get(address).content.decode()
        paper = docx.Document(io.BytesIO(client.get(f"{address}notice/").content))
        told = "\n".join(paragraph.text for paragraph in paper.paragraphs)
        assert "制衣厂招工简章" in told and "共1个岗位、1人" in told and "人事科" in told and "示例" in told
        (row,) = [[cell.text for cell in row.cells] for row in paper.tables[0].rows[1:]]
        assert row == ["1", "缝纫工（G1，示例）", "1", "4,000", "白班", place, "会平缝"]
    keeping.keep_post(matched.office, matched.campaign, "G1", version=1, number=1)
    full = docx.Document(io.BytesIO(client.get(f"{address}notice/").content))
    assert any("均已招满" in paragraph.text for paragraph in full.paragraphs) and not full.tables


def test_a_suggestion_is_judged_and_taken_back_from_the_list(matched) -> None:
    address = "/exchange/jobs/?show=suggestions"
    page, key = matched.client.get(address).content.decode(), matched.people[0].pk
    row = page[page.index(f'id="w{key}"') :]
    row = row[: row.index("</tr>")]
    assert '<td class="judged">' in row and 'value="accepted"' in row and 'value="refused"' in row
    back = re.search(r'name="next" value="([^"]+)"', row)[1]
    assert back == f"{address}#w{key}"
    pair = {"wish": key, "post": matched.sewing.pk, "next": back}
    for says, version, shown in (("refused", "", "未采纳"), ("", 1, "不采纳")):
        answer = matched.client.post("/exchange/jobs/judge/", pair | {"says": says, "version": version})
        assert (answer.status_code, answer["Location"]) == (302, back)
        row = matched.client.get(address).content.decode().split(f'id="w{key}"')[1].split("</tr>")[0]
        assert ('name="says" value=""' in row) == bool(says) and ('value="accepted"' in row) != bool(says)
        assert shown in row


def test_a_department_sees_masked_whom_the_need_for_hands_it_handles_concerns(matched) -> None:
    handler = matched.accounts["department_handler"]

    def seen(**facts) -> list[str]:
        Need.objects.filter(pk=matched.need.pk).update(**facts)
        return sorted(visible(handler, JobWish).values_list("code", flat=True))

    lead, village, firm = handler.unit, matched.sites[0], matched.sewing.site
    assert seen(lead_unit=lead, category="goods", site=village) == [], "another kind of need opens nothing"
    assert seen(lead_unit=None, category="labor", site=village) == [], "so does a need of another department"
    assert seen(lead_unit=lead, category="labor", site=firm) == ["Q1", "Q2"], "suggested to the firm"
    assert seen(lead_unit=lead, category="labor", site=village) == ["Q1", "Q2", "Q3"], "people of the village"
    client, pk = client_of(handler), matched.people[0].pk
    for address in ("?show=suggestions", "?show=people", "?show=without", f"people/{pk}/", "why/?wish=Q1&post=G1"):
        page = client.get(f"/exchange/jobs/{address}").content.decode()
        assert "王**" in page and "王村民" not in page and "13812345678" not in page, address
        assert 'value="accepted"' not in page and "/edit/" not in page
    with pytest.raises(NotAllowed):
        contacts.judge(handler, matched.people[0], matched.sewing, "accepted")


# --- sheets

NAMES = {"posts": [name for name, *_r in POST_COLUMNS], "wishes": [name for name, *_r in WISH_COLUMNS]}
POST = {
    "code": "N1",
    "firm": "新厂",
    "region": "草庙子镇",
    "occupation": "焊工",
    "number": 2,
    "wage": 5000,
    "shift": "白班",
}
WISH = {
    "code": "N1",
    "name": "村民",
    "region": "北郭格",
    "occupations": "缝纫工、6-31",
    "wage": 3000,
    "shifts": "白班、夜班",
}


def sheet(of: str, *rows: dict) -> bytes:
    """Write rows under the template's headings."""
    book = openpyxl.load_workbook(io.BytesIO(sheets.template(of)))
    page = book.worksheets[0]
    page.delete_rows(2)
    for number, cells in enumerate(rows, start=2):
        for name, value in cells.items():
            page.cell(number, NAMES[of].index(name) + 1, value)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def read_in(market, content: bytes):
    of, rows = sheets.read(content)
    return jobs.take_in(imports.begin(market.office, market.campaign, "表.xlsx", content, rows, of))


def test_bad_rows_come_back_with_row_and_column_and_good_rows_stay(market) -> None:
    wrong = {**POST, "code": "N2", "region": "火星", "occupation": "宇航", "number": 0, "wage": "高", "shift": "早班"}
    done = read_in(market, sheet("posts", POST, wrong, {**POST, "code": "N3", "region": None}))
    assert (done.created, [bad["row"] for bad in done.bad]) == (1, [3, 4])
    told = "；".join(done.bad[0]["faults"])
    for text in (
        "“工作地点”",
        "火星",
        "“职业（代码或名称）”",
        "6-05-01-03",
        "“人数”",
        "“月工资（元）”",
        "“班次”",
        "两班倒",
    ):
        assert text in told
    assert "“工作地点”" in done.bad[1]["faults"][0] and JobPost.objects.get(code="N1").occupation == "6-18-02-04"
    assert read_in(market, sheet("posts", POST)).same == 1
    odd = {**WISH, "code": "N2", "occupations": "缝纫工、宇航", "shifts": "早班", "reach_km": -1, "phone": "abc"}
    done = read_in(market, sheet("wishes", WISH, odd))
    assert (done.created, len(done.bad), len(done.bad[0]["faults"])) == (1, 1, 4)
    made = JobWish.objects.get(code="N1")
    assert (made.region, made.occupations, made.shifts) == (market.village, [SEWER, "6-31"], ["day", "night"])
    taken = market.client.get(f"/exchange/offers/import/{done.pk}/rows/")
    assert "宇航" in str([list(r) for r in openpyxl.load_workbook(io.BytesIO(taken.content)).worksheets[0].values])


def test_a_csv_and_an_export_are_read_in_as_they_are(market) -> None:
    text = "求职编号,姓名,居住地,意向职业（代码或名称）\nC1,村民,草庙子镇/北郭格村,缝纫工\nC2,,北郭格,缝纫工\n"
    for encoding in ("utf-8-sig", "gb18030"):
        upload = SimpleUploadedFile("村民.csv", text.encode(encoding))
        answer = market.client.post("/exchange/jobs/import/", {"sheet": upload}, follow=True)
        assert answer.status_code == 200 and "3" in answer.content.decode() and "“姓名”" in answer.content.decode()
    assert JobWish.objects.filter(code__startswith="C").count() == 1
    for of in SHEETS:
        content = market.client.get(f"/exchange/jobs/export/{of}/").content
        done = read_in(market, content)
        assert done.same > 1 and not done.bad, of
    for broken in (b"\xff\xfe\x00", "没有,这样的\n".encode()):
        answer = market.client.post("/exchange/jobs/import/", {"sheet": SimpleUploadedFile("x.csv", broken)})
        assert answer.status_code == 422
