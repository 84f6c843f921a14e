"""Expert requests in the demo: the two agronomists of the report, and who comes for generated requests.

Everything goes through the room's own verbs; dice are each request's own, so that other steps stay as they are.
"""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import yaml

from demo.cast import REPORT, Cast, rows
from demo.generated.course import Course, working
from demo.generated.roster import SEED
from sijin.exchange.domain import matches, suggestions
from sijin.exchange.domain.experts import visits
from sijin.exchange.domain.experts.requests import KIND
from sijin.exchange.models import ExpertVisit, Offer
from sijin.ledger.domain.reads import ENDED
from sijin.ledger.models import Need
from sijin.ledger.transitions import verbs_from
from sijin.people.models import Account
from sijin.people.refusals import RuleBroken
from sijin.works.domain.advice import cards
from sijin.works.models import AdviceCard

NOBODY = 0.1  # share of generated requests for which nobody is named
IN_TIME = 0.85  # share of the named who come within the promise


def name_those_of_the_report(cast: Cast, need: Need, row: int, day: datetime, at: datetime) -> list[ExpertVisit]:
    """Name the experts whose offers the report's row tells of, to come on `day`."""
    told = [line for line in rows("offers.csv") if line["kind"] == KIND and str(row) in line["rows"].split()]
    return [
        visits.assign(cast.office, need, offer=_offer(cast, line), expected_on=day.date(), reason="报告所述", at=at)
        for line in told
    ]


def _offer(cast: Cast, line: dict[str, str]) -> Offer:
    return Offer.objects.get(campaign=cast.campaign, kind=KIND, provider=line["provider"], item=line["item"])


def come(cast: Cast, named: list[ExpertVisit], leader: Account, at: datetime, note: str = "") -> None:
    """Let everybody who is named come on the day of `at`; the team confirms it."""
    for visit in named:
        visit = visits.come(cast.office, visit, on=at.date(), note=note, at=at)
        if visit.match is not None and "take_in" in verbs_from(Need.objects.get(pk=visit.need_id).state):
            matches.confirm(leader, visit.match, at=at)


def advise(
    cast: Cast, need: Need, visit: ExpertVisit, leader: Account, at: datetime
) -> tuple[AdviceCard, dict[str, Any]]:
    """Write down what the report's experts advised; return the card with the story, which tells of the follow-up."""
    told = yaml.safe_load((REPORT / "advice.yaml").read_text(encoding="utf-8"))
    story = next(one for one in told if need.title.startswith(one["need"]))
    said = [cards.Advice(**{**one, "quantity": Decimal(one["quantity"])}) for one in story["topics"]]
    facts = {name: story[name] for name in ("adviser", "served", "crop", "plants", "problem", "source")}
    facts |= {"area_mu": Decimal(story["area_mu"]), "follow_up_on": story["follow_up"], "checked_in_at": at}
    return cards.give(leader, need.site, cast.campaign, said, need=need, visit=visit, at=at, **facts), story


def follow_up(card: AdviceCard, story: dict[str, Any], leader: Account, at: datetime) -> None:
    """Ask the village again, as the story tells."""
    day: date = story["followed"]
    cards.follow_up(leader, card, on=day, rating=story["rating"], outcome=story["outcome"], version=card.version, at=at)


def course_of(cast: Cast, need: Need, leader: Account, raised: datetime) -> Course:
    """Name somebody for a generated request on the day after it was raised, who comes in time or a little late."""
    dice = random.Random(f"{SEED}-expert-{need.number}")
    at = working(raised + timedelta(hours=dice.uniform(2, 20)))
    yield at
    if dice.random() < NOBODY or not _open(need):
        return
    own = {line["provider"] for line in rows("offers.csv") if line["kind"] == KIND}  # these went where the report says
    found = suggestions.offers_of_kind(cast.office, need, KIND, 2 * len(own) + 1)
    best = [one for one in found if one.offer.provider not in own]
    if not best:
        return
    days = dice.randint(1, 3) if dice.random() < IN_TIME else dice.randint(4, 6)
    day = max(raised + timedelta(days=days), at).replace(hour=15)
    try:
        visit = visits.assign(
            cast.office, need, offer=best[0].offer, expected_on=day.date(), reason=" · ".join(best[0].reasons), at=at
        )
    except RuleBroken:  # all of the offer is promised, or of the item
        return
    yield day
    if _open(need):
        come(cast, [visit], leader, day, "到田间指导")
    else:
        visits.withdraw(cast.office, visit, at=day)


def _open(need: Need) -> bool:
    return Need.objects.values_list("state", flat=True).get(pk=need.pk) not in ENDED
