"""Publishing: accounts for who has none, roles as the teams say, notices for whom it changes, a sheet given once."""

from io import BytesIO

import openpyxl
import pytest
from django.utils import translation

from sijin.dispatch.domain import moves, plans, publishing
from sijin.dispatch.domain.publishing import News, Told
from sijin.dispatch.models import Membership, Publication
from sijin.people.models import Account, AccountEvent, Job, Notice, Role
from sijin.people.notices import worded
from sijin.people.refusals import NotAllowed, RuleBroken
from tests.web.test_access import signed_in


@pytest.fixture
def running(field):
    plans.approve(field.office, plans.solve(field.office, field.campaign, time_limit=5))
    field.client = signed_in(field.office)
    return field


def account_of(name: str) -> Account:
    return Account.objects.get(official__name=name)


def words_of(name: str) -> list[str]:
    """Return what an official was told and has not read, in Chinese."""
    with translation.override("zh-hans"):
        told = [worded(notice) for notice in Notice.objects.filter(account__official__name=name, read_at=None)]
    return [line for words in told for line in (words.title, *words.lines)]


def test_only_what_is_new_is_news() -> None:
    before = Told({1: (10, True), 2: (10, False), 3: (20, True), 4: (30, True)}, {7: 10, 8: 20})
    now = Told({1: (10, True), 2: (20, False), 3: (20, True), 4: (30, True), 5: (20, False)}, {7: 20, 8: 20})
    assert publishing.news(now, now) == []
    assert publishing.news(now, before) == [
        News(1, (10, True), (10, True), left={2}, gone={7}),
        News(2, (20, False), (10, False), joined={3, 5}, sites={7, 8}),
        News(3, (20, True), (20, True), joined={2, 5}, sites={7}),
        News(5, (20, False), None, joined={2, 3}, sites={7, 8}),
    ]
    assert publishing.news(Told(), before)[0] == News(1, None, (10, True))
    assert Told.read(now.plain() | {}) == now


def test_the_first_publication_makes_accounts_and_tells_everyone(running) -> None:
    was = Account.objects.create(username="x", role=Role.TEAM_MEMBER, official=running.people["丙"])
    made = publishing.publish(running.office, running.campaign)
    assert (made.told, len(made.made), made.changed_roles) == (6, 5, 1)
    roles = dict(Account.objects.exclude(official=None).values_list("official__name", "role"))
    seats = dict(Membership.objects.values_list("official__name", "leads"))
    assert {name: role == Role.TEAM_LEADER for name, role in roles.items()} == seats
    assert set(roles.values()) == {Role.TEAM_LEADER, Role.TEAM_MEMBER}
    was.refresh_from_db()
    assert was.role == Role.TEAM_LEADER and was.version == 2
    new = account_of("丁")
    assert (new.username, new.display_name, new.password_given) == ("丁", "丁", True) and not new.has_usable_password()
    assert set(AccountEvent.objects.values_list("verb", flat=True)) == {"create", "change"}
    told = words_of("丁")
    assert told[0] == "您编入 市01 组" and "同组：丙" in told and "负责点位：茶村" in told
    assert words_of("丙")[0] == "您担任 市01 组组长"
    assert Notice.objects.get(account=new).url == f"/dispatch/teams/{running.teams['市01'].pk}/"
    assert Notice.objects.get(account=new).at == running.campaign.cutoff


def test_again_only_those_whom_it_changes_are_told(running) -> None:
    publishing.publish(running.office, running.campaign)
    Notice.objects.update(read_at=running.campaign.cutoff)
    with pytest.raises(RuleBroken):
        publishing.publish(running.office, running.campaign)
    source, target = running.teams["市01"], running.teams["市02"]
    moves.move(running.office, running.campaign, running.people["丁"], target, expected=source.pk)
    moves.move(running.office, running.campaign, running.people["乙"], None, expected=running.teams["省01"].pk)
    again = publishing.publish(running.office, running.campaign)
    assert (again.told, again.made, again.changed_roles) == (6, [], 0)
    assert words_of("丁") == ["您调入 市02 组（原在 市01）", *words_of("丁")[1:]]
    assert words_of("丙") == ["您所在的 市01 组有变动", "调出：丁"]
    assert words_of("戊") == ["您所在的 市02 组有变动", "新组员：丁"]
    assert words_of("乙") == ["您已退出工作组（原在 省01）。"]
    Notice.objects.update(read_at=running.campaign.cutoff)
    moves.move(running.office, running.campaign, running.sites["海村"], source, expected=target.pk)
    third = publishing.publish(running.office, running.campaign)
    assert third.told == 4 and words_of("甲") == [] and words_of("丙")[1:] == ["新增点位：海村"]
    assert words_of("己") == ["您所在的 市02 组有变动", "不再负责：海村"]


def test_a_new_leader_becomes_one_and_the_old_a_member(running) -> None:
    publishing.publish(running.office, running.campaign)
    Notice.objects.update(read_at=running.campaign.cutoff)
    moves.lead(running.office, Membership.objects.select_related("team__campaign", "official").get(official__name="丁"))
    assert publishing.publish(running.office, running.campaign).changed_roles == 2
    assert (account_of("丁").role, account_of("丙").role) == (Role.TEAM_LEADER, Role.TEAM_MEMBER)
    assert words_of("丁") == ["您现任 市01 组组长"] and words_of("丙") == ["您不再担任 市01 组组长"]


def test_accounts_of_other_roles_and_closed_ones_are_left_alone(running) -> None:
    handler = Account.objects.create(
        username="h", role=Role.DEPARTMENT_HANDLER, official=running.people["丁"], unit=running.people["丁"].unit
    )
    closed = Account.objects.create(username="c", role=Role.TEAM_MEMBER, official=running.people["戊"], is_active=False)
    found = publishing.pending(running.office, running.campaign)
    assert found.others == [running.people["丁"].pk] and found.closed == [running.people["戊"].pk]
    publishing.publish(running.office, running.campaign)
    handler.refresh_from_db()
    closed.refresh_from_db()
    assert handler.role == Role.DEPARTMENT_HANDLER and closed.role == Role.TEAM_MEMBER
    assert not Notice.objects.filter(account=closed).exists() and Notice.objects.filter(account=handler).exists()


def test_the_sheet_is_given_once_and_its_passwords_work(running) -> None:
    Account.objects.create(username="甲", role=Role.LEADER)  # the name is taken
    made = publishing.publish(running.office, running.campaign)
    earlier = account_of("己")
    earlier.set_password("chosen-by-oneself-1")
    earlier.last_login = running.campaign.cutoff
    earlier.save()
    answer = running.client.post(f"/dispatch/publications/{made.pk}/accounts.xlsx")
    assert answer["Content-Disposition"].startswith("attachment") and "no-store" in answer["Cache-Control"]
    rows = list(openpyxl.load_workbook(BytesIO(answer.content)).active.values)[1:]
    assert sorted(row[2] for row in rows) == sorted(["甲", "乙", "丙", "丁", "戊"])  # all but who has signed in
    numbers = [row[0] for row in rows]
    assert numbers == sorted(numbers)
    for _number, _team, name, _unit, _role, username, password in rows:
        account = account_of(name)
        assert account.username == username and account.check_password(password) and account.password_given
        assert password not in account.password
    assert {row[2]: row[5] for row in rows}["甲"] == "甲-2"
    earlier.refresh_from_db()
    assert earlier.check_password("chosen-by-oneself-1")  # who has signed in keeps the password
    hashes = list(Account.objects.values_list("password", flat=True))
    assert running.client.post(f"/dispatch/publications/{made.pk}/accounts.xlsx").status_code == 422
    assert list(Account.objects.values_list("password", flat=True)) == hashes
    page = running.client.get(f"/dispatch/publications/{made.pk}/").content.decode()
    assert "accounts.xlsx" not in page and "四进办" in page


def test_publishing_on_the_pages(running, django_capture_on_commit_callbacks, django_assert_max_num_queries) -> None:
    running.client.get("/dispatch/")
    with django_assert_max_num_queries(15):
        body = running.client.get("/dispatch/publish/").content.decode()
    assert "丁" in body and body.count("<tr><td>") == 6 and "data-next" in body
    with django_capture_on_commit_callbacks(execute=True):
        running.client.post("/dispatch/publish/")
    job, made = Job.objects.get(), Publication.objects.get()
    assert job.state == Job.State.DONE and job.result["url"] == f"/dispatch/publications/{made.pk}/"
    assert "accounts.xlsx" in running.client.get(job.result["url"]).content.decode()
    done = running.client.get("/dispatch/publish/").content.decode()
    assert "所有人都已知悉" in done and "data-confirm" not in done
    campaign = running.client.get(f"/dispatch/campaigns/{running.campaign.pk}/").content.decode()
    assert f"/dispatch/publications/{made.pk}/" in campaign and "尚未领取" in campaign
    with django_capture_on_commit_callbacks(execute=True):
        running.client.post("/dispatch/publish/")
    assert Job.objects.first().state == Job.State.FAILED and Publication.objects.count() == 1
    Account.objects.update(password_given=False)  # they have chosen their own by now
    member = signed_in(account_of("丁"))
    home = member.get("/visits/").content.decode()
    assert "您编入 市01 组" in home and "市02" not in home


def test_only_the_office_publishes(running) -> None:
    made = publishing.publish(running.office, running.campaign)
    Account.objects.update(password_given=False)
    for by in (running.leader, account_of("丙")):
        with pytest.raises(NotAllowed):
            publishing.publish(by, running.campaign)
        with pytest.raises(NotAllowed):
            publishing.fetch(by, made)
        client = signed_in(by)
        assert client.get("/dispatch/publish/").status_code == client.post("/dispatch/publish/").status_code == 403
        answer = client.post(f"/dispatch/publications/{made.pk}/accounts.xlsx")
        assert answer.status_code in (403, 404)
    assert signed_in(running.leader).get(f"/dispatch/publications/{made.pk}/").status_code == 200
    assert Publication.objects.get().fetched_at is None and Publication.objects.count() == 1
