"""The rules of a campaign's dispatch: read from data, and set otherwise by the office where it chose to."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sijin.dispatch.models import Campaign
from sijin.engines.dispatch import Rules

SOURCE = Path(__file__).parents[1] / "rules.yaml"
LEADING = {"size_wanted": ("size", "wanted"), "size_min": ("size", "least"), "size_max": ("size", "most")}
COUNTED = ("senior_least", "junior_most", "unit_most")


@cache
def _table() -> dict[str, Any]:
    with SOURCE.open(encoding="utf-8") as file:
        return yaml.safe_load(file)


def profiles() -> dict[str, str]:
    """Return the names of the rule profiles by code."""
    return {code: profile["name"] for code, profile in _table()["profiles"].items()}


@cache
def deadline_profiles() -> dict[str, str]:
    """Return the titles of the ledger's deadline profiles by code; only its data is read, the ledger stands above."""
    with (SOURCE.parents[1] / "ledger" / "profiles.yaml").open(encoding="utf-8") as file:
        return {code: profile["title"] for code, profile in yaml.safe_load(file).items()}


def profile_of(campaign: Campaign) -> dict[str, Any]:
    """Return the campaign's dispatch rules with their sources and marks."""
    table = _table()
    return table["profiles"].get(campaign.team_rules) or table["profiles"][table["default"]]


def shipped(campaign: Campaign) -> Rules:
    """Return the rules of the campaign's profile as the engine takes them."""
    profile = profile_of(campaign)
    prices = {name: value for name, value in profile["prices"].items() if name not in ("mark", "source")}
    sizes = {name: profile[part][key] for name, (part, key) in LEADING.items()}
    counts = {name: profile["make_up"][name] for name in COUNTED}
    return Rules(
        city_share=profile["city_share"]["least"],
        days_per_week=profile["load"]["days_per_week"],
        balance=profile["load"]["balance"],
        **sizes,
        **counts,
        **prices,
    )


def rules_of(campaign: Campaign, chosen: Mapping[str, Any] | None = None) -> Rules:
    """Return the campaign's rules as the engine takes them: the profile's, but for what the office chose.

    `chosen` stands in for the campaign's own choice, so that others can be looked at before they are kept.
    """
    given = dict(campaign.chosen if chosen is None else chosen)
    hard = frozenset(given.pop("hard", ()))
    return replace(shipped(campaign), hard=hard, **given)
