"""Makes the zh-Hant catalogue from the zh-Hans one by OpenCC, corrected by `sijin/web/locale/zh_Hant.yaml`."""

import re
from pathlib import Path

import opencc
import yaml

LOCALE = Path(__file__).resolve().parents[1] / "sijin" / "web" / "locale"
corrections = yaml.safe_load((LOCALE / "zh_Hant.yaml").read_text(encoding="utf-8")) or {}
convert = opencc.OpenCC("s2twp").convert
text = (LOCALE / "zh_Hans/LC_MESSAGES/django.po").read_text(encoding="utf-8")


def traditional(match: re.Match[str]) -> str:
    """Return the catalogue's string in Traditional script."""
    words = convert(match[1])
    for wrong, right in corrections.items():
        words = words.replace(wrong, right)
    return f'msgstr "{words}"'


target = LOCALE / "zh_Hant/LC_MESSAGES/django.po"
target.parent.mkdir(parents=True, exist_ok=True)
target.write_text(re.sub(r'msgstr "(.*)"', traditional, text).replace("zh_Hans", "zh_Hant"), encoding="utf-8")
