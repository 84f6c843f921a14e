"""Verbs and reads of an advice card: give, correct, withdraw, restore, follow up, take the follow-up back, remind.

Each change is kept with the card; where the card belongs to a need, it is an event of the need's chain as well.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.domain.words import day as day_word
from sijin.ledger.domain import events
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.notices import Words, wording
from sijin.people.policy import may, require, visible
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import Site
from sijin.works.domain.advice.topics import table, topic_name
from sijin.works.models import AdviceCard, AdviceChange, AdviceTopic

DUE = "advice-due"  # the notice that a follow-up is due; see `reminding`
FIELDS = (
    "need", "visit", "adviser", "checked_in_at", "lat", "lon", "served", "crop", "area_mu", "plants", "problem",
    "follow_up_on",
)  # fmt: skip


@dataclass(frozen=True)
class Advice:
    """What is said on one topic, with the material that goes with it."""

    topic: str
    text: str
    material: str = ""
    quantity: Decimal | None = None
    unit: str = ""

    @property
    def plain(self) -> list[str]:
        """Return it as plain values, for comparing and for the record of changes."""
        return [self.topic, self.text, self.material, _plain(self.quantity), self.unit]


@transaction.atomic
def give(
    by: Account,
    site: Site,
    campaign: Campaign,
    topics: Iterable[Advice],
    *,
    at: datetime | None = None,
    source: str = "",
    generated: bool = False,
    **facts: Any,
) -> AdviceCard:
    """Write down what was advised at `site`.

    Raises
    ------
    NotAllowed
        The site is not `by`'s.
    RuleBroken
        Nothing is advised; a figure is not above zero; the visit lies in the future, the follow-up before the visit;
        need, visit and site do not belong together. `facts["field"]` names the field.
    """
    require(by, "advise", AdviceCard)
    if not may(by, "view", site):
        raise NotAllowed(_("This site is not yours to see."))
    at = at or campaign.now()
    card = AdviceCard(site=site, made_by=by, made_at=at, source=source, generated=generated)
    wanted = _checked(by, card, list(topics), facts, at)
    card.save()
    require(by, "advise", card)
    _write(card, wanted)
    change = {name: [None, _plain(getattr(card, name))] for name in FIELDS if getattr(card, name) not in (None, "")}
    return _keep(card, "give", by, at, {**change, "topics": [None, [one.plain for one in wanted]]}, _told(wanted))


@transaction.atomic
def correct(
    by: Account,
    card: AdviceCard,
    topics: Iterable[Advice],
    *,
    version: int,
    at: datetime | None = None,
    **facts: Any,
) -> AdviceCard:
    """Put a card right. Stale when `version` is not the row's any more; `diff` is [yours, theirs] by field."""
    card = _locked(by, card, None)
    if version != card.version:
        pairs = {name: [_plain(value), _plain(getattr(card, name))] for name, value in facts.items()}
        diff = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
        raise Stale(_("This card was changed by someone else in the meantime."), found=card.version, diff=diff)
    if card.withdrawn_at:
        raise RuleBroken(_("This card was withdrawn: put it back first."))
    before = {name: _plain(getattr(card, name)) for name in FIELDS}
    said = [one.plain for one in advice_of(card)]
    at = at or _now(card)
    wanted = _checked(by, card, list(topics), facts, at)
    change: dict[str, Any] = {
        name: [old, _plain(getattr(card, name))] for name, old in before.items() if _plain(getattr(card, name)) != old
    }
    if (new := [one.plain for one in wanted]) != said:
        change["topics"] = [said, new]
        card.topics.all().delete()
        _write(card, wanted)
    if not change:
        return card
    if "follow_up_on" in change:
        card.reminded_at = None
    return _keep(card, "correct", by, at, change, _told(wanted))


@transaction.atomic
def withdraw(by: Account, card: AdviceCard, *, version: int, at: datetime | None = None) -> AdviceCard:
    """Take a card out: it was written down by mistake. It can be put back."""
    card = _locked(by, card, version)
    if card.withdrawn_at:
        raise RuleBroken(_("This card was withdrawn before."))
    card.withdrawn_at = at or _now(card)
    return _keep(card, "withdraw", by, card.withdrawn_at, {})


@transaction.atomic
def restore(by: Account, card: AdviceCard, *, version: int, at: datetime | None = None) -> AdviceCard:
    """Put a withdrawn card back."""
    card = _locked(by, card, version)
    if not card.withdrawn_at:
        raise RuleBroken(_("This card was not withdrawn."))
    card.withdrawn_at = None
    return _keep(card, "restore", by, at or _now(card), {})


@transaction.atomic
def follow_up(
    by: Account,
    card: AdviceCard,
    *,
    on: date,
    rating: str,
    outcome: str = "",
    version: int,
    at: datetime | None = None,
) -> AdviceCard:
    """Write down what came of the advice and how the farmer rates it; said again it corrects it."""
    card = _locked(by, card, version)
    at = at or _now(card)
    if card.withdrawn_at:
        raise RuleBroken(_("This card was withdrawn: put it back first."))
    if rating not in AdviceCard.Rating.values:
        raise RuleBroken(_("Say how the farmer rates it."), field="rating")
    if on > timezone.localtime(at).date():
        raise RuleBroken(_("The follow-up cannot lie after today."), field="on")
    if on < timezone.localtime(card.checked_in_at).date():
        raise RuleBroken(_("The follow-up cannot lie before the visit."), field="on")
    before = [_plain(card.followed_on), card.rating, card.outcome]
    card.followed_on, card.rating, card.outcome, card.followed_by = on, rating, outcome.strip()[:300], by
    change = {"follow_up": [before, [_plain(on), rating, card.outcome]]}
    return _keep(card, "follow_up", by, at, change, str(card.get_rating_display()))


@transaction.atomic
def undo_follow_up(by: Account, card: AdviceCard, *, version: int, at: datetime | None = None) -> AdviceCard:
    """Take back what was written down of the follow-up."""
    card = _locked(by, card, version)
    if card.followed_on is None:
        raise RuleBroken(_("Nobody has followed this up yet."))
    before = [_plain(card.followed_on), card.rating, card.outcome]
    card.followed_on, card.rating, card.outcome, card.followed_by = None, "", "", None
    return _keep(card, "undo", by, at or _now(card), {"follow_up": [before, None]})


def listed(account: Account) -> QuerySet[AdviceCard]:
    """Return the cards that `account` sees, those to be followed up first, with what a row shows joined."""
    rows = visible(account, AdviceCard).filter(withdrawn_at=None)
    rows = rows.select_related("site__county", "site__town", "need", "made_by").prefetch_related("topics")
    return rows.order_by(F("followed_on").asc(nulls_first=True), F("follow_up_on").asc(nulls_last=True), "pk")


def due(account: Account, today: date) -> QuerySet[AdviceCard]:
    """Return the cards whose village is to be asked again by `today` and was not."""
    return listed(account).filter(followed_on=None, follow_up_on__lte=today)


def of_site(account: Account, site: Site) -> QuerySet[AdviceCard]:
    """Return the cards of one site, the latest first, withdrawn ones left out."""
    return listed(account).filter(site=site).order_by("-checked_in_at", "-pk")


def advice_of(card: AdviceCard) -> list[Advice]:
    """Return what a card says, topic by topic in the order of the form."""
    order = list(table()["topics"])
    rows = sorted(card.topics.all(), key=lambda row: order.index(row.topic) if row.topic in order else len(order))
    return [Advice(row.topic, row.text, row.material, row.quantity, row.unit) for row in rows]


def word(verb: str) -> str:
    """Return the word of a change in the reader's language."""
    return {
        "give": _("Advice given"),
        "correct": _("Advice put right"),
        "withdraw": _("Advice withdrawn"),
        "restore": _("Advice put back"),
        "follow_up": _("Advice followed up"),
        "undo": _("Follow-up taken back"),
    }[verb]


@wording(DUE)
def _due(values: dict[str, Any]) -> Words:
    told = {**values, "day": day_word(date.fromisoformat(values["day"]))}
    return Words(_("Ask %(site)s again about the advice on %(crop)s: due on %(day)s.") % told)


def _checked(by: Account, card: AdviceCard, topics: list[Advice], facts: dict[str, Any], at: datetime) -> list[Advice]:
    """Set the fields and check what makes sense together; return the topics on which something is said."""
    for name in FIELDS:
        if name in facts:
            setattr(card, name, facts[name])
    if card.checked_in_at is None or card.checked_in_at > at:
        raise RuleBroken(_("The visit cannot lie after today."), field="checked_in_at")
    for name, words in (
        ("adviser", _("Say who advised, by unit and role.")),
        ("served", _("Say who was advised.")),
        ("crop", _("Say which crop it is about.")),
        ("problem", _("Say what the problem was.")),
    ):
        if not (getattr(card, name) or "").strip():
            raise RuleBroken(words, field=name)
    for name in ("area_mu", "plants"):
        value = getattr(card, name)
        if value is not None and value <= 0:
            raise RuleBroken(_("It must be above zero."), field=name)
    if card.follow_up_on and card.follow_up_on < timezone.localtime(card.checked_in_at).date():
        raise RuleBroken(_("The follow-up cannot lie before the visit."), field="follow_up_on")
    if (card.lat is None) != (card.lon is None):
        card.lat = card.lon = None
    _together(by, card)
    return _topics(topics)


def _together(by: Account, card: AdviceCard) -> None:
    if card.visit is not None and card.need is None:
        card.need = card.visit.need
    if card.need is not None and card.need.site_id != card.site_id:
        raise RuleBroken(_("The need belongs to another site."), field="need")
    if card.visit is not None and card.visit.need_id != card.need_id:
        raise RuleBroken(_("The expert came for another need."), field="visit")
    if card.need is not None:
        require(by, "view", card.need)


def _topics(topics: list[Advice]) -> list[Advice]:
    said: list[Advice] = []
    for one in topics:
        if one.topic not in table()["topics"]:
            raise RuleBroken(_("Unknown topic."), field="topics")
        if not one.text.strip():
            if one.material or one.quantity is not None:
                told = {"topic": topic_name(one.topic)}
                raise RuleBroken(_("%(topic)s: say what is advised.") % told, field=f"text_{one.topic}")
            continue
        if one.quantity is not None and (one.quantity <= 0 or not one.material or not one.unit):
            told = {"topic": topic_name(one.topic)}
            words = _("%(topic)s: a quantity above zero, with its material and unit.") % told
            raise RuleBroken(words, field=f"quantity_{one.topic}")
        said.append(one)
    if not said:
        raise RuleBroken(_("Write down what is advised on one topic at least."), field="topics")
    if len({one.topic for one in said}) < len(said):
        raise RuleBroken(_("A topic stands there twice."), field="topics")
    return said


def _write(card: AdviceCard, topics: list[Advice]) -> None:
    AdviceTopic.objects.bulk_create(
        AdviceTopic(card=card, topic=one.topic, text=one.text.strip(), material=one.material.strip(),
                    quantity=one.quantity, unit=one.unit if one.quantity is not None else "")
        for one in topics
    )  # fmt: skip


def _told(topics: list[Advice]) -> str:
    return "、".join(topic_name(one.topic) for one in topics)


def _locked(by: Account, card: AdviceCard, version: int | None) -> AdviceCard:
    rows = AdviceCard.objects.select_for_update(of=("self",)).select_related("site", "need__campaign", "visit")
    card = rows.get(pk=card.pk)
    require(by, "advise", card)
    if version is not None and version != card.version:
        raise Stale(_("This card was changed by someone else in the meantime."), expected=version, found=card.version)
    return card


def _now(card: AdviceCard) -> datetime:
    """Return the present of the campaign in which the card's site is served."""
    campaign = card.need.campaign if card.need else Campaign.objects.filter(teams__postings__site=card.site).first()
    return campaign.now() if campaign else timezone.now()


def _keep(
    card: AdviceCard, verb: str, by: Account | None, at: datetime, change: dict[str, Any], told: str = ""
) -> AdviceCard:
    """Save the card with one change, and append it to the need's chain."""
    if verb != "give":
        card.version += 1
    card.save()
    AdviceChange.objects.create(card=card, verb=verb, by=by, at=at, change=change)
    if card.need_id is not None:
        need = Need.objects.select_for_update().get(pk=card.need_id)
        words = " · ".join(filter(None, (word(verb), card.crop, told)))
        events.append(need, "advise", by, at, words[:500], {"advice": card.pk, "step": verb})
        need.save()
    return card


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        value = value.astimezone(UTC)
    if isinstance(value, date):
        return value.isoformat()
    return value.pk if hasattr(value, "pk") else value
