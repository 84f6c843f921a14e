"""What a figure is: the report's value, the read that computes it, and a row that can be taken away from under it."""

from collections.abc import Callable
from dataclasses import dataclass

from sijin.dispatch.models import Campaign
from sijin.people.models import Account
from sijin.people.policy import visible

CODE = "weihai-2020"


@dataclass(frozen=True)
class Figure:
    """One figure of the report. `take_away` removes (or alters) one row that `compute` reads, for the mutation test."""

    row: int
    what: str
    report: str
    compute: Callable[[], str]
    take_away: Callable[[], object]


def office() -> Account:
    """Return the account as which figures are read: the campaign office of the demo."""
    return Account.objects.get(username="office")


def campaign() -> Campaign:
    """Return the demo campaign as the office sees it."""
    return visible(office(), Campaign).get(code=CODE)
