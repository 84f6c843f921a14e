"""An edited ledger comes back: what each changed cell would do, and doing it through the same verbs as the pages.

An edit is (row, column, was, now). `was` is what was exported, `now` what the file says, `present` what the ledger says
today. A cell that already says so changes nothing, so that the same file twice changes nothing; a row whose version is
not the ledger's any more is stale (409); cells that are not edited by a verb are left out with the reason.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.ledger.domain import needs, sheets
from sijin.ledger.models import Need, SheetImport
from sijin.ledger.transitions import TABLE, word
from sijin.people.models import Account, Unit
from sijin.people.policy import visible, within
from sijin.people.refusals import NotAllowed, Refused, Stale

STEP = 50  # rows after which the answers so far are kept
OUTCOMES = ("will", "done", "same", "stale", "refused", "ignored")
MEASURE = 300  # characters of a measure
Progress = Callable[[int, int], None]


@dataclass
class Change:
    """One cell that the file changes, and what comes of it: will, done, same, stale, refused or ignored."""

    row: int
    number: str
    key: str
    was: str
    now: str
    present: str = ""
    outcome: str = "will"
    reason: str = ""
    title: str = ""

    @property
    def label(self) -> str:
        """Return the column's head."""
        return str(sheets.COLUMNS[self.key].label)


@dataclass
class Plan:
    """What one row of the file comes to: its changes, and the verbs that make them."""

    row: int
    need: Need | None
    version: int
    changes: list[Change] = field(default_factory=list)
    steps: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def plans(upload: SheetImport) -> list[Plan]:
    """Return what every edited row would do now."""
    by, numbers = upload.account, [row["number"] for row in upload.rows]
    found: dict[str, Need] = {}
    allowed: dict[str, set[int]] = {verb: set() for verb in ("classify", "hand_over", "carry_out")}
    for start in range(0, len(numbers), 1000):
        piece = visible(by, Need).filter(campaign=upload.campaign, number__in=numbers[start : start + 1000])
        rows = piece.select_related("site__county", "site__town", "team", "lead_unit", "campaign")
        found |= {need.number: need for need in sheets.rows_for(rows)}
        for verb, keys in allowed.items():
            keys |= set(within(by, verb, piece).order_by().values_list("pk", flat=True))
    units = _unit_names(by)
    today = timezone.localtime(upload.campaign.now()).date()
    return [_plan(row, found.get(row["number"]), units, allowed, today) for row in upload.rows]


def _unit_names(by: Account) -> dict[str, Unit | None]:
    """Return the units that `by` sees by name and by code; a name that two units bear stands for none of them."""
    found: dict[str, Unit | None] = {}
    for unit in visible(by, Unit):
        found[unit.name] = None if unit.name in found else unit
        found[unit.code] = unit
    return found


def _plan(
    row: dict[str, Any],
    need: Need | None,
    units: dict[str, Unit | None],
    allowed: dict[str, set[int]],
    today: date,
) -> Plan:
    plan = Plan(row["row"], need, row["version"])
    for key, (was, now) in row["cells"].items():
        plan.changes.append(Change(row["row"], row["number"], key, was, now))
    if need is None:
        for change in plan.changes:
            change.outcome, change.reason = "refused", _("There is no need of this number that you may see.")
        return plan
    present = {key: sheets.as_text(value) for key, value in sheets.cells(need, today).items()}
    facts: dict[str, Any] = {}
    for change in plan.changes:
        change.present, change.title = present[change.key], need.title
        _weigh(change, need, plan.version, units, facts)
    _take_steps(plan, need, facts, allowed, units)
    return plan


def _weigh(change: Change, need: Need, version: int, units: dict[str, Unit | None], facts: dict[str, Any]) -> None:
    """Decide what one cell comes to and, when it will be written, read its value into `facts`."""
    column = sheets.COLUMNS[change.key]
    if not column.verb:
        change.outcome, change.reason = "ignored", str(column.why_not)
    elif change.now == change.present:
        change.outcome, change.reason = "same", _("The ledger says so already.")
    elif version != need.version:
        change.outcome, change.reason = "stale", _("Changed by someone else since the export; export again.")
    else:
        try:
            facts[change.key] = READERS[change.key](change.now, units)
        except ValueError as expected:
            change.outcome, change.reason = "refused", str(expected)


def _klass(text: str, units: dict[str, Unit | None]) -> int:
    if text in sheets.classes():
        return sheets.classes()[text]
    words = "、".join(str(label) for label in Need.Klass.labels)
    raise ValueError(_("Expected one of %(words)s, got “%(got)s”.") % {"words": words, "got": text[:40]})


def _unit(text: str, units: dict[str, Unit | None]) -> Unit:
    if unit := units.get(text):
        return unit
    if text in units:
        raise ValueError(_("Several units are called “%(got)s”: write its code.") % {"got": text[:40]})
    raise ValueError(_("Expected the name or code of a registered unit, got “%(got)s”.") % {"got": text[:40]})


def _units(text: str, units: dict[str, Unit | None]) -> list[Unit]:
    return [
        _unit(name, units)
        for name in dict.fromkeys(filter(None, (part.strip() for part in re.split(r"[、,，;；\n]+", text))))
    ]


def _measure(text: str, units: dict[str, Unit | None]) -> str:
    if text and len(text) <= MEASURE:
        return text
    if not text:
        raise ValueError(_("A measure that was entered stays; expected the words of a new one."))
    raise ValueError(_("Expected at most %(most)s characters, got %(got)s.") % {"most": MEASURE, "got": len(text)})


READERS: dict[str, Callable[[str, dict[str, Unit | None]], Any]] = {
    "klass": _klass,
    "lead": _unit,
    "co": _units,
    "measure": _measure,
}


def _take_steps(
    plan: Plan, need: Need, facts: dict[str, Any], allowed: dict[str, set[int]], units: dict[str, Unit | None]
) -> None:
    """Turn the readable cells of a row into verbs, and refuse those that its state or the role does not allow."""
    asked = {change.key: change for change in plan.changes if change.outcome in ("will", "refused")}
    wanted: list[tuple[str, tuple[str, ...], dict[str, Any]]] = []
    if "lead" in asked or "co" in asked:
        co = facts["co"] if "co" in facts else [given.unit for given in need.co_handed]
        given = {"klass": facts.get("klass") or need.klass, "lead_unit": facts.get("lead") or need.lead_unit}
        wanted.append(("hand_over", ("klass", "lead", "co"), {**given, "co_units": co}))
    elif "klass" in asked:
        wanted.append(("classify", ("klass",), {"klass": facts.get("klass")}))
    if "measure" in asked:
        wanted.append(("carry_out", ("measure",), {"measure": facts.get("measure")}))
    state = need.state
    for verb, keys, given in wanted:
        reason = _why_not(verb, [asked[key] for key in keys if key in asked], given, state, need.pk in allowed[verb])
        if reason is None:
            plan.steps.append((verb, given))
            state = TABLE[verb].target or state
            continue
        for change in (asked[key] for key in keys if key in asked):
            change.outcome, change.reason = "refused", change.reason or reason


def _why_not(verb: str, changes: list[Change], facts: dict[str, Any], state: str, allowed: bool) -> str | None:
    """Return why a verb cannot be done, or None."""
    if unread := next((change for change in changes if change.outcome == "refused"), None):
        return _("%(column)s of the same row cannot be read.") % {"column": unread.label}
    if verb == "hand_over" and facts["lead_unit"] is None:
        return _("A hand-over needs a lead unit: fill in that column.")
    if verb == "hand_over" and not facts["klass"]:
        return _("A hand-over needs a class: fill in that column.")
    if verb == "hand_over" and facts["lead_unit"] in facts["co_units"]:
        return _("The lead unit cannot be its own co-handler.")
    if state not in TABLE[verb].sources:
        words = {"verb": word(verb), "state": Need.State(state).label}
        return _("%(verb)s is not possible while the need is “%(state)s”.") % words
    if not allowed:
        return _("%(verb)s is not yours to do on this need.") % {"verb": word(verb)}
    return None


def run(upload: SheetImport, progress: Progress = lambda done, total: None) -> SheetImport:
    """Do a confirmed upload row by row, each row whole or not at all; keep what came of every cell."""
    if upload.state != "running":
        return upload
    answered = {change["row"] for change in upload.results}
    try:
        for done, plan in enumerate(made := plans(upload), start=1):
            if plan.row in answered:
                continue
            _apply(plan, upload.account)
            upload.results += [asdict(change) for change in plan.changes]
            if done % STEP == 0:
                upload.save(update_fields=["results"])
            progress(done, len(made))
    finally:
        upload.save(update_fields=["results"])
    upload.state, upload.finished_at = "done", timezone.now()
    upload.save(update_fields=["state", "finished_at"])
    return upload


def _apply(plan: Plan, by: Account) -> None:
    if not plan.steps or plan.need is None:
        return
    outcome, reason, need, version = "done", "", plan.need, plan.version
    try:
        with transaction.atomic():
            for verb, facts in plan.steps:
                need = needs.apply(need, verb, by, version=version, **facts)
                version = need.version
    except Stale as refusal:
        outcome, reason = "stale", refusal.message
    except NotAllowed:
        outcome, reason = "refused", _("This is not yours to do on this need.")
    except Refused as refusal:
        outcome, reason = "refused", refusal.message
    for change in plan.changes:
        if change.outcome == "will":
            change.outcome, change.reason = outcome, reason


def results(upload: SheetImport) -> Iterator[Change]:
    """Yield what came of every changed cell, those that were not taken first."""
    found = [Change(**kept) for kept in upload.results]
    yield from sorted(found, key=lambda change: (change.outcome in ("done", "same"), change.row))
