"""Brings the catalogues of all rooms up to date: collects strings, takes what another room translated, makes zh-Hant.

Each room keeps its own `locale/` folder. zh-Hans is written by people; zh-Hant is made from it by OpenCC, corrected by
`sijin/web/locale/zh_Hant.yaml`. Prints every string that has no translation yet and exits 1 when there is one.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import opencc
import yaml

SIJIN = Path(__file__).resolve().parents[1] / "sijin"
ROOMS = sorted(path.parent for path in SIJIN.glob("*/__init__.py"))
CORRECTIONS = yaml.safe_load((SIJIN / "web/locale/zh_Hant.yaml").read_text(encoding="utf-8")) or {}
HANS, HANT = "locale/zh_Hans/LC_MESSAGES/django.po", "locale/zh_Hant/LC_MESSAGES/django.po"


def run(*command: str, room: Path = SIJIN) -> str:
    """Run a gettext tool in `room` and return what it prints."""
    return subprocess.run(command, cwd=room, check=True, capture_output=True, text=True).stdout


def collect(room: Path, memory: Path) -> list[str]:
    """Bring one room's zh-Hans catalogue up to date; return the strings without a translation."""
    (room / "locale").mkdir(exist_ok=True)
    run(sys.executable, "-m", "django", "makemessages", "-l", "zh_Hans", "--no-location", "--no-obsolete", room=room)
    po = room / HANS
    if not po.exists():
        (room / "locale").rmdir()
        return []
    template = run("msgattrib", "--clear-fuzzy", "--empty", "--no-location", str(po))
    with tempfile.NamedTemporaryFile("w", suffix=".pot", encoding="utf-8") as pot:
        pot.write(template)
        pot.flush()
        own = run("msgattrib", "--no-fuzzy", "--translated", str(po))
        with tempfile.NamedTemporaryFile("w", suffix=".po", encoding="utf-8") as kept:
            kept.write(own or template)
            kept.flush()
            merged = run("msgmerge", "-q", "-N", "--no-wrap", "-C", str(memory), kept.name, pot.name)
    po.write_text(
        re.sub(
            r'"(POT-Creation-Date|PO-Revision-Date|Project-Id-Version|Report-Msgid-Bugs-To'
            r'|Last-Translator|Language-Team): .*\\n"\n',
            "",
            merged,
        ).replace('"Language: \\n"', '"Language: zh_Hans\\n"'),
        encoding="utf-8",
    )
    lacking = ("--untranslated", "--only-fuzzy")  # what is guessed is not shown
    missing = [run("msgattrib", sort, "--no-obsolete", "--no-wrap", str(po)) for sort in lacking]
    return re.findall(r'^msgid "(.+)"', "".join(missing), re.M)


def traditional(room: Path) -> None:
    """Write one room's zh-Hant catalogue from its zh-Hans one."""
    convert = opencc.OpenCC("s2twp").convert

    def turned(match: re.Match[str]) -> str:
        words = convert(match[2])
        for wrong, right in CORRECTIONS.items():
            words = words.replace(wrong, right)
        return f'msgstr{match[1] or ""} "{words}"'

    target = room / HANT
    target.parent.mkdir(parents=True, exist_ok=True)
    text = (room / HANS).read_text(encoding="utf-8")
    target.write_text(re.sub(r'msgstr(\[\d\])? "(.*)"', turned, text).replace("zh_Hans", "zh_Hant"), encoding="utf-8")


def main() -> int:
    """Update every room; return 1 when a string has no translation."""
    catalogues = [str(room / HANS) for room in ROOMS if (room / HANS).exists()]
    missing = []
    with tempfile.NamedTemporaryFile("w", suffix=".po", encoding="utf-8") as memory:
        memory.write(run("msgcat", "--use-first", "--no-wrap", *catalogues))
        memory.flush()
        for room in ROOMS:
            missing += [(room.name, words) for words in collect(room, Path(memory.name))]
            if (room / HANS).exists():
                traditional(room)
    for room, words in missing:
        print(f"{room}: {words}")
    for room in ROOMS:
        for po in room.glob("locale/*/LC_MESSAGES/django.po"):
            run("msgfmt", "--check-format", "-o", str(po.with_suffix(".mo")), str(po))
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main())
