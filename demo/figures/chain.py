"""Row 12: the three lists of the chain, what stops with 迪尚, the departments that sort it out together."""

from demo.figures.figure import Figure, campaign, office
from sijin.exchange.domain.chain.maps import Map, drawn
from sijin.exchange.models import ChainFirm, ChainSupply
from sijin.ledger.models import Need

HOLDER = "E001"


def _map(stop: int | None = None) -> Map:
    return drawn(office(), campaign(), stop)


def _lists() -> str:
    """Count the lists that have somebody, if nobody is in two of them."""
    found = _map()
    lists = [
        {row["firm"].name for row in found.backbone}, {row["firm"].name for row in found.suppliers},
        {link.product for link in found.weak},
    ]  # fmt: skip
    return str(sum(bool(own) for own in lists) if not lists[0] & lists[1] else 0)


def _stops() -> str:
    firm = ChainFirm.objects.get(campaign=campaign(), site__code=HOLDER)
    return "yes" if _map(firm.pk).stops else "no"


def _task() -> Need | None:
    return next((need for need in Need.objects.filter(campaign=campaign()) if 12 in need.report_rows), None)


def _departments() -> str:
    """Count the units at the task whose own deadline is known."""
    need = _task()
    if need is None:
        return "0"
    with_them = need.hand_overs.filter(leads=False).exclude(due=None).count()
    return str(with_them + bool(need.lead_unit_id and need.due))


def _no_supplies() -> object:
    return ChainSupply.objects.filter(supplier__site__code=HOLDER).delete()


def _no_task() -> object:
    need = _task()
    return Need.objects.filter(pk=need.pk).update(report_rows=[]) if need else None


FIGURES = [
    Figure(12, "lists of the chain with somebody in them, nobody in two", "3", _lists,
           lambda: ChainSupply.objects.all().delete()),
    Figure(12, "firms stop with 迪尚", "yes", _stops, _no_supplies),
    Figure(12, "departments at the joint task, each with a deadline", "3", _departments, _no_task),
]  # fmt: skip
