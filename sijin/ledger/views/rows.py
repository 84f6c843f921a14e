"""How one need stands in the table: its light in words, the days left, the verb that waits for the reader."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sijin.engines.calendars import china
from sijin.ledger.categories import category_name
from sijin.ledger.domain import clock, sheets, standing
from sijin.ledger.models import Need
from sijin.people.models import Account

AT_ONCE = ("receive", "close")  # verbs that need no facts: they are done from the row
MARKS = {"enterprise": "企", "project": "项", "village": "村", "community": "社"}  # the seal of each door
ASKS = ("close",)  # of those, the ones that ask once because they end something


@dataclass
class Row:
    """One need with what its row says; `said` is a word about what has just happened to it."""

    need: Need
    light: str
    words: str
    category: str
    mark: str
    verdict: str
    verb: str
    at_once: bool
    asks: bool
    receive_late: bool
    wish_missed: bool
    said: str = ""
    failed: bool = False


def rows(account: Account, needs: Iterable[Need], today: date) -> list[Row]:
    """Return the rows of a page of needs (at most one query a scope of the reader's)."""
    needs = list(needs)
    turns = standing.turns(account, needs, today)
    return [_row(need, turns.get(need.pk, ""), today) for need in needs]


def _row(need: Need, verb: str, today: date) -> Row:
    light = clock.light(need, today)
    return Row(
        need=need,
        light=light,
        words=left(need, light, today),
        category=category_name(need.category),
        mark=MARKS.get(need.door, ""),
        verdict=str(sheets.VERDICTS.get(need.verdict, need.verdict)),
        verb=verb,
        at_once=verb in AT_ONCE,
        asks=verb in ASKS,
        receive_late=need.state == Need.State.HANDED_OVER and bool(need.receive_due and need.receive_due < today),
        wish_missed=standing.wish_missed(need, today),
    )


def left(need: Need, light: str, today: date) -> str:
    """Return the light's words with the working days left or over."""
    if light == "done":
        return str(need.get_state_display())
    if light == "held":
        return _("Clock paused") if need.paused else _("On hold")
    if light == "none" or need.due is None:
        return _("No deadline")
    days = china().workdays_between(today, need.due)
    if light == "late":
        over = -days
        return (
            ngettext("%(n)s working day over", "%(n)s working days over", over) % {"n": over}
            if over
            else _("Over since the last working day")
        )
    if today == need.due:
        return _("Due today")
    return ngettext("%(n)s working day left", "%(n)s working days left", days) % {"n": days}
