"""The contact log of workers: write down a talk, a message to many at once, take an entry back.

Where a worker stands is folded out of the log (`standing`): a contact that did not reach them changes nothing, a first
promise keeps its day whatever comes after it, and who is back is back. The log only grows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.people.models import Account
from sijin.people.policy import may, require, within
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.works.domain.returning.workers import locked
from sijin.works.models import Worker, WorkerContact

State, Channel, Worry = Worker.State, WorkerContact.Channel, WorkerContact.Worry
EARLIEST = 2000  # year of a day on which somebody came back
MOST = 500  # workers to whom one message goes at once


@dataclass(frozen=True)
class Standing:
    """Where a log leaves a worker."""

    state: str = State.UNREACHED
    promised_on: date | None = None
    back_on: date | None = None
    called_at: datetime | None = None


def standing(log: Iterable[WorkerContact]) -> Standing:
    """Fold a worker's contacts, in any order, into where they stand; entries that were taken back do not count."""
    state, promised_on, back_on, called_at = State.UNREACHED.value, None, None, None
    for entry in sorted((one for one in log if one.taken_back_at is None), key=lambda one: (one.at, one.pk or 0)):
        called_at = entry.at
        if entry.state == State.UNREACHED:
            continue
        state = entry.state
        if state == State.PROMISED and promised_on is None:
            promised_on = timezone.localtime(entry.at).date()
        if state == State.BACK:
            back_on = entry.day
            break
    return Standing(state, promised_on, back_on, called_at)


@dataclass(frozen=True)
class Talk:
    """One talk with a worker, or an attempt at one.

    Parameters
    ----------
    state
        Where it left them; `unreached` where nobody answered, which leaves them where they were.
    channel
        text, voice, video, or in person.
    day
        On which they came back: asked for with `back`, not kept otherwise.
    worry, words, answer
        What worries them, in a category and in words, and what was said about it.
    """

    worker: Worker
    state: str
    channel: str
    at: datetime
    day: date | None = None
    worry: str = ""
    words: str = ""
    answer: str = ""
    client_uuid: UUID = field(default_factory=uuid4)


@transaction.atomic
def log(by: Account, talk: Talk, *, now: datetime, version: int | None) -> WorkerContact:
    """Write down a talk; the same `client_uuid` again changes nothing. Stale when `version` is not the worker's.

    Raises
    ------
    NotAllowed, RuleBroken
        As `record` does.
    """
    require(by, "log", WorkerContact)
    found = WorkerContact.objects.filter(client_uuid=talk.client_uuid).first()
    if found is not None:
        require(by, "view", found)
        return found
    _fresh(locked(by, talk.worker, "view"), version)
    return record(by, [talk], now=now)[0]


@transaction.atomic
def record(by: Account, talks: Sequence[Talk], *, now: datetime, but_back: bool = False) -> list[WorkerContact]:
    """Write down many talks at once (six queries); those whose `client_uuid` is known change nothing.

    With `but_back` those who are back already are left out, else they are refused.

    Raises
    ------
    NotAllowed
        One of the workers is not among those whom `by` may call by name.
    RuleBroken
        They are back already, the talk or the day lies in the future, or the day of their coming is missing.
    """
    require(by, "log", WorkerContact)
    known = WorkerContact.objects.filter(client_uuid__in=[talk.client_uuid for talk in talks])
    there = set(known.values_list("client_uuid", flat=True))
    fresh = sorted((talk for talk in talks if talk.client_uuid not in there), key=lambda talk: talk.at)
    wanted = {talk.worker.pk for talk in fresh}
    held = Worker.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
    workers = {worker.pk: worker for worker in within(by, "name", held)}
    if wanted - workers.keys():
        raise NotAllowed(_("This worker is not among those whom you may call."))
    back = {pk: worker.back_on for pk, worker in workers.items() if worker.state == State.BACK}
    if but_back:
        fresh = [talk for talk in fresh if talk.worker.pk not in back]
    for talk in fresh:
        _check(talk, back.get(talk.worker.pk), now)
        if talk.state == State.BACK:
            back[talk.worker.pk] = talk.day
    entries = WorkerContact.objects.bulk_create(
        WorkerContact(
            client_uuid=talk.client_uuid, worker=workers[talk.worker.pk], by=by, at=talk.at, state=talk.state,
            channel=talk.channel, day=talk.day if talk.state == State.BACK else None, worry=talk.worry,
            words=talk.words.strip()[:200], answer=talk.answer.strip()[:200],
        )
        for talk in fresh
    )  # fmt: skip
    _stand({talk.worker.pk: workers[talk.worker.pk] for talk in fresh})
    return entries


def message(
    by: Account, workers: Sequence[Worker], words: str, *, at: datetime, batch: UUID, worry: str = "", answer: str = ""
) -> int:  # fmt: skip
    """Write down one text message to many; nobody's state changes by it. Return for how many it was written down.

    The same `batch` again changes nothing. Those who are back are left out.

    Raises
    ------
    RuleBroken
        No words, nobody chosen, too many of them, or an answer to no worry.
    """
    if not words.strip():
        raise RuleBroken(_("Write what the message says."), field="words")
    if answer.strip() and not worry:
        raise RuleBroken(_("Say which worry it answers."), field="worry")
    _some(workers)
    talks = [
        Talk(worker, State.UNREACHED, Channel.TEXT, at, None, worry, words, answer, uuid5(batch, str(worker.pk)))
        for worker in workers
    ]
    return len(record(by, talks, now=at, but_back=True))


def arrived(by: Account, workers: Sequence[Worker], *, on: date, at: datetime, batch: UUID) -> int:
    """Write down that many came back on a day; those who are back already are left out. Return how many came."""
    _some(workers)
    talks = [
        Talk(worker, State.BACK, Channel.PERSON, at, on, client_uuid=uuid5(batch, str(worker.pk))) for worker in workers
    ]
    return len(record(by, talks, now=at, but_back=True))


@transaction.atomic
def take_back(by: Account, entry: WorkerContact, *, version: int | None, at: datetime) -> WorkerContact:
    """Take an entry back that was a mistake: it stays to be read, and the worker stands where the others leave them."""
    require(by, "log", WorkerContact)
    worker = locked(by, entry.worker, "view")
    if not may(by, "name", worker):
        raise NotAllowed(_("This worker is not among those whom you may call."))
    _fresh(worker, version)
    entry = WorkerContact.objects.select_for_update().get(pk=entry.pk)
    if entry.taken_back_at:
        raise RuleBroken(_("This entry was taken back before."))
    entry.taken_back_at, entry.taken_back_by = at, by
    entry.save(update_fields=["taken_back_at", "taken_back_by"])
    _stand({worker.pk: worker})
    return entry


def last_reached(log: Iterable[Any]) -> Any:
    """Return the last contact that reached them, None where none did."""
    reached = [entry for entry in log if entry.taken_back_at is None and entry.state != State.UNREACHED]
    return max(reached, key=lambda entry: (entry.at, entry.pk), default=None)


def _fresh(worker: Worker, version: int | None) -> None:
    if version is not None and version != worker.version:
        raise Stale(_("Someone else has written about this worker in the meantime."), found=worker.version, diff={})


def _stand(workers: dict[int, Worker]) -> None:
    """Let workers stand where their logs leave them, under the next version (two queries)."""
    logs: dict[int, list[WorkerContact]] = {pk: [] for pk in workers}
    for entry in WorkerContact.objects.filter(worker__in=logs):
        logs[entry.worker_id].append(entry)
    for pk, worker in workers.items():
        at = standing(logs[pk])
        worker.state, worker.promised_on, worker.back_on = at.state, at.promised_on, at.back_on
        worker.called_at, worker.version = at.called_at, worker.version + 1
    fields = ["state", "promised_on", "back_on", "called_at", "version"]
    Worker.objects.bulk_update(workers.values(), fields, batch_size=200)


def _check(talk: Talk, back_on: date | None, now: datetime) -> None:
    known = (
        ("state", talk.state in State.values, _("Say where the talk left them.")),
        ("channel", talk.channel in Channel.values, _("Say how they were spoken with.")),
        ("worry", not talk.worry or talk.worry in Worry.values, _("There is no such worry.")),
        ("at", talk.at <= now, _("A contact cannot lie in the future.")),
    )
    for name, holds, words in known:
        if not holds:
            raise RuleBroken(words, field=name)
    if back_on is not None:
        words = _("They are back since %(day)s: take that entry back first.")
        raise RuleBroken(words % {"day": back_on}, field="state")
    if talk.state == State.BACK:
        if talk.day is None:
            raise RuleBroken(_("Say on which day they came back."), field="day")
        if talk.day.year < EARLIEST:
            raise RuleBroken(_("The year cannot lie before %(year)s.") % {"year": EARLIEST}, field="day")
        if talk.day > timezone.localtime(now).date():
            raise RuleBroken(_("The day cannot lie after today."), field="day")


def _some(workers: Sequence[Worker]) -> None:
    if not workers or len(workers) > MOST:
        raise RuleBroken(_("Choose 1 to %(most)s workers.") % {"most": MOST})
