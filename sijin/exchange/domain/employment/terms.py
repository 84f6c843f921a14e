"""Occupations, shifts and points as data: see `employment.yaml`."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sijin.ledger.script import simplified

SOURCE = Path(__file__).parents[2] / "employment.yaml"
CODE = re.compile(r"\d-\d{2}-\d{2}-\d{2}")
GROUP = re.compile(r"\d(-\d{2}){0,3}")
NAMED, SMALL, GROUPED = "named", "small", "group"  # how near a post's occupation is to what a person names


@cache
def table() -> dict[str, Any]:
    """Return the whole file: travel limits, points, shifts, groups and occupations by code."""
    with SOURCE.open(encoding="utf-8") as file:
        return yaml.safe_load(file)


@cache
def _codes() -> dict[str, str]:
    """Return the code of every name in the file; an occupation goes before a group of the same name."""
    return {name: code for part in ("groups", "occupations") for code, name in table()[part].items()}


def code_of(text: str, whole: bool) -> str | None:
    """Return the code that `text` is or names; None when it is none. `whole`: all four parts are wanted."""
    text = text.strip()
    found = _codes().get(simplified(text), text)
    return found if (CODE if whole else GROUP).fullmatch(found) else None


def name_of(code: str) -> str:
    """Return the name of an occupation or group; a code that the file does not know is shown as it is."""
    found: str = table()["occupations"].get(code) or table()["groups"].get(code) or code
    return found


def group_of(code: str) -> str:
    """Return the occupation group (中类) of a code."""
    return "-".join(code.split("-")[: table()["group_parts"]])


def nearness(post: str, wished: list[str]) -> str:
    """Return how near a post's code is to the nearest of `wished`: named, small (小类), group (中类), or empty."""
    best = ""
    for code in wished:
        if post == code or post.startswith(f"{code}-"):
            return NAMED
        if code.count("-") >= 2 and post.split("-")[:3] == code.split("-")[:3]:
            best = SMALL
        elif group_of(post) == group_of(code) and code.count("-") >= table()["group_parts"] - 1:
            best = best or GROUPED
    return best


def points(near: str, kilometres: float, pay: float, wanted: float) -> int:
    """Return what a pair costs; `pay` and `wanted` are yuan a month."""
    rate = table()["points"]
    occupation = rate[{NAMED: NAMED, SMALL: "same_small_group", GROUPED: "same_group"}[near]]
    over = 1.0 if not wanted else min(1.0, max(0.0, (pay / wanted - 1) / (rate["wage_full"] - 1)))
    return round(occupation + rate["km"] * kilometres + rate["wage"] * (1 - over))


def tie(kind: str) -> int:
    """Return what two of one household cost who are `apart`, `near` or at the `same` place of work."""
    return table()["points"][kind] if kind in ("apart", "near") else 0
