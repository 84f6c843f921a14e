"""What needs are about and what can be asked for, read from `categories.yaml`; codes are stored, names are shown."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def _read() -> dict[str, dict[str, Any]]:
    with Path(__file__).with_name("categories.yaml").open(encoding="utf-8") as file:
        return yaml.safe_load(file)


def categories(door: str = "") -> list[tuple[str, str]]:
    """Return (code, name) of every category; those that belong to `door` first."""
    rows = _read()["categories"].items()
    ordered = sorted(rows, key=lambda row: door not in row[1].get("doors", (door,))) if door else rows
    return [(code, row["name"]) for code, row in ordered]


def category_name(code: str) -> str:
    """Return the name of a category; the code itself when it is not known."""
    return _read()["categories"].get(code, {}).get("name", code)


def lead_name(code: str, door: str = "") -> str:
    """Return the name of the department that leads a category at `door`; nothing when the table names none."""
    lead = _read()["categories"].get(code, {}).get("lead", "")
    return lead if isinstance(lead, str) else lead.get(door, "")


def kinds() -> list[tuple[str, str]]:
    """Return (code, name) of every kind of thing that a need can ask for."""
    return [(code, row["name"]) for code, row in _read()["kinds"].items()]


def units() -> list[str]:
    """Return the units in which such things are counted, each once."""
    return list(dict.fromkeys(unit for row in _read()["kinds"].values() for unit in row["units"]))


def category_code(text: str) -> str | None:
    """Return the code of a category that is given by its name or its code; None when there is none."""
    return next((code for code, name in categories() if text in (code, name)), None)
