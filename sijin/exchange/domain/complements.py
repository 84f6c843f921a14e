"""Verbs on a suggested pair: accept it, turn it down with a reason, take that back; each an event of the need.

A pair that is turned down is not suggested for this need again; reasons that lie with the provider, and what is
accepted or arrives, move the provider's other offers of the kind (see `engines.complements.history`).
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.domain import kinds
from sijin.exchange.models import Complement, Offer
from sijin.ledger.domain import events
from sijin.ledger.domain.reads import ENDED
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken, Stale

V = Complement.Verdict
Solution = Offer | Need


@transaction.atomic
def accept(by: Account, need: Need, solution: Solution, note: str = "", at: datetime | None = None) -> Complement:
    """Say that an offer, or another need, does solve `need`. Nothing is promised by it: that is a reservation."""
    return _judge(by, need, solution, V.ACCEPTED, "", note, at)


@transaction.atomic
def refuse(
    by: Account, need: Need, solution: Solution, reason: str, note: str = "", at: datetime | None = None
) -> Complement:
    """Turn a suggestion down for `need`; `reason` is a code of `kinds.refusals`."""
    if reason not in dict(kinds.refusals()):
        raise RuleBroken(_("Say why it is turned down."), field="reason")
    return _judge(by, need, solution, V.REFUSED, reason, note, at)


@transaction.atomic
def undo(by: Account, complement: Complement, version: int | None = None, at: datetime | None = None) -> Complement:
    """Take back what was said of a pair."""
    need = Need.objects.select_for_update().get(pk=complement.need_id)
    found = Complement.objects.select_related("offer", "other").get(pk=complement.pk)
    require(by, "judge", found)
    _fresh(found, version)
    if found.verdict == V.OPEN:
        raise RuleBroken(_("Nothing was said of this pair."))
    found.verdict, found.reason, found.note, found.by, found.at = V.OPEN, "", "", None, None
    return _keep(by, need, found, "undo", _("Taken back"), at)


def _judge(
    by: Account, need: Need, solution: Solution, verdict: str, reason: str, note: str, at: datetime | None
) -> Complement:
    require(by, "view", need)
    require(by, "view", solution)
    need = Need.objects.select_for_update().get(pk=need.pk)
    if need.state in ENDED:
        raise RuleBroken(_("The need is not open any more."), state=need.state)
    if solution.campaign_id != need.campaign_id or solution == need:
        raise RuleBroken(_("These two cannot be paired."))
    pair = {"offer": solution} if isinstance(solution, Offer) else {"other": solution}
    found, _made = Complement.objects.get_or_create(need=need, **pair)
    require(by, "judge", found)
    if found.verdict != V.OPEN:
        if (found.verdict, found.reason) == (verdict, reason):
            return found
        raise RuleBroken(_("Something was said of this pair already: take it back first."))
    found.verdict, found.reason, found.note = verdict, reason, note.strip()[:200]
    found.by, found.at = by, at or need.campaign.now()
    words = V(verdict).label if not reason else f"{V(verdict).label}: {dict(kinds.refusals())[reason]}"
    return _keep(by, need, found, {V.ACCEPTED: "accept", V.REFUSED: "refuse"}[V(verdict)], str(words), at)


def _fresh(found: Complement, version: int | None) -> None:
    if version is not None and version != found.version:
        raise Stale(_("This was changed by someone else in the meantime."), expected=version, found=found.version)


def _keep(by: Account, need: Need, found: Complement, step: str, words: str, at: datetime | None) -> Complement:
    """Save the row and append the step to the need's chain; the caller holds the need's row lock."""
    found.version += 1
    found.save()
    named = f"{found.offer.item} · {found.offer.provider}" if found.offer else str(found.other)
    change = {"complement": found.pk, "step": step, "reason": found.reason}
    change |= {"offer": found.offer.code} if found.offer else {"other": found.other_id}
    told = [_("Suggestion"), named, words]
    note = " · ".join(told) + (f"\n{found.note}" if found.note else "")
    events.append(need, "match", by, at or need.campaign.now(), note[:500], change)
    need.save()
    return found


def judged(account: Account, need: Need) -> QuerySet[Complement]:
    """Return what was said of pairs of `need`, the latest first; other needs only where the account sees them."""
    return _seen(account).filter(need=need).exclude(verdict=V.OPEN).order_by("-at", "-pk")


def new_ones(account: Account, campaign: Campaign) -> QuerySet[Complement]:
    """Return what the search has found on the campaign's day, still lasting and not judged, the best first."""
    day = timezone.localtime(campaign.now()).date()
    rows = _seen(account).filter(need__campaign=campaign, verdict=V.OPEN, lasts=True, found_at__date=day)
    return rows.exclude(need__state__in=(*ENDED, Need.State.PARKED)).order_by("-score", "pk")


def _seen(account: Account) -> QuerySet[Complement]:
    other = Q(other=None) | Q(other__in=visible(account, Need).order_by().values("pk"))
    return visible(account, Complement).filter(other).select_related("need__site", "offer", "other__site", "by")


def noted(need: Need, found: Iterable[tuple[Solution, float]], at: datetime) -> int:
    """Note what the search found for `need`, pairs with their scores; return how many were not known before."""
    known = {(one.offer_id, one.other_id): one for one in Complement.objects.filter(need=need)}
    fresh, kept, lasting = [], [], set()
    for solution, score in found:
        key = (solution.pk, None) if isinstance(solution, Offer) else (None, solution.pk)
        lasting.add(key)
        one = known.get(key)
        if one is None:
            fresh.append(Complement(need=need, offer_id=key[0], other_id=key[1], score=score, found_at=at, lasts=True))
        elif not one.lasts or abs(one.score - score) > 1e-6 or one.found_at is None:
            one.score, one.lasts, one.found_at = score, True, one.found_at or at
            kept.append(one)
    gone = [one for key, one in known.items() if one.lasts and key not in lasting]
    for one in gone:
        one.lasts = False
    Complement.objects.bulk_create(fresh, ignore_conflicts=True)
    Complement.objects.bulk_update([*kept, *gone], ["score", "lasts", "found_at"])
    return len(fresh)
