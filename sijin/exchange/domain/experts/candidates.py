"""Who could come for an expert request: offers of kind expert and officials with the skill, best first, with reasons.

Offers are ranked by the finder of complements; officials by the skills directory, as far as the reader may see them.
"""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from sijin.dispatch.domain.skills import Helper, who_can_help
from sijin.exchange.domain import suggestions
from sijin.exchange.domain.experts.requests import KIND
from sijin.exchange.models import ExpertVisit
from sijin.ledger.models import Need
from sijin.people.models import Account, Official
from sijin.people.policy import may
from sijin.places.distance import kilometres

MOST = 5  # of each source


@dataclass(frozen=True)
class Candidate:
    """Somebody who could come: out of an offer (`offer` is its key) or an official (`official` is theirs)."""

    who: str
    reasons: list[str]
    missing: list[str] = field(default_factory=list)
    offer: int | None = None
    official: int | None = None

    @property
    def key(self) -> str:
        """Return what a form sends when it chooses them."""
        return f"offer-{self.offer}" if self.offer else f"official-{self.official}"

    @property
    def reason(self) -> str:
        """Return what speaks for them in one line."""
        return " · ".join(self.reasons)


def candidates(account: Account, need: Need) -> list[Candidate]:
    """Return offers first, then officials; whoever is named for the need already is left out."""
    named = ExpertVisit.objects.filter(need=need, withdrawn_at=None)
    officials = set(named.values_list("official", flat=True))
    made = [
        Candidate(f"{one.offer.provider} · {one.offer.item}", one.reasons, one.missing, offer=one.offer.pk)
        for one in suggestions.offers_of_kind(account, need, KIND, MOST)
    ]
    if not may(account, "view", Official):
        return made
    found = who_can_help(account, need.campaign, f"{need.title} {need.text}").people
    helpers = [helper for helper in found if helper.official.pk not in officials]
    return made + [_official(helper, need) for helper in helpers[:MOST]]


def _official(helper: Helper, need: Need) -> Candidate:
    reasons = [helper.reason]
    home = helper.official.home
    if home is not None and home.lat is not None and need.site.lat is not None:
        away = kilometres(home.lat, home.lon, need.site.lat, need.site.lon)
        reasons.append(_("%(km)s km away") % {"km": round(away)})
    if helper.team is not None:
        reasons.append(_("in team %(team)s") % {"team": helper.team.name})
    return Candidate(called(helper.official), reasons, official=helper.official.pk)


def called(official: Official) -> str:
    """Return how an official is named to those whom they visit: unit, title, name (which may begin with the unit)."""
    unit = "" if official.name.startswith(official.unit.name) else official.unit.name
    return " · ".join(filter(None, (unit, official.title, official.name)))[:200]
