"""Who goes where as a snapshot, and the one place that writes it: approving, moving, locking and undoing come here."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign, DispatchChange, Membership, Posting, Team
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken

Kind = DispatchChange.Kind


@dataclass(frozen=True)
class Seated:
    """Where a person sits or a site belongs."""

    team: int
    leads: bool = False
    skill: str = ""
    km: float | None = None
    why: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    by_hand: bool = False
    locked: bool = False


@dataclass
class Snapshot:
    """Seats by official, teams by site, bases by team; None is nowhere."""

    officials: dict[int, Seated | None] = field(default_factory=dict)
    sites: dict[int, Seated | None] = field(default_factory=dict)
    bases: dict[int, tuple[float | None, float | None]] = field(default_factory=dict)

    def changed_to(self, target: "Snapshot") -> tuple["Snapshot", "Snapshot"]:
        """Return what has to change, as it is now and as it shall be; a seat that stays keeps its reason and lock."""
        before, after = Snapshot(), Snapshot()
        for name in ("officials", "sites"):
            mine, theirs = getattr(self, name), getattr(target, name)
            for key, seat in theirs.items():
                now = mine.get(key)
                if _place(now) != _place(seat):
                    getattr(before, name)[key] = now
                    kept = seat and now and now.team == seat.team
                    getattr(after, name)[key] = replace(seat, locked=now.locked) if kept else seat
        for key, base in target.bases.items():
            if self.bases.get(key, (None, None)) != base:
                before.bases[key], after.bases[key] = self.bases.get(key, (None, None)), base
        return before, after

    def plain(self) -> dict[str, Any]:
        """Return the snapshot as JSON keeps it."""
        return {
            "officials": {str(key): asdict(seat) if seat else None for key, seat in self.officials.items()},
            "sites": {str(key): asdict(seat) if seat else None for key, seat in self.sites.items()},
            "bases": {str(key): list(base) for key, base in self.bases.items()},
        }

    @classmethod
    def read(cls, plain: dict[str, Any]) -> "Snapshot":
        """Read back what `plain` wrote."""
        seats = {
            name: {int(key): Seated(**seat) if seat else None for key, seat in plain.get(name, {}).items()}
            for name in ("officials", "sites")
        }
        bases = {int(key): (base[0], base[1]) for key, base in plain.get("bases", {}).items()}
        return cls(seats["officials"], seats["sites"], bases)


def _place(seat: Seated | None) -> tuple[int, bool, str] | None:
    return (seat.team, seat.leads, seat.skill) if seat else None


def running(campaign: Campaign, teams: Iterable[Team] | None = None) -> Snapshot:
    """Return who goes where now (three queries, one fewer with the campaign's teams given)."""
    members = Membership.objects.filter(team__campaign=campaign)
    postings = Posting.objects.filter(team__campaign=campaign, until=None)
    return Snapshot(
        {m.official_id: seat_of(m) for m in members},
        {p.site_id: seat_of(p) for p in postings},
        {team.pk: (team.lat, team.lon) for team in (campaign.teams.all() if teams is None else teams)},
    )


def seat_of(row: Membership | Posting) -> Seated:
    """Return a membership or posting as a seat."""
    leads, skill = (row.leads, row.skill) if isinstance(row, Membership) else (False, "")
    return Seated(row.team_id, leads, skill, row.kilometres, row.why, row.reason, row.by_hand, row.locked)


@transaction.atomic
def apply_snapshot(campaign: Campaign, target: Snapshot, since: date) -> None:
    """Write `target`: rows that are not in it stay as they are. A posting of an earlier day is ended, not rewritten."""
    old = Membership.objects.filter(team__campaign=campaign, official__in=list(target.officials))
    touched = {*old.values_list("team", flat=True)}
    old.delete()  # all before any is made: a team has one leader at every moment
    Membership.objects.bulk_create(
        Membership(
            team_id=seat.team,
            official_id=key,
            leads=seat.leads,
            skill=seat.skill,
            kilometres=seat.km,
            why=seat.why,
            reason=seat.reason,
            by_hand=seat.by_hand,
            locked=seat.locked,
        )
        for key, seat in target.officials.items()
        if seat
    )
    touched |= _post(campaign, target.sites, since)
    based = [Team(pk=pk, lat=lat, lon=lon) for pk, (lat, lon) in target.bases.items()]
    Team.objects.bulk_update(based, ["lat", "lon"], batch_size=200)
    touched |= {seat.team for seat in _seats(target)} | target.bases.keys()
    Team.objects.filter(pk__in=touched).update(version=F("version") + 1)


def _post(campaign: Campaign, target: dict[int, Seated | None], since: date) -> set[int]:
    """Write the sites' teams; return the teams that they leave. A site that stays keeps its posting and its day."""
    standing = Posting.objects.filter(team__campaign=campaign, until=None, site__in=list(target))
    posted = {posting.site_id: posting for posting in standing}
    kept, ended, made = [], [], []
    for key, seat in target.items():
        now = posted.get(key)
        stays = now is not None and seat is not None and now.team_id == seat.team
        if now is not None:
            (kept if stays else ended).append(now)
        if seat is not None:
            posting = now if stays else Posting(team_id=seat.team, site_id=key, since=since)
            posting.kilometres, posting.why, posting.reason = seat.km or 0.0, seat.why, seat.reason
            posting.by_hand, posting.locked = seat.by_hand, seat.locked
            if not stays:
                made.append(posting)
    gone = Posting.objects.filter(pk__in=[posting.pk for posting in ended])
    gone.filter(since__gte=since).delete()
    gone.update(until=since)
    Posting.objects.bulk_update(kept, ["kilometres", "why", "reason", "by_hand", "locked"], batch_size=200)
    Posting.objects.bulk_create(made)
    return {posting.team_id for posting in ended}


def refresh(campaign: Campaign, target: Snapshot) -> None:
    """Give the seats that stay the distances and reasons of `target`; what a person decided keeps its reason."""
    for rows, seats, key in (
        (Membership.objects.filter(team__campaign=campaign), target.officials, "official_id"),
        (Posting.objects.filter(team__campaign=campaign, until=None), target.sites, "site_id"),
    ):
        stale = []
        for row in rows:
            seat = seats.get(getattr(row, key))
            if seat is None or seat.team != row.team_id:
                continue
            why = row.why if row.by_hand or (row.locked and row.why) else seat.why
            if row.kilometres != seat.km or row.why != why:
                row.kilometres, row.why = seat.km or row.kilometres, why
                stale.append(row)
        rows.model.objects.bulk_update(stale, ["kilometres", "why"], batch_size=400)


def _seats(snapshot: Snapshot) -> Iterable[Seated]:
    return (seat for seats in (snapshot.officials, snapshot.sites) for seat in seats.values() if seat)


@transaction.atomic
def record(
    by: Account,
    campaign: Campaign,
    kind: str,
    subject: str,
    before: Snapshot,
    after: Snapshot,
) -> DispatchChange:
    """Write `after` and note the change with what was before it."""
    at = campaign.now()
    apply_snapshot(campaign, after, timezone.localtime(at).date())
    return DispatchChange.objects.create(
        campaign=campaign, by=by, at=at, kind=kind, subject=subject[:160], before=before.plain(), after=after.plain()
    )


def noted(by: Account, campaign: Campaign, kind: str, subject: str, before: Any, after: Any) -> DispatchChange:
    """Note a change that moves nobody, of the rules or ties: drafts that were made before it are stale."""
    return DispatchChange.objects.create(
        campaign=campaign, by=by, at=campaign.now(), kind=kind, subject=subject[:160], before=before, after=after
    )


def last_undoable(campaign: Campaign) -> DispatchChange | None:
    """Return the last change that can be taken back (one query)."""
    moved = campaign.dispatch_changes.exclude(kind__in=(Kind.UNDO, Kind.RULES, Kind.TIES))  # those move nobody
    last = moved.select_related("by").filter(undone=False).first()
    return None if last is None or last.kind == Kind.IMPORT else last


@transaction.atomic
def undo(by: Account, campaign: Campaign) -> DispatchChange:
    """Take the last change back; the log keeps both it and its undoing."""
    require(by, "change", Team)
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    last = last_undoable(campaign)
    if last is None:
        raise RuleBroken(_("There is nothing to undo."))
    change = record(by, campaign, Kind.UNDO, last.subject, Snapshot.read(last.after), Snapshot.read(last.before))
    last.undone = True
    last.save(update_fields=["undone"])
    return change
