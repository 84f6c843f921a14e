"""What people say of a suggestion, and the contact log: who was called about which post, when, and what came of it.

The log only grows; where a person and a post stand is its last entry. Who is hired takes one of the post's openings.
"""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.exchange.domain.employment.reads import open_number, with_hired
from sijin.exchange.models import JobContact, JobPost, JobVerdict, JobWish
from sijin.people.models import Account
from sijin.people.policy import may, require
from sijin.people.refusals import NotAllowed, RuleBroken, Stale

Says, Outcome = JobVerdict.Says, JobContact.Outcome


@transaction.atomic
def judge(
    by: Account, wish: JobWish, post: JobPost, says: str, note: str = "", *, version: int | None = None,
    at: datetime | None = None,
) -> JobVerdict:  # fmt: skip
    """Accept a pair, turn it down, or (`says` empty) take back what was said; a later run keeps to it.

    Raises
    ------
    RuleBroken
        Another post is accepted for this person already, or there is nothing to take back.
    Stale
        Something else was said of the pair since `version` was read.
    """
    _mine(by, "judge", JobVerdict, wish, post)
    if says not in Says.values:
        raise RuleBroken(_("A suggestion is accepted or turned down, nothing else."), field="says")
    JobWish.objects.select_for_update().get(pk=wish.pk)
    found = JobVerdict.objects.filter(wish=wish, post=post).first()
    if version is not None and version != (found.version if found else 0):
        raise Stale(_("Someone else has judged this suggestion in the meantime."), diff={})
    if says == Says.OPEN and (found is None or not found.says):
        raise RuleBroken(_("There is nothing to take back."))
    others = JobVerdict.objects.filter(wish=wish, says=Says.ACCEPTED).exclude(post=post).select_related("post")
    if says == Says.ACCEPTED and (other := others.first()):
        words = _("%(post)s is accepted for this person; take that back first.")
        raise RuleBroken(words % {"post": other.post}, field="says")
    found = found or JobVerdict(wish=wish, post=post, version=0)
    found.says, found.note, found.by, found.at = says, note.strip(), by, at or wish.campaign.now()
    found.version += 1
    found.save()
    return found


@transaction.atomic
def log(
    by: Account, wish: JobWish, post: JobPost, outcome: str, note: str = "", *, on: date | None = None,
    at: datetime | None = None,
) -> JobContact:  # fmt: skip
    """Add an entry to the contact log of a person and a post.

    Raises
    ------
    RuleBroken
        The day lies after today, all openings are taken, or the person is hired elsewhere.
    """
    _mine(by, "log", JobContact, wish, post)
    at = at or wish.campaign.now()
    on = on or timezone.localtime(at).date()
    if outcome not in Outcome.values:
        raise RuleBroken(_("There is no such outcome."), field="outcome")
    if on > timezone.localtime(at).date():
        raise RuleBroken(_("A contact cannot lie in the future."), field="on")
    JobWish.objects.select_for_update().get(pk=wish.pk)
    JobPost.objects.select_for_update().get(pk=post.pk)
    before = JobContact.objects.filter(wish=wish, last=True)
    here = before.filter(post=post).first()
    if outcome == Outcome.HIRED and not (here and here.outcome == Outcome.HIRED):
        elsewhere = before.filter(outcome=Outcome.HIRED).exclude(post=post).select_related("post").first()
        if elsewhere:
            raise RuleBroken(_("The person is hired already: %(post)s.") % {"post": elsewhere.post}, field="outcome")
        if not open_number(with_hired(JobPost.objects.filter(pk=post.pk)).get()):
            raise RuleBroken(_("All openings of this post are taken."), field="outcome")
    before.filter(post=post).update(last=False)
    return JobContact.objects.create(wish=wish, post=post, outcome=outcome, on=on, note=note.strip(), by=by, at=at)


def _mine(by: Account, verb: str, model: type[JobVerdict] | type[JobContact], wish: JobWish, post: JobPost) -> None:
    """Whoever may do `verb` at all does it for people whom they may read by name."""
    require(by, verb, model)
    if not may(by, "name", wish):
        raise NotAllowed(_("This person is not among those whom you look after."))
    if wish.campaign_id != post.campaign_id:
        raise RuleBroken(_("The post belongs to another campaign."), field="post")
