"""The digest that links one event to the next."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def digest(
    need_id: int,
    sequence: int,
    verb: str,
    actor_id: int | None,
    at: datetime,
    note: str,
    change: dict[str, Any],
    previous: str,
) -> str:
    """Return the SHA-256 (hex) over an event's content and its predecessor's digest."""
    when = at.astimezone(UTC).isoformat(timespec="microseconds")
    line = ENCODE([need_id, sequence, verb, actor_id, when, note, change, previous])
    return hashlib.sha256(line.encode()).hexdigest()
