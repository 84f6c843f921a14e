"""The event chain: every change of a need appends one event holding the digest of the one before."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sijin.ledger.models import Event, Need
from sijin.people.models import Account


def digest(event: Event) -> str:
    """Return the SHA-256 (hex) over the event's content and its predecessor's digest."""
    content = [
        event.need_id,
        event.sequence,
        event.verb,
        event.actor_id,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.note,
        event.change,
        event.previous,
    ]
    line = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(line.encode()).hexdigest()


def append(
    need: Need, verb: str, by: Account | None, at: datetime, note: str = "", change: dict[str, Any] | None = None
) -> Event:
    """Append one event to the need's chain; the caller holds the need's row lock and the transaction."""
    last = Event.objects.filter(need=need).order_by("-sequence").values_list("sequence", "digest").first()
    sequence, previous = (last[0] + 1, last[1]) if last else (1, "")
    event = Event(
        need=need, sequence=sequence, verb=verb, actor=by, at=at, note=note, change=change or {}, previous=previous
    )
    event.digest = digest(event)
    event.save(force_insert=True)
    return event


def since(need: Need, version: int) -> dict[str, list[Any]]:
    """Return {field: [then, now]} for what changed after `version` of the need; every change appends one event."""
    diff: dict[str, list[Any]] = {}
    for change in need.events.filter(sequence__gt=version).order_by("sequence").values_list("change", flat=True):
        for name, pair in change.items():
            if isinstance(pair, list):
                diff[name] = [diff.get(name, pair)[0], pair[1]]
    return diff


def audit(need: Need | None = None) -> Iterator[dict[str, Any]]:
    """Recompute every chain, or that of `need`, and yield one fault per broken link: {need, sequence, fault}.

    A gap in the numbering, a changed content, a cut link and a state that its last event does not lead to are faults.
    """
    need_id, previous, expected, state = None, "", 1, ""
    only = {} if need is None else {"pk": need.pk}
    states = dict(Need.objects.filter(**only).values_list("pk", "state"))
    chains = Event.objects.filter(need__in=states) if only else Event.objects.all()
    for event in chains.order_by("need_id", "sequence").iterator(2000):
        if event.need_id != need_id:
            if need_id is not None and states.pop(need_id) != state:
                yield {"need": need_id, "sequence": expected - 1, "fault": "state differs from the last event"}
            need_id, previous, expected, state = event.need_id, "", 1, ""
        if event.sequence != expected:
            yield {"need": need_id, "sequence": expected, "fault": "event missing"}
            expected = event.sequence
        if event.previous != previous:
            yield {"need": need_id, "sequence": event.sequence, "fault": "link to the event before is cut"}
        if digest(event) != event.digest:
            yield {"need": need_id, "sequence": event.sequence, "fault": "content was changed"}
        previous, expected = event.digest, expected + 1
        state = event.change.get("state", [None, state])[1]
    if need_id is not None and states.pop(need_id) != state:
        yield {"need": need_id, "sequence": expected - 1, "fault": "state differs from the last event"}
    for missing in states:
        yield {"need": missing, "sequence": 0, "fault": "need without events"}
