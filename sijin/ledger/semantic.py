"""The embedding of this installation: where the extra is installed and its weights are the pinned ones.

`SIJIN_SEMANTIC` turns it off; its vectors are kept in the data folder. Nobody waits for it: until the shipped examples
have their vectors (`sijin semantic prepare`, a minute or two), pages do without.
"""

import logging
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import yaml
from django.conf import settings

from sijin.engines.embedding import Kept, Pin, Refused, load, read
from sijin.engines.triage import Example

PINS = Path(__file__).with_name("semantic.yaml")
VECTORS = "vectors.sqlite3"
log = logging.getLogger(__name__)
Progress = Callable[[int, int], None]


@cache
def pins() -> tuple[Pin, ...]:
    """Return the models that may be used."""
    with PINS.open(encoding="utf-8") as file:
        return tuple(read(yaml.safe_load(file)))


def installed(pin: Pin) -> str:
    """Return the installed version of a model's package; empty where it is not installed."""
    try:
        return version(pin.package)
    except PackageNotFoundError:
        return ""


@cache
def embedding() -> Kept | None:
    """Return the installed embedding, whether or not it is turned off; None where there is none.

    Raises
    ------
    Refused
        What is installed is not what is pinned.
    """
    found = load(pins())
    return Kept(found, settings.DATA / VECTORS) if found else None


def current() -> Kept | None:
    """Return the embedding that pages use: None where there is none, where it is turned off or refused."""
    return _sound() if settings.SEMANTIC else None


@cache
def _sound() -> Kept | None:
    """Return the embedding; one that is refused is told once in the log and done without."""
    try:
        return embedding()
    except Refused as error:
        log.error("The semantic mode is off. %s", error)
        return None


_ready: set[int] = set()


def knowing(examples: Sequence[Example], corrections: Sequence[Example] = ()) -> Kept | None:
    """Return the embedding for a classifier that learns from these, if it has their vectors; else None.

    A few new corrections are taken in at once.
    """
    if not (found := current()):
        return None
    key = hash((found.digest, *examples))
    if key not in _ready:
        if found.missing([one.text for one in examples]):
            return None
        _ready.add(key)
    return found if found.known([one.text for one in corrections]).any(axis=1).all() else None
