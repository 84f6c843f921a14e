"""Where needs stand, as conditions on rows: which have ended, which light they show, whose turn it is."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet

from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.policy import condition, scope_of, visible, within

S = Need.State
ENDED = (S.CLOSED, S.UNSOLVABLE)
NEXT_VERBS: dict[
    str, tuple[str, ...]
] = {  # the regular next verbs of a state; the first one that an account may do is its own
    S.FOUND: ("hand_over",),
    S.HANDED_OVER: ("receive",),
    S.RECEIVED: ("carry_out",),
    S.IN_PROGRESS: ("answer",),
    S.ANSWERED: ("verify",),
    S.VERIFIED: ("ask_confirm", "confirm"),
    S.CONFIRMED: ("close",),
}


def lit(light: str, today: date) -> Q:
    """Return the condition under which a need shows `light` on `today`; the counterpart of `clock.light`."""
    running = ~Q(state__in=(*ENDED, S.PARKED)) & Q(paused=False)
    return {
        "late": running & Q(due__lt=today),
        "soon": running & Q(due__gte=today, soon_from__lte=today),
        "ok": running & Q(soon_from__gt=today),
        "held": Q(state=S.PARKED) | (Q(paused=True) & ~Q(state__in=ENDED)),
        "done": Q(state__in=ENDED),
    }[light]


def waiting(account: Account) -> Q:
    """Return the condition under which a need's next regular verb is this account's to do."""
    states: dict[tuple[str, ...], set[str]] = {}
    verbs: dict[tuple[str, ...], str] = {}
    for state, names in NEXT_VERBS.items():
        for verb in names:
            if scopes := tuple(scope_of(account, verb, "ledger.Need")):
                states.setdefault(scopes, set()).add(state)  # verbs of one scope share one condition
                verbs[scopes] = verb
    found = Q(pk__in=[])
    for scopes, reached in states.items():
        found |= Q(state__in=sorted(reached)) & (condition(account, verbs[scopes], Need) or Q())
    return found


def waiting_for(account: Account) -> QuerySet[Need]:
    """Return the needs whose next regular verb is this account's to do."""
    return visible(account, Need).filter(waiting(account))


def next_verb(need: Need) -> str:
    """Return the regular next verb of a need, whoever may do it; empty when there is none."""
    if need.state == S.CONFIRMED and need.verdict == "dissatisfied":
        return "redo"
    return NEXT_VERBS.get(need.state, ("",))[0]


def turns(account: Account, needs: Iterable[Need]) -> dict[int, str]:
    """Return by key the next verb of those `needs` that wait for `account` (at most one query a scope)."""
    found: dict[int, str] = {}
    allowed: dict[tuple[str, ...], set[int]] = {}
    needs = list(needs)
    for need in needs:
        verbs = ("redo",) if next_verb(need) == "redo" else NEXT_VERBS.get(need.state, ())
        for verb in verbs:
            scopes = tuple(scope_of(account, verb, "ledger.Need"))
            if not scopes:
                continue
            if scopes not in allowed:
                rows = Need.objects.filter(pk__in=[n.pk for n in needs])
                allowed[scopes] = (
                    {n.pk for n in needs}
                    if "all" in scopes
                    else set(within(account, verb, rows).order_by().values_list("pk", flat=True))
                )
            if need.pk in allowed[scopes] and _other_hands(account, verb, need):
                found[need.pk] = verb
                break
    return found


def _other_hands(account: Account, verb: str, need: Need) -> bool:
    """Say whether the rule handler ≠ verifier ≠ closer leaves the verb to `account`; the domain checks it again."""
    if verb == "verify":
        return need.answered_by_id != account.pk
    return verb != "close" or account.pk not in (need.answered_by_id, need.verified_by_id)
