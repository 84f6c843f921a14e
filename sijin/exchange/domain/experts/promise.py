"""The promise of an expert request: asked on day D, somebody is there on D+3 at the latest, in calendar days.

Days off count as well: who waits in a field waits through them. Pure; the number of days is data (`kinds.yaml`).
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

KEPT, LATE, OPEN, OVER, UNMET = "kept", "late", "open", "over", "unmet"
RUNNING = (OVER, OPEN)
LIGHTS = {KEPT: "ok", LATE: "late", OVER: "late", UNMET: "none"}
SOON = 1  # days left from which the light is yellow


@dataclass(frozen=True)
class Promise:
    """How a promise stands on `today`: asked on `asked`, kept within `days`, somebody `came`; `ended`: the need is."""

    asked: date
    days: int
    came: date | None
    today: date
    ended: bool = False

    @property
    def due(self) -> date:
        """Return the last day on which it is kept."""
        return self.asked + timedelta(days=self.days)

    @property
    def state(self) -> str:
        """Return kept or late (somebody came), open or over (nobody has), unmet (the need ended without anybody)."""
        if self.came is not None:
            return KEPT if self.came <= self.due else LATE
        if self.ended:
            return UNMET
        return OPEN if self.today <= self.due else OVER

    @property
    def left(self) -> int:
        """Return the days that are left, 0 on the last one, below 0 after it; counted up to the day somebody came."""
        return (self.due - (self.came or self.today)).days

    @property
    def over(self) -> int:
        """Return by how many days it is, or was, over; 0 while it is kept."""
        return 0 if self.state == UNMET else max(0, -self.left)

    @property
    def light(self) -> str:
        """Return the light that shows it."""
        if self.state == OPEN:
            return "soon" if self.left <= SOON else "ok"
        return LIGHTS[self.state]

    @property
    def words(self) -> str:
        """Say it in the reader's language."""
        if self.state == KEPT:
            return _("Kept")
        if self.state == LATE:
            return ngettext("Came %(days)s day late", "Came %(days)s days late", self.over) % {"days": self.over}
        if self.state == UNMET:
            return _("Ended without a visit")
        if self.state == OVER:
            return ngettext("%(days)s day over", "%(days)s days over", self.over) % {"days": self.over}
        if self.left == 0:
            return _("Due today")
        return ngettext("%(days)s day left", "%(days)s days left", self.left) % {"days": self.left}


def names() -> dict[str, str]:
    """Return the word of every state in the reader's language, in the order of a list's tabs."""
    return {
        OVER: _("Over the promise"),
        OPEN: _("Running"),
        KEPT: _("Kept"),
        LATE: _("Came late"),
        UNMET: _("Ended without a visit"),
    }
