"""Which category a need's text suggests, and what people's corrections teach.

The shipped examples and the stored corrections together make the model; it is trained anew when a correction comes or
goes (a third of a second) and kept in the process until then.
"""

import hashlib
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from sijin.engines.triage import Example, Model, Route, plain, route, train
from sijin.ledger import semantic
from sijin.ledger.categories import category_code, category_name, lead_name
from sijin.ledger.examples import of_ledger
from sijin.ledger.models import Need, TriageExample
from sijin.people.models import Account
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken

LEARNED = 2_000  # of the latest corrections: more would outweigh the shipped examples
KEPT = 1_000  # characters of a corrected text


@dataclass(frozen=True)
class Suggestion:
    """A category that a text suggests, the department that leads it, and the pieces of the text that spoke for it."""

    code: str
    name: str
    lead: str
    because: tuple[str, ...]


def model() -> Model:
    """Return the model of the ledger's categories with all corrections (one query)."""
    corrections = corrected()
    return train(of_ledger(), corrections=corrections, embedding=semantic.knowing(of_ledger(), corrections))


def corrected() -> list[Example]:
    """Return the corrections that are learned from, newest first (one query)."""
    rows = TriageExample.objects.order_by("-at", "-pk").values_list("text", "category")[:LEARNED]
    return [Example(text, category) for text, category in rows]


def routed(text: str) -> Route:
    """Return what `text` is about, as the engine sees it."""
    return route([text], model())[0]


def suggest(by: Account, text: str, door: str = "") -> tuple[list[Suggestion], bool]:
    """Return three categories for `text`, best first, and whether the first is too close to the second to be relied on.

    Nothing is suggested for a text that says nothing.
    """
    require(by, "raise", Need)
    found = routed(text)
    made = [
        Suggestion(choice.category, category_name(choice.category), lead_name(choice.category, door), choice.because)
        for choice in found.choices
    ]
    return made, found.abstains


def words() -> dict[str, str]:
    """Return what the script that shows suggestions under a text says."""
    return {
        "suggested": _("Suggested"),
        "unsure": _("Not sure; is it one of these?"),
        "because": _("because of"),
    }


@transaction.atomic
def teach(by: Account, text: str, category: str) -> TriageExample | None:
    """Keep `category` as the right one for `text` where it is not what would be suggested first.

    The same text taught again takes the newer category, so that a sending that is repeated changes nothing.

    Raises
    ------
    NotAllowed
        `by` may not teach.
    RuleBroken
        There is no such category.
    """
    require(by, "teach", TriageExample)
    if category_code(category) != category:
        raise RuleBroken(_("There is no such category."), field="category")
    text = text.strip()[:KEPT]
    compared = plain(text)
    if not compared or (first := routed(text).first) == category:
        return None
    kept, _made = TriageExample.objects.update_or_create(
        digest=hashlib.sha256(compared.encode()).hexdigest(),
        defaults={"text": text, "category": category, "suggested": first, "by": by},
    )
    return kept


def corrections(by: Account) -> QuerySet[TriageExample]:
    """Return the corrections that `by` sees, newest first."""
    return visible(by, TriageExample).select_related("by")


def withdraw(by: Account, correction: TriageExample) -> None:
    """Forget a correction: it was a mistake."""
    require(by, "withdraw", correction)
    correction.delete()
