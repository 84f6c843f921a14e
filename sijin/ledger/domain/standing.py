"""Where needs stand, as conditions on rows: which have ended, which light they show, whose turn it is.

The counterpart for many rows of what `domain.possible` says about one need on its page.
"""

from collections.abc import Iterable
from datetime import date

from django.db.models import F, Q, QuerySet

from sijin.ledger.domain.possible import NEED, NEXT
from sijin.ledger.models import HandOver, Need, NeedItem
from sijin.ledger.transitions import ENDED, WORKING
from sijin.people.models import Account
from sijin.people.policy import condition, scope_of, visible, within

S = Need.State
# The states in which somebody's turn is due now; parked needs come back by themselves, closed ones wait for their day.
TURNS = {state: verbs for state, verbs in NEXT.items() if state not in (S.PARKED, S.CLOSED)}


def lit(light: str, today: date) -> Q:
    """Return the condition under which a need shows `light` on `today`; the counterpart of `clock.light`."""
    running = ~Q(state__in=[*ENDED, S.PARKED]) & Q(paused=False)
    return {
        "late": running & Q(due__lt=today),
        "soon": running & Q(due__gte=today, soon_from__lte=today),
        "ok": running & Q(soon_from__gt=today),
        "held": Q(state=S.PARKED) | (Q(paused=True) & ~Q(state__in=ENDED)),
        "done": Q(state__in=ENDED),
    }[light]


def wish_missed(need: Need, today: date) -> bool:
    """Return whether the day that the served party wished for is over while the need is open; it is no deadline."""
    return need.wanted_by is not None and need.wanted_by < today and need.state not in ENDED


def waiting(account: Account) -> Q:
    """Return the condition under which it is this account's turn to do something about a need."""
    states: dict[tuple[str, ...], set[str]] = {}
    verbs: dict[tuple[str, ...], str] = {}
    for state, names in TURNS.items():
        for verb in names:
            if scopes := tuple(scope_of(account, verb, NEED)):
                states.setdefault(scopes, set()).add(state)  # verbs of one scope share one condition
                verbs[scopes] = verb
    found = Q(pk__in=[])
    for scopes, reached in states.items():
        found |= Q(state__in=sorted(reached)) & (condition(account, verbs[scopes], Need) or Q())
    found &= ~Q(state=S.CONFIRMED) | Q(verdict="dissatisfied") | ~Q(pk__in=_lacking())
    if (office := condition(account, "extend", Need)) is not None:  # a request for time waits for its decision
        found |= Q(state__in=sorted(WORKING), extension_asked__isnull=False) & office
    if scope_of(account, "co_answer", NEED) and account.unit_id:
        found |= Q(state__in=sorted(WORKING), pk__in=_asked_of(account))
    return found


def waiting_for(account: Account) -> QuerySet[Need]:
    """Return the needs about which it is this account's turn to do something."""
    return visible(account, Need).filter(waiting(account))


def _lacking() -> QuerySet[NeedItem]:
    """Return the keys of needs that have not received all that they ask for: they cannot be closed."""
    return NeedItem.objects.filter(received__lt=F("quantity")).order_by().values("need")


def _asked_of(account: Account) -> QuerySet[HandOver]:
    """Return the keys of needs on which the account's unit owes an answer as co-handler."""
    asked = HandOver.objects.filter(unit=account.unit_id, leads=False, sent_back_at=None, answered_at=None)
    return asked.order_by().values("need")


def regular(need: Need, today: date) -> tuple[str, ...]:
    """Return the regular next verbs of a need, whoever may do them."""
    if need.state == S.CONFIRMED and need.verdict == "dissatisfied":
        return ("redo",)
    if need.state == S.IN_PROGRESS and need.paused:
        return ("resume",)
    if need.state == S.CLOSED:
        due = need.looked_back_at is None and need.look_back_on is not None and need.look_back_on <= today
        return ("look_back",) if due else ()
    return TURNS.get(need.state, ())


def turns(account: Account, needs: Iterable[Need], today: date) -> dict[int, str]:
    """Return by key the verb that is `account`'s to do next on each of `needs` (a query a scope, two more at most)."""
    needs = list(needs)
    keys = [need.pk for need in needs]
    allowed: dict[tuple[str, ...], set[int]] = {(): set()}

    def may(verb: str, need: Need) -> bool:
        scopes = tuple(scope_of(account, verb, NEED))
        if scopes not in allowed:
            rows = within(account, verb, Need.objects.filter(pk__in=keys))
            allowed[scopes] = set(keys) if "all" in scopes else set(rows.order_by().values_list("pk", flat=True))
        return need.pk in allowed[scopes] and _other_hands(account, verb, need)

    closing = [need.pk for need in needs if need.state == S.CONFIRMED and may("close", need)]
    lacking = set(_lacking().filter(need__in=closing).values_list("need", flat=True)) if closing else set()
    helps = bool(account.unit_id and scope_of(account, "co_answer", NEED))
    asked = set(_asked_of(account).filter(need__in=keys).values_list("need", flat=True)) if helps else set()
    found: dict[int, str] = {}
    for need in needs:
        verbs = [verb for verb in regular(need, today) if verb != "close" or need.pk not in lacking]
        if need.state in WORKING and need.extension_asked:
            verbs.insert(0, "extend")
        if need.state in WORKING and need.pk in asked:
            verbs.append("co_answer")
        if verb := next((verb for verb in verbs if may(verb, need)), ""):
            found[need.pk] = verb
    return found


def _other_hands(account: Account, verb: str, need: Need) -> bool:
    """Say whether the rule handler ≠ verifier ≠ closer leaves the verb to `account`; the domain checks it again."""
    if verb == "verify":
        return need.answered_by_id != account.pk
    return verb != "close" or account.pk not in (need.answered_by_id, need.verified_by_id)
