"""The verbs of a visit: record, amend, note, photo. One visit may raise many needs; sent twice it counts once."""

import hashlib
import json
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign, Posting, Team
from sijin.ledger.domain import evidence, needs
from sijin.ledger.models import Need
from sijin.ledger.script import simplified
from sijin.people.models import Account, Official
from sijin.people.policy import may, require
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import Site
from sijin.visits.domain import rounds
from sijin.visits.models import Correction, PlannedVisit, Visit, VisitPhoto

BACK = 7  # days after which a visit is not recorded any more, but told in the note of a later one
AHEAD = timedelta(minutes=10)  # by which a phone's clock may be fast
AMENDING = timedelta(hours=24)
PHOTOS = 12  # of one visit
AMENDABLE = ("met", "said", "minutes", "people_met", "minutes_asked")


def record(
    by: Account,
    team: Team,
    site: Site,
    *,
    client_uuid: uuid.UUID,
    met: str = "",
    said: str = "",
    took_nothing: bool = False,
    findings: list[dict[str, Any]] | None = None,
    at: datetime | None = None,
    lat: float | None = None,
    lon: float | None = None,
    minutes: int | None = None,
    people_met: int | None = None,
    minutes_asked: int | None = None,
    participants: Iterable[Official] = (),
    photos: Iterable[tuple[str, bytes]] = (),
    late_reason: str = "",
    same_day_reason: str = "",
    recorded_at: datetime | None = None,
    generated: bool = False,
) -> Visit:
    """Record a visit; each finding ({title, text, category, klass, items}) becomes a need, each photo is kept.

    The same `client_uuid` gives the visit kept before, whatever comes with it; its `arrival` then says `again`, or
    `differing` when the content is not that of the first sending.

    Raises
    ------
    NotAllowed
        The site or the team is not `by`'s, or the visit under this UUID is someone else's.
    RuleBroken
        Something was taken; the time is not believable; another team was there that day and no reason is given; a
        photo is none. `facts["field"]` names the field, `facts["finding"]` counts the finding from 0.
    """
    findings, photos, people = findings or [], list(photos), list(participants)
    if lat is None or lon is None:  # half a position is none
        lat = lon = None
    facts = {"met": met, "said": said, "minutes": minutes, "people_met": people_met, "minutes_asked": minutes_asked}
    digest = _digest(site, at, facts, findings, photos, people)
    if found := Visit.objects.filter(client_uuid=client_uuid).first():
        return _again(found, by, digest)
    if not may(by, "record", Visit) or not may(by, "view", team) or not may(by, "view", site):
        raise NotAllowed(_("This site is not your team's."))
    if not _goes_there(team, site):
        raise RuleBroken(_("This team is not posted to this site."), field="site")
    if not took_nothing:
        words = _("Only give, never take: a visit ends with the statement that nothing was taken. Give back what was.")
        raise RuleBroken(words, field="took_nothing")
    now = recorded_at or team.campaign.now()
    at = at or now
    _check_time(team.campaign, at, now, late_reason)
    _check_people(team, people)
    if not same_day_reason and (other := rounds.others_on(site, team, timezone.localtime(at).date())):
        words = _("%(other)s. Only one team goes to a site on one day: say why this second visit was needed.")
        raise RuleBroken(words % {"other": rounds.in_words(other)}, field="same_day_reason")
    pictures = [_looked_at(name, content) for name, content in photos]
    try:
        with transaction.atomic():
            visit = Visit.objects.create(
                client_uuid=client_uuid,
                campaign=team.campaign,
                team=team,
                site=site,
                recorded_by=by,
                at=at,
                recorded_at=now,
                late_reason=late_reason,
                same_day_reason=same_day_reason,
                search=simplified(f"{met}\n{said}"),
                took_nothing=True,
                lat=lat,
                lon=lon,
                digest=digest,
                generated=generated,
                **facts,
            )
            visit.participants.add(*people)
            visit.needs.add(*[_raise(by, visit, n, finding) for n, finding in enumerate(findings)])
            for name, picture in pictures:
                _keep(visit, by, name, picture)
            PlannedVisit.objects.filter(team=team, site=site, day=timezone.localtime(at).date()).delete()
    except IntegrityError:  # the same sending arrived twice at once, and the other was first
        if found := Visit.objects.filter(client_uuid=client_uuid).first():
            return _again(found, by, digest)
        raise
    return visit


@transaction.atomic
def amend(
    by: Account,
    visit: Visit,
    *,
    version: int,
    participants: Iterable[Official] | None = None,
    findings: list[dict[str, Any]] | None = None,
    photos: Iterable[tuple[str, bytes]] = (),
    **changes: Any,
) -> Visit:
    """Put right what was recorded (the fields of AMENDABLE), raise forgotten findings, add photos; all in one.

    Only the recorder, only within a day; what stood there before is kept. Stale when `version` is not the row's.
    """
    visit = Visit.objects.select_for_update().get(pk=visit.pk)
    require(by, "amend", visit)
    if version != visit.version:
        words = _("This visit was changed in the meantime.")
        raise Stale(words, expected=version, found=visit.version, diff=_changes_since(visit, version))
    _check_open(visit)
    change = {
        name: [getattr(visit, name), changes[name]]
        for name in AMENDABLE
        if name in changes and getattr(visit, name) != changes[name]
    }
    for name, (_old, new) in change.items():
        setattr(visit, name, new)
    if participants is not None:
        people = list(participants)
        _check_people(visit.team, people)
        before, after = set(visit.participants.all()), set(people)
        if before != after:
            change["participants"] = [sorted(str(p) for p in group) for group in (before, after)]
            visit.participants.set(people)
    pictures = [_looked_at(name, content) for name, content in photos]
    count = visit.needs.count()
    raised = [_raise(by, visit, count + n, finding) for n, finding in enumerate(findings or [])]
    kept = [_keep(visit, by, name, picture) for name, picture in pictures]
    if raised:
        change["needs"] = [[], [need.number for need in raised]]
        visit.needs.add(*raised)
    if kept:
        change["photos"] = [[], [photo.name for photo in kept]]
    if not change:
        return visit
    visit.search = simplified(f"{visit.met}\n{visit.said}")
    visit.version += 1
    visit.save()
    Correction.objects.create(visit=visit, by=by, at=visit.campaign.now(), change={**change, "version": visit.version})
    return visit


@transaction.atomic
def add_note(by: Account, visit: Visit, note: str) -> Correction:
    """Put a note under a visit: the way to correct it when its day is over."""
    require(by, "note", visit)
    if not note.strip():
        raise RuleBroken(_("Write what is to be put right."), field="note")
    return Correction.objects.create(visit=visit, by=by, at=visit.campaign.now(), note=note.strip()[:500])


@transaction.atomic
def add_photo(by: Account, visit: Visit, name: str, content: bytes) -> VisitPhoto:
    """Keep one photo of the visit; only its recorder, only within a day. The same picture again changes nothing."""
    require(by, "amend", visit)
    _check_open(visit)
    return _keep(visit, by, *_looked_at(name, content))


def may_amend(by: Account, visit: Visit) -> bool:
    """Say whether `by` may still amend the visit."""
    return may(by, "amend", visit) and visit.campaign.now() - visit.recorded_at <= AMENDING


def _again(found: Visit, by: Account, digest: str) -> Visit:
    """Return the visit kept before, marked with how it came in again."""
    if found.recorded_by_id != by.pk:
        raise NotAllowed(_("This visit was recorded by someone else."))
    found.arrival = "again" if found.digest in ("", digest) else "differing"
    return found


def _digest(
    site: Site,
    at: datetime | None,
    facts: dict[str, Any],
    findings: list[dict[str, Any]],
    photos: list[tuple[str, bytes]],
    people: list[Official],
) -> str:
    pictures = sorted(hashlib.sha256(content).hexdigest() for _name, content in photos)
    content = [site.pk, at, facts, findings, pictures, sorted(person.pk for person in people)]
    return hashlib.sha256(json.dumps(content, default=str, sort_keys=True).encode()).hexdigest()


def _goes_there(team: Team, site: Site) -> bool:
    return (
        Posting.objects.filter(team=team, site=site).exists()
        or PlannedVisit.objects.filter(team=team, site=site).exists()
    )


def _check_time(campaign: Campaign, at: datetime, now: datetime, late_reason: str) -> None:
    """Refuse a visit of the future, of before the campaign, of too long ago, or of an earlier day without a reason."""
    if at > now + AHEAD:
        raise RuleBroken(_("This time is still to come."), field="at")
    day, today = timezone.localtime(at).date(), timezone.localtime(now).date()
    if day < campaign.start:
        raise RuleBroken(_("This is before the campaign began."), field="at")
    if (today - day).days > BACK:
        words = _("More than %(days)s days ago: tell it in the note of a later visit.")
        raise RuleBroken(words % {"days": BACK}, field="at")
    if day < today and not late_reason.strip():
        raise RuleBroken(_("The visit was on an earlier day: say why it is recorded only now."), field="late_reason")


def _check_people(team: Team, people: list[Official]) -> None:
    if people and team.memberships.filter(official__in=people).count() != len(set(people)):
        raise RuleBroken(_("Someone who is not of this team is named."), field="participants")


def _check_open(visit: Visit) -> None:
    if visit.campaign.now() - visit.recorded_at > AMENDING:
        raise RuleBroken(_("A visit can be amended for 24 hours; after that, add a note."))


def _changes_since(visit: Visit, version: int) -> dict[str, Any]:
    """Return what was changed after `version`: {field: [old, new]}."""
    found: dict[str, Any] = {}
    for correction in visit.corrections.all():
        if correction.change.get("version", 0) > version:
            found |= {name: pair for name, pair in correction.change.items() if name != "version"}
    return found


def _raise(by: Account, visit: Visit, number: int, finding: dict[str, Any]) -> Need:
    """Raise one finding as a need under a UUID made from the visit's, and suggest its class when one is given."""
    finding = dict(finding)
    klass = finding.pop("klass", None)
    key = uuid.uuid5(visit.client_uuid, str(number))
    try:
        need = needs.raise_need(
            by, visit.team, visit.site, at=visit.at, generated=visit.generated, client_uuid=key, **finding
        )
        if klass:
            need = needs.apply(need, "classify", by, at=visit.at, klass=klass)
    except RuleBroken as refusal:
        raise RuleBroken(refusal.message, **{**refusal.facts, "finding": number}) from refusal
    return need


def _looked_at(name: str, content: bytes) -> tuple[str, bytes]:
    """Return (name, content to keep): re-encoded without metadata; RuleBroken names the file that is no photo."""
    try:
        kept, _suffix, media_type = evidence.examined(content)
    except RuleBroken as refusal:
        raise RuleBroken(f"{name}: {refusal.message}", field="photos") from refusal
    if media_type != "image/jpeg":
        raise RuleBroken(_("%(name)s is not a photo.") % {"name": name}, field="photos")
    return name, kept


def _keep(visit: Visit, by: Account, name: str, picture: bytes) -> VisitPhoto:
    """Keep one photo that was looked at; the same picture again changes nothing."""
    digest = hashlib.sha256(picture).hexdigest()
    if found := visit.photos.filter(sha256=digest).first():
        return found
    if visit.photos.count() >= PHOTOS:
        raise RuleBroken(_("At most %(count)s photos a visit.") % {"count": PHOTOS}, field="photos")
    photo = VisitPhoto(
        visit=visit, name=name[:200], size=len(picture), sha256=digest, added_by=by, added_at=visit.campaign.now()
    )
    photo.file.save(f"{digest[:24]}.jpg", ContentFile(picture), save=False)
    photo.save()
    return photo
