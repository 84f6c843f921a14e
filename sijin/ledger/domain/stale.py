"""What changed under someone's hands: the difference that a refused stale write shows."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from sijin.ledger.models import Need
from sijin.ledger.transitions import fact_word, word
from sijin.people.models import Unit

COLUMNS = {"lead_unit_id": "lead_unit"}  # the fact by which a column is typed


def difference(need: Need, version: int, facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what was changed since `version`: {field, name, yours, theirs, by, at, verb}, one row a field.

    `field` is the field in words, `name` as the code calls it. `yours` is what the caller was about to write, or what
    it had read; `theirs` is what stands there now (two queries).
    """
    later = need.events.filter(sequence__gt=version).select_related("actor").order_by("sequence")
    rows: dict[str, dict[str, Any]] = {}
    for event in later:
        who = {"by": str(event.actor or "—"), "at": event.at, "verb": str(word(event.verb))}
        fields = {
            COLUMNS.get(name, name): value
            for name, value in event.change.items()
            if isinstance(value, list) and len(value) == 2 and hasattr(need, name)  # else a fact of the verb alone
        }
        for field, (old, new) in fields.items():
            row = rows.setdefault(field, {"name": field, "field": str(_label(field)), "yours": old})
            rows[field] = row | who | {"theirs": new}
        if not fields:
            rows[event.verb] = {"name": event.verb, "field": who["verb"], "yours": "", "theirs": event.note, **who}
    for field, row in rows.items():
        if facts.get(field) not in (None, ""):
            row["yours"] = getattr(facts[field], "pk", facts[field])
    lead = rows.get("lead_unit", {})
    units = dict(Unit.objects.filter(pk__in=[lead["yours"], lead["theirs"]]).values_list("pk", "name")) if lead else {}
    for field, row in rows.items():
        row["yours"], row["theirs"] = (_shown(field, row[side], units) for side in ("yours", "theirs"))
    return list(rows.values())


def _label(field: str) -> Any:
    words = {
        "state": _("State"),
        "due": _("Deadline"),
        "paused": _("Clock paused"),
        "dissatisfied": _("Times dissatisfied"),
        "supervised_at": _("Under supervision since"),
        "extension_asked": _("Working days asked for"),
        "title": _("Title"),
    }
    return words.get(field) or fact_word(field)


def _shown(field: str, value: Any, units: dict[int, str]) -> str:
    """Return a value in words, as a person reads it."""
    if value is None or value == "":
        return "—"
    if field == "lead_unit":
        return units.get(value) or str(value)
    if field == "state":
        return str(Need.State(value).label)
    if field == "klass":
        return f"{value} · {Need.Klass(value).label}"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value.isoformat() if isinstance(value, date) else str(value)
