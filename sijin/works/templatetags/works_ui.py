"""Filters of the works room: areas, numbers of plants, topics of advice, sizes of files, weekdays."""

from datetime import date, timedelta
from decimal import Decimal

from django import template
from django.utils.formats import date_format

from sijin.works.domain.advice import topics
from sijin.works.domain.village.playbooks import stage_of
from sijin.works.files import village
from sijin.works.models import AdviceCard, VillageWork, WorkStage

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
def file_size(count: int) -> str:
    """Return a size in bytes as people read it."""
    return village.size(count)


@register.filter
def stage_name(row: WorkStage, work: VillageWork) -> str:
    """Return what a stage of a work is called in the reader's language."""
    return str(stage_of(work.playbook, row.code, row.name))


@register.filter
def weekday(number: str) -> str:
    """Return a weekday by its number from Monday, 0."""
    return date_format(date(2020, 3, 2) + timedelta(days=int(number)), "D")


@register.filter
def tenths(share: float) -> int:
    """Return a share in tenths, at most ten: the step of a bar that is drawn by a class."""
    return min(10, round(10 * share))
