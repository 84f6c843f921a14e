"""The API as a script meets it: the same rows, verbs and refusals as the pages, by session or by key."""

import io
import json
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from sijin.exchange.models import Match, Offer
from sijin.ledger.domain import needs
from sijin.ledger.models import Need, NeedItem
from sijin.people import tokens
from sijin.people.models import ApiToken, Job
from sijin.visits.models import Visit
from sijin.web.api import api
from tests.web.test_access import signed_in


def post(client: Client, path: str, body: object, **headers: str):
    """Send JSON."""
    return client.post(path, json.dumps(body, default=str), content_type="application/json", headers=headers)


@pytest.fixture
def office(world) -> Client:
    return signed_in(world.accounts["campaign_office"])


@pytest.fixture
def leader(world) -> Client:
    return signed_in(world.accounts["team_leader"])


def test_lists_page_and_say_the_total(world, office) -> None:
    first = office.get("/api/needs?tab=all&limit=1&order=number").json()
    second = office.get("/api/needs?tab=all&limit=1&offset=1&order=number").json()
    assert (first["total"], second["total"]) == (2, 2)
    assert [first["items"][0]["id"], second["items"][0]["id"]] == [world.need.pk, world.need_other.pk]
    assert office.get("/api/needs?limit=201").status_code == 422


def test_lists_hold_what_the_account_sees(world, leader) -> None:
    assert [row["id"] for row in leader.get("/api/needs?tab=all").json()["items"]] == [world.need.pk]
    assert [row["id"] for row in leader.get("/api/sites").json()["items"]] == [world.sites[0].pk]
    assert [row["id"] for row in leader.get("/api/teams").json()["items"]] == [world.teams[0].pk]
    assert leader.get("/api/officials").status_code == 403
    assert leader.get(f"/api/needs/{world.need_other.pk}").status_code == 404


def test_a_need_goes_from_found_to_in_progress_over_http(world, office) -> None:
    handler = signed_in(world.accounts["department_handler"])
    address = f"/api/needs/{world.need.pk}"
    given = post(office, f"{address}/hand_over", {"version": 1, "klass": 2, "lead_unit": world.units[0].pk})
    assert given.json()["need"]["lead_unit"] == {"id": world.units[0].pk, "name": "市局0"}
    assert given.json()["need"]["due"] == "2020-03-26"
    assert post(handler, f"{address}/receive", {"version": 2}).json()["need"]["verbs"][0] == "carry_out"
    done = post(handler, f"{address}/carry_out", {"version": 3, "measure": "协调", "aspect": "funds"}).json()["need"]
    assert (done["state"], done["measures"][0]["text"], len(done["events"])) == ("in_progress", "协调", 4)


def test_a_need_that_leaves_the_accounts_sight_is_not_shown_after(world, office) -> None:
    handler = signed_in(world.accounts["department_handler"])
    post(office, f"/api/needs/{world.need.pk}/hand_over", {"version": 1, "klass": 2, "lead_unit": world.units[0].pk})
    answer = post(handler, f"/api/needs/{world.need.pk}/send_back", {"version": 2, "note": "不属我局"})
    assert (answer.status_code, answer.json()["need"]) == (200, None)


def test_a_stale_write_answers_409_with_what_changed(world, office) -> None:
    address = f"/api/needs/{world.need.pk}/classify"
    assert post(office, address, {"version": 1, "klass": 2}).status_code == 200
    stale = post(office, address, {"version": 1, "klass": 3})
    assert stale.status_code == 409
    facts = stale.json()["facts"]
    assert (facts["expected"], facts["found"]) == (1, 2)
    assert [(row["name"], row["by"]) for row in facts["diff"]] == [("klass", "campaign_office")]


def test_refusals_name_the_field(world, office) -> None:
    missing = post(office, f"/api/needs/{world.need.pk}/hand_over", {"version": 1, "klass": 2})
    assert (missing.status_code, missing.json()["field"]) == (422, "lead_unit")
    wrong = post(office, f"/api/needs/{world.need.pk}/classify", {"version": "x"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "body.version")


def test_raising_twice_answers_201_then_200(world, leader) -> None:
    body = {
        "client_uuid": uuid.uuid4(),
        "team": world.teams[0].pk,
        "site": world.sites[0].pk,
        "title": "缺口罩",
        "items": [{"kind": "goods", "item": "口罩", "unit": "只", "quantity": "200"}],
    }
    first, again = post(leader, "/api/needs", body), post(leader, "/api/needs", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"] and first.json()["items"][0]["quantity"] == "200.00"
    assert Need.objects.count() == 3


def test_anothers_need_is_not_given_for_its_uuid(world, leader) -> None:
    body = {"client_uuid": world.need_other.client_uuid, "team": world.teams[0].pk, "site": world.sites[0].pk}
    assert post(leader, "/api/needs", body | {"title": "x"}).status_code == 404


def test_a_visit_is_recorded_once(world, leader) -> None:
    body = {
        "client_uuid": uuid.uuid4(),
        "site": world.sites[0].pk,
        "took_nothing": True,
        "findings": [{"title": "缺工"}],
    }
    first, again = post(leader, "/api/visits", body), post(leader, "/api/visits", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["arrival"], again.json()["arrival"]) == ("new", "again")
    assert first.json()["id"] == again.json()["id"] and len(first.json()["needs"]) == 1
    differing = post(leader, "/api/visits", body | {"said": "改了"})
    assert (differing.status_code, differing.json()["arrival"], differing.json()["said"]) == (200, "differing", "")
    assert Visit.objects.count() == 1
    amended = post(leader, f"/api/visits/{first.json()['id']}/amend", {"version": 1, "said": "补充"})
    assert (amended.json()["said"], amended.json()["version"]) == ("补充", 2)
    assert post(leader, f"/api/visits/{first.json()['id']}/amend", {"version": 1, "said": "x"}).status_code == 409
    half = body | {"client_uuid": uuid.uuid4(), "lat": 37.5}
    assert post(leader, "/api/visits", half).status_code == 422
    elsewhere = body | {"client_uuid": uuid.uuid4(), "site": world.sites[1].pk}
    assert post(leader, "/api/visits", elsewhere).status_code == 404
    unsaid = body | {"client_uuid": uuid.uuid4(), "took_nothing": False}
    assert post(leader, "/api/visits", unsaid).json()["field"] == "took_nothing"


def test_evidence_goes_in_and_comes_out(world, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    handler = signed_in(world.accounts["department_handler"])
    needs.apply(world.need, "hand_over", world.accounts["campaign_office"], klass=2, lead_unit=world.units[0])
    needs.apply(world.need, "receive", world.accounts["department_handler"])
    needs.apply(world.need, "carry_out", world.accounts["department_handler"], measure="协调")
    kept = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(kept, "PNG")
    address = f"/api/needs/{world.need.pk}/evidence"

    def send(client: Client, content: bytes):
        version = Need.objects.get(pk=world.need.pk).version
        return client.post(address, {"file": io.BytesIO(content), "version": version, "note": "现场"})

    sent = send(handler, kept.getvalue())
    kept_as = sent.json()["evidence"]
    assert (sent.status_code, kept_as["media_type"], sent.json()["version"]) == (201, "image/jpeg", 5)
    file = handler.get(f"/api/evidence/{kept_as['id']}")
    assert b"".join(file.streaming_content).startswith(b"\xff\xd8") and "attachment" in file["Content-Disposition"]
    assert send(signed_in(world.accounts["leader"]), kept.getvalue()).status_code == 403
    assert send(handler, b"MZ" + b"0" * 99).json()["field"] == "evidence"
    assert signed_in(world.other).get(f"/api/evidence/{kept_as['id']}").status_code == 404


def test_a_match_is_reserved_agreed_and_never_over_committed(world, office) -> None:
    item = NeedItem.objects.create(need=world.need, kind="goods", item="口罩", unit="只", quantity=10)
    offer = Offer.objects.create(
        code="o1", campaign=world.campaign, provider="厂", kind="goods", item="口罩", unit="只", quantity=7
    )
    body = {"item": item.pk, "offer": offer.pk, "quantity": "5"}
    made = post(office, "/api/matches", body)
    assert (made.status_code, made.json()["state"]) == (201, "reserved")
    assert post(office, "/api/matches", body).json()["field"] == "quantity"
    assert office.get(f"/api/offers/{offer.pk}").json()["free"] == "2.00"
    step = f"/api/matches/{made.json()['id']}"
    assert post(office, f"{step}/agree", {"version": 1}).json()["state"] == "agreed"
    stale = post(office, f"{step}/deliver", {"version": 1})
    assert (stale.status_code, stale.json()["facts"]["found"]) == (409, 2)
    assert Match.objects.get().state == "agreed"


def test_me_says_what_the_role_may(world, leader) -> None:
    mine = leader.get("/api/me").json()
    assert mine["role"] == "team_leader" and mine["may"]["ledger.Need"]["verify"] == ["team"]


def test_a_job_is_stopped_by_its_owner_only(world, office, leader) -> None:
    job = Job.objects.create(account=world.accounts["campaign_office"], kind="plan")
    assert leader.post(f"/api/jobs/{job.pk}/cancel").status_code == 404
    assert office.post(f"/api/jobs/{job.pk}/cancel").json()["cancel_asked"] is True


def test_the_auditor_reads_and_recomputes_chains(world) -> None:
    auditor = signed_in(world.accounts["auditor"])
    assert auditor.get(f"/api/audit/events?need={world.need.pk}").json()["items"][0]["verb"] == "raise"
    assert auditor.get(f"/api/audit/needs/{world.need.pk}").json() == {"clean": True, "faults": []}
    Need.objects.filter(pk=world.need.pk).update(state="handed_over")
    assert auditor.get(f"/api/audit/needs/{world.need.pk}").json()["clean"] is False
    assert auditor.get(f"/api/audit/needs/{world.need_other.pk}").json()["clean"] is True


def test_regions_are_named_by_system_year_and_code(world, leader) -> None:
    assert leader.get("/api/regions/nbs/2023/371002").json()["parent"] == "371000"
    assert leader.get("/api/regions/mca/2023/371002").status_code == 404
    assert [r["code"] for r in leader.get("/api/regions/nbs/2023/371000/children").json()["items"]] == ["371002"]


# --- keys


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def test_a_key_acts_as_its_account_without_session_or_csrf(world) -> None:
    token, text = tokens.issue(world.accounts["team_leader"], world.accounts["team_leader"], "同步")
    client = Client(enforce_csrf_checks=True)
    assert client.get("/api/me", headers=bearer(text)).json()["role"] == "team_leader"
    body = {"version": 1, "klass": 2}
    assert post(client, f"/api/needs/{world.need.pk}/classify", body, **bearer(text)).status_code == 200
    assert post(client, f"/api/needs/{world.need_other.pk}/classify", body, **bearer(text)).status_code == 404
    token.refresh_from_db()
    assert token.last_used is not None
    assert text not in str(list(ApiToken.objects.values()))


@pytest.mark.parametrize("end", ["revoked", "expired", "inactive"])
def test_a_key_that_has_ended_opens_nothing(world, end: str) -> None:
    account = world.accounts["leader"]
    token, text = tokens.issue(account, account, "同步")
    assert Client().get("/api/me", headers=bearer(text)).status_code == 200
    if end == "revoked":
        assert signed_in(account).delete(f"/api/me/tokens/{token.pk}").status_code == 204
    elif end == "expired":
        ApiToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
    else:
        account.is_active = False
        account.save()
    assert Client().get("/api/me", headers=bearer(text)).status_code == 401


def test_a_key_opens_the_api_only_and_makes_no_keys(world) -> None:
    text = tokens.issue(world.accounts["leader"], world.accounts["leader"], "同步")[1]
    assert Client().get("/ledger/", headers=bearer(text)).status_code == 302
    assert post(Client(), "/api/me/tokens", {"name": "x"}, **bearer(text)).status_code == 403
    made = post(signed_in(world.accounts["leader"]), "/api/me/tokens", {"name": "x"})
    assert made.status_code == 201 and made.json()["token"].startswith("sijin_")
    assert "token" not in signed_in(world.accounts["leader"]).get("/api/me/tokens").json()["items"][0]


def test_nobody_revokes_anothers_key(world, leader) -> None:
    token, _ = tokens.issue(world.other, world.other, "别组")
    assert leader.delete(f"/api/me/tokens/{token.pk}").status_code == 404


def test_a_session_needs_the_csrf_token_to_change_anything(world) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.accounts["campaign_office"], backend="django.contrib.auth.backends.ModelBackend")
    address, body = f"/api/needs/{world.need.pk}/classify", {"version": 1, "klass": 2}
    assert post(client, address, body).status_code == 403
    client.get("/api/docs")
    token = client.cookies["csrftoken"].value
    assert post(client, address, body, **{"X-CSRFToken": token}).status_code == 200


# --- what no request may hold


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("[" * 5_000, 400),
        ('{"a":' * 5_000, 400),
        ('{"version": 1' + "0" * 5_000 + "}", 400),
        ('{"version": 1, "note": "\\u0000"}', 400),
        ('{"version": 1, "note": "\\ud800"}', 400),
        ('{"version": NaN}', 400),
        ('{"version": 18446744073709551616}', 422),
        ('{"version": 1, "quantity": "1e999999"}', 422),
        ('{"version": 1, "review_on": "0001-01-01"}', 422),
        ("[]", 422),
        ("null", 422),
        ('{"version": 1, "note": "' + "长" * 400_000 + '"}', 413),
    ],
)
def test_bodies_that_no_database_holds_are_refused(world, office, body: str, status: int) -> None:
    answer = office.post(f"/api/needs/{world.need.pk}/classify", body.encode(), content_type="application/json")
    assert answer.status_code == status and answer.json()["detail"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/needs?q=%00", 400),
        ("/api/regions/nbs/2023/%00", 400),
        ("/ledger/?q=%00", 400),
        ("/api/needs/99999999999999999999", 422),
        ("/api/needs?offset=99999999999999999999", 422),
        ("/api/teams?campaign=9223372036854775807", 200),
        ("/api/nothing", 404),
    ],
)
def test_addresses_that_no_database_holds_are_refused(world, office, address: str, status: int) -> None:
    assert office.get(address).status_code == status


def test_an_account_that_asks_too_often_is_told_to_wait(world, office, monkeypatch) -> None:
    throttle = api.throttle[0]
    throttle.cache.clear()
    monkeypatch.setattr(throttle, "num_requests", 2)
    monkeypatch.setattr(throttle, "duration", 60)
    assert [office.get("/api/me").status_code for _ in range(3)] == [200, 200, 429]
    assert int(office.get("/api/me")["Retry-After"]) <= 60
    throttle.cache.clear()


# --- the reference


def test_the_reference_is_ours_and_needs_no_inline_script(world, office) -> None:
    page = office.get("/api/docs")
    assert "http" not in page["Content-Security-Policy"] and "unsafe" not in page["Content-Security-Policy"]
    html = page.content.decode()
    assert "cdn" not in html and "<style" not in html and 'src="/static/ninja/swagger-ui-bundle.js"' in html
    assert Client().get("/api/docs").status_code == 302


def test_every_route_says_what_it_may_refuse(world, office) -> None:
    schema = office.get("/api/openapi.json").json()
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            assert {"401", "403", "422"} <= set(operation["responses"]), path
            assert operation["summary"] and operation["description"] and operation["tags"], path
    act = schema["paths"]["/api/needs/{id}/{verb}"]["post"]
    assert {"404", "409"} <= set(act["responses"])
    assert "409" not in schema["paths"]["/api/needs"]["get"]["responses"]
