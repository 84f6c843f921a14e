"""Publishing a clearing: what it proposes is reserved, all chosen rows or none; whatever changed since refuses it.

Rows are locked in the order in which every verb of a match locks them (matches, needs, offers), so that publishing and
a reservation by hand wait for each other and never in a circle.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from sijin.exchange.domain import matches
from sijin.exchange.domain.clearings import words
from sijin.exchange.domain.soil.fitness import unfit
from sijin.exchange.models import Clearing, ClearingLock, Match, Offer, ProposedMatch
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken, Stale

C, S = ProposedMatch.Change, Match.State
NAMED = 5  # changed rows that a refusal names in its sentence; its facts have all


@dataclass(frozen=True)
class Changed:
    """A row of a clearing that cannot be published any more, and how what it stands on changed."""

    row: ProposedMatch
    how: list[str]

    @property
    def words(self) -> str:
        """Name the row."""
        return words.row(self.row)


@transaction.atomic
def publish(
    by: Account,
    clearing: Clearing,
    *,
    rows: Collection[int] | None = None,
    version: int | None = None,
    at: datetime | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Clearing:
    """Reserve what `clearing` proposes, and give back what it moves away; all of it or, by an exception, nothing.

    Parameters
    ----------
    rows : keys of the rows that are published (None: all that are not yet); the others can be published later
    version : of the clearing as it was read (None: whichever it has)
    progress : told how many rows of how many are reserved; may raise to stop, then none is

    Raises
    ------
    RuleBroken
        The clearing was withdrawn, nothing is left to publish, or a chosen row needs another one to give way first.
    Stale
        The clearing was published or withdrawn by others meanwhile; or a need, an item, an offer or a reservation
        changed since, then ``facts["changed"]`` says which and how.
    """
    require(by, "publish", clearing)
    clearing = Clearing.objects.select_for_update().get(pk=clearing.pk)
    if clearing.state == Clearing.State.WITHDRAWN:
        raise RuleBroken(_("This clearing was withdrawn."))
    if version is not None and version != clearing.version:
        raise Stale(_("This clearing was changed by someone else in the meantime."), found=clearing.version)
    chosen = [row for row in open_rows(clearing) if rows is None or row.pk in set(rows)]
    if not chosen:
        raise RuleBroken(_("There is nothing left to publish among these rows."))
    _lock_rows(chosen)
    if found := changed(chosen):
        raise _stale(found)
    at = at or clearing.campaign.now()
    for row in chosen:
        if row.was_id and row.change != C.KEPT:
            matches.step(by, row.was, "release", version=row.was_version, at=at, note=_("moved by a clearing"))
    for n, row in enumerate(chosen):
        progress(n, len(chosen))
        row.match = row.was if row.change == C.KEPT else _reserved(by, row, at)
        row.done = True
    ProposedMatch.objects.bulk_update(chosen, ["match", "done"], batch_size=500)
    fixed = [(row.item_id, row.offer_id) for row in chosen if row.change != C.DROPPED]
    _lift(clearing, fixed)
    _read_anew(clearing, chosen)
    clearing.state, clearing.published_by, clearing.published_at = Clearing.State.PUBLISHED, by, at
    clearing.version += 1
    clearing.save()
    return clearing


def open_rows(clearing: Clearing) -> list[ProposedMatch]:
    """Return the rows that are not published yet."""
    rows = clearing.rows.filter(done=False).select_related("item__need__site", "offer__campaign", "was__offer")
    return list(rows.order_by("pk"))


def changed(rows: Collection[ProposedMatch]) -> list[Changed]:
    """Return those of `rows` whose need, item, offer or reservation is not as it was, and how.

    Four queries, and one more where land is proposed: earth that a sample has ruled out since is not reserved.
    """
    needs = dict(Need.objects.filter(items__in={row.item_id for row in rows}).values_list("pk", "version"))
    offers = {offer.pk: offer for offer in Offer.objects.filter(pk__in={row.offer_id for row in rows})}
    was = dict(Match.objects.filter(pk__in={row.was_id for row in rows if row.was_id}).values_list("pk", "version"))
    promised = {
        item: total
        for item, total in Match.objects.filter(
            item__in={row.item_id for row in rows}, state__in=matches.ACTIVE
        ).order_by().values_list("item").annotate(n=Sum("quantity"))
    }  # fmt: skip
    ruled_out = unfit({offer.kind for offer in offers.values()})
    found = []
    for row in rows:
        item = row.item
        left = item.quantity - item.received - promised.get(item.pk, Decimal(0))
        offer = offers[row.offer_id]
        how = words.differences(row, needs.get(item.need_id, 0), left, offer, was.get(row.was_id or 0))
        if row.offer_id in ruled_out and row.quantity and row.change != C.KEPT:
            how.append(_("the latest soil sample found the site not suitable"))
        if how:
            found.append(Changed(row, how))
    return found


def _lock(held: set[int], needs: set[int], offers: set[int]) -> None:
    """Lock matches, needs and offers, each in the order of their keys."""
    for model, keys in ((Match, held), (Need, needs), (Offer, offers)):
        list(model.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk", flat=True))


def _lock_rows(rows: list[ProposedMatch]) -> None:
    needs, offers = {row.item.need_id for row in rows}, {row.offer_id for row in rows}
    _lock({row.was_id for row in rows if row.was_id}, needs, offers)
    for row in rows:  # read again under the lock
        row.item.refresh_from_db(fields=["quantity", "received", "unit", "kind"])


def _stale(found: list[Changed]) -> Stale:
    named = "；".join(f"{one.words}：{'、'.join(one.how)}" for one in found[:NAMED])
    more = len(found) - NAMED
    message = _("Some rows changed since this was worked out, so nothing was reserved: %(rows)s") % {"rows": named}
    if more > 0:
        message += _(" and %(count)s more") % {"count": more}
    told = [{"row": one.row.pk, "what": one.words, "how": one.how} for one in found]
    return Stale(message, changed=told)


def _reserved(by: Account, row: ProposedMatch, at: datetime) -> Match | None:
    if not row.quantity:
        return None
    try:
        return matches.reserve(by, row.item, row.offer, row.quantity, at=at)
    except RuleBroken as refusal:
        raise RuleBroken(f"{words.row(row)}：{refusal.message}", row=row.pk) from refusal


def _lift(clearing: Clearing, pairs: list[tuple[int, int]]) -> None:
    """Forget locks that are fulfilled: what was locked is reserved now."""
    for item, offer in pairs:
        clearing.campaign.clearing_locks.filter(item=item, offer=offer, says=ClearingLock.Says.KEEP).delete()


def _read_anew(clearing: Clearing, chosen: list[ProposedMatch]) -> None:
    """Let the rows that stay open know what publishing the others did to the same needs and offers."""
    needs = {row.item.need_id for row in chosen}
    offers = {row.offer_id for row in chosen}
    versions = dict(Need.objects.filter(pk__in=needs).values_list("pk", "version"))
    there = {offer.pk: offer for offer in Offer.objects.filter(pk__in=offers)}
    items = {row.item_id for row in chosen}
    rest = open_rows(clearing)
    for row in rest:
        if row.item.need_id in versions:
            row.need_version = versions[row.item.need_id]
        if row.item_id in items:
            row.left = matches.outstanding(row.item)
        if row.offer_id in there:
            row.offer_version, row.free = there[row.offer_id].version, there[row.offer_id].free
    ProposedMatch.objects.bulk_update(rest, ["need_version", "left", "offer_version", "free"], batch_size=500)


@transaction.atomic
def withdraw(by: Account, clearing: Clearing, *, at: datetime | None = None) -> Clearing:
    """Put a draft away; of a published clearing, give back what it reserved and nobody has agreed to yet."""
    require(by, "publish", clearing)
    clearing = Clearing.objects.select_for_update().get(pk=clearing.pk)
    if clearing.state == Clearing.State.WITHDRAWN:
        raise RuleBroken(_("This clearing was withdrawn."))
    at = at or clearing.campaign.now()
    held = list(Match.objects.filter(proposals__clearing=clearing, proposals__done=True, state=S.RESERVED).distinct())
    needs = {need for (need,) in Match.objects.filter(pk__in=[m.pk for m in held]).values_list("item__need")}
    _lock({match.pk for match in held}, needs, {match.offer_id for match in held})
    for match in Match.objects.filter(pk__in=[match.pk for match in held], state=S.RESERVED).order_by("pk"):
        matches.step(by, match, "release", at=at, note=_("The clearing was withdrawn."))
    clearing.state = Clearing.State.WITHDRAWN
    clearing.version += 1
    clearing.save()
    return clearing
