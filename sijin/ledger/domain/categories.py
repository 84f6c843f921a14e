"""What needs are about: stored codes and the words that people read, from `categories.yaml`."""

from functools import cache
from pathlib import Path

import yaml

CATEGORIES = Path(__file__).parents[1] / "categories.yaml"


@cache
def names() -> dict[str, str]:
    """Return the words of each category by its code."""
    with CATEGORIES.open(encoding="utf-8") as file:
        return yaml.safe_load(file)


def word(code: str) -> str:
    """Return the category's words; the code itself when it is not in the list, empty for none."""
    return names().get(code, code)


def code_of(text: str) -> str | None:
    """Return the code of a category given by its words or its code; None when there is none."""
    if text in names():
        return text
    return next((code for code, words in names().items() if words == text), None)
