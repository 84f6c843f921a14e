"""The catalogues are complete, and a page speaks the reader's language."""

import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.web.test_access import signed_in


@pytest.mark.parametrize("language", ["zh_Hans", "zh_Hant"])
def test_no_string_is_left_untranslated(language: str) -> None:
    catalogues = list(Path(settings.ROOT, "sijin").glob(f"*/locale/{language}/LC_MESSAGES/django.po"))
    texts = [path.read_text(encoding="utf-8") for path in catalogues]
    entries = [entry for text in texts for entry in text.split("\n\n")]
    assert len(entries) > 150
    assert [entry for entry in entries if "#, fuzzy" in entry or re.search(r'msgstr ""\s*$', entry)] == []


@pytest.mark.parametrize("language", ["zh_Hans", "zh_Hant"])
def test_every_compiled_catalogue_counts_as_chinese_does(language: str) -> None:
    compiled = list(Path(settings.ROOT, "sijin").glob(f"*/locale/{language}/LC_MESSAGES/django.mo"))
    assert len(compiled) == len(list(Path(settings.ROOT, "sijin").glob(f"*/locale/{language}/LC_MESSAGES/django.po")))
    for path in compiled:
        with path.open("rb") as file:
            assert gettext.GNUTranslations(file).plural(2) == 0, f"{path}: one form for every number"


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", "从发现到销号"), ("zh-hant", "從發現到銷號"), ("en", "From found to closed")]
)
def test_the_overview_speaks_the_readers_language(world, language: str, words: str) -> None:
    client = signed_in(world.accounts["leader"])
    client.cookies["django_language"] = language
    assert words in client.get("/").content.decode()
