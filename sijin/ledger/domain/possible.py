"""Which verbs are possible on one need for one account now, and in words why the others are not.

This is for showing; `transition.apply` decides. It works on rows that the page has read, and asks the policy once a
scope.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from sijin.ledger.domain import clock
from sijin.ledger.models import HandOver, Measure, Need, NeedItem
from sijin.ledger.transitions import TABLE
from sijin.people.models import Account, Role
from sijin.people.policy import access, may, scope_of

NEED = "ledger.Need"
NEXT: dict[str, tuple[str, ...]] = {  # the regular next verbs of a state, whoever may
    Need.State.FOUND: ("hand_over",),
    Need.State.HANDED_OVER: ("receive",),
    Need.State.RECEIVED: ("carry_out",),
    Need.State.IN_PROGRESS: ("answer",),
    Need.State.ANSWERED: ("verify",),
    Need.State.VERIFIED: ("ask_confirm", "confirm"),
    Need.State.CONFIRMED: ("close",),
    Need.State.PARKED: ("unpark",),
    Need.State.CLOSED: ("look_back",),
}


@dataclass(frozen=True)
class Situation:
    """A need with the rows that decide what can be done with it."""

    need: Need
    account: Account
    today: date
    hand_overs: Sequence[HandOver] = ()
    measures: Sequence[Measure] = ()
    items: Sequence[NeedItem] = ()

    @property
    def lead(self) -> HandOver | None:
        """Return the hand-over by which the lead unit has the need."""
        present = [given for given in self.hand_overs if given.leads and given.sent_back_at is None]
        return present[-1] if present else None


def permitted(account: Account, need: Need) -> frozenset[str]:
    """Return the verbs that the policy gives `account` on `need`, whatever its state (at most one query a scope)."""
    answers: dict[tuple[str, ...], bool] = {(): False}
    found = set()
    for verb in TABLE:
        scopes = tuple(scope_of(account, verb, NEED))
        if scopes not in answers:
            answers[scopes] = may(account, verb, need)
        if answers[scopes]:
            found.add(verb)
    return frozenset(found)


def obstacle(verb: str, here: Situation) -> str:
    """Return why `verb`, which the policy gives and the state allows, is not possible now; empty when it is."""
    check = CHECKS.get(verb)
    return check(here) if check else ""


def possible(here: Situation) -> list[str]:
    """Return the verbs that the account may do now, in the order of the table (at most one query a scope)."""
    allowed = permitted(here.account, here.need)
    return [
        verb
        for verb, transition in TABLE.items()
        if verb in allowed and here.need.state in transition.sources and not obstacle(verb, here)
    ]


def next_of(here: Situation, verbs: Sequence[str]) -> str:
    """Return which of `verbs` is the next regular one; empty when the turn is another's."""
    wanted = NEXT.get(here.need.state, ())
    if here.need.state == Need.State.CONFIRMED and here.need.verdict == "dissatisfied":
        wanted = ("redo",)
    if here.need.paused and here.need.state == Need.State.IN_PROGRESS:
        wanted = ("resume",)
    if "refuse_extension" in verbs:  # a request that waits for the office comes first
        wanted = ("extend",)
    if any(_asked_of(here, given) for given in here.hand_overs) and "answer" not in verbs:
        wanted = (*wanted, "co_answer")
    return next((verb for verb in wanted if verb in verbs), "")


def reasons(here: Situation) -> list[tuple[str, list[str]]]:
    """Return (why, the verbs) for all verbs that are not possible for this account now (one query a scope)."""
    allowed = permitted(here.account, here.need)
    found: dict[str, list[str]] = {}
    for verb, transition in TABLE.items():
        why = ""
        if verb not in allowed:
            why = _whose(verb)
        elif here.need.state not in transition.sources:
            states = "、".join(str(Need.State(s).label) for s in Need.State.values if s in transition.sources)
            why = _("Only in the state: %(states)s") % {"states": states}
        else:
            why = obstacle(verb, here)
        if why:
            found.setdefault(why, []).append(verb)
    return list(found.items())


def _whose(verb: str) -> str:
    roles = [str(Role(role).label) for role, given in access()["roles"].items() if given.get(NEED, {}).get(verb)]
    return _("Done by: %(roles)s") % {"roles": "、".join(roles)}


def _asked_of(here: Situation, given: HandOver) -> bool:
    open_ = not given.leads and given.answered_at is None and given.sent_back_at is None
    return open_ and given.unit_id == here.account.unit_id


def _receipt(here: Situation) -> str:
    if here.lead is None:
        return _("No unit has this need.")
    return clock.may_send_back(here.need, here.lead.given_at, here.need.campaign.now(), _sent_back(here)) or ""


def _sent_back(here: Situation) -> int:
    back = [given for given in here.hand_overs if given.sent_back_at and given.leads and given.kind != HandOver.Kind.ON]
    return len({given.sent_back_at for given in back})


def _send_back(here: Situation) -> str:
    if here.lead and here.lead.kind == HandOver.Kind.ON:
        return _("Another unit handed this on to you: hand it back there.")
    return _receipt(here)


def _hand_back(here: Situation) -> str:
    if here.lead is None or here.lead.kind != HandOver.Kind.ON:
        return _("The office gave this to you: send it back there.")
    return clock.may_send_back(here.need, here.lead.given_at, here.need.campaign.now(), 0) or ""


def _paused(here: Situation) -> str:
    return _("The clock is paused: resume it first.") if here.need.paused else ""


def _extension(here: Situation) -> str:
    if here.need.extension_asked:
        return _("More time was asked for already; the office has not decided yet.")
    return clock.may_extend(here.need, here.today, 1) or ""


def _asked(here: Situation) -> str:
    return "" if here.need.extension_asked else _("Nobody has asked for more time.")


def _escalate(here: Situation) -> str:
    if here.need.klass != Need.Klass.PROVINCE:
        return _("Only class 3 needs go to the province.")
    gone = any(given.kind == HandOver.Kind.ESCALATED and given.sent_back_at is None for given in here.hand_overs)
    return _("It went to the province already.") if gone else ""


def _supervise(here: Situation) -> str:
    if here.need.supervised_at:
        return _("It is under supervision already.")
    late = clock.light(here.need, here.today) == "late"
    return "" if late or here.need.dissatisfied >= 2 else _("Neither overdue nor twice dissatisfied.")


def _close(here: Situation) -> str:
    if here.need.verdict == "dissatisfied":
        return _("The served party is dissatisfied: the need must be done again.")
    if here.account.pk in (here.need.answered_by_id, here.need.verified_by_id):
        return _("Who handled or verified a need cannot close it.")
    if any(item.received < item.quantity for item in here.items):
        return _("Not everything that was asked for has been received.")
    return ""


def _look_back(here: Situation) -> str:
    if here.need.looked_back_at:
        return _("It was looked back on before.")
    day = here.need.look_back_on
    return _("Too early to look back: from %(day)s.") % {"day": day.isoformat()} if day and here.today < day else ""


CHECKS = {
    "send_back": _send_back,
    "hand_back": _hand_back,
    "hand_on": _paused,
    "answer": _paused,
    "pause": lambda here: _("The clock is already paused.") if here.need.paused else "",
    "resume": lambda here: "" if here.need.paused else _("The clock is not paused."),
    "ask_extension": _extension,
    "extend": _asked,
    "refuse_extension": _asked,
    "escalate": _escalate,
    "co_answer": lambda here: (
        "" if any(_asked_of(here, given) for given in here.hand_overs) else _("Nothing is asked of your unit.")
    ),
    "note_result": lambda here: "" if here.measures else _("There is no measure yet."),
    "take_in": lambda here: (
        "" if any(item.received < item.quantity for item in here.items) else _("Nothing is still missing.")
    ),
    "verify": lambda here: (
        _("Who handled a need cannot verify it.") if here.account.pk == here.need.answered_by_id else ""
    ),
    "close": _close,
    "park": lambda here: "" if here.need.klass == Need.Klass.LATER else _("Only class 4 needs can be parked."),
    "supervise": _supervise,
    "look_back": _look_back,
}
