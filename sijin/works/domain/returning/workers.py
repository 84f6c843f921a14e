"""Verbs of a worker's entry: enter and correct. Each change keeps what was before and after."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.exchange.domain.rows import different
from sijin.people.models import Account
from sijin.people.policy import may, require
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import Site
from sijin.works.domain.returning import pick_ups
from sijin.works.models import Worker, WorkerChange

FIELDS = ("name", "phone", "post", "home", "pick_up", "wanted_on", "own_way")
ORIGIN = ("source", "generated")


@transaction.atomic
def enter(
    by: Account, site: Site, code: str, *, at: datetime, client_uuid: UUID | None = None, **facts: Any
) -> Worker:  # fmt: skip
    """Write a worker of a site down; the same `client_uuid` again changes nothing.

    The place where they board follows from `home`, unless `pick_up` names one; where it does not follow the worker is
    kept without one (`pick_ups.why` says why).

    Raises
    ------
    NotAllowed
        The site, or its workers, are not `by`'s.
    RuleBroken
        No code, no name, or a code that another worker of the site has.
    """
    require(by, "keep", Worker)
    if not may(by, "view", site):
        raise NotAllowed(_("This site is not yours to see."))
    if client_uuid and (found := Worker.objects.filter(client_uuid=client_uuid).first()):
        require(by, "keep", found)
        return found
    worker = Worker(site=site, code=code.strip())
    _write(worker, facts, (*FIELDS, *ORIGIN))
    if client_uuid:
        worker.client_uuid = client_uuid
    _check(worker, Worker.objects.filter(site=site, code=worker.code).values_list("code", flat=True))
    worker.pick_up = worker.pick_up or pick_ups.of_home(worker.home)
    worker.save()
    require(by, "keep", worker)
    return _log(worker, "enter", by, at, _entered(worker))


@transaction.atomic
def enter_many(by: Account, site: Site, rows: Sequence[dict[str, Any]], *, at: datetime) -> list[Worker]:
    """Write many workers of a site down at once (few queries); `code` is in each row beside the facts.

    Raises
    ------
    NotAllowed, RuleBroken
        As `enter` does; nothing is kept then.
    """
    require(by, "keep", Worker)
    if not may(by, "view", site):
        raise NotAllowed(_("This site is not yours to see."))
    taken = set(Worker.objects.filter(site=site).values_list("code", flat=True))
    places = pick_ups.of_homes(row.get("home", "") for row in rows)
    made = []
    for row in rows:
        facts = dict(row)
        worker = Worker(site=site, code=facts.pop("code").strip())
        _write(worker, facts, (*FIELDS, *ORIGIN))
        worker.pick_up = worker.pick_up or places.get(row.get("home", ""))
        _check(worker, taken)
        taken.add(worker.code)
        made.append(worker)
    Worker.objects.bulk_create(made, batch_size=200)
    if made:
        require(by, "keep", made[0])  # all are of one site
    WorkerChange.objects.bulk_create(
        WorkerChange(worker=worker, verb="enter", by=by, at=at, change=_entered(worker)) for worker in made
    )
    return made


@transaction.atomic
def correct(by: Account, worker: Worker, *, version: int | None, at: datetime, **facts: Any) -> Worker:
    """Change what is written of a worker. Stale when `version` is not the row's; `diff` says where."""
    worker = locked(by, worker, "keep")
    if version != worker.version:
        diff = different(worker, facts, FIELDS)
        raise Stale(_("This worker was changed by someone else in the meantime."), found=worker.version, diff=diff)
    before = _plain(worker)
    moved = "home" in facts and facts["home"].strip() != worker.home
    own = "pick_up" in facts and facts["pick_up"] is not None and facts["pick_up"].pk != worker.pick_up_id
    by_hand = worker.pick_up is not None and worker.pick_up.code.startswith(pick_ups.OWN)
    left = "pick_up" in facts and facts["pick_up"] is None and by_hand  # back to where the home is
    _write(worker, facts, FIELDS)
    if not own and (moved or left or worker.pick_up is None):
        worker.pick_up = pick_ups.of_home(worker.home)
    _check(worker)
    change = {name: [before[name], value] for name, value in _plain(worker).items() if before[name] != value}
    if not change:
        return worker
    worker.version += 1
    worker.save()
    return _log(worker, "correct", by, at, change)


def keep(
    by: Account, site: Site, code: str, *, version: int | None, at: datetime, **facts: Any
) -> tuple[Worker, str]:  # fmt: skip
    """Enter a worker, or correct the one of this code; say which: `created`, `changed` or `same`."""
    found = Worker.objects.filter(site=site, code=code.strip()).first()
    if found is None:
        return enter(by, site, code, at=at, **facts), "created"
    if version is None and not different(found, facts, FIELDS):
        require(by, "keep", found)
        return found, "same"  # the template read in twice
    after = correct(by, found, version=version, at=at, **facts)
    return after, "same" if after.version == found.version else "changed"


def next_code(site: Site) -> str:
    """Return a number that no worker of a site has."""
    taken = set(Worker.objects.filter(site=site).values_list("code", flat=True))
    n = len(taken) + 1
    while f"W{n:03d}" in taken:
        n += 1
    return f"W{n:03d}"


def locked(by: Account, worker: Worker, verb: str) -> Worker:
    """Return the worker, held until the transaction ends, if `by` may do `verb` with them."""
    worker = Worker.objects.select_for_update().get(pk=worker.pk)
    require(by, verb, worker)
    return worker


def told(change: WorkerChange) -> list[tuple[str, str, str]]:
    """Return what a correction changed: the field's name, what was before and after."""
    names = {
        "name": _("Name"), "phone": _("Telephone"), "post": _("Post"), "home": _("Home"),
        "wanted_on": _("Wanted on"), "own_way": _("By own means"),
    }  # fmt: skip
    rows = change.change.items() if change.verb != "enter" else ()
    return [(names[name], _said(old), _said(new)) for name, (old, new) in rows if name in names]


def _said(value: Any) -> str:
    return (_("yes") if value else _("no")) if isinstance(value, bool) else str(value or "—")


def _write(worker: Worker, facts: dict[str, Any], names: tuple[str, ...]) -> None:
    unknown = sorted(set(facts) - set(names))
    if unknown:
        raise TypeError(f"unknown facts of a worker: {', '.join(unknown)}")
    for name, value in facts.items():
        if name != "pick_up" or value is not None:
            setattr(worker, name, value.strip() if isinstance(value, str) else value)


def _check(worker: Worker, taken: Collection[str] = ()) -> None:
    """Refuse a worker without number or name, or with a number that is taken."""
    if not worker.code:
        raise RuleBroken(_("Give the worker a number."), field="code")
    if worker.code in taken:
        words = _("Another worker of this site has the number %(code)s.")
        raise RuleBroken(words % {"code": worker.code}, field="code")
    if not worker.name:
        raise RuleBroken(_("Give the worker a name."), field="name")


def _plain(worker: Worker) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in FIELDS:
        value = worker.pick_up_id if name == "pick_up" else getattr(worker, name)
        found[name] = value.isoformat() if isinstance(value, date) else value
    return found


def _entered(worker: Worker) -> dict[str, Any]:
    return {name: [None, value] for name, value in _plain(worker).items() if value}


def _log(worker: Worker, verb: str, by: Account, at: datetime, change: dict[str, Any]) -> Worker:
    WorkerChange.objects.create(worker=worker, verb=verb, by=by, at=at, change=change)
    return worker
