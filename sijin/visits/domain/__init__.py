"""Verbs and reads of the visits; other rooms take them from here."""

from sijin.visits.domain.reads import coverage, diary, listed, one
from sijin.visits.domain.rounds import cancel, clashes, others_on, plan, today
from sijin.visits.domain.visits import add_note, add_photo, amend, may_amend, record

__all__ = [
    "add_note",
    "add_photo",
    "amend",
    "cancel",
    "clashes",
    "coverage",
    "diary",
    "listed",
    "may_amend",
    "one",
    "others_on",
    "plan",
    "record",
    "today",
]
