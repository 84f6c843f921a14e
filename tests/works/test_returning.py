"""Workers who come back: where a log leaves them, whom to call, homes and places, sheets, who reads names."""

import io
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.core.cache import caches
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from sijin.people import jobs as people_jobs
from sijin.people.models import Job
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.domain import homes
from sijin.works import jobs
from sijin.works.domain.returning import calls, contacts, pick_ups, pins, reads, sheets, workers
from sijin.works.domain.returning.contacts import Talk
from sijin.works.files import returning as files
from sijin.works.models import PickUp, Worker, WorkerContact
from tests.conftest import at
from tests.exchange.test_offers import client_of

NOW = at(3, 20)
TODAY = date(2020, 3, 20)


@pytest.fixture
def office(world):
    world.campaign.cutoff = NOW
    world.campaign.save()
    return world.accounts["campaign_office"]


@pytest.fixture
def worker(world, office) -> Worker:
    facts = {"name": "工人甲", "phone": "19900001234", "home": "河南省周口市淮阳区", "wanted_on": date(2020, 3, 22)}
    return workers.enter(office, world.sites[0], "W001", at=at(3, 4), **facts)


def say(by, worker, state, on, hour=10, **facts) -> Worker:
    facts.setdefault("channel", "voice")
    contacts.log(by, Talk(worker, state, at=at(3, on, hour), **facts), now=NOW, version=None)
    return Worker.objects.get(pk=worker.pk)


# --- where a log leaves a worker


def test_a_promise_keeps_its_first_day_and_a_call_that_reached_nobody_lowers_nothing(office, worker) -> None:
    seen = []
    for state, day in (
        ("unreached", 5), ("hesitant", 6), ("unreached", 7), ("promised", 8), ("unreached", 9), ("hesitant", 10),
        ("promised", 11),
    ):  # fmt: skip
        worker = say(office, worker, state, day)
        seen.append((worker.state, worker.promised_on and worker.promised_on.day))
    assert seen == [
        ("unreached", None), ("hesitant", None), ("hesitant", None), ("promised", 8), ("promised", 8),
        ("hesitant", 8), ("promised", 8),
    ]  # fmt: skip
    with pytest.raises(RuleBroken) as refused:
        say(office, worker, "back", 12)
    assert refused.value.facts["field"] == "day"
    worker = say(office, worker, "back", 12, day=date(2020, 3, 11))
    assert (worker.state, worker.back_on, worker.promised_on) == ("back", date(2020, 3, 11), date(2020, 3, 8))
    with pytest.raises(RuleBroken, match="2020-03-11"):
        say(office, worker, "hesitant", 13)
    last = worker.contacts.latest("at")
    contacts.take_back(office, last, version=worker.version, at=NOW)
    worker.refresh_from_db()
    assert (worker.state, worker.back_on) == ("promised", None)
    assert worker.contacts.count() == 8  # the log keeps what was taken back


def test_the_same_talk_twice_is_one_entry_and_a_stale_or_future_one_is_none(office, worker) -> None:
    key = UUID(int=1)
    for _n in range(2):
        worker = say(office, worker, "promised", 8, client_uuid=key)
    assert worker.contacts.count() == 1 and worker.version == 2
    with pytest.raises(Stale):
        contacts.log(office, Talk(worker, "hesitant", "voice", at(3, 9)), now=NOW, version=1)
    with pytest.raises(RuleBroken) as refused:
        contacts.log(office, Talk(worker, "hesitant", "voice", at(3, 21)), now=NOW, version=2)
    assert refused.value.facts["field"] == "at"
    for wrong in ({"channel": "smoke"}, {"worry": "rain"}, {"state": "gone"}):
        facts = {"state": "hesitant", "channel": "voice", **wrong}
        with pytest.raises(RuleBroken):
            contacts.log(office, Talk(worker, at=at(3, 9), **facts), now=NOW, version=2)
    assert worker.contacts.count() == 1


entries = st.lists(
    st.tuples(st.sampled_from(["unreached", "hesitant", "promised", "away"]), st.integers(0, 20), st.booleans()),
    max_size=12,
)


@settings(max_examples=40)
@given(entries, st.randoms(use_true_random=False))
def test_the_fold_is_that_of_the_last_who_was_reached_in_whatever_order_it_is_told(drawn, dice) -> None:
    log = [
        WorkerContact(pk=n, state=state, at=at(2, 1) + timedelta(days=day), taken_back_at=NOW if back else None)
        for n, (state, day, back) in enumerate(drawn, start=1)
    ]
    shuffled = list(log)
    dice.shuffle(shuffled)
    stands = contacts.standing(shuffled)
    counted = sorted((one for one in log if one.taken_back_at is None), key=lambda one: (one.at, one.pk))
    reached = [one for one in counted if one.state != "unreached"]
    promised = [one.at.date() for one in reached if one.state == "promised"]
    assert stands.state == (reached[-1].state if reached else "unreached")
    assert stands.promised_on == (promised[0] if promised else None)
    assert stands.called_at == (counted[-1].at if counted else None)


# --- many at once, the curve, worries, whom to call


def test_one_message_to_many_changes_no_state_and_the_curve_and_the_tally_follow_the_log(world, office) -> None:
    rows = [{"code": f"W{n}", "name": f"工人{n}", "home": "周口" if n else "鼓楼区"} for n in range(6)]
    made = workers.enter_many(office, world.sites[0], rows, at=at(3, 4))
    assert [one.pick_up.name if one.pick_up else None for one in made] == [None, *["周口市"] * 5]
    for n, day in ((1, 6), (2, 8), (3, 8)):
        say(office, made[n], "promised", day)
    say(office, made[1], "hesitant", 9, worry="way", words="没有车")
    say(office, made[4], "hesitant", 9, worry="way")
    say(office, made[5], "hesitant", 9, worry="pay")
    say(office, made[3], "back", 12, day=date(2020, 3, 12))
    before = reads.tally(office, reads.Wanted())
    assert before.states == {"unreached": 1, "hesitant": 3, "promised": 1, "back": 1, "away": 0}
    assert (before.all, before.placeless) == (6, 1)
    batch = uuid4()
    told = [
        contacts.message(office, list(Worker.objects.all()), "有车来接", at=at(3, 13), batch=batch, worry="way",
                         answer="有车来接")
        for _n in range(2)
    ]  # fmt: skip
    assert told == [5, 0]  # the one who is back is left out; the same batch again does nothing
    assert reads.tally(office, reads.Wanted()) == before
    curve = reads.curve(office, reads.Wanted())
    assert [(day.day.day, day.promised, day.back) for day in curve] == [
        (6, 1, 0), (7, 1, 0), (8, 3, 0), (9, 3, 0), (10, 3, 0), (11, 3, 0), (12, 3, 1),
    ]  # fmt: skip
    weights = [(row.worry, row.hesitant, row.answered, row.moved) for row in reads.worries(office, reads.Wanted())]
    assert weights == [("way", 2, 2, 0), ("pay", 1, 0, 0)]
    assert reads.unplaced(office) == [("鼓楼区", 1)]
    with pytest.raises(RuleBroken):
        contacts.message(office, [], "无人", at=NOW, batch=uuid4())
    assert contacts.arrived(office, made[1:4], on=date(2020, 3, 18), at=NOW, batch=uuid4()) == 2
    assert Worker.objects.filter(state="back").count() == 3


def test_who_is_called_first_has_an_answer_to_their_worry_then_who_is_wanted_soon(world, office) -> None:
    wanted = {"answered": None, "soon": date(2020, 3, 21), "never": None, "quiet": None, "calm": None, "came": None}
    later = date(2020, 4, 20)
    rows = [{"code": code, "name": code, "home": "周口", "wanted_on": day or later} for code, day in wanted.items()]
    made = {one.code: one for one in workers.enter_many(office, world.sites[0], rows, at=at(3, 4))}
    say(office, made["answered"], "hesitant", 19, worry="way")
    say(office, made["answered"], "unreached", 19, 11, channel="text", worry="way", answer="有车")
    say(office, made["soon"], "hesitant", 19, worry="pay")
    say(office, made["quiet"], "hesitant", 17)
    say(office, made["calm"], "hesitant", 19)
    say(office, made["came"], "promised", 18)
    Worker.objects.filter(code="came").update(wanted_on=date(2020, 3, 19))
    found = calls.told(office, calls.listed(office, reads.Wanted(), TODAY))
    assert [call.worker.code for call in found] == ["answered", "soon", "never", "came", "quiet"]
    assert [call.reasons[0] for call in found] == [
        calls.Why.ANSWERED, calls.Why.WANTED, calls.Why.NEVER, calls.Why.ARRIVED, calls.Why.QUIET,
    ]  # fmt: skip
    say(office, made["answered"], "hesitant", 20, 9, worry="way")  # asked again: nothing new to hear
    again = calls.told(office, calls.listed(office, reads.Wanted(), TODAY))
    assert [call.worker.code for call in again] == ["soon", "never", "came", "quiet"]


# --- homes and places


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("河南省周口市淮阳区王店乡", "河南省周口市淮阳区"), ("周口", "河南省周口市"), ("淮阳县", "河南省周口市淮阳区"),
        ("周口市太康路3号", "河南省周口市"), ("河南太康", "河南省周口市太康县"), ("雲南昭通", "云南省昭通市"),
        ("内蒙古赤峰市", "内蒙古自治区赤峰市"), ("恩施", "湖北省恩施土家族苗族自治州"), ("重庆", "重庆市"),
        ("河南鼓楼区", "河南省开封市鼓楼区"), ("吉林省吉林市", "吉林省吉林市"),
        ("山东 临沂 沂水", "山东省临沂市沂水县"),
    ],
)  # fmt: skip
def test_a_home_leads_to_its_city_or_county(text, path) -> None:
    assert homes.path(homes.find(text)) == path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("鼓楼区", "开封市鼓楼区"),
        ("朝阳", "辽宁省朝阳市"),
        ("吉林", "吉林省吉林市"),
        ("河南省", "河南省"),
        ("火星", "火星"),
    ],
)
def test_an_unclear_home_leads_nowhere_and_is_told_why(text, words) -> None:
    with pytest.raises(homes.HomeError, match=words):
        homes.find(text)


@given(st.sampled_from(sorted(homes.places().values(), key=lambda home: home.code)))
def test_every_place_is_found_by_its_full_path(home) -> None:
    if home.is_wide:
        with pytest.raises(homes.HomeError):
            homes.find(home.name)
    else:
        assert homes.find(homes.path(home)) == home


def test_a_pin_takes_in_those_who_waited_for_it(world, office) -> None:
    rows = [{"code": f"W{n}", "name": "工人", "home": "老地方路口"} for n in range(2)]
    workers.enter_many(office, world.sites[0], rows, at=at(3, 4))
    for wrong in ({"name": " ", "lat": 35, "lon": 115}, {"name": "老地方路口", "lat": 95, "lon": 115}):
        with pytest.raises(RuleBroken):
            pins.make(office, at=NOW, **wrong)
    place, n = pins.make(office, "老地方路口", lat=35.0, lon=115.0, at=NOW)
    assert n == 2 and set(Worker.objects.values_list("pick_up", "version")) == {(place.pk, 2)}
    with pytest.raises(RuleBroken):
        pins.make(office, "老地方路口", lat=35.0, lon=115.0, at=NOW)
    later = workers.enter(office, world.sites[0], "W9", at=NOW, name="工人", home="老地方路口")
    assert later.pick_up == place


def test_a_pin_moves_nobody_whose_home_the_divisions_name(world, office, worker) -> None:
    firm = world.accounts["site_contact"]
    with pytest.raises(RuleBroken, match="淮阳") as refused:
        pins.make(firm, "河南省周口市淮阳区", lat=35.0, lon=115.0, at=NOW)
    assert refused.value.facts["field"] == "name"
    PickUp.objects.create(code="u-00009", name="河南省周口市淮阳区", province="", lat=35, lon=115)  # set before
    assert pick_ups.of_home(worker.home) == worker.pick_up
    other = workers.enter(office, world.sites[1], "X1", at=at(3, 4), name="工人", home="别家路口")
    theirs, _n = pins.make(office, "别家路口", lat=35.0, lon=115.0, at=NOW)
    mine, _n = pins.make(firm, "停车场", lat=36.0, lon=115.0, at=NOW)
    other.refresh_from_db()
    assert other.pick_up == theirs and not pins.seen(firm).exists() and pins.seen(office).count() == 3
    workers.correct(firm, worker, version=1, at=NOW, pick_up=mine)
    assert list(pins.seen(firm)) == [mine]
    with pytest.raises(NotAllowed):
        pins.remove(firm, theirs)
    page, client = "/sites/returning/places/", client_of(office)
    typed = {"name": "停车场西", "lat": 36.5, "lon": 115, "pin": mine.pk}
    assert client.post(page, typed).status_code == 422  # somebody boards there
    assert client.post(page, {"pin": mine.pk, "remove": 1}).status_code == 422
    back = workers.correct(firm, worker, version=2, at=NOW, pick_up=None)
    assert back.pick_up.code == "411603"
    assert f"?pin={mine.pk}#" in client.get(page).content.decode()
    assert client.post(page, typed).status_code == 302
    mine.refresh_from_db()
    assert (mine.name, mine.lat) == ("停车场西", 36.5)
    assert client.post(page, {"pin": mine.pk, "remove": 1}).status_code == 302
    assert not PickUp.objects.filter(pk=mine.pk).exists()


def test_nobody_is_back_in_the_year_one_and_the_curve_stays_short(world, office, worker) -> None:
    for day in (date(1, 1, 1), date(1999, 12, 31)):
        with pytest.raises(RuleBroken) as refused:
            say(office, worker, "back", 12, day=day)
        assert refused.value.facts["field"] == "day"
    typed = {"on": "0001-01-01", "pick": [worker.pk], "batch": uuid4()}
    assert client_of(office).post("/sites/returning/arrived/", typed).status_code == 422
    worker = say(office, worker, "promised", 8)
    say(office, worker, "back", 12, day=date(2003, 1, 1))
    curve = reads.curve(office, reads.Wanted())
    assert len(curve) == reads.MOST_DAYS and (curve[0].back, curve[-1].promised) == (1, 1)


# --- who may


def test_a_firm_keeps_and_calls_its_own_and_a_reader_sees_masks(world, office, worker) -> None:
    firm, leader = world.accounts["site_contact"], world.accounts["leader"]
    other = workers.enter(office, world.sites[1], "X1", at=at(3, 4), name="外人乙", home="商丘")
    assert list(reads.listed(firm, reads.Wanted())) == [worker]
    say(firm, worker, "promised", 8, words="可以来")
    for verb in (
        lambda: workers.correct(firm, other, version=1, at=NOW, name="改"),
        lambda: contacts.log(firm, Talk(other, "promised", "voice", at(3, 8)), now=NOW, version=1),
        lambda: contacts.record(firm, [Talk(other, "promised", "voice", at(3, 8))], now=NOW),
        lambda: workers.enter(firm, world.sites[1], "X2", at=NOW, name="新"),
        lambda: contacts.log(leader, Talk(worker, "hesitant", "voice", at(3, 9)), now=NOW, version=None),
    ):
        with pytest.raises(NotAllowed):
            verb()
    pages = {who: client_of(world.accounts[who]) for who in ("leader", "site_contact")}
    for path in ("/sites/returning/?show=all", f"/sites/returning/{worker.pk}/", "/api/workers"):
        text = {who: said_by(client.get(path)) for who, client in pages.items()}
        assert "工人甲" in text["site_contact"] and "19900001234" in text["site_contact"]
        assert "工人甲" not in text["leader"] and "19900001234" not in text["leader"]
    assert "可以来" not in pages["leader"].get(f"/sites/returning/{worker.pk}/").content.decode()
    assert not reads.listed(leader, reads.Wanted(q="工人甲")).exists()  # nor is a name found by asking
    for of in ("roster", "calls"):
        sheet = pages["leader"].get(f"/sites/returning/export/{of}/").content
        assert "工人甲" not in str(CalamineWorkbook.from_filelike(io.BytesIO(sheet)).get_sheet_by_index(0).to_python())


def said_by(answer) -> str:
    """Return what an answer says; JSON with its escapes undone."""
    text = answer.content.decode()
    return str(answer.json()) if answer["Content-Type"].startswith("application/json") else text


# --- sheets and pages


def test_good_rows_stay_bad_rows_come_back_and_the_roster_can_be_read_in_again(world, office) -> None:
    table = [
        {"site": "s0", "code": "W1", "name": "工人一", "home": "周口", "wanted_on": "2020-03-14", "own_way": "否"},
        {"site": "s0", "code": "W2", "name": "工人二", "home": "火星"},
        {"site": "s9", "code": "W3", "name": "", "wanted_on": "三月", "own_way": "也许", "phone": "x"},
    ]
    names = [name for name, *_rest in sheets.COLUMNS]
    rows = [{"row": n, "cells": [one.get(name, "") for name in names]} for n, one in enumerate(table, start=2)]
    done = sheets.take(sheets.begin(office, world.campaign, "名册.xlsx", b"1", rows))
    assert (done.created, done.same, len(done.bad)) == (2, 0, 1)
    (bad,) = done.bad
    assert bad["row"] == 4 and len(bad["faults"]) == 5
    told = " ".join(bad["faults"])
    assert all(word in told for word in ("点位编号", "姓名", "需到岗日期", "2020-03-10", "自行返岗", "电话"))
    (example,) = files.read(files.template(sheets.codes(office)))
    assert example["cells"][:2] == ["s0", "W001"]
    back = files.read(files.returned(done))
    assert [row["cells"] for row in back] == [rows[2]["cells"]]
    again = sheets.take(sheets.begin(office, world.campaign, "名册.xlsx", b"1", rows[:2]))
    assert (again.created, again.changed, again.same) == (0, 0, 2)
    lost = Worker.objects.get(code="W2")
    assert lost.pick_up is None and "火星" in pick_ups.why(lost.home)
    roster = files.read(files.roster(reads.named(office, list(reads.listed(office, reads.Wanted())))))
    roster[1]["cells"][names.index("home")] = "商丘"
    third = sheets.take(sheets.begin(office, world.campaign, "名册.xlsx", b"2", roster))
    assert (third.changed, third.same, third.bad) == (1, 1, [])
    fourth = sheets.take(sheets.begin(office, world.campaign, "名册.xlsx", b"3", roster))  # its version is old now
    assert [row["row"] for row in fourth.bad] == [3]
    found = CalamineWorkbook.from_filelike(io.BytesIO(files.call_list(_named_calls(office)))).get_sheet_by_index(0)
    assert [row[3] for row in found.to_python()[1:]] == ["工人一", "工人二"]


def _named_calls(office):
    found = calls.told(office, calls.listed(office, reads.Wanted(), TODAY))
    reads.named(office, [call.worker for call in found])
    return found


def test_the_pages_take_a_talk_a_message_and_a_correction(world, office, worker, django_assert_max_num_queries) -> None:
    client, page = client_of(office), f"/sites/returning/{worker.pk}/"
    talk = {"version": 1, "channel": "voice", "state": "hesitant", "worry": "way", "client_uuid": uuid4()}
    assert client.post(f"{page}log/", {**talk, "at": "1999-03-05T10:30"}).status_code == 422
    assert client.post(f"{page}log/", {**talk, "at": "2020-03-05T10:30"}).status_code == 302
    assert worker.contacts.get().at == at(3, 5, 10) + timedelta(minutes=30)
    stale = client.post(f"{page}log/", {**talk, "client_uuid": uuid4(), "words": "没有车"})
    assert stale.status_code == 409 and "没有车" in stale.content.decode()
    refused = client.post(f"{page}log/", {"version": 2, "channel": "voice", "state": "back"})
    assert refused.status_code == 422
    picked = {"pick": [worker.pk], "words": "县城有车", "worry": "way", "batch": uuid4()}
    assert client.post("/sites/returning/message/", picked).status_code == 302
    assert worker.contacts.latest("at").answer == "县城有车"
    empty = client.post("/sites/returning/message/", {"words": "县城有车", "batch": uuid4()})
    assert empty.status_code == 422 and "县城有车" in empty.content.decode()
    form = {"version": 3, "name": "工人甲", "home": "火星"}
    assert client.post(f"{page}correct/", {**form, "version": 1}).status_code == 409
    answer = client.post(f"{page}correct/", form, follow=True)
    assert "火星" in answer.content.decode() and Worker.objects.get().pick_up is None
    assert client.post("/sites/returning/places/", {"name": "火星", "lat": 35, "lon": 115}).status_code == 302
    assert Worker.objects.get().pick_up == PickUp.objects.get(name="火星")
    with django_assert_max_num_queries(32):
        assert "县城有车" not in client.get("/sites/returning/").content.decode()
    made = client.post("/sites/returning/new/", {"site": world.sites[0].pk, "name": "工人丙", "client_uuid": uuid4()})
    assert made.status_code == 302 and Worker.objects.get(name="工人丙").code == "W002"


def test_a_talk_over_http_is_written_down_once(world, office, worker) -> None:
    client, key = client_of(office), str(uuid4())
    body = {"client_uuid": key, "version": 1, "state": "promised", "channel": "video"}
    answers = [
        client.post(f"/api/workers/{worker.pk}/contacts", body, content_type="application/json") for _n in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[1].json() == {**answers[0].json()} and answers[0].json()["state"] == "promised"
    stale = client.post(
        f"/api/workers/{worker.pk}/contacts", {**body, "client_uuid": str(uuid4())}, content_type="application/json"
    )
    assert stale.status_code == 409
    (row,) = client.get("/api/workers").json()["items"]
    assert (row["name"], row["board"], row["state"]) == ("工人甲", "河南省 周口市淮阳区", "promised")


def test_reading_in_a_long_sheet_stops_when_asked_and_leaves_nothing(world, office, monkeypatch) -> None:
    monkeypatch.setattr(people_jobs, "STEP", 0)
    cells = [{"code": f"W{n}", "site": world.sites[0].code, "name": "工人"} for n in range(2)]
    rows = [{"row": n, "cells": [one.get(name, "") for name, *_told in sheets.COLUMNS]} for n, one in enumerate(cells)]
    sheet = sheets.begin(office, world.campaign, "名册.xlsx", b"9", rows)
    job = Job.objects.create(account=office, kind=jobs.READING)
    name = people_jobs._name(job, "stop")
    write = sheets.WorkerRows.write

    def asked(*given):  # from another connection: the job's own transaction does not see its row change
        caches["progress"].set(name, True)
        return write(*given)

    monkeypatch.setattr(sheets.WorkerRows, "write", asked)
    jobs.take_workers.func(job.pk, sheet.pk)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED and not Worker.objects.exists()
