"""Sentences with figures in them: a number enters a text only by its key, so that each can be opened to its rows.

A template is plain words with `{key}` for figures. A digit in the words, or a key that nothing defines, is refused:
a number without a source cannot be inserted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, Protocol

from django.utils.translation import gettext as _

from sijin.briefing.domain.figures import Figure, NoSource

DIGIT = re.compile(r"\d")  # any script's digits; 一二三 stay possible as words and as headings


class Source(Protocol):
    """Where figures come from."""

    def __getitem__(self, key: str) -> Figure: ...


@dataclass(frozen=True)
class Segment:
    """A piece of a sentence: words, or a figure."""

    text: str
    figure: Figure | None = None
    need: int | None = None


def compose(template: str, figures: Source, words: Mapping[str, str] | None = None) -> list[Segment]:
    """Return the template's segments; `words` are dates and names that come from rows, put in as they are.

    Raises
    ------
    NoSource
        A digit stands in the template, or a key is neither a figure nor among `words`.
    """
    given: Mapping[str, Any] = words or {}
    found: list[Segment] = []
    for literal, key, _format, _conversion in Formatter().parse(template):
        if DIGIT.search(literal):
            raise NoSource(_("A number without a source cannot be inserted: %(text)s") % {"text": literal})
        if literal:
            found.append(Segment(literal))
        if key is not None:
            found.append(Segment(given[key]) if key in given else _figured(figures[key]))
    return found


def _figured(figure: Figure) -> Segment:
    return Segment(figure.shown, figure)
