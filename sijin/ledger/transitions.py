"""The one transition table of a need, as data: from, verb, to, and what must be present.

Who may is in `people/access.yaml`; UI, API and spreadsheet re-import all go through `domain.apply`, which reads this.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from sijin.ledger.models import Need

S = Need.State
OPEN = frozenset({S.FOUND, S.HANDED_OVER, S.RECEIVED, S.IN_PROGRESS, S.ANSWERED, S.VERIFIED, S.CONFIRMED})
WORKING = frozenset({S.HANDED_OVER, S.RECEIVED, S.IN_PROGRESS})


@dataclass(frozen=True)
class Transition:
    """One verb: its word, the states it starts from, the state it leads to (None: stays), the facts it requires."""

    verb: str
    label: Any
    sources: frozenset[str]
    target: str | None
    requires: tuple[str, ...] = ()
    reason: str = ""


TABLE: dict[str, Transition] = {
    t.verb: t
    for t in (
        Transition("classify", _("Classify"), frozenset({S.FOUND}), None, ("klass",)),
        Transition("hand_over", _("Hand over"), frozenset({S.FOUND}), S.HANDED_OVER, ("klass", "lead_unit")),
        Transition("receive", _("Receive"), frozenset({S.HANDED_OVER}), S.RECEIVED),
        Transition(
            "send_back",
            _("Send back"),
            frozenset({S.HANDED_OVER}),
            S.FOUND,
            ("note",),
            "not ours: the office hands over anew",
        ),
        Transition("carry_out", _("Carry out"), frozenset({S.RECEIVED, S.IN_PROGRESS}), S.IN_PROGRESS, ("measure",)),
        Transition("answer", _("Answer"), frozenset({S.IN_PROGRESS}), S.ANSWERED, ("note", "evidence")),
        Transition("verify", _("Verify on site"), frozenset({S.ANSWERED}), S.VERIFIED, ("note",)),
        Transition(
            "refuse",
            _("Not done yet"),
            frozenset({S.ANSWERED}),
            S.IN_PROGRESS,
            ("note",),
            "the team saw that it is not done",
        ),
        Transition("ask_confirm", _("Ask for confirmation"), frozenset({S.VERIFIED}), None),
        Transition("confirm", _("Confirm"), frozenset({S.VERIFIED}), S.CONFIRMED, ("verdict",)),
        Transition(
            "redo", _("Do again"), frozenset({S.CONFIRMED}), S.IN_PROGRESS, ("note",), "forced when dissatisfied"
        ),
        Transition("close", _("Close"), frozenset({S.CONFIRMED}), S.CLOSED),
        Transition(
            "explain",
            _("Not solvable, explain"),
            OPEN - {S.FOUND},
            S.UNSOLVABLE,
            ("note",),
            "an honest end that never counts as solved",
        ),
        Transition(
            "take_in",
            _("Take in"),
            OPEN - {S.FOUND},
            None,
            ("item", "quantity"),
            "something that was asked for arrived",
        ),
        Transition("pause", _("Pause the clock"), WORKING, None, ("note",)),
        Transition("resume", _("Resume the clock"), WORKING, None, ("note",)),
        Transition("extend", _("Extend"), WORKING, None, ("note", "workdays")),
        Transition("park", _("Park"), frozenset({S.FOUND}) | WORKING, S.PARKED, ("note", "review_on"), "class 4 only"),
        Transition("unpark", _("Take up again"), frozenset({S.PARKED}), S.FOUND, ("note",)),
        Transition("supervise", _("Supervise"), OPEN, None, ("note",), "overdue, or dissatisfied twice"),
        Transition("look_back", _("Look back"), frozenset({S.CLOSED}), None, ("note",)),
    )
}

RAISED = _("Raise")


def word(verb: str) -> Any:
    """Return the verb's word in the reader's language; `raise` begins every chain and is in no table."""
    return TABLE[verb].label if verb in TABLE else RAISED if verb == "raise" else verb


def verbs_from(state: str) -> list[str]:
    """Return the verbs that may start from `state`, the next regular one first."""
    return [t.verb for t in TABLE.values() if state in t.sources]
