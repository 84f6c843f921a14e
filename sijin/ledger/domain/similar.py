"""Similar needs that were closed: likeness of titles by pairs of characters, over what the reader may see.

Plain Python over at most a few hundred titles of the same door or category; no index, one query.
"""

from collections import Counter
from dataclasses import dataclass
from math import sqrt

from django.db.models import OuterRef, Q, Subquery

from sijin.ledger.models import Measure, Need
from sijin.ledger.script import simplified
from sijin.people.models import Account
from sijin.people.policy import visible

COMPARED = 400  # the latest closed ones
SHOWN = 3
LEAST = 0.3  # below this likeness two short titles share words by chance


@dataclass(frozen=True)
class Similar:
    """A closed need, how it was solved, and how like it is (0 to 1)."""

    pk: int
    title: str
    measure: str
    likeness: float
    count: int


def pairs(text: str) -> Counter[str]:
    """Return the pairs of neighbouring characters of `text`, in Simplified script, without spaces and marks."""
    letters = "".join(letter for letter in simplified(text).lower() if letter.isalnum())
    return Counter(letters[at : at + 2] for at in range(len(letters) - 1)) or Counter(letters)


def likeness(a: Counter[str], b: Counter[str]) -> float:
    """Return the cosine between two counts of pairs, 0 to 1."""
    shared = sum(count * b[pair] for pair, count in a.items())
    size = sqrt(sum(n * n for n in a.values()) * sum(n * n for n in b.values()))
    return shared / size if size else 0.0


def similar(account: Account, need: Need) -> list[Similar]:
    """Return the closed needs most like `need` that `account` sees; one line a title (one query)."""
    same = Q(door=need.door) | (Q(category=need.category) if need.category else Q())
    measure = Measure.objects.filter(need=OuterRef("pk")).order_by("pk").values("text")[:1]
    rows = (
        visible(account, Need)
        .filter(same, campaign=need.campaign_id, state=Need.State.CLOSED)
        .exclude(pk=need.pk)
        .order_by("-closed_at")
        .values_list("pk", "title", "category", Subquery(measure))[:COMPARED]
    )
    wanted = pairs(need.title)
    by_title: dict[str, list[tuple[int, str, str]]] = {}
    for pk, title, category, done in rows:
        by_title.setdefault(title, []).append((pk, category, done or ""))
    found = []
    for title, alike in by_title.items():
        pk, category, done = alike[0]
        kin = 0.1 if need.category and category == need.category else 0.0
        score = min(1.0, likeness(wanted, pairs(title)) + kin)
        if score >= LEAST:
            found.append(Similar(pk, title, done, score, len(alike)))
    return sorted(found, key=lambda one: -one.likeness)[:SHOWN]
