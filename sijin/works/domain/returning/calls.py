"""Whom to call next, and why: in the order in which a call helps most.

A worker is on the list for one reason at least; the first one decides the place. Who is called within the last days
and has nothing new to hear is left in peace.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

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
    """A worker to be called, the reasons in order, each also in words, and the last worry where there is one."""

    worker: Worker
    reasons: tuple[Why, ...]
    words: tuple[str, ...]
    last: WorkerContact | None
    worry: WorkerContact | None


def rows(account: Account, wanted: reads.Wanted) -> QuerySet[Worker]:
    """Return those of a list who can still be called, with their logs."""
    log = Prefetch("contacts", visible(account, WorkerContact).filter(taken_back_at=None), to_attr="log")
    open_ones = reads.listed(account, wanted).exclude(state__in=(State.BACK, State.AWAY))
    return open_ones.prefetch_related(log)


def listed(account: Account, wanted: reads.Wanted, today: date) -> list[Call]:
    """Return whom to call, the most urgent first: by reason, then the day they are wanted, then the longest silence."""
    found = [call for worker in rows(account, wanted) if (call := of(worker, worker.log, today))]
    last = date.max
    return sorted(
        found,
        key=lambda call: (
            call.reasons[0],
            call.worker.state == State.PROMISED,
            call.worker.wanted_on or last,
            timezone.localtime(call.worker.called_at).date() if call.worker.called_at else date.min,
            call.worker.code,
        ),
    )


def of(worker: Worker, log: Sequence[WorkerContact], today: date) -> Call | None:
    """Return why a worker is to be called, None where nothing asks for it."""
    if worker.state in (State.BACK, State.AWAY):
        return None
    reached, answer = last_reached(log), reads.answer_since(log)
    open_worry = reached if reached and reached.worry and worker.state == State.HESITANT else None
    said = _reasons(worker, answer if open_worry else None, today)
    if not said:
        return None
    last = max(log, key=lambda entry: (entry.at, entry.pk), default=None)
    reasons = sorted(said)
    return Call(worker, tuple(reasons), tuple(said[reason] for reason in reasons), last, open_worry)


def _reasons(worker: Worker, answer: WorkerContact | None, today: date) -> dict[Why, str]:
    """Return the reasons with their words."""
    said: dict[Why, str] = {}
    promised, wanted, called = worker.state == State.PROMISED, worker.wanted_on, worker.called_at
    if answer:
        words = _("Hesitates over “%(worry)s”; it was answered on %(day)s: ask again")
        on = day_words(timezone.localdate(answer.at))
        said[Why.ANSWERED] = words % {"worry": answer.get_worry_display(), "day": on}
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
