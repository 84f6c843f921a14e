"""One transition: policy, table, effect, event and saving, in one transaction. The one way in which a need changes."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from sijin.ledger.domain import clock, effects, events, units, waiting
from sijin.ledger.domain.effects import Effect
from sijin.ledger.domain.stale import difference
from sijin.ledger.models import Evidence, Need
from sijin.ledger.transitions import TABLE, fact_word
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import NotAllowed, RuleBroken, Stale

# What an event says of the need, before and after.
TRACKED = (
    "state",
    "klass",
    "lead_unit_id",
    "paused",
    "review_on",
    "verdict",
    "dissatisfied",
    "supervised_at",
    "due",
    "extension_asked",
)
# What an event says of the verb's own facts.
RECORDED = (
    "aspect",
    "measure",
    "measure_due",
    "done_measure",
    "result",
    "workdays",
    "granted",
    "told",
    "to_unit",
    "co_units",
    "item",
    "quantity",
    "source",
)
WITH_FILES = frozenset({"answer", "co_answer", "add_evidence"})  # verbs that take in files kept before them
NOBODY = frozenset({"confirm", "supervise", "unpark"})  # the served party by its link, and the clock, have no account

EFFECTS: dict[str, Effect] = {
    "classify": effects.classify,
    "hand_over": units.hand_over,
    "receive": units.receive,
    "send_back": units.send_back,
    "hand_on": units.hand_on,
    "hand_back": units.hand_back,
    "co_answer": units.co_answer,
    "escalate": units.escalate,
    "carry_out": effects.carry_out,
    "note_result": effects.note_result,
    "answer": effects.answer,
    "verify": effects.verify,
    "refuse": effects.redo,
    "confirm": effects.confirm,
    "redo": effects.redo,
    "close": effects.close,
    "explain": effects.explain,
    "take_in": effects.take_in,
    "look_back": effects.look_back,
    "recur": effects.recur,
    "pause": waiting.pause,
    "resume": waiting.resume,
    "ask_extension": waiting.ask_extension,
    "extend": waiting.extend,
    "refuse_extension": waiting.refuse_extension,
    "park": waiting.park,
    "unpark": waiting.unpark,
    "supervise": waiting.supervise,
}


@transaction.atomic
def apply(
    need: Need, verb: str, by: Account | None, *, version: int | None = None, at: datetime | None = None, **facts: Any
) -> Need:
    """Do `verb` on `need`: the one way in which a need changes.

    Raises
    ------
    NotAllowed
        The policy does not give the verb, or the same hands would handle, verify and close.
    Stale
        `version` is not the row's any more; `facts["diff"]` lists {field, name, yours, theirs, by, at}.
    RuleBroken
        The verb does not start from the need's state, or a required fact is missing; `facts["field"]` names it.
    """
    transition = TABLE[verb]
    need = Need.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=need.pk)
    if by is not None:
        require(by, verb, need)
    elif verb not in NOBODY:
        raise NotAllowed(_("Only the served party may act without an account, and only to confirm."))
    if version is not None and version != need.version:
        raise Stale(
            _("This need was changed by someone else in the meantime."),
            expected=version,
            found=need.version,
            diff=difference(need, version, facts),
        )
    if need.state not in transition.sources:
        words = {"verb": transition.label, "state": need.get_state_display()}
        raise RuleBroken(_("“%(verb)s” is not possible in the state “%(state)s”.") % words, state=need.state, verb=verb)
    at = at or need.campaign.now()
    _require_facts(need, transition.requires, facts)
    before = {field.attname: getattr(need, field.attname) for field in need._meta.concrete_fields}
    fresh = _fresh(need, verb, facts)
    EFFECTS.get(verb, effects.nothing)(need, by, at, facts)
    need.state = transition.target or need.state
    change = {name: _plain(facts[name]) for name in RECORDED if facts.get(name) not in (None, "")}
    if need.klass != before["klass"]:
        change["klass"] = [before["klass"], need.klass]
    clock.move(need, verb, at, change)
    for name in TRACKED:
        if (now := getattr(need, name)) != before[name]:
            change[name] = [_plain(before[name]), _plain(now)]
    if fresh:
        change["evidence"] = [list(row) for row in fresh]
    event = events.append(need, verb, by, at, str(facts.get("note") or "")[:500], change)
    if fresh:
        Evidence.objects.filter(pk__in=[row[0] for row in fresh]).update(sequence=event.sequence)
    need.version += 1
    _save(need, before)
    return need


def _require_facts(need: Need, names: Iterable[str], facts: dict[str, Any]) -> None:
    for name in names:
        value = facts.get(name)
        if isinstance(value, str) and not value.strip():
            value = None
        if name != "evidence" and not value and not (name == "klass" and need.klass):
            raise RuleBroken(_("%(fact)s is required.") % {"fact": fact_word(name)}, field=name)


def _fresh(need: Need, verb: str, facts: dict[str, Any]) -> list[tuple[int, str, str]]:
    """Return (key, SHA-256, name) of the files that no event carries yet, for the verbs that carry files."""
    if verb not in WITH_FILES and not facts.get("evidence"):
        return []
    found = list(Evidence.objects.filter(need=need, sequence=None).order_by("pk").values_list("pk", "sha256", "name"))
    facts["evidence"] = facts.get("evidence") or found
    if verb == "add_evidence" and not found:
        raise RuleBroken(_("%(fact)s is required.") % {"fact": fact_word("evidence")}, field="evidence")
    return found


def _save(need: Need, before: dict[str, Any]) -> None:
    """Write the columns that changed, and no others."""
    changed = {name: value for name, old in before.items() if (value := getattr(need, name)) != old}
    Need.objects.filter(pk=need.pk).update(**changed)


def _plain(value: Any) -> Any:
    """Return `value` as JSON may hold it: rows by their keys, quantities and days as text."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, list | tuple | models.QuerySet):
        return [_plain(part) for part in value]
    return value
