"""Whom and what a campaign may place: its own, and what no other campaign has."""

from django.db.models import Q, QuerySet

from sijin.dispatch.models import Campaign, Posting
from sijin.people.models import Official
from sijin.places.models import Site


def people_of(campaign: Campaign) -> QuerySet[Official]:
    """Return the officials that the campaign may place: in its teams, or in no team of another campaign."""
    return Official.objects.filter(Q(memberships=None) | Q(memberships__team__campaign=campaign)).distinct()


def sites_of(campaign: Campaign) -> QuerySet[Site]:
    """Return the sites behind the campaign's doors that no team of another campaign is responsible for."""
    others = Posting.objects.filter(until=None).exclude(team__campaign=campaign).values("site")
    return Site.objects.filter(door__in=campaign.doors).exclude(pk__in=others)
