"""Which models may be used, by the SHA-256 of their files: data, so that another can be pinned without code."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIELDS = {
    "package": "the package that carries it",
    "version": "the version that was looked at, in quotes",
    "source": "where the weights come from",
    "licence": "of the package and of the weights",
    "prefix": "query or passage",
    "dimension": "a whole number",
    "spread": "two cosines, the smaller one first",
    "files": "the SHA-256 of each file of weights",
}
SHA256 = 64  # digits


class Refused(ValueError):
    """A model is there but must not be used; the message says which file and why."""


@dataclass(frozen=True)
class Pin:
    """One model that may be used: the package that carries it, its files by SHA-256; `spread` see `Embedding`."""

    name: str
    package: str
    version: str
    source: str
    licence: str
    prefix: str
    dimension: int
    spread: tuple[float, float]
    files: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Return a name of the weights."""
        told = "".join(f"{name}{digest}" for name, digest in sorted(self.files.items()))
        return hashlib.sha256(f"{told}{self.prefix}".encode()).hexdigest()[:16]


def read(table: Mapping[str, Any]) -> list[Pin]:
    """Return the pins of a table {name: fields}, in its order.

    Raises
    ------
    Refused
        A field is missing or is not what it should be.
    """
    return [_pin(name, given) for name, given in table.items()]


def _pin(name: str, given: Mapping[str, Any]) -> Pin:
    for field, expected in FIELDS.items():
        if not given.get(field):
            raise Refused(f"{name}, {field}: nothing — expected {expected}")
    for file, digest in given["files"].items():
        if len(str(digest)) != SHA256:
            raise Refused(f"{name}, files, {file}: {digest} — expected {SHA256} hexadecimal digits")
    low, high = given["spread"]
    if not low < high:
        raise Refused(f"{name}, spread: {low}, {high} — expected {FIELDS['spread']}")
    return Pin(
        name=name,
        spread=(float(low), float(high)),
        files={str(file): str(digest) for file, digest in given["files"].items()},
        **{field: given[field] for field in FIELDS if field not in ("spread", "files")},
    )


def check(pin: Pin, folder: Path) -> None:
    """Compare the files in `folder` with the pinned hashes; 70 MB take a quarter of a second.

    Raises
    ------
    Refused
        A file is missing or is another one.
    """
    for name, expected in pin.files.items():
        path = folder / name
        if not path.is_file():
            raise Refused(f"{pin.name}: {path} is missing — expected the file of {pin.package} {pin.version}")
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != expected:
            raise Refused(f"{pin.name}: {path} has SHA-256 {found} — expected {expected}; it is not used")
