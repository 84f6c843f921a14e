"""Rows 7 to 11, 13 and 33: makers, complements, agreements, talent, relief, site plans, donations."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from django.utils import timezone

from demo.figures.figure import Figure, campaign, office
from sijin.exchange.domain import reads, suggestions
from sijin.exchange.domain.relief import figures as relief_figures
from sijin.exchange.domain.relief import sheets
from sijin.exchange.models import Agreement, Match, Offer, ReliefFigures
from sijin.ledger.models import Measure, Need, NeedItem
from sijin.people.policy import visible
from sijin.places.models import Site
from sijin.works.domain import plans
from sijin.works.models import SitePlan

MAKES = ("防护服", "隔离衣")


def _makers(**narrowed: object) -> reads.Filter:
    return reads.Filter(kind="capacity", **narrowed)


def _listed(wanted: reads.Filter) -> set[str]:
    return set(reads.offers(office(), campaign(), wanted).values_list("code", flat=True))


def _counted() -> str:
    return str(reads.counted(reads.offers(office(), campaign(), _makers(tags=MAKES)))["providers"])


def _search_differs() -> str:
    tagged = {offer.code for offer in Offer.objects.filter(kind="capacity") if "隔离衣" in offer.tags}
    return str(len(_listed(_makers(q="隔离衣")) ^ tagged))


def _need(row: int) -> Need:
    told = visible(office(), Need).filter(campaign=campaign(), generated=False).select_related("site", "campaign")
    return next(need for need in told if row in need.report_rows)


def _partners() -> list[suggestions.Suggestion]:
    return suggestions.offers_for(office(), _need(8), limit=100)


def _complements() -> str:
    """Whom the firm with the orders is paired with: what they have, over all suggestions."""
    return " ".join(sorted({f"capacity={p.offer.has_capacity},channel={p.offer.has_channel}" for p in _partners()}))


def _order_of_certificates() -> str:
    """In which order the partners stand by their export certificate, each standing named once per run."""
    words = {True: "held", None: "not known", False: "lacking"}
    standings = [words[partner.offer.certificate] for partner in _partners()]
    return ", ".join(word for n, word in enumerate(standings) if n == 0 or standings[n - 1] != word)


def _agreements() -> dict[str, object]:
    return reads.totals(reads.agreements(office(), campaign()))


def _colleges() -> str:
    best = suggestions.offers_for(office(), _need(10), limit=3)
    return str(any(found.offer.provider.startswith("省属高校") for found in best))


KNOWN_IN_JUNE = date(2020, 6, 30)  # when the half rate of large firms had been extended to June


def _paper_maker() -> Site:
    return relief_figures.firms(office()).get(code="E003")


def _relief() -> str:
    today = timezone.localtime(campaign().now()).date()
    return str(sheets.sheet(_paper_maker(), today).total("due", "claimed"))


def _relief_as_large() -> str:
    """The same firm by the thresholds of a large one; nothing is kept of it."""
    site = _paper_maker()
    site.relief_figures.values["scale"] = "large"
    return str(sheets.sheet(site, KNOWN_IN_JUNE).total("due", "claimed"))


def _unknown(column: str) -> object:
    """Take one figure of the firm away."""
    found = ReliefFigures.objects.get(site__code="E003")
    del found.values[column]
    return found.save()


def _issued() -> list[plans.Draft]:
    firms = [_need(row).site_id for row in (8, 10, 11)]
    return [plans.Draft.of(plan.content) for plan in visible(office(), SitePlan).filter(site__in=firms, number=1)]


def _aspects() -> str:
    """The aspects of which every plan speaks: with measures, or by saying that there is no such problem."""
    spoken = [{aspect.code for aspect in plan.aspects if aspect.lines or aspect.required} for plan in _issued()]
    common = set.intersection(*spoken) if len(spoken) == 3 else set()
    return " ".join(code for code in ("people", "funds", "policy") if code in common)


def _gaps() -> str:
    return str(sum(len(plans.draft(office(), _need(row).site, campaign()).gaps) for row in (8, 10, 11)))


def _amounts(read: Callable[[NeedItem], Decimal]) -> str:
    items = {item.item: item for item in _need(33).items.all()}
    return " ".join(f"{read(items[name]).normalize():f}" for name in ("电脑", "彩色打印机"))


def _pledged(item: NeedItem) -> Decimal:
    found = visible(office(), Match).filter(item=item).exclude(state=Match.State.RELEASED)
    return sum((match.quantity for match in found), Decimal(0))


def _first_of(kind: str) -> Offer:
    return Offer.objects.filter(kind=kind, generated=True).first()


def _altered(offer: Offer, **change: object) -> object:
    return Offer.objects.filter(pk=offer.pk).update(**change)


FIGURES = [
    Figure(7, "makers of protective clothing and gowns in the province", "25", _counted,
           lambda: _altered(_first_of("capacity"), withdrawn_at=campaign().now())),
    Figure(7, "gown makers that a search for 隔离衣 misses or adds", "0", _search_differs,
           lambda: _altered(Offer.objects.filter(search__contains="隔离衣").first(), search="")),
    Figure(8, "whom the firm with orders is paired with", "capacity=True,channel=False", _complements,
           lambda: Offer.objects.filter(site__code="E001").delete()),
    Figure(8, "partners in order of their export certificate", "held, not known, lacking", _order_of_certificates,
           lambda: Offer.objects.filter(certificate=False, kind="capacity").update(withdrawn_at=campaign().now())),
    Figure(9, "agreements signed", "8", lambda: str(_agreements()["count"]), lambda: Agreement.objects.last().delete()),
    Figure(9, "value of the orders, yuan", "200000000.00", lambda: f"{_agreements()['amount']:.2f}",
           lambda: Agreement.objects.last().delete()),
    Figure(10, "a provincial college is among the best three", "True", _colleges,
           lambda: Offer.objects.filter(provider__startswith="省属高校").update(withdrawn_at=campaign().now())),
    Figure(11, "relief of the paper maker, yuan", "3314000.00", _relief, lambda: _unknown("electricity_2020_02")),
    Figure(11, "relief of the same firm as a large one, known on 30 June, yuan", "2202500.00", _relief_as_large,
           lambda: _unknown("insurance_base_2020_06")),
    Figure(13, "aspects of which every firm's plan speaks", "people funds policy", _aspects,
           lambda: SitePlan.objects.last().delete()),
    Figure(13, "problems of these firms without a measure, owner and date", "0", _gaps,
           lambda: Measure.objects.filter(need=_need(10)).delete()),
    Figure(33, "computers and colour printers pledged", "2 1", lambda: _amounts(_pledged),
           lambda: Match.objects.filter(item__item="彩色打印机").update(state="released")),
    Figure(33, "computers and colour printers received", "2 1", lambda: _amounts(lambda item: item.received),
           lambda: NeedItem.objects.filter(item="电脑", need=_need(33)).update(received=1)),
]  # fmt: skip
