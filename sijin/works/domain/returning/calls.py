"""Whom to call next, and why: in the order in which a call helps most.

A worker is on the list for one reason at least; the first one decides the place. Who is called within the last days
and has nothing new to hear is left in peace.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import IntEnum
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.exchange.domain.words import day as day_words
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.works.domain.returning import reads
from sijin.works.domain.returning.contacts import last_reached
from sijin.works.models import Worker, WorkerContact

SOON = 3  # days before the site needs them within which a seat can still be found
QUIET = 3  # days after which a hesitant or unreached worker is called again
FIELDS = ("pk", "code", "state", "wanted_on", "pick_up_id", "own_way", "called_at")
State = Worker.State


class Why(IntEnum):
    """Why somebody is to be called; the smaller the sooner."""

    ANSWERED = 1
    WANTED = 2
    PLACELESS = 3
    NEVER = 4
    ARRIVED = 5
    QUIET = 6


@dataclass(frozen=True)
class Call:
    """Why a worker is to be called: the reasons in order, each also in words; `told` adds `worker` and `worry`."""

    key: int
    reasons: tuple[Why, ...]
    words: tuple[str, ...]
    worker: Worker | None = None
    worry: WorkerContact | None = None


def listed(account: Account, wanted: reads.Wanted, today: date) -> list[Call]:
    """Return whom to call, the most urgent first: by reason, then the day they are wanted, then the longest silence.

    Two queries whatever the number of workers; `told` reads the workers themselves, for the page that is shown.
    """
    rows = reads.listed(account, wanted).exclude(state__in=(State.BACK, State.AWAY))
    answers = _answers(account, rows)
    found = []
    for row in rows.values_list(*FIELDS, named=True):
        if said := _reasons(row, answers.get(row.pk), today):
            silent = timezone.localdate(row.called_at) if row.called_at else date.min
            place = (min(said), row.state == State.PROMISED, row.wanted_on or date.max, silent, row.code)
            found.append((place, _call(row.pk, said)))
    return [call for _place, call in sorted(found, key=lambda pair: pair[0])]


def told(account: Account, calls: Sequence[Call]) -> list[Call]:
    """Return calls with their workers and the worry of the last talk that reached them (three queries)."""
    log = Prefetch("contacts", visible(account, WorkerContact).filter(taken_back_at=None), to_attr="log")
    rows = reads.listed(account, reads.Wanted()).filter(pk__in=[call.key for call in calls]).prefetch_related(log)
    workers = {worker.pk: worker for worker in rows}
    there = [(call, workers[call.key]) for call in calls if call.key in workers]
    return [replace(call, worker=worker, worry=open_worry(worker, worker.log)) for call, worker in there]


def of(worker: Worker, log: Sequence[WorkerContact], today: date) -> Call | None:
    """Return why a worker is to be called, None where nothing asks for it."""
    if worker.state in (State.BACK, State.AWAY):
        return None
    worry = open_worry(worker, log)
    said = _reasons(worker, reads.answer_since(log) if worry else None, today)
    return replace(_call(worker.pk, said), worker=worker, worry=worry) if said else None


def open_worry(worker: Worker, log: Sequence[WorkerContact]) -> WorkerContact | None:
    """Return the talk that named what a hesitant worker is worried about."""
    reached = last_reached(log) if worker.state == State.HESITANT else None
    return reached if reached and reached.worry else None


def _call(key: int, said: dict[Why, str]) -> Call:
    reasons = sorted(said)
    return Call(key, tuple(reasons), tuple(said[reason] for reason in reasons))


def _answers(account: Account, rows: QuerySet[Worker]) -> dict[int, Any]:
    """Return for the hesitant of `rows` the answer that was sent since they were reached (one query)."""
    logs = reads.logs(account, rows.filter(state=State.HESITANT))
    return {pk: answer for pk, log in logs.items() if (answer := reads.answer_since(log))}


def _reasons(worker: Any, answer: Any, today: date) -> dict[Why, str]:
    """Return the reasons with their words."""
    said: dict[Why, str] = {}
    promised, wanted, called = worker.state == State.PROMISED, worker.wanted_on, worker.called_at
    if answer:
        words = _("Hesitates over “%(worry)s”; it was answered on %(day)s: ask again")
        on = day_words(timezone.localdate(answer.at))
        said[Why.ANSWERED] = words % {"worry": str(dict(WorkerContact.Worry.choices)[answer.worry]), "day": on}
    if wanted and not promised and wanted <= today + timedelta(days=SOON):
        late = _("Was wanted on %(day)s and has not promised")
        soon = _("Wanted on %(day)s and has not promised")
        said[Why.WANTED] = (late if wanted < today else soon) % {"day": day_words(wanted)}
    if promised and worker.pick_up_id is None and not worker.own_way:
        said[Why.PLACELESS] = _("Promised, but nobody knows where a bus should stop: ask for city and county")
    if called is None:
        said[Why.NEVER] = _("Nobody has called yet")
    if promised and wanted and wanted < today:
        said[Why.ARRIVED] = _("Promised for %(day)s: ask whether they came") % {"day": day_words(wanted)}
    if called is not None and not promised:
        quiet = (today - timezone.localdate(called)).days
        if quiet >= QUIET:
            said[Why.QUIET] = _("Not called for %(days)s days") % {"days": quiet}
    return said
