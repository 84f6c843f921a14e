"""Desks and crews: how many files each takes at once; what the approvals name and nobody has kept yet."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.people.models import Account, Unit
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken, Stale
from sijin.works.domain.portfolio.log import log
from sijin.works.models import ApprovalStep, Desk

MOST = 500  # clerks


@transaction.atomic
def keep(
    by: Account, name: str, *, clerks: int, at: datetime, kind: str = Desk.Kind.DESK, unit: Unit | None = None,
    version: int | None = None, source: str = "", generated: bool = False,
) -> tuple[Desk, str]:  # fmt: skip
    """Write a desk down, or change it; return it and `created`, `changed` or `same`.

    Raises
    ------
    RuleBroken
        It has no name, or more clerks than a desk can have.
    Stale
        It was changed since it was read; `diff` says in what. A desk that is there needs its version.
    """
    require(by, "keep", Desk)
    name = name.strip()
    if not 0 < len(name) <= 60:
        raise RuleBroken(_("A desk has a name of at most 60 characters."), field="name")
    if not 0 <= clerks <= MOST:
        raise RuleBroken(_("A desk has between 0 and %(most)s clerks.") % {"most": MOST}, field="clerks")
    if kind not in Desk.Kind.values:
        raise RuleBroken(_("It is a desk or a crew."), field="kind")
    wanted: dict[str, Any] = {"kind": kind, "clerks": clerks, "unit": unit}
    desk = Desk.objects.select_for_update(of=("self",)).filter(name=name).first()
    if desk is None:
        desk = Desk.objects.create(name=name, source=source, generated=generated, **wanted)
        log(by, "desk", name, at, {"clerks": [None, clerks]})
        return desk, "created"
    differ = {field: [_plain(value), _plain(getattr(desk, field))] for field, value in wanted.items()}
    differ = {field: pair for field, pair in differ.items() if pair[0] != pair[1]}
    if not differ:
        return desk, "same"
    if version != desk.version:
        words = _("This desk was changed by someone else in the meantime.")
        raise Stale(words, found=desk.version, diff=differ)
    for field, value in wanted.items():
        setattr(desk, field, value)
    desk.version += 1
    desk.save()
    log(by, "desk", name, at, {field: [old, new] for field, (new, old) in differ.items()})
    return desk, "changed"


@transaction.atomic
def adopt(by: Account, *, at: datetime) -> list[Desk]:
    """Keep every desk that decides an open item and is not kept yet, with one clerk each."""
    require(by, "keep", Desk)
    return [keep(by, name, clerks=1, at=at)[0] for name, _n in missing()]


@transaction.atomic
def drop(by: Account, desk: Desk, *, version: int, at: datetime) -> None:
    """Take a desk away that no open item needs."""
    require(by, "keep", desk)
    desk = Desk.objects.select_for_update(of=("self",)).get(pk=desk.pk)
    if desk.version != version:
        raise Stale(_("This desk was changed by someone else in the meantime."), found=desk.version)
    n = ApprovalStep.objects.filter(desk=desk.name, done_on=None, kind=ApprovalStep.Kind.ITEM).count()
    if n:
        raise RuleBroken(_("%(n)s open items are decided at this desk.") % {"n": n})
    log(by, "drop", desk.name, at, {"clerks": [desk.clerks, None]})
    desk.delete()


def missing() -> list[tuple[str, int]]:
    """Return the desks that open items name and nobody has kept, with how many items each, most first."""
    rows = ApprovalStep.objects.filter(done_on=None, kind=ApprovalStep.Kind.ITEM, project__built_on=None)
    names = rows.exclude(desk="").exclude(desk__in=Desk.objects.values("name")).values_list("desk", flat=True)
    return Counter(names).most_common()


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Unit) else value
