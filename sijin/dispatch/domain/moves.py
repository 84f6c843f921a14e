"""Changing who goes where by hand: moves, leaders, locks. What a move costs is in `pricing`."""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.dispatch.domain.changes import Kind, Seated, Snapshot, record, seat_of
from sijin.dispatch.domain.pricing import Subject, home_km, preview, seats_now, site_km
from sijin.dispatch.models import Campaign, DispatchChange, Membership, Team
from sijin.people.models import Account, Official
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken, Stale


def move(
    by: Account, campaign: Campaign, subject: Subject, target: Team | None, *, expected: int | None, reason: str = ""
) -> DispatchChange:
    """Move a person or site by hand.

    `expected` is the key of the team where the mover saw it (None: nowhere); elsewhere by now is Stale.
    """
    return move_all(by, campaign, [(subject, expected)], target, reason=reason)


@transaction.atomic
def move_all(
    by: Account,
    campaign: Campaign,
    subjects: Sequence[tuple[Subject, int | None]],
    target: Team | None,
    *,
    reason: str = "",
) -> DispatchChange:
    """Move people and sites by hand, each with the team where the mover saw it; one change, all of them or none."""
    require(by, "change", target or Team)
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    placed = seats_now(campaign, [subject for subject, _expected in subjects])
    for (_subject, expected), (_same, now) in zip(subjects, placed, strict=True):
        if (now.team_id if now else None) != expected:
            raise Stale(_("It was moved by someone else in the meantime."))
    seen = preview(by, campaign, [subject for subject, _now in placed], target)
    if seen.forbidden:
        raise RuleBroken(seen.forbidden)
    target = seen.target  # as it is now
    before, after, moved = Snapshot(), Snapshot(), []
    led = target is not None and target.memberships.filter(leads=True).exists()
    for subject, now in placed:
        if (now.team_id if now else None) == (target.pk if target else None):
            continue
        person = isinstance(subject, Official)
        seat = None
        if target is not None:
            leads = person and subject.can_lead and not led
            led = led or leads
            km = home_km(subject, target) if person else site_km(subject, target)
            why = {"code": "by_hand", "values": {"left": now.team.number} if now else {}}
            seat = Seated(target.pk, leads, km=km, why=why, reason=reason.strip()[:300], by_hand=True)
        name = "officials" if person else "sites"
        getattr(before, name)[subject.pk] = seat_of(now) if now else None
        getattr(after, name)[subject.pk] = seat
        moved.append((subject, now.team.number if now else "—"))
    kind = Kind.MOVE_OFFICIAL if after.officials else Kind.MOVE_SITE
    return record(by, campaign, kind, _worded(moved, target), before, after)


def _worded(moved: list[tuple[Subject, str]], target: Team | None) -> str:
    to = target.number if target else "—"
    if len(moved) == 1:
        return f"{moved[0][0].name}: {moved[0][1]} → {to}"
    return f"{'、'.join(subject.name for subject, _number in moved)[:120]} → {to}"


@transaction.atomic
def lead(by: Account, membership: Membership) -> DispatchChange:
    """Make a member the leader of their team; the leader so far stays as a member."""
    require(by, "change", membership.team)
    campaign = membership.team.campaign
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    members = list(Membership.objects.filter(team=membership.team).select_related("official"))
    before, after = Snapshot(), Snapshot()
    for member in members:
        leads = member.pk == membership.pk
        if member.leads != leads:
            before.officials[member.official_id] = seat_of(member)
            after.officials[member.official_id] = replace(seat_of(member), leads=leads, by_hand=True)
    if not after.officials:
        raise RuleBroken(_("This person leads the team already."))
    subject = _("%(name)s leads %(team)s") % {"name": membership.official.name, "team": membership.team.number}
    return record(by, campaign, Kind.MOVE_OFFICIAL, subject, before, after)


def lock(by: Account, campaign: Campaign, subject: Subject, locked: bool) -> DispatchChange:
    """Lock a person or site where it is, so that plans leave it there, or unlock it."""
    return lock_all(by, campaign, [subject], locked)


@transaction.atomic
def lock_all(by: Account, campaign: Campaign, subjects: Sequence[Subject], locked: bool) -> DispatchChange:
    """Lock people and sites where they are, or unlock them; one change."""
    require(by, "change", Team)
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    before, after, numbers = Snapshot(), Snapshot(), []
    for subject, now in seats_now(campaign, subjects):
        if now is None:
            raise RuleBroken(_("It is in no team, so there is nothing to lock."))
        seat, name = seat_of(now), "officials" if isinstance(subject, Official) else "sites"
        getattr(before, name)[subject.pk], getattr(after, name)[subject.pk] = seat, replace(seat, locked=locked)
        type(now).objects.filter(pk=now.pk).update(locked=locked)  # no new posting: it stays since its day
        numbers.append(f"{subject.name}: {now.team.number}")
    return DispatchChange.objects.create(
        campaign=campaign,
        by=by,
        at=campaign.now(),
        kind=Kind.LOCK if locked else Kind.UNLOCK,
        subject="、".join(numbers)[:160],
        before=before.plain(),
        after=after.plain(),
    )
