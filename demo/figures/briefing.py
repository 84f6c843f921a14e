"""Rows 35 and 36: satisfaction with its number and interval, and the report's numbers counted anew as of any day."""

from datetime import date

from demo.figures.figure import Figure, campaign, office
from sijin.briefing.domain.figures import Figures, figures
from sijin.briefing.domain.standing import closing
from sijin.dispatch.models import Campaign, Membership
from sijin.ledger.models import Need
from sijin.people.policy import visible

EARLIER = date(2020, 4, 30)
MOVING = ("found", "closed", "visits", "on_time", "asked", "satisfied")  # what grows; a stock may stand twice


def _now() -> Figures:
    return figures(office(), campaign())


def _community() -> Need | None:
    return visible(office(), Need).filter(campaign=campaign(), site__code="C001", generated=False).first()


def _satisfied() -> str:
    """Say "all" when everybody asked was satisfied and the rate has its number and interval."""
    need = _community()
    rate = _now()[f"satisfied_rate.site-{need.site_id}"] if need else None
    if rate is None or not rate.n or rate.low is None or rate.high is None:
        return "nobody asked"
    return "all" if rate.value == 1 else f"{rate.shown} of {rate.n}"


def _people() -> str:
    keys = ("people.level-province", "teams.level-province", "people.level-city", "teams.level-city")
    return " ".join(str(_now()[key].value) for key in keys)


def _standing_still() -> str:
    now, then = _now(), figures(office(), campaign(), closing(campaign(), EARLIER))
    return str(sum(now[key].value == then[key].value for key in MOVING))


FIGURES = [
    Figure(35, "residents of 学府社区, of those who were asked", "all", _satisfied,
           lambda: Need.objects.filter(pk=_community().pk).update(dissatisfied=1)),
    Figure(36, "people and groups of the report, as figures with rows", "35 7 2400 490", _people,
           lambda: Membership.objects.filter(leads=False).first().delete()),
    Figure(36, "figures that stay when the cut-off goes back to 30 April", "0", _standing_still,
           lambda: Campaign.objects.update(cutoff=closing(campaign(), EARLIER))),
]  # fmt: skip
