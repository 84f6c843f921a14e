"""The audit: recomputes every chain and every evidence file, and names what does not fit.

Faults are {need, sequence, fault}: a changed content, a cut link, a missing event (also at the end), a state or a clock
that the chain does not lead to, an evidence file that is missing or altered, a trigger that is not in the database.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import connection

from sijin.ledger import triggers
from sijin.ledger.domain import clock
from sijin.ledger.domain.digests import digest
from sijin.ledger.models import Event, Evidence, Need

Fault = dict[str, Any]
Progress = Callable[[int, int], None]
COLUMNS = ("need_id", "sequence", "verb", "actor_id", "at", "note", "change", "previous", "digest")
CHUNK = 4000
Standing = tuple[str, int, str, Any]  # state, length of the chain, its head, the clock's events
Row = tuple[int, int, str, int | None, datetime, str, dict[str, Any], str, str]


def audit(progress: Progress = lambda done, total: None, files: bool = True) -> Iterator[Fault]:
    """Yield one fault per thing that does not fit; nothing when all is whole. `progress(done, total)` counts rows."""
    for name in triggers.missing(connection):
        yield _fault(0, 0, f"the database does not guard its rows: trigger {name} is missing")
    events, kept = Event.objects.count(), Evidence.objects.count() if files else 0
    total, done = events + kept, 0
    needs = {row[0]: row[1:] for row in Need.objects.values_list("pk", "state", "links", "head", "clock")}
    promised: dict[int, str] = {}  # the digest of each evidence file, as the chain has it
    rows: Iterator[Row] = Event.objects.order_by("need_id", "sequence").values_list(*COLUMNS).iterator(CHUNK)
    for need_id, chain in groupby(rows, key=lambda row: row[0]):
        links = list(chain)
        need = needs.pop(need_id, None)
        if need is None:
            yield _fault(need_id, 0, "events of a need that is not there")
        else:
            yield from _chain(need_id, links, need, promised)
        done += len(links)
        progress(done, total)
    for need_id in needs:
        yield _fault(need_id, 0, "need without events")
    if files:
        yield from _files(promised, lambda n: progress(events + n, total))


def audit_need(need: Need) -> Iterator[Fault]:
    """Yield the faults of one need's chain, without its files (two queries)."""
    kept = Need.objects.filter(pk=need.pk).values_list("state", "links", "head", "clock").get()
    links = list(Event.objects.filter(need=need).order_by("sequence").values_list(*COLUMNS))
    if links:
        yield from _chain(need.pk, links, kept, {})
    else:
        yield _fault(need.pk, 0, "need without events")


def _fault(need_id: int, sequence: int, words: str) -> Fault:
    return {"need": need_id, "sequence": sequence, "fault": words}


def _chain(
    need_id: int, links: list[Row], need: tuple[str, int, str, Any], promised: dict[int, str]
) -> Iterator[Fault]:
    state, count, head, ticks = need
    previous, expected, reached, klass, clocked = "", 1, "", 0, []
    for row in links:
        _need, sequence, verb, _actor, at, _note, change, before, found = row
        if sequence != expected:
            yield _fault(need_id, expected, "event missing")
            expected = sequence
        if before != previous:
            yield _fault(need_id, sequence, "link to the event before is cut")
        if digest(*row[:8]) != found:
            yield _fault(need_id, sequence, "content was changed")
        previous, expected = found, expected + 1
        reached = change.get("state", [None, reached])[1]
        klass = change.get("klass", [None, klass])[1] or klass
        if kept := clock.entry(verb, at, change, klass):
            clocked.append(kept)
        promised.update({pk: sha256 for pk, sha256, _name in change.get("evidence", ())})
    last = expected - 1
    if head and (count, head) != (last, previous):
        yield _fault(need_id, last, "the chain does not end where the need says")
    if reached != state:
        yield _fault(need_id, last, "state differs from the last event")
    if ticks is not None and ticks != clocked:
        yield _fault(need_id, last, "the clock differs from the chain")


def _files(promised: dict[int, str], progress: Callable[[int], None]) -> Iterator[Fault]:
    for done, file in enumerate(Evidence.objects.order_by("pk").iterator(CHUNK), 1):
        sequence = file.sequence or 0
        if promised.pop(file.pk, file.sha256) != file.sha256:
            yield _fault(file.need_id, sequence, f"evidence {file.name}: the chain promises another content")
        try:
            with file.file.open("rb") as content:
                found = hashlib.file_digest(content, "sha256").hexdigest()
        except OSError:
            yield _fault(file.need_id, sequence, f"evidence {file.name}: the file is missing")
        else:
            if found != file.sha256:
                yield _fault(file.need_id, sequence, f"evidence {file.name}: the file was altered")
        progress(done)
    for pk in promised:
        yield _fault(0, 0, f"evidence {pk} is in a chain and not in the table")
