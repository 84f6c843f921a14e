"""The served party's page: one-time, without an account, in its own words; and the slip with the code."""

import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from sijin.ledger.domain import confirmation, evidence, needs
from sijin.ledger.domain.audit import audit
from sijin.ledger.models import ConfirmLink, Need
from sijin.people.refusals import NotAllowed, RuleBroken
from tests.conftest import at
from tests.ledger.lives import answered, photo, verified


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def token(world) -> str:
    world.campaign.cutoff = at(3, 11)
    world.campaign.save()
    return confirmation.confirm_link(verified(world), world.accounts["team_leader"], at=at(3, 10))


def signed_in(account) -> Client:
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_page_shows_the_problem_what_was_done_and_the_photo_to_who_has_the_link_alone(world, token) -> None:
    page = Client().get(f"/confirm/{token}/")
    text = page.content.decode()
    assert page.status_code == 200
    for words in ("本组的需求", "已办", "协调"):
        assert words in text
    assert "别组的需求" not in text and page["Cache-Control"].startswith("max-age=0")
    (path,) = set(re.findall(rf'src="(/confirm/{token}/photo/\d+/)"', text))
    assert Client().get(path)["Content-Type"] == "image/jpeg"
    assert Client().get(path.replace(token, "x" * 32)).status_code == 404
    others = evidence.add(world.need_other, world.other, "b.jpg", photo())
    assert Client().get(f"/confirm/{token}/photo/{others.pk}/").status_code == 404


def test_an_answer_is_taken_once(world, token) -> None:
    client = Client(enforce_csrf_checks=False)
    thanks = client.post(f"/confirm/{token}/", {"verdict": "basic", "comment": "谢谢"})
    assert thanks.status_code == 200
    need = Need.objects.get(pk=world.need.pk)
    assert (need.state, need.verdict, need.events.last().note, need.events.last().actor) == (
        "confirmed",
        "basic",
        "谢谢",
        None,
    )
    again = client.post(f"/confirm/{token}/", {"verdict": "dissatisfied"})
    assert again.status_code == 410 and "本组的需求" not in again.content.decode()
    assert Need.objects.get(pk=need.pk).verdict == "basic"
    photo_path = f"/confirm/{token}/photo/{need.evidence.get().pk}/"
    assert client.get(photo_path).status_code == 404  # the link opens nothing any more
    assert list(audit()) == []


def test_without_a_choice_the_form_comes_back_with_what_was_typed(world, token) -> None:
    page = Client().post(f"/confirm/{token}/", {"comment": "还没修好"})
    assert page.status_code == 422 and "还没修好" in page.content.decode()
    assert Need.objects.get(pk=world.need.pk).state == "verified"


@pytest.mark.parametrize("verdict", ["", "delighted"])
def test_an_unknown_verdict_changes_nothing(world, token, verdict: str) -> None:
    assert Client().post(f"/confirm/{token}/", {"verdict": verdict}).status_code == 422
    assert ConfirmLink.objects.get().used_at is None


def test_a_form_from_elsewhere_is_refused(world, token) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"/confirm/{token}/", {"verdict": "satisfied"}).status_code == 403
    assert Need.objects.get(pk=world.need.pk).state == "verified"


def test_a_newer_link_ends_the_older(world, token) -> None:
    newer = confirmation.confirm_link(world.need, world.accounts["team_leader"], at=at(3, 11))
    assert confirmation.standing(token)[1] == "reissued"
    assert Client().get(f"/confirm/{token}/").status_code == 410
    with pytest.raises(RuleBroken):
        needs.confirm_by_link(token, "satisfied")
    assert needs.confirm_by_link(newer, "satisfied").verdict == "satisfied"


def test_a_link_expires_after_fourteen_days(world, token) -> None:
    assert confirmation.standing(token, at(3, 24))[1] == "open"
    world.campaign.cutoff = at(3, 25)
    world.campaign.save()
    assert Client().get(f"/confirm/{token}/").status_code == 410
    with pytest.raises(RuleBroken):
        needs.confirm_by_link(token, "satisfied")


def test_a_link_ends_when_the_need_goes_back(world, token) -> None:
    needs.apply(world.need, "explain", world.accounts["campaign_office"], note="政策变化", told="电话")
    assert confirmation.standing(token)[1] == "answered"
    with pytest.raises(RuleBroken):
        needs.confirm_by_link(token, "satisfied")


def test_an_unknown_link_is_not_there_and_guessing_is_stopped(world) -> None:
    client = Client()
    statuses = [client.get(f"/confirm/guess-{n}/").status_code for n in range(22)]
    assert statuses[:20] == [404] * 20 and statuses[21] == 429
    other_place = Client(REMOTE_ADDR="10.0.0.9")
    assert other_place.get("/confirm/guess/").status_code == 404


def test_too_many_requests_a_minute_are_asked_to_wait(world, token) -> None:
    statuses = [Client().get(f"/confirm/{token}/").status_code for _ in range(61)]
    assert statuses[0] == 200 and statuses[-1] == 429


def test_the_site_contact_answers_in_its_account_and_the_link_ends(world, token) -> None:
    contact = world.accounts["site_contact"]
    page = signed_in(contact).post(f"/ledger/{world.need.pk}/confirm/", {"version": 7, "verdict": "satisfied"})
    need = Need.objects.get(pk=world.need.pk)
    assert page.status_code == 302 and (need.verdict, need.events.last().actor) == ("satisfied", contact)
    assert confirmation.standing(token)[1] == "answered"


@pytest.mark.parametrize("role", ["team_leader", "department_handler", "campaign_office", "community_worker", "leader"])
def test_nobody_answers_for_the_served_party(world, token, role: str) -> None:
    with pytest.raises(NotAllowed):
        needs.apply(world.need, "confirm", world.accounts[role], verdict="satisfied")


@pytest.mark.parametrize("role", ["department_handler", "campaign_office", "site_contact", "leader"])
def test_only_the_team_asks(world, role: str) -> None:
    with pytest.raises(NotAllowed):
        confirmation.confirm_link(verified(world), world.accounts[role])
    assert ConfirmLink.objects.count() == 0


def test_dissatisfaction_is_thanked_and_done_again(world, token) -> None:
    page = Client().post(f"/confirm/{token}/", {"verdict": "dissatisfied", "comment": "没解决"})
    assert page.status_code == 200
    office = signed_in(world.accounts["campaign_office"])
    shown = office.get(f"/ledger/{world.need.pk}/").content.decode()
    assert f'action="/ledger/{world.need.pk}/close/"' not in shown
    assert f'href="/ledger/{world.need.pk}/redo/"' in shown


class TestSlip:
    """The code to print is shown to who made the link, in that session, and to nobody else."""

    def made(self, world) -> tuple[Client, str]:
        world.campaign.cutoff = at(3, 11)
        world.campaign.save()
        client = signed_in(world.accounts["team_leader"])
        need = verified(world)
        answer = client.post(f"/ledger/{need.pk}/ask_confirm/", {"version": need.version})
        assert answer["Location"] == f"/ledger/{need.pk}/confirm-sheet/"
        return client, answer["Location"]

    def test_it_holds_the_link_and_its_code(self, world) -> None:
        client, sheet = self.made(world)
        page = client.get(sheet).content.decode()
        link = re.search(r'value="(http://testserver/confirm/[^"]+)"', page)[1]
        assert "<svg" in page and Client().get(link.removeprefix("http://testserver")).status_code == 200

    def test_another_session_gets_no_link(self, world) -> None:
        _client, sheet = self.made(world)
        for role in ("team_leader", "team_member", "campaign_office"):
            page = signed_in(world.accounts[role]).get(sheet)
            assert page.status_code == 200 and "/confirm/" not in page.content.decode().replace("confirm-sheet", "")
        assert signed_in(world.other).get(sheet).status_code == 404

    def test_a_stale_page_makes_no_link(self, world) -> None:
        client = signed_in(world.accounts["team_leader"])
        need = verified(world)
        assert client.post(f"/ledger/{need.pk}/ask_confirm/", {"version": need.version - 1}).status_code == 409
        assert ConfirmLink.objects.count() == 0

    def test_before_the_check_on_site_there_is_no_link(self, world) -> None:
        need = answered(world)
        client = signed_in(world.accounts["team_leader"])
        assert client.post(f"/ledger/{need.pk}/ask_confirm/", {"version": need.version}).status_code == 422


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_the_page_speaks_the_readers_language(world, token, language: str) -> None:
    client = Client()
    client.post(reverse("set_language"), {"language": language, "next": f"/confirm/{token}/"})
    page = client.get(f"/confirm/{token}/").content.decode()
    assert {"zh-hans": "您的问题解决了吗", "zh-hant": "您的問題解決了嗎", "en": "Was your problem solved?"}[
        language
    ] in page
