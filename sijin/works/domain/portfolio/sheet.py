"""The sheet of desks and crews: its columns, how a row becomes facts or faults, what it changes."""

from typing import Any

from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.domain.cells import known, read_row, short, whole
from sijin.exchange.domain.imports import Kept
from sijin.people.models import Account, Unit
from sijin.people.policy import visible
from sijin.people.refusals import RuleBroken, Stale
from sijin.works.domain.portfolio import desks
from sijin.works.models import Desk

# field, heading, width, example
COLUMNS = (
    ("name", "部门或队伍", 26, "行政审批服务局"),
    ("version", "版本", 6, ""),
    ("kind", "类型", 8, "部门"),
    ("clerks", "可同时办理（件）", 14, "4"),
    ("unit", "所属单位", 26, ""),
)
HEADINGS = {name: heading for name, heading, *_rest in COLUMNS}
KINDS = {"部门": Desk.Kind.DESK, "队伍": Desk.Kind.CREW}


class DeskRows:
    """Reads and writes rows of desks, and keeps what each row changed."""

    columns = COLUMNS
    required = ("name", "clerks")

    def __init__(self, account: Account) -> None:
        self.units = {unit.name: unit for unit in visible(account, Unit)}
        self.changes: list[dict[str, Any]] = []

    def __call__(self, cells: list[str]) -> Kept:
        """Return the facts of one row, or its faults."""
        return read_row(self, cells, partial=True)

    def value(self, name: str, text: str) -> Any:
        """Return the value of one cell; ValueError says what was expected."""
        if not text:
            return Desk.Kind.DESK if name == "kind" else None
        if name == "kind":
            return known(KINDS, text, _("one of %(names)s") % {"names": "、".join(KINDS)})
        if name == "unit":
            return known(self.units, text, _("the full name of a department"))
        return {"version": whole(1, 10**8), "clerks": whole(0, desks.MOST)}.get(name, short(60))(text)

    def write(self, by: Account, campaign: Campaign, facts: dict[str, Any]) -> str:
        """Write one row; say what became of it."""
        before = Desk.objects.filter(name=facts["name"]).first()
        if before is not None:
            facts = {"kind": before.kind, "unit": before.unit, **facts}
        try:
            after, became = desks.keep(by, facts.pop("name"), at=campaign.now(), **facts)
        except Stale as stale:
            cells = "、".join(HEADINGS[name] for name in stale.facts["diff"])
            words = _("It was changed since the sheet was given out; they differ in %(cells)s (version now %(now)s).")
            raise RuleBroken(words % {"cells": cells, "now": stale.facts["found"]}) from stale
        if before is not None and became == "changed":
            pairs = [(name, getattr(before, name), getattr(after, name)) for name in ("kind", "clerks", "unit")]
            cells = [[HEADINGS[name], str(old or 0), str(new or 0)] for name, old, new in pairs if old != new]
            self.changes.append({"name": after.name, "cells": cells})
        return became
