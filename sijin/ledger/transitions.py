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
ENDED = frozenset({S.CLOSED, S.UNSOLVABLE})


@dataclass(frozen=True)
class Transition:
    """One verb: its word, the states it starts from, the state it leads to (None: stays), the facts it takes."""

    verb: str
    label: Any
    sources: frozenset[str]
    target: str | None
    requires: tuple[str, ...] = ()
    reason: str | Any = ""
    takes: tuple[str, ...] = ()
    """Facts that may be given besides the required ones."""


def _regular() -> tuple[Transition, ...]:
    """Return the way from found to closed."""
    return (
        Transition("classify", _("Classify"), frozenset({S.FOUND}) | WORKING, None, ("klass",), takes=("note",)),
        Transition(
            "hand_over",
            _("Hand over"),
            frozenset({S.FOUND}),
            S.HANDED_OVER,
            ("klass", "lead_unit"),
            takes=("co_units", "note"),
        ),
        Transition("receive", _("Receive"), frozenset({S.HANDED_OVER}), S.RECEIVED, takes=("note",)),
        Transition(
            "carry_out",
            _("Carry out"),
            frozenset({S.RECEIVED, S.IN_PROGRESS}),
            S.IN_PROGRESS,
            ("measure",),
            takes=("aspect", "measure_due", "note"),
        ),
        Transition("answer", _("Answer"), frozenset({S.IN_PROGRESS}), S.ANSWERED, ("note", "evidence")),
        Transition(
            "verify",
            _("Verify on site"),
            frozenset({S.ANSWERED}),
            S.VERIFIED,
            ("note",),
            _("By other hands than the handler's."),
            takes=("evidence",),
        ),
        Transition(
            "ask_confirm",
            _("Ask for confirmation"),
            frozenset({S.VERIFIED}),
            None,
            reason=_("Makes a one-time link for the served party; an older link stops working."),
        ),
        Transition("confirm", _("Confirm"), frozenset({S.VERIFIED}), S.CONFIRMED, ("verdict",), takes=("note",)),
        Transition("close", _("Close"), frozenset({S.CONFIRMED}), S.CLOSED, takes=("note",)),
    )


def _units() -> tuple[Transition, ...]:
    """Return the verbs that move a need along the chain of units."""
    return (
        Transition(
            "send_back",
            _("Send back"),
            frozenset({S.HANDED_OVER, S.RECEIVED}),
            S.FOUND,
            ("note",),
            _("Not ours: the office hands over anew."),
        ),
        Transition(
            "hand_on",
            _("Hand on"),
            frozenset({S.RECEIVED, S.IN_PROGRESS}),
            S.HANDED_OVER,
            ("lead_unit", "note"),
            _("To a unit above or below; the deadline runs on."),
        ),
        Transition(
            "hand_back",
            _("Hand back"),
            frozenset({S.HANDED_OVER, S.RECEIVED}),
            S.RECEIVED,
            ("note",),
            _("To the unit that handed it on."),
        ),
        Transition(
            "co_answer",
            _("Answer as co-handler"),
            WORKING,
            None,
            ("note",),
            _("To the lead unit, for its answer to the served party."),
            takes=("evidence",),
        ),
        Transition(
            "escalate",
            _("Escalate to the province"),
            WORKING,
            None,
            ("note",),
            _("Class 3: a package goes to the team's home department."),
            takes=("to_unit",),
        ),
    )


def _side() -> tuple[Transition, ...]:
    """Return the verbs beside the way."""
    return (
        Transition("contact", _("Record first contact"), WORKING, None, ("note",)),
        Transition("progress", _("Report progress"), frozenset({S.IN_PROGRESS}), None, ("note",), takes=("evidence",)),
        Transition(
            "note_result",
            _("Enter a measure's result"),
            frozenset({S.IN_PROGRESS, S.ANSWERED}),
            None,
            ("done_measure", "result"),
        ),
        Transition("add_evidence", _("Add evidence"), OPEN, None, ("evidence",), takes=("note",)),
        Transition(
            "refuse",
            _("Not done yet"),
            frozenset({S.ANSWERED}),
            S.IN_PROGRESS,
            ("note",),
            _("The team saw that it is not done."),
        ),
        Transition(
            "redo",
            _("Do again"),
            frozenset({S.CONFIRMED}),
            S.IN_PROGRESS,
            ("note",),
            _("Forced when the served party is dissatisfied."),
        ),
        Transition(
            "explain",
            _("Not solvable, explain"),
            OPEN - {S.FOUND},
            S.UNSOLVABLE,
            ("note", "told"),
            _("An honest end that never counts as solved."),
        ),
        Transition(
            "take_in",
            _("Take in"),
            OPEN - {S.FOUND},
            None,
            ("item", "quantity"),
            _("Something that was asked for arrived."),
        ),
        Transition(
            "match",
            _("Match"),
            frozenset(S.values),
            None,
            (),
            "a step of the exchange; an ended need gives its promises back, so it stands in every state",
        ),
        Transition(
            "advise",
            _("Advise"),
            frozenset(S.values),
            None,
            (),
            "a step of an advice card, which is followed up after the need has ended",
        ),
        Transition(
            "sample",
            _("Soil sample"),
            frozenset(S.values),
            None,
            (),
            "a step of a soil sample, whose result may come after the need has ended",
        ),
        Transition("pause", _("Pause the clock"), WORKING, None, ("note",)),
        Transition("resume", _("Resume the clock"), WORKING, None, ("note",)),
        Transition("ask_extension", _("Ask for more time"), WORKING, None, ("note", "workdays")),
        Transition(
            "extend",
            _("Grant more time"),
            WORKING,
            None,
            ("note", "told"),
            _("Only what was asked for in time; the served party is told why."),
            takes=("workdays",),
        ),
        Transition("refuse_extension", _("Refuse more time"), WORKING, None, ("note",)),
        Transition(
            "park",
            _("Park"),
            frozenset({S.FOUND}) | WORKING,
            S.PARKED,
            ("note", "review_on"),
            _("Class 4 only; it comes back on its review date."),
        ),
        Transition("unpark", _("Take up again"), frozenset({S.PARKED}), S.FOUND, ("note",)),
        Transition("supervise", _("Supervise"), OPEN, None, ("note",), _("Overdue, or twice dissatisfied.")),
        Transition("look_back", _("Look back: still solved"), frozenset({S.CLOSED}), None, ("note",)),
        Transition(
            "recur",
            _("Look back: it came back"),
            frozenset({S.CLOSED}),
            S.IN_PROGRESS,
            ("note",),
            _("Opens it again, to be done again."),
        ),
    )


TABLE: dict[str, Transition] = {t.verb: t for t in (*_regular(), *_units(), *_side())}
CLOCK = frozenset({"classify", "pause", "resume", "ask_extension", "extend", "refuse_extension"})  # folded on the page

RAISED = _("Raise")
FACTS: dict[str, Any] = {
    "klass": _("Class"),
    "lead_unit": _("Lead unit"),
    "co_units": _("Co-handlers"),
    "to_unit": _("Provincial department"),
    "aspect": _("Aspect"),
    "measure": _("Measure"),
    "measure_due": _("Done by"),
    "done_measure": _("Measure"),
    "result": _("Result"),
    "verdict": _("Verdict"),
    "review_on": _("Review on"),
    "workdays": _("Working days"),
    "told": _("How the served party was told why"),
    "item": _("Item"),
    "quantity": _("Quantity"),
    "evidence": _("Evidence"),
    "note": _("An explanation"),
}


def word(verb: str) -> Any:
    """Return the verb's word in the reader's language; `raise` begins every chain and is in no table."""
    return TABLE[verb].label if verb in TABLE else RAISED if verb == "raise" else verb


def fact_word(name: str) -> Any:
    """Return the word of a fact that a verb takes."""
    return FACTS.get(name, name)


def verbs_from(state: str) -> list[str]:
    """Return the verbs that may start from `state`, the next regular one first."""
    return [t.verb for t in TABLE.values() if state in t.sources]
