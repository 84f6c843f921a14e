"""Telling accounts something: kept for the reader's bell, and handed to further channels such as e-mail.

A room registers how its codes are worded (`wording`) and calls `tell`. A channel is a class with `send`, named in
SIJIN_NOTICE_CHANNELS; it gets the notices once they are committed, and its failure undoes nothing.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from sijin.people.models import Account, Notice
from sijin.people.policy import require, visible, within

log = logging.getLogger(__name__)
BATCH = 500


class Words(NamedTuple):
    """What a notice says: a line, and what there is to add."""

    title: str
    lines: Sequence[str] = ()


Wording = Callable[[dict[str, Any]], Words]
_wordings: dict[str, Wording] = {}


class Channel(Protocol):
    """A way to reach people outside the pages."""

    def send(self, notices: Sequence[Notice]) -> None:
        """Pass on `notices`, whose accounts are fetched; `worded` says what each tells."""


@dataclass(frozen=True)
class Message:
    """What one account is told."""

    account: Account
    code: str
    values: dict[str, Any]
    url: str = ""


def wording(code: str) -> Callable[[Wording], Wording]:
    """Register the function that words the notices of `code` in the language that is active when it is called."""

    def register(function: Wording) -> Wording:
        _wordings[code] = function
        return function

    return register


def worded(notice: Notice) -> Words:
    """Return what a notice says in the reader's language; a code that nobody words is its own title."""
    known = _wordings.get(notice.code)
    return known(notice.values) if known else Words(notice.code)


def tell(messages: Iterable[Message], at: datetime) -> int:
    """Keep the messages for their readers and pass them on to the channels after the commit; return how many."""
    made = Notice.objects.bulk_create(
        (Notice(account=m.account, at=at, code=m.code, values=m.values, url=m.url[:200]) for m in messages),
        batch_size=BATCH,
    )
    if made and settings.NOTICE_CHANNELS:
        transaction.on_commit(lambda: _pass_on(made))
    return len(made)


@cache
def _channel(path: str) -> Channel:
    return import_string(path)()


def _pass_on(notices: Sequence[Notice]) -> None:
    for path in settings.NOTICE_CHANNELS:
        try:
            _channel(path).send(notices)
        except Exception:  # whatever a channel does, what was told stays told
            log.exception("The channel %s did not pass on %d notices", path, len(notices))


def mine(by: Account) -> QuerySet[Notice]:
    """Return what `by` was told, the latest first."""
    return visible(by, Notice)


def unread(by: Account) -> QuerySet[Notice]:
    """Return what `by` was told and has not read."""
    return mine(by).filter(read_at=None)


def read(by: Account, notice: Notice, at: datetime) -> Notice:
    """Mark a notice as read; one that was read keeps its time."""
    require(by, "read", notice)
    if notice.read_at is None:
        notice.read_at = at
        notice.save(update_fields=["read_at"])
    return notice


def read_all(by: Account, at: datetime) -> int:
    """Mark all that `by` was told as read; return how many were not."""
    require(by, "read", Notice)
    return within(by, "read", Notice.objects.filter(read_at=None)).update(read_at=at)
