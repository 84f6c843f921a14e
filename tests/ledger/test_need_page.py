"""The page of one need: what it shows to whom, its next step, its forms with their errors, its cost."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sijin.ledger.domain import needs
from sijin.ledger.domain.similar import likeness, pairs, similar
from sijin.ledger.models import Measure, Need, NeedItem
from sijin.people.models import Unit
from tests.conftest import at
from tests.ledger.lives import answered, closed, confirmed, handed_over, handler_of, in_progress, photo, verified

RED = re.compile(r'<(?:button|a) class="btn" data-next(?: href="/ledger/\d+/(\w+)/")?')


@pytest.fixture(autouse=True)
def files(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


def signed_in(account) -> Client:
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(world, role: str, path: str = "") -> str:
    """Return the page of the team's need as `role` sees it on 25 March, the day before its deadline."""
    world.campaign.cutoff = at(3, 25)
    world.campaign.save()
    answer = signed_in(world.accounts[role]).get(f"/ledger/{world.need.pk}/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("drive", "role", "verb"),
    [
        (lambda world: world.need, "campaign_office", "hand_over"),
        (handed_over, "department_handler", "receive"),
        (in_progress, "department_handler", "answer"),
        (answered, "team_leader", "verify"),
        (verified, "team_leader", "ask_confirm"),
        (verified, "site_contact", "confirm"),
        (confirmed, "campaign_office", "close"),
        (lambda world: confirmed(world, "dissatisfied"), "campaign_office", "redo"),
    ],
)
def test_the_next_verb_is_the_one_red_button_of_whose_turn_it_is(world, drive, role, verb) -> None:
    drive(world)
    shown = page(world, role)
    assert len(RED.findall(shown)) == 1
    assert f"/ledger/{world.need.pk}/{verb}/" in shown.split('id="act"')[1].split("</details>")[0]
    for other in {"campaign_office", "team_leader", "department_handler", "site_contact"} - {role}:
        if (role, other) != ("team_leader", "site_contact") and (role, other) != ("site_contact", "team_leader"):
            answer = signed_in(world.accounts[other]).get(f"/ledger/{world.need.pk}/").content.decode()
            assert f"/ledger/{world.need.pk}/{verb}/" not in answer


def test_readers_have_no_verbs(world) -> None:
    in_progress(world)
    for role in ("leader", "auditor", "community_worker"):
        assert not RED.search(page(world, role))


def test_the_clock_is_said_in_words(world) -> None:
    handed_over(world)
    shown = page(world, "campaign_office")
    assert "还有 1 个工作日（3月26日）" in re.sub(r"\s+", " ", shown)


def test_a_deadline_in_a_year_without_published_holidays_is_marked_estimated(world) -> None:
    handed_over(world)
    assert "预估" not in page(world, "campaign_office")
    Need.objects.filter(pk=world.need.pk).update(due="2027-01-20")
    assert "预估" in page(world, "campaign_office")


def test_the_chain_names_lead_and_helpers_and_the_story_its_files(world) -> None:
    need = answered(world, in_progress(world, co_units=[world.units[1]]))
    shown = page(world, "campaign_office")
    for words in ("市局0", "市局1", "3月10日前答复", f"/ledger/{need.pk}/evidence/{need.evidence.get().pk}/small/"):
        assert words in shown
    assert need.evidence.get().sha256[:8] in shown


def test_clock_events_are_folded(world) -> None:
    handler = world.accounts["department_handler"]
    need = needs.apply(in_progress(world), "pause", handler, note="等材料", at=at(3, 9))
    needs.apply(need, "resume", handler, note="材料到", at=at(3, 11))
    shown = page(world, "campaign_office")
    folded = shown.split('class="folded"')[1].split("</details>")[0]
    assert "等材料" in folded and "材料到" in folded and shown.count('class="folded"') == 1


def test_what_is_not_possible_says_why(world) -> None:
    in_progress(world, 2)
    shown = page(world, "campaign_office", "why/")
    for words in ("只在以下状态可办", "由以下角色办理", "只有第③类问题可以上报省有关部门。"):
        assert words in shown


@pytest.mark.parametrize("role", ["campaign_office", "team_leader", "department_handler", "site_contact"])
def test_the_page_stays_within_its_queries_and_size(world, role: str, django_assert_max_num_queries) -> None:
    NeedItem.objects.create(need=world.need, kind="goods", item="电脑", unit="台", quantity=2)
    need = answered(world, in_progress(world, 3, co_units=[world.units[1], world.units[2]]))
    for number in range(12):
        need = needs.apply(need, "refuse", world.accounts["team_leader"], note=f"未落实{number}")
        need = needs.apply(need, "answer", world.accounts["department_handler"], note="再办")
    client = signed_in(world.accounts[role])
    client.get(f"/ledger/{need.pk}/")
    with django_assert_max_num_queries(15):
        assert len(client.get(f"/ledger/{need.pk}/").content) < 100_000


class TestForms:
    """A verb's form: asked for in place, its errors beside the fields, what was typed kept."""

    def test_every_possible_verb_has_a_form_with_what_it_requires(self, world) -> None:
        need = answered(world)
        client = signed_in(world.accounts["team_leader"])
        form = client.get(f"/ledger/{need.pk}/verify/", headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in form and 'name="note"' in form and 'name="version"' in form
        assert "<html" in client.get(f"/ledger/{need.pk}/verify/").content.decode()

    def test_what_is_missing_is_said_and_what_was_typed_stays(self, world) -> None:
        need = in_progress(world)
        client = signed_in(world.accounts["department_handler"])
        answer = client.post(f"/ledger/{need.pk}/ask_extension/", {"version": need.version, "note": "设备未到"})
        text = answer.content.decode()
        assert answer.status_code == 422 and "设备未到" in text
        assert 'id="ask_extension_workdays_error"' in text and Need.objects.get(pk=need.pk).version == need.version

    def test_a_rule_is_said_beside_its_field(self, world) -> None:
        need = in_progress(world)
        client = signed_in(world.accounts["department_handler"])
        post = {"version": need.version, "note": "设备未到", "workdays": 60}
        text = client.post(f"/ledger/{need.pk}/ask_extension/", post).content.decode()
        assert "最多" in text.split('id="ask_extension_workdays_error"')[1].split("</ul>")[0]

    def test_a_file_that_is_refused_is_named_beside_its_field(self, world) -> None:
        need = in_progress(world)
        client = signed_in(world.accounts["department_handler"])
        files = [SimpleUploadedFile("a.jpg", photo()), SimpleUploadedFile("b.exe", b"MZ" * 40)]
        answer = client.post(f"/ledger/{need.pk}/answer/", {"version": need.version, "note": "已办", "evidence": files})
        text = answer.content.decode()
        assert answer.status_code == 422 and "b.exe" in text and "已办" in text
        assert need.evidence.count() == 0

    def test_an_answer_asks_for_evidence_until_there_is_some(self, world) -> None:
        need = in_progress(world)
        client = signed_in(world.accounts["department_handler"])
        without = client.post(f"/ledger/{need.pk}/answer/", {"version": need.version, "note": "已办"})
        assert without.status_code == 422 and 'id="answer_evidence_error"' in without.content.decode()
        post = {"version": need.version, "note": "已办", "evidence": SimpleUploadedFile("a.jpg", photo())}
        assert client.post(f"/ledger/{need.pk}/answer/", post).status_code == 302
        assert Need.objects.get(pk=need.pk).state == "answered"

    def test_a_stale_form_shows_the_difference_and_may_be_sent_again(self, world) -> None:
        office = signed_in(world.accounts["campaign_office"])
        needs.apply(world.need, "classify", world.accounts["campaign_office"], klass=1)
        path, post = f"/ledger/{world.need.pk}/classify/", {"version": 1, "klass": 3, "note": "需要省厅"}
        answer = office.post(path, post, headers={"HX-Request": "true"})
        text = answer.content.decode()
        assert answer.status_code == 409 and "需要省厅" in text and "1 · " in text and "3 · " in text
        version = re.search(r'name="version" value="(\d+)"', text)[1]
        assert Need.objects.get(pk=world.need.pk).klass == 1
        answer = office.post(path, post | {"version": version}, headers={"HX-Request": "true"})
        assert answer["HX-Redirect"] == f"/ledger/{world.need.pk}/"
        assert Need.objects.get(pk=world.need.pk).klass == 3

    def test_hand_over_offers_units_by_level_and_takes_several_helpers(self, world) -> None:
        office = signed_in(world.accounts["campaign_office"])
        form = office.get(f"/ledger/{world.need.pk}/hand_over/").content.decode()
        assert "<optgroup" in form and form.count('name="co_units"') == 3
        lead, *helpers = world.units
        post = {"version": 1, "klass": 2, "lead_unit": lead.pk, "co_units": [unit.pk for unit in helpers]}
        assert office.post(f"/ledger/{world.need.pk}/hand_over/", post).status_code == 302
        assert world.need.hand_overs.filter(leads=False).count() == 2

    def test_what_is_sent_back_is_no_longer_ours_to_see(self, world) -> None:
        need = handed_over(world)
        client = signed_in(world.accounts["department_handler"])
        answer = client.post(f"/ledger/{need.pk}/send_back/", {"version": need.version, "note": "不归我们"})
        assert answer["Location"] == "/ledger/"

    def test_a_measures_result_is_entered_in_its_place(self, world) -> None:
        need = in_progress(world)
        measure = need.measures.get()
        client = signed_in(world.accounts["department_handler"])
        path = f"/ledger/{need.pk}/note_result/"
        form = client.get(f"{path}?done_measure={measure.pk}").content.decode()
        assert f'<option value="{measure.pk}" selected>' in form
        strange = Measure.objects.create(need=world.need_other, text="别组", unit=world.units[1], due="2020-04-01")
        post = {"version": need.version, "result": "已到岗 3 人"}
        assert client.post(path, post | {"done_measure": strange.pk}).status_code == 422
        assert client.post(path, post | {"done_measure": measure.pk}).status_code == 302
        measure.refresh_from_db()
        assert measure.result == "已到岗 3 人" and "已到岗 3 人" in page(world, "site_contact")

    @pytest.mark.parametrize("role", ["team_leader", "site_contact", "leader", "department_handler"])
    def test_another_roles_verb_is_forbidden(self, world, role: str) -> None:
        need = confirmed(world)
        client = signed_in(world.accounts[role])
        assert client.post(f"/ledger/{need.pk}/close/", {"version": need.version}).status_code == 403
        assert Need.objects.get(pk=need.pk).state == "confirmed"

    def test_an_unknown_verb_is_no_step(self, world) -> None:
        assert signed_in(world.accounts["campaign_office"]).get(f"/ledger/{world.need.pk}/fly/").status_code == 422


class TestSimilar:
    """Closed needs with like titles, among those that the reader sees."""

    def test_likeness_is_of_pairs_in_simplified_script(self) -> None:
        assert likeness(pairs("缺技能型人才"), pairs("缺技能型人才")) == pytest.approx(1)
        assert likeness(pairs("電腦老化"), pairs("电脑老化")) == pytest.approx(1)
        assert likeness(pairs("电脑老化"), pairs("污水处理")) == 0
        assert likeness(pairs(""), pairs("x")) == 0

    def test_the_likest_closed_ones_come_with_what_was_done(self, world, django_assert_num_queries) -> None:
        closed(world)
        Need.objects.filter(pk=world.need.pk).update(title="茶园缺乏管理技术")
        asking = needs.raise_need(
            world.accounts["team_leader"], world.teams[0], world.sites[0], "茶园缺专业的管理和种植技术"
        )
        office = world.accounts["campaign_office"]
        with django_assert_num_queries(1):
            (found,) = similar(office, asking)
        assert (found.pk, found.measure) == (world.need.pk, "协调")
        stranger = handler_of(Unit.objects.create(code="x", name="别局", level="city"))
        assert similar(stranger, asking) == []  # who may not see the closed need is not told of it
        unlike = needs.raise_need(world.accounts["team_leader"], world.teams[0], world.sites[0], "外贸订单取消")
        assert similar(office, unlike) == []


class TestPackage:
    """The sheet for the province."""

    def test_it_is_made_by_escalating(self, world) -> None:
        assert "尚未上报" in page(world, "team_leader", "package/")
        department = Unit.objects.create(code="p1", name="省工信厅", level="province")
        need = in_progress(world, 3)
        leader = world.accounts["team_leader"]
        needs.apply(need, "escalate", leader, note="需海关总署协调", to_unit=department, at=at(3, 9))
        shown = page(world, "team_leader", "package/")
        for words in ("省工信厅", "需海关总署协调", "协调", "3月12日前答复"):
            assert words in shown
        assert signed_in(handler_of(department)).get(f"/ledger/{need.pk}/package/").status_code == 200
        assert signed_in(world.other).get(f"/ledger/{need.pk}/package/").status_code == 404
