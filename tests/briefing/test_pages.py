"""The overview, the map and the rows behind a figure: exact, within the policy, within their queries."""

import io
import re
from datetime import date
from html import unescape

import openpyxl
import pytest

from sijin.briefing.domain.figures import figures
from sijin.people.models import Role
from sijin.places.models import Site
from tests.web.test_access import signed_in

SEES_OTHERS = {"campaign_office", "leader", "auditor"}
OTHERS = ("别组的需求", "企业1")
FIG = re.compile(r'<a class="fig" href="([^"]+)"[^>]*>([^<]+)</a>')


def page(account, path: str = "/"):
    return signed_in(account).get(path)


def figs(html: str) -> dict[str, str]:
    """Return the figures of a page: address and what is printed."""
    return {unescape(url): shown for url, shown in FIG.findall(html)}


@pytest.mark.parametrize("query", ["", "?at=2020-03-12"])
def test_every_number_of_the_overview_opens_to_as_many_rows(history, query: str) -> None:
    client = signed_in(history.office)
    found = figs(client.get(f"/{query}").content.decode())
    assert len(found) > 60
    for url, shown in found.items():
        answer = client.get(url)
        assert answer.status_code == 200, url
        figure = answer.context["figure"]
        assert figure.shown == shown, url
        if figure.model and "median" not in url and "missing" not in url:
            assert answer.context["page"].paginator.count == int(shown.replace(",", "")), url


def test_the_overview_states_its_queries_and_its_size(history, django_assert_max_num_queries) -> None:
    client = signed_in(history.office)
    client.get("/")
    for path in ("/", "/?at=2020-03-12"):
        with django_assert_max_num_queries(15):
            assert len(client.get(path).content) < 100_000


@pytest.mark.parametrize(
    "path", ["/map.json", "/figures/found/", "/figures/late.enterprise/?at=2020-03-20", "/briefs/"]
)
def test_the_other_pages_state_theirs(history, path: str, django_assert_max_num_queries) -> None:
    client = signed_in(history.office)
    client.get(path)
    with django_assert_max_num_queries(12):
        assert len(client.get(path).content) < 100_000


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("path", ["/", "/map.json", "/figures/found/", "/figures/sites/", "/figures/open.site-{}/"])
def test_no_role_sees_rows_of_others(history, role: str, path: str) -> None:
    answer = page(history.accounts[role], path.format(history.sites[1].pk))
    assert answer.status_code in (200, 404)
    if role in SEES_OTHERS:
        assert answer.status_code == 200
    else:
        text = answer.content.decode()
        assert not any(secret in text for secret in OTHERS)


@pytest.mark.parametrize("role", Role.values)
def test_the_workbook_holds_what_the_reader_may_see(history, role: str) -> None:
    answer = page(history.accounts[role], "/figures/found/rows.xlsx")
    if role == "administrator":
        assert answer.status_code == 404
        return
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    titles = {row[2] for row in sheet.iter_rows(min_row=5, values_only=True)}
    assert ("别组的需求" in titles) == (role in SEES_OTHERS)
    expected = figures(history.accounts[role], history.campaign)["found"].value
    assert len(titles) == expected


def test_texts_are_never_formulas(history) -> None:
    Site.objects.filter(pk=history.sites[0].pk).update(name="=HYPERLINK(1)")
    answer = page(history.office, "/figures/sites/rows.xlsx")
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(answer.content)).active for cell in row]
    assert any(cell.value == "=HYPERLINK(1)" and cell.data_type == "s" for cell in cells)


def test_the_map_shows_the_worst_light_of_each_site(history) -> None:
    data = page(history.office, "/map.json").json()
    lights = {row[1]: (data["lights"][row[6]], row[7]) for row in data["sites"]}
    assert lights == {"企业0": ("late", 3), "企业1": ("none", 1)}
    early = page(history.office, "/map.json?at=2020-03-09").json()
    assert {row[1]: (early["lights"][row[6]], row[7]) for row in early["sites"]}["企业0"] == ("none", 2)
    assert data["areas"][0][0] == "371002" and data["areas"][0][4] == "371002"


def test_a_department_finds_the_sites_of_its_needs_on_the_map(history) -> None:
    data = page(history.handler, "/map.json").json()
    assert [(row[1], row[8]) for row in data["sites"]] == [("企业0", False)]


def test_another_day_changes_the_page(history) -> None:
    early = page(history.office, "/?at=2020-03-09")
    assert early.context["figures"]["closed"].value == 1
    assert page(history.office).context["figures"]["closed"].value == 2
    assert "?at=2020-03-09" in early.content.decode()


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("2020-03-01", date(2020, 3, 4)), ("2030-01-01", date(2020, 4, 3)), ("", date(2020, 4, 3))],
)
def test_a_day_outside_the_campaign_is_brought_to_its_end(history, asked: str, shown: date) -> None:
    assert page(history.office, f"/?at={asked}").context["as_of"].day == shown


def test_what_is_no_date_is_said(history) -> None:
    answer = page(history.office, "/?at=gestern")
    assert answer.status_code == 200 and "gestern" in answer.content.decode()


def test_an_unknown_figure_is_not_there(history) -> None:
    assert page(history.office, "/figures/invented/").status_code == 404
    assert page(history.office, "/figures/closed_rate/rows.xlsx").status_code == 404


def test_rows_show_how_they_stood(history) -> None:
    early = page(history.office, "/figures/found/?at=2020-03-07").content.decode()
    assert "已反馈" in early and "已销号" not in early


def test_the_answer_stands_above_the_cards(history) -> None:
    html = page(history.office, "/?at=2020-03-09").content.decode()
    assert html.index('class="answer"') < html.index('class="card door')
    assert "存量" in re.sub(r"<[^>]+>", "", html[html.index('class="answer"') :][:1500])


def test_a_role_without_a_ledger_is_told_so(world) -> None:
    answer = page(world.accounts["administrator"])
    assert answer.status_code == 200 and "没有可汇总的内容" in answer.content.decode()


def test_the_day_before_opens_to_its_own_rows(history) -> None:
    answer = page(history.office, "/figures/before.closed/?at=2020-03-09")
    assert answer.context["figure"].value == 0 and answer.context["page"].paginator.count == 0
