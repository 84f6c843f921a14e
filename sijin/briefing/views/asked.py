"""What a request asks for: the campaign that its reader sees, and the day as of which."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from sijin.briefing.domain.figures import Figures, figures
from sijin.briefing.domain.standing import closing, day_of
from sijin.dispatch.models import Campaign
from sijin.ledger.models import Need
from sijin.people.policy import may, visible


@dataclass(frozen=True)
class AsOf:
    """The day that was asked for, the campaign's first day and its present one."""

    day: date
    first: date
    today: date

    @property
    def past(self) -> bool:
        """Whether the day lies before the campaign's present."""
        return self.day < self.today

    @property
    def query(self) -> str:
        """What a link adds so that the day stays chosen."""
        return f"?at={self.day.isoformat()}" if self.past else ""

    @property
    def earlier(self) -> date | None:
        """The day before, or None on the first day."""
        return self.day - timedelta(days=1) if self.day > self.first else None

    @property
    def later(self) -> date | None:
        """The day after, or None today."""
        return self.day + timedelta(days=1) if self.past else None


def campaign_of(request: HttpRequest) -> Campaign | None:
    """Return the reader's campaign, or None when there is none or the role has no ledger to read."""
    campaign = visible(request.user, Campaign).first()
    return campaign if campaign is not None and may(request.user, "view", Need) else None


def as_of(request: HttpRequest, campaign: Campaign) -> AsOf:
    """Read `?at=`; a day that cannot be read is said, a day outside the campaign is brought to its nearest end."""
    today, day = day_of(campaign.now()), None
    if text := request.GET.get("at", ""):
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            messages.error(request, _("“%(text)s” is not a date; shown as of today.") % {"text": text[:20]})
    return AsOf(min(max(day or today, min(campaign.start, today)), today), campaign.start, today)


def figures_of(request: HttpRequest) -> tuple[Figures, AsOf]:
    """Return the reader's figures as of the day asked for; 404 when the role reads no figures."""
    campaign = campaign_of(request)
    if campaign is None:
        raise Http404
    asked = as_of(request, campaign)
    return figures(request.user, campaign, closing(campaign, asked.day)), asked
