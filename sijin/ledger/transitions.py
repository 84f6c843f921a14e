"""The one transition table of a need, as data: from, verb, to, and what must be present.

Who may is in `people/access.yaml`; UI, API and spreadsheet re-import all go through `domain.apply`, which reads this.
"""

from dataclasses import dataclass

from sijin.ledger.models import Need

S = Need.State
OPEN = frozenset({S.FOUND, S.HANDED_OVER, S.RECEIVED, S.IN_PROGRESS, S.ANSWERED, S.VERIFIED, S.CONFIRMED})
WORKING = frozenset({S.HANDED_OVER, S.RECEIVED, S.IN_PROGRESS})


@dataclass(frozen=True)
class Transition:
    """One verb: the states it starts from, the state it leads to (None: stays), the facts it requires."""

    verb: str
    sources: frozenset[str]
    target: str | None
    requires: tuple[str, ...] = ()
    reason: str = ""


TABLE: dict[str, Transition] = {
    t.verb: t
    for t in (
        Transition("classify", frozenset({S.FOUND}), None, ("klass",)),
        Transition("hand_over", frozenset({S.FOUND}), S.HANDED_OVER, ("klass", "lead_unit")),
        Transition("receive", frozenset({S.HANDED_OVER}), S.RECEIVED),
        Transition("send_back", frozenset({S.HANDED_OVER}), S.FOUND, ("note",), "not ours: the office hands over anew"),
        Transition("carry_out", frozenset({S.RECEIVED, S.IN_PROGRESS}), S.IN_PROGRESS, ("measure",)),
        Transition("answer", frozenset({S.IN_PROGRESS}), S.ANSWERED, ("note", "evidence")),
        Transition("verify", frozenset({S.ANSWERED}), S.VERIFIED, ("note",)),
        Transition("refuse", frozenset({S.ANSWERED}), S.IN_PROGRESS, ("note",), "the team saw that it is not done"),
        Transition("ask_confirm", frozenset({S.VERIFIED}), None),
        Transition("confirm", frozenset({S.VERIFIED}), S.CONFIRMED, ("verdict",)),
        Transition("redo", frozenset({S.CONFIRMED}), S.IN_PROGRESS, ("note",), "forced when dissatisfied"),
        Transition("close", frozenset({S.CONFIRMED}), S.CLOSED),
        Transition("explain", OPEN - {S.FOUND}, S.UNSOLVABLE, ("note",), "an honest end that never counts as solved"),
        Transition("take_in", OPEN - {S.FOUND}, None, ("item", "quantity"), "something that was asked for arrived"),
        Transition("pause", WORKING, None, ("note",)),
        Transition("resume", WORKING, None, ("note",)),
        Transition("extend", WORKING, None, ("note", "workdays")),
        Transition("park", frozenset({S.FOUND}) | WORKING, S.PARKED, ("note", "review_on"), "class 4 only"),
        Transition("unpark", frozenset({S.PARKED}), S.FOUND, ("note",)),
        Transition("supervise", OPEN, None, ("note",), "overdue, or dissatisfied twice"),
        Transition("look_back", frozenset({S.CLOSED}), None, ("note",)),
    )
}


def verbs_from(state: str) -> list[str]:
    """Return the verbs that may start from `state`, the next regular one first."""
    return [t.verb for t in TABLE.values() if state in t.sources]
