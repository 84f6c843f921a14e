"""What is asked of the finder and what it answers: needs, offers, hits with reasons as data, verdicts on a pair."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from sijin.engines.complements.rules import Rules

Traits = tuple[bool | None, bool | None]  # has capacity, has a channel to sell
UNSAID: Traits = (None, None)
PLACE = "latitude and longitude in degrees, both or neither"


@dataclass(frozen=True)
class Need:
    """What is wanted: words, perhaps kinds, a unit and how much is missing, where and until when.

    Days are ordinals (`date.toordinal`), `point` is latitude and longitude in degrees, `refused` keys of offers that
    were turned down for it. An `exact` need names a thing: what merely goes with it does not do. Without kinds every
    kind is looked through.
    """

    text: str
    kinds: tuple[str, ...] = ()
    unit: str | None = None
    missing: float | None = None
    today: int = 0
    due: int | None = None
    point: tuple[float, float] | None = None
    site: Hashable = None
    certificate: bool = False
    traits: Traits = UNSAID
    refused: frozenset[Hashable] = frozenset()
    exact: bool = False


@dataclass(frozen=True)
class Offer:
    """What is there: a kind and names (item, tags), how much is free, from where and when; `more` is further text.

    `provider` names whose history counts; `reach_km` empty means no limit. Without a kind no filter of a kind applies.
    """

    key: Hashable
    kind: str
    names: tuple[str, ...]
    unit: str = ""
    free: float = 1.0
    since: int | None = None
    until: int | None = None
    point: tuple[float, float] | None = None
    reach_km: float | None = None
    site: Hashable = None
    certificate: bool | None = None
    traits: Traits = UNSAID
    provider: str = ""
    more: str = ""


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for a pair or against it: a code and its value (words, km, a share, a day)."""

    code: str
    value: object = None


@dataclass(frozen=True)
class Hit:
    """One offer for a need, with what the rank comes from.

    `grade` 0: certificate held or not wanted, 1: not known, 2: lacking; a lower grade goes before any score. `likeness`
    is that of the words (0 to 1), `covers` the share of what is missing, `trust` see `history`.
    """

    key: Hashable
    score: float
    grade: int
    likeness: float
    km: float | None
    covers: float | None
    trust: float
    fits: tuple[Reason, ...] = field(default=())
    lacks: tuple[Reason, ...] = field(default=())


@dataclass(frozen=True)
class Check:
    """One hard condition on a pair: its name, whether it holds, what was wanted and what was found."""

    name: str
    holds: bool
    wanted: object = None
    found: object = None


@dataclass(frozen=True)
class Verdict:
    """Why a pair is shown or not: every condition; where all hold, its place among all that fit, best first from 1."""

    checks: tuple[Check, ...]
    hit: Hit | None = None
    place: int | None = None
    among: int = 0

    @property
    def failed(self) -> tuple[Check, ...]:
        """Return the conditions that do not hold."""
        return tuple(check for check in self.checks if not check.holds)


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an offer: its row (from 0), the field, what stands there, what was expected."""

    row: int
    field: str
    value: str
    expected: str


def validate(offers: Sequence[Offer], rules: Rules) -> list[Fault]:
    """Return what is wrong with `offers`; rows without a fault can be used."""
    faults = []
    for row, offer in enumerate(offers):
        if offer.kind and offer.kind not in rules.kinds:
            faults.append(Fault(row, "kind", offer.kind, f"one of {', '.join(rules.order)}"))
        if not any(name.strip() for name in offer.names):
            faults.append(Fault(row, "names", "", "what is offered"))
        if not (math.isfinite(offer.free) and offer.free > 0):
            faults.append(Fault(row, "free", f"{offer.free:g}", "a quantity above zero"))
        if offer.since is not None and offer.until is not None and offer.until < offer.since:
            faults.append(Fault(row, "until", str(offer.until), f"a day not before {offer.since}"))
        if offer.point is not None and not all(map(_sound, offer.point, (90.0, 180.0))):
            faults.append(Fault(row, "point", str(offer.point), PLACE))
    return faults


def _sound(degrees: float, most: float) -> bool:
    return math.isfinite(degrees) and abs(degrees) <= most
