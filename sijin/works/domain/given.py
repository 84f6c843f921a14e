"""What a site gets, beside measures: the matches for its needs, and the relief that it may have or has claimed.

Lines hold codes, so that a plan that was frozen reads in every language.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone

from sijin.dispatch.models import Campaign
from sijin.exchange.domain.relief import book, sheets, words
from sijin.exchange.domain.relief import figures as relief_figures
from sijin.exchange.models import Match, ReliefFigures
from sijin.people.models import Account
from sijin.people.policy import may, visible
from sijin.places.models import Door, Site

SHOWN = ("due", "claimed")  # statuses of relief that a plan speaks of


@dataclass(frozen=True)
class Promise:
    """A match: what, how much in the unit of the need, who gives it, how far it is (a code), since when."""

    match: int
    item: str
    quantity: str
    unit: str
    provider: str
    state: str
    since: str  # ISO date

    @property
    def day(self) -> date:
        """Return the day on which it was made."""
        return date.fromisoformat(self.since)

    @property
    def state_word(self) -> str:
        """Return the word of the match's state in the reader's language."""
        return str(Match.State(self.state).label)


@dataclass(frozen=True)
class Reduction:
    """A rule of relief: its document, the yuan that it comes to, whether it was claimed, the last day."""

    rule: str
    document: str
    yuan: str
    status: str
    until: str  # ISO date, or empty

    @property
    def name(self) -> str:
        """Return the rule's name in the reader's language; its number, when the rule book knows it no more."""
        rule = next((rule for rule in book.book().rules if rule.id == self.rule), None)
        return book.rule_name(rule) if rule else self.rule

    @property
    def amount(self) -> Decimal:
        """Return the yuan."""
        return Decimal(self.yuan)

    @property
    def day(self) -> date | None:
        """Return the last day on which it can be had."""
        return date.fromisoformat(self.until) if self.until else None

    @property
    def status_word(self) -> str:
        """Return the status in the reader's language."""
        return words.statuses()[self.status]


def promises(account: Account, site: Site, campaign: Campaign) -> list[Promise]:
    """Return the matches for the site's needs that the account sees, those let go left out."""
    rows = visible(account, Match).filter(item__need__site=site, item__need__campaign=campaign)
    rows = rows.exclude(state=Match.State.RELEASED).select_related("item", "offer").order_by("made_at", "pk")
    return [
        Promise(
            row.pk, row.item.item, f"{row.quantity.normalize():f}", row.item.unit, row.offer.provider, row.state,
            timezone.localtime(row.made_at).date().isoformat(),
        )
        for row in rows
    ]  # fmt: skip


def reductions(account: Account, site: Site, on: date) -> list[Reduction]:
    """Return what the firm may have and what it has claimed, the largest first; nothing where no figures are kept."""
    if site.door != Door.ENTERPRISE or not may(account, "view", ReliefFigures):
        return []
    firm = relief_figures.firms(account).filter(pk=site.pk).exclude(relief_figures=None).first()
    if firm is None:
        return []
    return [
        Reduction(
            line.rule.id, line.rule.document, f"{line.yuan:.2f}", line.status,
            line.deadline.isoformat() if line.deadline else "",
        )
        for line in sheets.sheet(firm, on).of(*SHOWN)
        if line.yuan
    ]  # fmt: skip
