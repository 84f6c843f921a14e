"""The event chain: every change of a need appends one event holding the digest of the one before."""

from datetime import datetime
from typing import Any

from sijin.ledger.domain.audit import audit
from sijin.ledger.domain.digests import digest
from sijin.ledger.models import Event, Need
from sijin.people.models import Account

__all__ = ["append", "audit", "digest"]


def append(
    need: Need, verb: str, by: Account | None, at: datetime, note: str = "", change: dict[str, Any] | None = None
) -> Event:
    """Append one event to the need's chain; the caller holds the need's row lock and the transaction, and saves it.

    The head of the chain is kept in the need; only a need that does not keep it yet costs a query.
    """
    if not need.head:
        last = Event.objects.filter(need=need).order_by("-sequence").values_list("sequence", "digest").first()
        need.links, need.head = last or (0, "")
    event = Event(
        need=need,
        sequence=need.links + 1,
        verb=verb,
        actor=by,
        at=at,
        note=note,
        change=change or {},
        previous=need.head,
    )
    event.digest = digest(need.pk, event.sequence, verb, by.pk if by else None, at, note, event.change, event.previous)
    event.save(force_insert=True)
    need.links, need.head = event.sequence, event.digest
    return event
