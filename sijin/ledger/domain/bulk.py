"""One verb on many needs: picked or all of a filter, each through `needs.apply` with its version, each with its answer.

A bulk action is kept as a row: chosen first, confirmed with its facts, run at once or as a job, and read afterwards.
Running it twice changes nothing, because it runs only out of `waiting` and every need carries its version.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.ledger.domain import needs, standing
from sijin.ledger.domain.filters import Filter
from sijin.ledger.models import BulkAction, Need
from sijin.ledger.transitions import TABLE, word
from sijin.people.models import Account, Unit
from sijin.people.policy import require, scope_of, visible, within
from sijin.people.refusals import NotAllowed, Refused, RuleBroken, Stale

VERBS = ("receive", "hand_over", "supervise", "look_back")
AT_ONCE = 200  # needs that are done while the reader waits; more of them are a job
STEP = 50  # needs after which the answers so far are kept
Progress = Callable[[int, int], None]


def verbs_of(account: Account) -> list[str]:
    """Return the bulk verbs that `account` may do on some need."""
    return [verb for verb in VERBS if scope_of(account, verb, "ledger.Need")]


def has_turns(account: Account) -> bool:
    """Say whether any regular verb is ever this account's to do."""
    return any(scope_of(account, verb, "ledger.Need") for names in standing.TURNS.values() for verb in names)


def choose(
    by: Account,
    campaign: Campaign,
    verb: str,
    *,
    picked: Iterable[tuple[int, int]] = (),
    all_of: Filter | None = None,
    back: Filter | None = None,
) -> BulkAction:
    """Keep a selection for `verb`: the `picked` (key, version) pairs, or every need of a filter as it stands now."""
    if verb not in VERBS:
        raise RuleBroken(_("This verb is not done in bulk."), verb=verb)
    if verb not in verbs_of(by):
        raise NotAllowed(_("Your role does not do this."), verb=verb)
    BulkAction.objects.filter(account=by, state="waiting", made_at__lt=timezone.now() - timedelta(days=1)).delete()
    if all_of is not None:
        rows = list(all_of.rows(by, campaign).values_list("pk", "version"))
    else:
        versions = dict(picked)
        seen = visible(by, Need).filter(campaign=campaign, pk__in=list(versions)).order_by("pk")
        rows = [(pk, versions[pk]) for pk in seen.values_list("pk", flat=True)]
    if not rows:
        raise RuleBroken(_("No need was chosen: tick some rows first."))
    place = (all_of or back or Filter()).query()
    return BulkAction.objects.create(account=by, campaign=campaign, verb=verb, rows=rows, back=place)


def outlook(action: BulkAction) -> dict[str, int]:
    """Return how many of the chosen needs can take the verb now, and why the others cannot (two queries)."""
    keys = [pk for pk, _version in action.rows]
    found = _in_pieces(visible(action.account, Need), keys, "pk", "state", "version")
    allowed = {pk for (pk,) in _in_pieces(within(action.account, action.verb, Need.objects.all()), keys, "pk")}
    sources = TABLE[action.verb].sources
    counted = {"ready": 0, "state": 0, "role": 0, "stale": 0}
    versions = dict(action.rows)
    for pk, state, version in found:
        if pk not in allowed:
            counted["role"] += 1
        elif state not in sources:
            counted["state"] += 1
        else:
            counted["ready" if version == versions[pk] else "stale"] += 1
    return counted


def _in_pieces(rows: QuerySet[Need], keys: list[int], *fields: str) -> Iterable[tuple[Any, ...]]:
    """Read `fields` of the rows with these keys, a thousand at a time: databases limit what one query may name."""
    for start in range(0, len(keys), 1000):
        yield from rows.filter(pk__in=keys[start : start + 1000]).order_by().values_list(*fields)


def confirm(action: BulkAction, by: Account, facts: dict[str, Any]) -> BulkAction:
    """Give the action its facts (plain values: keys instead of rows) and begin it; a second call is refused.

    An action that was interrupted is taken up again with the facts that it has.
    """
    require(by, "view", action)
    if action.interrupted:
        return action
    begun = BulkAction.objects.filter(pk=action.pk, state="waiting").update(state="running", facts=facts)
    if not begun:
        raise Stale(_("This was already done; below is what came of it."))
    action.refresh_from_db()
    return action


def run(action: BulkAction, progress: Progress = lambda done, total: None) -> BulkAction:
    """Do a confirmed action need by need; what was answered is kept as it goes, also when `progress` stops it."""
    if action.state != "running":
        return action
    facts = _facts(action.facts)
    answered = {pk for pk, *_rest in action.results}
    try:
        for done, (pk, version) in enumerate(action.rows, start=1):
            if pk in answered:
                continue
            action.results.append([pk, *_one(action, pk, version, facts)])
            if done % STEP == 0:
                action.save(update_fields=["results"])
            progress(done, len(action.rows))
    finally:
        action.save(update_fields=["results"])
    action.state, action.finished_at = "done", timezone.now()
    action.save(update_fields=["state", "finished_at"])
    return action


def _facts(facts: dict[str, Any]) -> dict[str, Any]:
    units = Unit.objects.in_bulk([pk for pk in (facts.get("lead_unit"), *facts.get("co_units", ())) if pk])
    read = {name: value for name, value in facts.items() if name not in ("lead_unit", "co_units")}
    if facts.get("lead_unit"):
        read["lead_unit"] = units[facts["lead_unit"]]
    if facts.get("co_units"):
        read["co_units"] = [units[pk] for pk in facts["co_units"]]
    return read


def _one(action: BulkAction, pk: int, version: int, facts: dict[str, Any]) -> tuple[str, str]:
    """Do the verb on one need; return (done, "") or (refused or stale, why)."""
    need = visible(action.account, Need).filter(pk=pk).first()
    if need is None:
        return "refused", _("You do not see this need any more.")
    try:
        needs.apply(need, action.verb, action.account, version=version, **facts)
    except Stale as refusal:
        own = need.events.filter(sequence=version + 1, verb=action.verb, actor=action.account)
        return ("done", "") if own.exists() else ("stale", refusal.message)  # own: done before an interruption
    except NotAllowed:
        return "refused", _("%(verb)s is not yours to do on this need.") % {"verb": word(action.verb)}
    except Refused as refusal:
        return "refused", refusal.message
    return "done", ""


def answers(action: BulkAction) -> list[dict[str, Any]]:
    """Return the answer of every need, the refused ones first: {need, outcome, reason}."""
    rows: dict[int, Need] = {}
    keys = [pk for pk, *_rest in action.results]
    for start in range(0, len(keys), 1000):
        rows |= visible(action.account, Need).select_related("site").in_bulk(keys[start : start + 1000])
    found = [{"need": rows.get(pk), "outcome": outcome, "reason": reason} for pk, outcome, reason in action.results]
    return sorted(found, key=lambda answer: answer["outcome"] == "done")
