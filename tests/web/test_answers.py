"""Refusals and errors: what happened, what was kept, what to do — as a page, as a fragment, as JSON."""

import json

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory

from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.web import views
from sijin.web.answers import WORDS, answer
from tests.web.test_access import signed_in

HTMX = {"HX-Request": "true"}


def request_of(account=None, method="get", data=None, path="/ledger/1/", **headers):
    """Return a request as the middleware would have it, without a session."""
    request = getattr(RequestFactory(), method)(path, data or {}, headers=headers)
    request.user = account
    request.htmx = "HX-Request" in request.headers
    request._messages = []
    return request


@pytest.mark.parametrize("status", sorted(WORDS))
def test_each_says_what_happened_what_was_kept_and_what_to_do(world, status: int) -> None:
    page = answer(request_of(world.accounts["leader"]), status)
    assert page.status_code == status
    for words in (WORDS[status].heading, WORDS[status].happened, WORDS[status].kept, WORDS[status].todo):
        assert str(words) in page.content.decode()


@pytest.mark.parametrize("refusal", [NotAllowed("不是您的"), Stale("改过了"), RuleBroken("缺证据")])
def test_a_refusal_speaks_its_own_words(world, refusal) -> None:
    page = answer(request_of(world.accounts["leader"]), refusal.status, refusal)
    assert refusal.message in page.content.decode() and str(WORDS[refusal.status].happened) not in page.content.decode()


def test_a_stale_row_shows_what_differs(world) -> None:
    diff = [
        {"field": "标题", "yours": "我的题", "theirs": "别人的题"},
        {"field": "时限", "yours": None, "theirs": "3月9日"},
    ]
    page = answer(request_of(world.accounts["leader"]), 409, Stale("x", diff=diff)).content.decode()
    for cell in ("<td>标题</td>", "<td>我的题</td>", "<b>别人的题</b>", "<td>—</td>"):
        assert cell in page


def test_what_was_typed_is_shown_again_but_never_a_password(world) -> None:
    typed = {
        "note": "这是一段写了很久的办理说明，不能丢",
        "password1": "a-secret-password",
        "version": "123456789012345",
    }
    page = answer(request_of(world.accounts["leader"], "post", typed), 422, RuleBroken("x")).content.decode()
    assert typed["note"] in page
    assert typed["password1"] not in page and typed["version"] not in page


def test_the_way_back_is_ours_or_none(world) -> None:
    ours = request_of(world.accounts["leader"], Referer="http://testserver/ledger/?tab=mine")
    assert 'href="http://testserver/ledger/?tab=mine"' in answer(ours, 409).content.decode()
    foreign = request_of(world.accounts["leader"], Referer="http://evil.example/")
    assert "evil.example" not in answer(foreign, 409).content.decode()


def test_htmx_gets_a_fragment_for_the_notices(world) -> None:
    client = signed_in(world.accounts["leader"])
    path = f"/ledger/{world.need.pk}/"
    gone = client.get("/ledger/999999/", headers=HTMX)
    refused = client.post(f"{path}receive/", {"version": 1}, headers=HTMX)
    for fragment, status in ((gone, 404), (refused, 403)):
        assert fragment.status_code == status
        assert (fragment.headers["HX-Retarget"], fragment.headers["HX-Reswap"]) == ("#notices", "innerHTML")
        assert "<html" not in fragment.content.decode() and 'role="alert"' in fragment.content.decode()


def test_a_page_that_is_not_there_keeps_the_frame_for_members_and_hides_it_from_strangers(world) -> None:
    cache.clear()  # other tests have used up what an address may ask for in a minute
    page = signed_in(world.accounts["leader"]).get("/ledger/999999/")
    assert page.status_code == 404 and 'class="rail"' in page.content.decode()
    stranger = Client().get("/confirm/unknown-token/")
    assert stranger.status_code in (404, 422) and 'class="rail"' not in stranger.content.decode()


def test_the_api_answers_in_json(world) -> None:
    page = answer(request_of(world.accounts["leader"], path="/api/needs"), 409, Stale("改过了"))
    assert page.status_code == 409 and json.loads(page.content) == {"detail": "改过了"}


def test_an_error_page_needs_no_database(db, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        page = views.server_error(request_of())
        fragment = views.server_error(request_of(**HTMX))
    assert page.status_code == fragment.status_code == 500
    assert str(WORDS[500].happened) in page.content.decode() and "<html" not in fragment.content.decode()


def test_an_unforeseen_error_shows_the_page(world, monkeypatch) -> None:
    monkeypatch.setattr("sijin.web.views.find", lambda *args: 1 / 0)
    client = signed_in(world.accounts["leader"])
    client.raise_request_exception = False
    page = client.get("/search/?q=x")
    assert page.status_code == 500 and str(WORDS[500].kept) in page.content.decode()


def test_a_form_without_its_token_says_that_it_is_too_old(world) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.post("/account/login/", {"login": "leader", "password": "x"})
    assert page.status_code == 403 and "表单打开太久" in page.content.decode()


def test_a_fragment_for_someone_signed_out_sends_the_whole_page_to_sign_in(world) -> None:
    current = {"HX-Request": "true", "HX-Current-URL": "http://testserver/ledger/?tab=mine"}
    redirect = Client().get("/jobs/1/progress/", headers=current)
    assert redirect.headers["HX-Redirect"] == "/account/login/?next=/ledger/%3Ftab%3Dmine"
