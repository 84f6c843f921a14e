"""A run in words: why a person is suggested for a post, why not, what the short board means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sijin.exchange.domain.clearings.words import points
from sijin.exchange.domain.employment import posing, reads, solving, terms
from sijin.exchange.domain.words import plain
from sijin.exchange.models import JobContact, JobPost, JobRun, JobSuggestion, JobVerdict, JobWish, Shift
from sijin.people.models import Account

Others = Mapping[str, Sequence[JobSuggestion | JobContact]]  # by household: what a run suggests, who is hired


def km(value: float, rough: bool) -> str:
    """Return a distance in words; `rough` where only the town's middle is known of one end."""
    if rough and value < 1:
        return _("under 1 km")
    return (_("about %(km)s km") if rough else _("%(km)s km")) % {"km": f"{value:.1f}"}


def rough(row: JobPost | JobWish) -> bool:
    """Say whether the place of a post or a person is known only roughly."""
    return row.site.approximate if row.site_id else row.region.approximate


def occupation(wish: JobWish, post: JobPost) -> str:
    """Say how the post's occupation is to what the person names."""
    near, name = terms.nearness(post.occupation, wish.occupations), terms.name_of(post.occupation)
    if near == terms.NAMED:
        return _("%(name)s is what the person asks for") % {"name": name}
    if near == terms.SMALL:
        return _("%(name)s is close to what the person asks for (same small group)") % {"name": name}
    group = terms.name_of(terms.group_of(post.occupation))
    return _("%(name)s is of the same group: %(group)s") % {"name": name, "group": group}


def wage(wish: JobWish, post: JobPost) -> str:
    """Say what the post pays beside what is asked."""
    pay = {"pay": plain(post.wage), "asked": plain(wish.wage)}
    if not wish.wage:
        return _("%(pay)s yuan a month, none is asked for") % pay
    if post.wage == wish.wage:
        return _("%(pay)s yuan a month, as asked") % pay
    return _("%(pay)s yuan a month, %(over)s more than asked") % {**pay, "over": plain(post.wage - wish.wage)}


def shift(wish: JobWish, post: JobPost) -> str:
    """Say the post's shift and that it is accepted."""
    name = {"shift": Shift(post.shift).label}
    return (_("%(shift)s, one of those accepted") if wish.shifts else _("%(shift)s, any is accepted")) % name


def tie(row: JobSuggestion, others: Others) -> str:
    """Say how the post lies to those of the same household."""
    if not row.tie:
        return ""
    from_home = [other for other in others.get(row.wish.household, []) if other.wish_id != row.wish_id and other.post]
    who = {"who": "、".join(other.wish.code for other in from_home)}
    if row.tie == "same":
        return _("of one household with %(who)s: the same place of work") % who
    if row.tie == "near":
        return _("of one household with %(who)s: the same shift, near by") % who
    return _("of one household with %(who)s: apart") % who


def reasons(row: JobSuggestion, others: Others) -> list[str]:
    """Say why a person is suggested for the post."""
    wish, post = row.wish, row.post
    if post is None:
        return []
    far = km(row.kilometres or 0.0, rough(wish) or rough(post))
    told = [occupation(wish, post), far, wage(wish, post), shift(wish, post)]
    return [words for words in (*told, tie(row, others)) if words]


def without(row: JobSuggestion) -> str:
    """Say why a person goes without, the nearest post that suits, and which limit would reach it."""
    if row.nearest is None or row.kilometres is None:
        return str(row.get_why_display())
    facts: dict[str, Any] = {"post": row.nearest, "km": km(row.kilometres, rough(row.wish) or rough(row.nearest))}
    if row.why == JobSuggestion.Why.FULL:
        words = _("What suits within the limit goes to others; the nearest is %(post)s, %(km)s away.")
        return words % facts
    facts["limit"] = solving.needed_km(row.kilometres)
    own = row.wish.reach_km
    if own is not None and own < row.run.limit_km:
        words = _("The nearest that suits is %(post)s, %(km)s away: that takes %(limit)s km, the own limit is %(own)s.")
        return words % {**facts, "own": own}
    words = _("The nearest that suits is %(post)s, %(km)s away: a limit of %(limit)s km would bring it within reach.")
    return words % facts


@dataclass(frozen=True)
class Answer:
    """Why a person is suggested for a post or not: one sentence, then each condition with whether it holds."""

    stands: bool
    sentence: str
    conditions: list[tuple[bool, str]]


def why_not(account: Account, wish: JobWish, post: JobPost, run: JobRun | None) -> Answer:
    """Answer for any pair that `account` sees: each hard condition, then the weighing of the last run."""
    limit = run.limit_km if run else terms.table()["travel"]["limit_km"]
    checks = _checks(wish, post, limit, posing.apart_km(wish, post))
    row = reads.suggestions(account, run).filter(wish=wish).first()
    if row and row.post_id == post.pk:
        return Answer(True, _("It is suggested by the last run."), checks)
    failed = [words for holds, words in checks if not holds]
    if failed:
        return Answer(False, _("It is not suggested: %(why)s") % {"why": " ".join(failed)}, checks)
    if run is None or row is None:
        return Answer(False, _("Every condition holds, but no run has weighed this person yet."), checks)
    return Answer(False, _weighed(account, run, row, wish, post), checks)


def _weighed(account: Account, run: JobRun, row: JobSuggestion, wish: JobWish, post: JobPost) -> str:
    """Say of a pair that keeps every condition why the run gives it to nobody or to others."""
    near = terms.nearness(post.occupation, wish.occupations)
    cost = terms.points(near, posing.apart_km(wish, post), float(post.wage), float(wish.wage))
    worth = run.figures.get("prices", {}).get(str(post.pk), 0.0)
    facts = {"cost": points(cost), "worth": points(worth), "mine": points(row.cost), "post": row.post}
    if worth:
        words = _("Every condition holds (%(cost)s points), but its openings serve others better (%(worth)s each).")
        return words % facts
    if row.post is None:
        return _("Every condition holds; posts or people have changed since the last run.")
    words = _("Every condition holds, but %(post)s is better for all: %(mine)s points instead of %(cost)s.")
    return words % facts


def _checks(wish: JobWish, post: JobPost, limit: int, far: float) -> list[tuple[bool, str]]:
    near = terms.nearness(post.occupation, wish.occupations)
    names = {"wanted": "、".join(map(terms.name_of, wish.occupations)), "found": terms.name_of(post.occupation)}
    reach = limit if wish.reach_km is None else min(limit, wish.reach_km)
    told: dict[str, Any] = {
        "km": km(far, rough(wish) or rough(post)), "reach": reach, "pay": plain(post.wage), "asked": plain(wish.wage)
    }  # fmt: skip
    shifts = {"shift": Shift(post.shift).label, "accepted": "、".join(str(Shift(s).label) for s in wish.shifts)}
    holds_shift = not wish.shifts or post.shift in wish.shifts
    rows = [
        (bool(near), _("Occupation: %(words)s.") % {"words": occupation(wish, post)} if near
         else _("Occupation: %(wanted)s is asked for, this is %(found)s, of another group.") % names),
        (far <= reach, _("Distance: %(km)s, the limit is %(reach)s km.") % told),
        (post.wage >= wish.wage, _("Wage: %(pay)s yuan, %(asked)s are asked for.") % told),
        (holds_shift, _("Shift: %(words)s.") % {"words": shift(wish, post)} if holds_shift
         else _("Shift: %(shift)s, only %(accepted)s is accepted.") % shifts),
    ]  # fmt: skip
    return rows + _state(wish, post)


def _state(wish: JobWish, post: JobPost) -> list[tuple[bool, str]]:
    """Return the conditions that change with the log and with what was said."""
    free = reads.open_number(post)
    rows = [(free > 0, ngettext("Openings: %(n)s is free.", "Openings: %(n)s are free.", free) % {"n": free})]
    if post.withdrawn_at:
        rows.append((False, _("The post was taken out.")))
    if wish.withdrawn_at:
        rows.append((False, _("The person was taken out.")))
    if JobVerdict.objects.filter(wish=wish, post=post, says=JobVerdict.Says.REFUSED).exists():
        rows.append((False, _("It was turned down.")))
    last = {entry.post_id: entry for entry in JobContact.objects.filter(wish=wish, last=True)}
    if post.pk in last and last[post.pk].outcome == JobContact.Outcome.DECLINED:
        rows.append((False, _("It was declined, by the contact log.")))
    if any(entry.outcome == JobContact.Outcome.HIRED for entry in last.values()):
        rows.append((False, _("The person is hired already.")))
    return rows


def scarce(row: dict[str, Any]) -> str:
    """Say what the price of a group of posts at a place means."""
    told = {"points": points(row["price"]), "waiting": row["waiting"]}
    words = _("One more opening would save %(points)s points.") % told
    if row["waiting"]:
        more = ngettext(
            " %(waiting)s person who would fit goes without.", " %(waiting)s people who would fit go without.",
            row["waiting"],
        )  # fmt: skip
        return words + more % told
    return words + _(" It would bring someone nearer or to a better fit.")


def idle(row: dict[str, Any], limit: int) -> str:
    """Say why openings stay over."""
    told = {"limit": limit, "near": row["near"], "far": row["anywhere"] - row["near"]}
    if not row["anywhere"]:
        return _("Nobody on the list suits: look for people of this occupation.")
    if not row["near"]:
        return _("Nobody who suits lives within %(limit)s km; %(far)s live further away.") % told
    return _("%(near)s who suit live within %(limit)s km and have better or equal posts.") % told


def money(value: Decimal) -> str:
    """Return yuan a month without idle zeros."""
    return f"{value.normalize():,f}"


def shift_name(code: str) -> str:
    """Return the name of a shift."""
    return str(Shift(code).label)
