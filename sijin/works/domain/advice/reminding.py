"""Telling those who serve a site that its follow-up is due: once a card, as a notice; see `sijin tick`."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from sijin.dispatch.models import Campaign, Membership
from sijin.people.models import Account
from sijin.people.notices import Message, tell
from sijin.works.domain.advice.cards import DUE
from sijin.works.models import AdviceCard


@transaction.atomic
def remind(campaign: Campaign, at: datetime | None = None) -> int:
    """Tell the team at the site and who wrote the card that the village is to be asked again; return how many cards."""
    at = at or campaign.now()
    today = timezone.localtime(at).date()
    cards = list(
        AdviceCard.objects.select_for_update(of=("self",))
        .filter(site__postings__team__campaign=campaign, site__postings__until=None)
        .filter(withdrawn_at=None, followed_on=None, follow_up_on__lte=today, reminded_at=None)
        .select_related("site", "made_by")
        .order_by("pk")
    )
    messages = [
        Message(account, DUE, _values(card), reverse("works:advice", args=[card.pk]))
        for card in cards
        for account in _readers(card)
    ]
    tell(messages, at)
    AdviceCard.objects.filter(pk__in=[card.pk for card in cards]).update(reminded_at=at)
    return len(cards)


def _readers(card: AdviceCard) -> list[Account]:
    team = Membership.objects.filter(team__postings__site=card.site_id, team__postings__until=None)
    people = Account.objects.filter(official__in=team.values("official"), is_active=True)
    return list({account.pk: account for account in [*people, card.made_by]}.values())


def _values(card: AdviceCard) -> dict[str, Any]:
    day = card.follow_up_on.isoformat() if card.follow_up_on else ""
    return {"site": card.site.name, "crop": card.crop, "day": day}
