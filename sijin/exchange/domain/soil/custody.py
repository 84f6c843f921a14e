"""The rule of a chain of custody: every sample is in one pair of hands at a time, and time goes forward. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from sijin.people.refusals import RuleBroken


@dataclass(frozen=True)
class Hand:
    """One hand-over: who gives, who receives, when."""

    giver: str
    receiver: str
    at: datetime


def holder(taken_by: str, steps: Sequence[Hand]) -> str:
    """Return in whose hands the sample is."""
    return steps[-1].receiver if steps else taken_by


def last(taken_at: datetime, steps: Sequence[Hand]) -> datetime:
    """Return when the last thing happened to the sample."""
    return steps[-1].at if steps else taken_at


def follows(taken_by: str, taken_at: datetime, steps: Sequence[Hand], step: Hand, now: datetime) -> None:
    """Raise RuleBroken, naming the field, unless `step` may follow: no gap in the hands, no step back in time."""
    here = holder(taken_by, steps)
    if step.giver != here:
        raise RuleBroken(
            _("The sample is with %(holder)s: only they can hand it over.") % {"holder": here}, field="giver"
        )
    if not step.receiver.strip() or step.receiver == step.giver:
        raise RuleBroken(_("Say who receives it: somebody else than who gives it."), field="receiver")
    if step.at < last(taken_at, steps):
        raise RuleBroken(_("A hand-over cannot lie before the one before it, or before the sampling."), field="at")
    if step.at > now:
        raise RuleBroken(_("A hand-over cannot lie after now."), field="at")


def unbroken(taken_by: str, taken_at: datetime, steps: Sequence[Hand]) -> bool:
    """Say whether a whole chain keeps the rule."""
    try:
        for n, step in enumerate(steps):
            follows(taken_by, taken_at, steps[:n], step, step.at)
    except RuleBroken:
        return False
    return True
