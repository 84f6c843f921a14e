"""Keeps the sections of RESULTS.md: a measurement writes under its own heading and leaves the others alone."""

import os
import platform
import re
from datetime import date
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")


def machine() -> str:
    """Return what the figures were measured on: processors, memory, Python."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} processors, {memory:.0f} GB, Python {platform.python_version()}"


def keep(heading: str, command: str, text: str, results: Path = RESULTS) -> None:
    """Write `text` under `heading` with the command, the day and the machine; an older section of it is replaced."""
    section = f"## {heading}\n\n`{command}` · {date.today().isoformat()} · {machine()}\n\n{text.strip()}\n"
    old = results.read_text(encoding="utf-8") if results.exists() else "# Results\n\nEach figure with its command.\n"
    pattern = re.compile(rf"^## {re.escape(heading)}\n.*?(?=^## |\Z)", re.S | re.M)
    if pattern.search(old):
        new = pattern.sub(lambda match: section + "\n", old)
    else:
        new = f"{old.rstrip()}\n\n{section}"
    results.write_text(new.rstrip() + "\n", encoding="utf-8")
