"""How well an offer fits what is wanted: a pure function over plain values.

Hard conditions come first: same kind, a unit that converts, something free, within reach, not over, never with oneself,
and the complement rule: who has the channel and lacks the capacity is paired only with who has the capacity and lacks
the channel. What passes is ranked by likeness of the item's name, share covered, distance and window; when an export
certificate is wanted, who lacks it ranks below everyone who has it.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache

from sijin.exchange.domain.kinds import factor, table
from sijin.ledger.script import simplified
from sijin.places.distance import kilometres

UNKNOWN = 0.5  # the share of a criterion about which nothing is known


@dataclass(frozen=True)
class Want:
    """What is wanted: a kind and words, perhaps a unit and how much is missing, where and until when."""

    kind: str
    text: str
    unit: str | None = None
    missing: Decimal | None = None
    point: tuple[float, float] | None = None  # latitude, longitude in degrees
    due: date | None = None
    site: int | None = None
    traits: tuple[bool | None, bool | None] = (None, None)  # has capacity, has channel
    certificate: bool = False


@dataclass(frozen=True)
class Have:
    """What is there: a kind and words, how much is free, from where and when, under which conditions."""

    kind: str
    text: str
    unit: str
    free: Decimal
    tags: tuple[str, ...] = ()
    point: tuple[float, float] | None = None
    reach_km: int | None = None
    since: date | None = None
    until: date | None = None
    site: int | None = None
    traits: tuple[bool | None, bool | None] = (None, None)
    certificate: bool | None = None


@dataclass(frozen=True)
class Fit:
    """The judgement on one pair. `quantity` is what can be reserved, in the unit of the want (or of the offer)."""

    score: float
    grade: int  # 0: certificate held or not wanted, 1: not known, 2: lacking
    quantity: Decimal
    covers: float | None  # share of what is missing, 0..1
    kilometres: float | None
    same: tuple[str, ...] = field(default=())  # tags that the want names
    likeness: float = 0.0

    @property
    def order(self) -> tuple[int, float]:
        """Sort key, best first."""
        return (self.grade, -self.score)


def judge(want: Want, have: Have, today: date) -> Fit | None:
    """Return how `have` fits `want` on `today`, or None when it cannot be paired at all."""
    weights = table()["ranking"]
    if want.kind != have.kind or have.free <= 0 or (want.site is not None and want.site == have.site):
        return None
    if (have.until and have.until < today) or not complementary(want.traits, have.traits):
        return None
    rate = factor(have.unit, want.unit) if want.unit else Decimal(1)
    if rate is None or (want.missing is not None and want.missing <= 0):
        return None
    far = kilometres(*want.point, *have.point) if want.point and have.point else None
    if far is not None and have.reach_km is not None and far > have.reach_km:
        return None
    like, same = likeness(want.text, have.text, have.tags)
    if like < weights["least_text"]:
        return None
    free = have.free * rate
    covers = None if want.missing is None else min(1.0, float(free / want.missing))
    score = (
        weights["text"] * like
        + weights["cover"] * (UNKNOWN if covers is None else covers)
        + weights["distance"] * (UNKNOWN if far is None else weights["near_km"] / (weights["near_km"] + far))
        + weights["window"] * (0.0 if want.due and have.since and have.since > want.due else 1.0)
    )
    grade = {True: 0, None: 1, False: 2}[have.certificate] if want.certificate else 0
    quantity = free if want.missing is None else min(free, want.missing)
    return Fit(round(score, 4), grade, _down(quantity), covers, far, same, like)


def complementary(want: tuple[bool | None, bool | None], have: tuple[bool | None, bool | None]) -> bool:
    """Say whether each has what the other lacks; of a want that says nothing of itself, nothing is asked."""
    if want == (None, None):
        return True
    return all(mine is None or (theirs is not None and theirs != mine) for mine, theirs in zip(want, have, strict=True))


@lru_cache(maxsize=200_000)
def likeness(text: str, item: str, tags: tuple[str, ...]) -> tuple[float, tuple[str, ...]]:
    """Return (likeness 0..1, tags that `text` names): 1 when a tag or the item is named, else the best Jaccard index.

    The index is taken over character bigrams of `text` and of the item or a tag (P. Jaccard, 1912).
    """
    wanted = plain(text)
    same = tuple(tag for tag in tags if plain(tag) in wanted)
    offered = plain(item)
    if same or offered in wanted or wanted in offered:
        return 1.0, same
    first = bigrams(wanted)
    others = [bigrams(offered), *(bigrams(plain(tag)) for tag in tags)]
    return max(len(first & other) / len(first | other) for other in others), same


@lru_cache(maxsize=50_000)
def plain(text: str) -> str:
    """Return `text` in Simplified script, lower case, one word standing for all its synonyms."""
    words = simplified(text).lower()
    for group in table()["synonyms"]:
        for other in group[1:]:
            if other in words and group[0] not in words:
                words = words.replace(other, group[0])
    return words


@lru_cache(maxsize=50_000)
def bigrams(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring characters of `text` (the text itself when it is shorter)."""
    return frozenset(text[n : n + 2] for n in range(max(1, len(text) - 1)))


@lru_cache(maxsize=50_000)
def wants_certificate(text: str) -> bool:
    """Say whether `text` speaks of export."""
    words = simplified(text)
    return any(word in words for word in table()["certificate_words"])


def _down(quantity: Decimal) -> Decimal:
    """Round down to hundredths: more than there is must never be proposed."""
    return quantity.quantize(Decimal("0.01"), rounding="ROUND_DOWN")
