"""Filters of the works room: areas, numbers of plants, topics of advice."""

from decimal import Decimal

from django import template

from sijin.works.domain.advice import topics
from sijin.works.models import AdviceCard

register = template.Library()


@register.filter
def hectares(mu: Decimal) -> str:
    """Return an area of `mu` in hectares, with one decimal at least."""
    return topics.hectares_words(mu)


@register.filter
def topic_names(card: AdviceCard) -> str:
    """Return the topics on which a card says something, in one line."""
    return "、".join(topics.topic_name(row.topic) for row in card.topics.all())


@register.filter
def tenths(share: float) -> int:
    """Return a share in tenths, at most ten: the step of a bar that is drawn by a class."""
    return min(10, round(10 * share))
