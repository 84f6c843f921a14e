"""Row 23: what the two agronomists advised the tea village, as the card tells it."""

from decimal import Decimal

from django.db.models import F

from demo.figures.figure import Figure, office
from sijin.people.policy import visible
from sijin.works.domain.advice import cards
from sijin.works.domain.advice.topics import hectares_words
from sijin.works.models import AdviceCard, AdviceTopic


def _card() -> AdviceCard:
    return next(card for card in cards.listed(office()) if card.need and 23 in card.need.report_rows)


def _area() -> str:
    area = _card().area_mu or Decimal(0)
    return f"{area.normalize():f} mu = {hectares_words(area)} ha"


def _topics() -> str:
    return " ".join(one.topic for one in cards.advice_of(_card()))


def _follow_up() -> str:
    card = _card()
    return str(card.follow_up_on is not None and card.follow_up_on > card.checked_in_at.date())


def _altered(**change: object) -> object:
    return visible(office(), AdviceCard).filter(pk=_card().pk).update(**change)


FIGURES = [
    Figure(23, "tea there is", "60 mu = 4.0 ha", _area, lambda: _altered(area_mu=F("area_mu") - 15)),
    Figure(23, "tea plants planted this year", "150000", lambda: str(_card().plants),
           lambda: _altered(plants=F("plants") - 1)),
    Figure(23, "topics of advice recorded", "land irrigation pruning", _topics,
           lambda: AdviceTopic.objects.filter(card=_card(), topic="irrigation").delete()),
    Figure(23, "a day is set on which the village is asked again", "True", _follow_up,
           lambda: _altered(follow_up_on=None)),
]  # fmt: skip
