"""The rule check names what departs from the rules, and refuses nothing."""

import pytest
from django.utils import translation

from sijin.dispatch.domain import checks, plans
from sijin.dispatch.domain.rules import deadline_profiles, profile_of, profiles, rules_of
from sijin.dispatch.models import Campaign, Membership
from sijin.people.models import Unit


@pytest.fixture
def running(field):
    plans.approve(field.office, plans.solve(field.office, field.campaign, time_limit=5))
    return field


def codes(campaign, number: str) -> set[str]:
    return {finding.code for finding in checks(campaign).findings if finding.team and finding.team.number == number}


def test_totals_and_short_teams_are_named(running) -> None:
    found = checks(running.campaign)
    assert (dict(found.teams), dict(found.people)) == ({"province": 1, "city": 2}, {"province": 2, "city": 4})
    assert (found.total_teams, found.total_people, found.seats_short) == (3, 6, 0)
    Membership.objects.filter(official__name="己").delete()
    found = checks(running.campaign)
    assert found.seats_short == 1 and [finding.team.number for finding in found.short] == ["市02"]
    with translation.override("zh-hans"):
        assert found.short[0].text == "缺 1 人（应 2 人）"
    assert [(finding.code, finding.values["meant"]) for finding in found.of_campaign] == [("provincial", 35)]


def test_each_rule_is_seen_when_it_is_bent(running) -> None:
    assert codes(running.campaign, "市01") == set()
    Unit.objects.filter(code="c1").update(level="county")
    assert codes(running.campaign, "市01") == {"city_share"}
    Unit.objects.filter(code="c1").update(level="city")
    leader = Membership.objects.get(team__number="市01", leads=True)
    leader.official.title = "科员"
    leader.official.save()
    assert codes(running.campaign, "市01") == {"leader_title"}
    leader.official.title = ""
    leader.official.save()
    assert codes(running.campaign, "市01") == {"title_unknown"}
    leader.delete()
    assert codes(running.campaign, "市01") == {"leader", "short"}
    running.sites["茶村"].workload = 6
    running.sites["茶村"].save()
    assert "load" in codes(running.campaign, "市01")
    Membership.objects.filter(official__name="丁").delete()
    assert "skills" in codes(running.campaign, "市01")


def test_rules_are_data_with_sources() -> None:
    campaign = Campaign(team_rules="shandong-sijin-2020")
    rules = rules_of(campaign)
    assert (rules.size_wanted, rules.size_min, rules.size_max, rules.city_share) == (5, 4, 5, 0.5)
    assert rules_of(Campaign(team_rules="four-to-six")).size_max == 6
    assert rules_of(Campaign(team_rules="gone")) == rules
    for code in profiles():
        profile = profile_of(Campaign(team_rules=code))
        for part in ("size", "city_share", "leader", "load", "prices"):
            assert profile[part]["mark"] in ("S", "K") and profile[part]["source"]
    assert "shandong-sijin-2020" in deadline_profiles()
