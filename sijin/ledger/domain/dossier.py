"""Everything that one need's page shows: its story with evidence, the chain of units, the limits, what comes next.

Reads each kind of row once (`gather` says how many queries) and works on what it has read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.engines import milestones as engine
from sijin.engines.calendars import china
from sijin.ledger.domain import clock
from sijin.ledger.domain.possible import Situation, next_of, possible
from sijin.ledger.domain.words import facts_of
from sijin.ledger.models import ConfirmLink, Event, Evidence, HandOver, Need
from sijin.ledger.transitions import CLOCK
from sijin.people.models import Account

MARKS: dict[str, tuple[engine.MarkKind, ...]] = {
    "raise": ("raised",),
    "hand_over": ("handed_over",),
    "send_back": ("sent_back",),
    "receive": ("received",),
    "contact": ("contacted",),
    "carry_out": ("measure",),
    "progress": ("progressed",),
    "answer": ("answered",),
}
S = Need.State


@dataclass
class Line:
    """One entry of the story: an event in words with its files, or several clock events folded into one."""

    event: Event | None
    facts: list[str] = field(default_factory=list)
    files: list[Evidence] = field(default_factory=list)
    folded: list["Line"] = field(default_factory=list)


@dataclass(frozen=True)
class Dossier:
    """What the page has read of one need, and what follows from it."""

    here: Situation
    events: Sequence[Event]
    files: Sequence[Evidence]
    link: ConfirmLink | None
    verbs: Sequence[str]

    @property
    def need(self) -> Need:
        """Return the need."""
        return self.here.need

    @property
    def next(self) -> str:
        """Return the next regular verb, when it is this account's."""
        return next_of(self.here, self.verbs)

    @property
    def others(self) -> list[str]:
        """Return the other verbs that are possible."""
        return [verb for verb in self.verbs if verb != self.next]

    @property
    def light(self) -> str:
        """Return the light of today."""
        return clock.light(self.need, self.here.today)


def gather(account: Account, need: Need) -> Dossier:
    """Read what the page of `need` shows to `account`: five queries, one more a policy scope, one for an open link."""
    today = clock.local(need.campaign.now())
    events = list(need.events.select_related("actor__unit", "actor__official__unit").order_by("sequence"))
    hand_overs = list(need.hand_overs.select_related("unit", "answered_by"))
    measures = list(need.measures.select_related("unit").order_by("pk"))
    here = Situation(need, account, today, hand_overs, measures, list(need.items.order_by("pk")))
    files = list(need.evidence.order_by("pk"))
    link = None
    if need.state == S.VERIFIED:
        link = need.confirm_links.filter(used_at=None).exclude(ended="reissued").order_by("-made_at").first()
    return Dossier(here, events, files, link, possible(here))


def story(found: Dossier) -> list[Line]:
    """Return the events in order, each with its facts in words and its files; runs of clock events are folded."""
    units = {given.unit_id: given.unit.name for given in found.here.hand_overs}
    items = {item.pk: item for item in found.here.items}
    measures = {measure.pk: measure.text for measure in found.here.measures}
    carried: dict[int, list[Evidence]] = {}
    for file in found.files:
        carried.setdefault(file.sequence or 0, []).append(file)
    lines: list[Line] = []
    for event in found.events:
        line = Line(event, facts_of(event, units, items, measures), carried.get(event.sequence, []))
        if event.verb not in CLOCK:
            lines.append(line)
        elif lines and lines[-1].event is None:
            lines[-1].folded.append(line)
        else:
            lines.append(Line(None, folded=[line]))
    return lines


def loose(found: Dossier) -> list[Evidence]:
    """Return the files that no event carries yet."""
    return [file for file in found.files if file.sequence is None]


def limits(found: Dossier) -> Sequence[engine.Milestone]:
    """Return the smaller limits of the campaign's rules with their lights."""
    marks: list[engine.Mark] = []
    for event in found.events:
        at = timezone.localtime(event.at)
        kinds = MARKS.get(event.verb, ())
        if event.verb == "carry_out" and event.change.get("measure_due"):
            kinds = (*kinds, "planned")
        marks += [engine.Mark(kind, at) for kind in kinds]
    now = timezone.localtime(found.need.campaign.now())
    return engine.milestones(clock.profile_of(found.need), marks, china(), now)


def burden(events: Sequence[Event]) -> list[tuple[datetime, str]]:
    """Return what this need asked of the site: papers while the clock stood, visits to verify, words to confirm."""
    words = {
        "verify": _("We came to see whether it is done."),
        "refuse": _("We came to see whether it is done."),
        "ask_confirm": _("We asked for your word."),
        "look_back": _("We asked whether it stayed solved."),
    }
    asked = []
    for event in events:
        if event.verb == "pause":
            asked.append((event.at, event.note))
        elif event.verb in words:
            asked.append((event.at, words[event.verb]))
    return asked


def crumbs(hand_overs: Sequence[HandOver]) -> list[HandOver]:
    """Return the present links of the chain of units: leads in order; co-handlers after the lead that they help."""
    return [given for given in hand_overs if given.sent_back_at is None]


def evidence_of(need: Need) -> dict[str, Any]:
    """Return the photos and the documents of a need apart (one query)."""
    files = list(need.evidence.order_by("pk"))
    return {
        "photos": [file for file in files if file.media_type.startswith("image/")],
        "documents": [file for file in files if not file.media_type.startswith("image/")],
    }
