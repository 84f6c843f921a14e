"""Starting a campaign and changing what it is."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.dispatch.domain.rules import deadline_profiles, profiles
from sijin.dispatch.models import Campaign
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken
from sijin.places.models import Door


@transaction.atomic
def create(by: Account, *, code: str, name: str, start: date, **facts: Any) -> Campaign:
    """Start a campaign."""
    require(by, "create", Campaign)
    if Campaign.objects.filter(code=code).exists():
        raise RuleBroken(_("There is a campaign with this code."), field="code")
    return _saved(Campaign(code=code), name=name, start=start, **facts)


@transaction.atomic
def change(by: Account, campaign: Campaign, **facts: Any) -> Campaign:
    """Change a campaign; its code stays, other rows name it."""
    require(by, "change", campaign)
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    return _saved(campaign, **facts)


def _saved(campaign: Campaign, **facts: Any) -> Campaign:
    for name, value in facts.items():
        setattr(campaign, name, value)
    if campaign.end and campaign.end < campaign.start:
        raise RuleBroken(_("A campaign ends on or after the day of its start."), field="end")
    campaign.doors = [door for door in Door.values if door in campaign.doors]
    if not campaign.doors:
        raise RuleBroken(_("A campaign goes through at least one door."), field="doors")
    for field, known in (("team_rules", profiles()), ("profile", deadline_profiles())):
        if getattr(campaign, field) not in known:
            raise RuleBroken(_("There is no such rule profile."), field=field)
    campaign.save()
    return campaign
