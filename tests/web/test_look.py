"""The token sheet: every pair of colours that meets on a page has its contrast (WCAG 2.2 AA) in light and in dark."""

import re
from itertools import product

import pytest
from django.conf import settings

STATIC = settings.ROOT / "sijin" / "web" / "static" / "sijin"
GROUNDS = ("paper", "card", "faint")
TEXT = ("ink", "muted", "red", "amber", "green", "held")
DOORS = ("enterprise", "project", "village", "community")
PAIRS = [
    *((ink, ground, 4.5) for ink, ground in product(TEXT, GROUNDS)),
    ("on-red", "red", 4.5),
    ("on-red", "red-deep", 4.5),
    ("card", "ink", 4.5),  # counts
    *((door, ground, 3.0) for door, ground in product(DOORS, GROUNDS)),  # icons and bars, never text
    *(("edge", ground, 3.0) for ground in ("paper", "card")),  # outlines of fields
]


def tokens() -> dict[str, dict[str, str]]:
    """Return the colours of both modes; the dark ones stand in the one media query."""
    sheet = (STATIC / "tokens.css").read_text()
    light, dark = sheet.split("@media (prefers-color-scheme: dark)", 1)
    colours = r"--([\w-]+): (#[0-9a-f]{6});"
    return {"light": dict(re.findall(colours, light)), "dark": dict(re.findall(colours, dark))}


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_colours_that_meet_are_told_apart(mode: str) -> None:
    colours = tokens()[mode]
    low = {
        (one, other): round(contrast(colours[one], colours[other]), 2)
        for one, other, least in PAIRS
        if contrast(colours[one], colours[other]) < least
    }
    assert low == {}


def test_both_modes_name_the_same_colours() -> None:
    assert tokens()["light"].keys() == tokens()["dark"].keys()


def test_colours_stand_in_the_token_sheet_alone() -> None:
    for sheet in (settings.ROOT / "sijin").glob("*/static/*/*.css"):
        if sheet.parent.name == "vendor" or sheet.name in ("tokens.css", "print.css"):
            continue
        found = set(re.findall(r"#[0-9a-fA-F]{3,8}\b", sheet.read_text()))
        assert found <= {"#ffffff"}, sheet  # the ground of a code that a camera reads is white in either mode
