"""The record of what was changed of the portfolio: desks, locks, weights, plans."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from sijin.people.models import Account
from sijin.works.models import PortfolioChange, Project


def log(
    by: Account, verb: str, about: str, at: datetime, change: dict[str, Any], project: Project | None = None
) -> PortfolioChange:
    """Keep a change; within the transaction of the verb."""
    return PortfolioChange.objects.create(verb=verb, about=about[:160], by=by, at=at, change=change, project=project)


def word(verb: str) -> str:
    """Return what a change is called in the list of changes."""
    return {
        "desk": _("desk kept"), "drop": _("desk dropped"), "lock": _("step locked"), "unlock": _("step let go"),
        "terms": _("weight and day set"), "solve": _("solved"), "approve": _("plan approved"),
        "discard": _("draft put away"),
    }.get(verb, verb)  # fmt: skip
