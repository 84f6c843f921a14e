"""Topics, units and areas of advice as data: see `advice.yaml`. An area is kept in mu and shown in hectares too."""

from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import get_language

SOURCE = Path(__file__).parents[2] / "advice.yaml"
MU_PER_HECTARE = Decimal(15)  # 1 市亩 = 1/15 hectare (国发〔1984〕28号, 法定计量单位)
HUNDREDTH = Decimal("0.01")


@cache
def table() -> dict[str, Any]:
    """Return `advice.yaml`: topics, units of material, days until the follow-up."""
    with SOURCE.open(encoding="utf-8") as file:
        return yaml.safe_load(file)


def topic_name(code: str) -> str:
    """Return a topic's name in the reader's language; an unknown topic is shown by its code."""
    found = table()["topics"].get(code)
    if found is None:
        return code
    return found["name"] if (get_language() or "zh").startswith("zh") else found["english"]


def hectares(mu: Decimal) -> Decimal:
    """Return an area of `mu` in hectares, to hundredths (100 m²)."""
    return (mu / MU_PER_HECTARE).quantize(HUNDREDTH, ROUND_HALF_EVEN)


def hectares_words(mu: Decimal) -> str:
    """Return the hectares with one decimal at least: 60 mu are 4.0."""
    text = f"{hectares(mu):f}"
    return text[:-1] if text.endswith("0") else text


def plants_words(count: int) -> str:
    """Return a number of plants; round ten-thousands as offices write them: 15万."""
    return f"{count // 10_000}万" if count >= 10_000 and count % 10_000 == 0 else f"{count:,}"
