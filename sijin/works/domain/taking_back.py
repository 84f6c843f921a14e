"""Which change of a row would be taken back: the last that was not taken back yet, whatever the row is."""

from typing import Any

from django.db.models import QuerySet


def last_standing(changes: QuerySet, first: str) -> Any:
    """Return the last of `changes` that no `undo` took back; None for how the row began (the verb `first`)."""
    depth = 0
    for change in changes.order_by("-at", "-pk"):
        if change.verb == "undo":
            depth += 1
        elif depth:
            depth -= 1
        else:
            return None if change.verb == first else change
    return None
