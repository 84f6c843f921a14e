"""Two needs that solve each other in the demo: too many orders at one firm, an idle line at another (generated).

The report tells of firms with more orders than hands and of firms whose lines stand still; these two stand for them.
They are raised on the last day, so that they are open at the cut-off and move no other row.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from demo.cast import Cast
from demo.generated.course import Course
from sijin.ledger.domain import needs
from sijin.ledger.models import Need
from sijin.places.models import Site

TZ = ZoneInfo("Asia/Shanghai")
DAY = date(2020, 5, 26)
BUSY = ("隔离衣订单排到七月，产能跟不上", "capacity", "工业和信息化局")
IDLE = ("隔离衣生产线闲置，没有订单", "market", "商务局")


def pair_of(cast: Cast) -> Course:
    """Raise both by the teams of two neighbouring firms; the departments receive them."""
    at = datetime.combine(DAY, time(14), TZ)
    yield at
    raised = []
    for site, (title, category, lead) in zip(_neighbours(cast), (BUSY, IDLE), strict=True):
        team = cast.posted[site.pk]
        leader = cast.leaders[team.pk]
        need = needs.raise_need(leader, team, site, title, category=category, at=at, generated=True)
        raised.append((need, cast.units[f"{site.county.name}{lead}"]))
    yield (at := at + timedelta(hours=1))
    for need, unit in raised:
        needs.apply(need, "hand_over", cast.office, at=at, klass=Need.Klass.TOGETHER, lead_unit=unit)
    yield (at := at + timedelta(hours=1))
    for need, unit in raised:
        needs.apply(Need.objects.get(pk=need.pk), "receive", cast.handlers[unit.pk], at=at)


def _neighbours(cast: Cast) -> tuple[Site, Site]:
    """Return two generated firms of one county that a team looks after."""
    first, *others = (
        site
        for _code, site in sorted(cast.sites.items())
        if site.door == "enterprise" and site.generated and site.pk in cast.posted
    )
    return first, next(site for site in others if site.county_id == first.county_id)
