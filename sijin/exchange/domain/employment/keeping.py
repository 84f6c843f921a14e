"""Verbs of posts and wishes: write one down or change it. Each raises the row's version; see also `domain.rows`."""

from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.exchange.domain.employment import terms
from sijin.exchange.domain.employment.reads import with_hired
from sijin.exchange.domain.rows import advance, assign, different, fresh, hold
from sijin.exchange.models import JobPost, JobWish, Shift
from sijin.people.models import Account
from sijin.people.policy import may, require
from sijin.people.refusals import NotAllowed, RuleBroken

POST = ("firm", "site", "region", "occupation", "title", "number", "wage", "shift", "contact", "conditions")
WISH = ("name", "phone", "of", "site", "region", "occupations", "wage", "shifts", "reach_km", "household")
MARKS = ("source", "generated")
Row = TypeVar("Row", JobPost, JobWish)


@transaction.atomic
def keep_post(
    by: Account, campaign: Campaign, code: str, *, version: int | None = None, **facts: Any
) -> tuple[JobPost, str]:
    """Write a post down under its code; return it with what happened: `created`, `changed` or `same`.

    Raises
    ------
    RuleBroken
        What is said makes no sense together; `facts["field"]` names the field.
    Stale
        The post is there, says something else, and `version` is not its own.
    """
    require(by, "keep", JobPost)
    if facts.get("title") == "" and "occupation" in facts:
        facts["title"] = terms.name_of(facts["occupation"])
    return _kept(by, JobPost, campaign, code, version, facts, POST)


@transaction.atomic
def keep_wish(
    by: Account, campaign: Campaign, code: str, *, version: int | None = None, **facts: Any
) -> tuple[JobWish, str]:
    """Write down a person who looks for work under a code of their own; see `keep_post`.

    Who may keep only the people of their own sites names one of these as `site`.
    """
    require(by, "keep", JobWish)
    return _kept(by, JobWish, campaign, code, version, facts, WISH)


def _kept(
    by: Account, model: type[Row], campaign: Campaign, code: str, version: int | None, facts: dict[str, Any],
    names: tuple[str, ...],
) -> tuple[Row, str]:  # fmt: skip
    hold(campaign)
    row = model.objects.select_for_update(of=("self",)).filter(campaign=campaign, code=code).first()
    marks = {name: facts.pop(name) for name in MARKS if name in facts}
    if facts.get("region") is None and facts.get("site") is not None:
        facts["region"] = facts["site"].region
    made = row is None
    if row is None:
        if not code.strip():
            raise RuleBroken(_("Give it a code of its own."), field="code")
        row = model(campaign=campaign, code=code.strip(), **marks)
    elif not may(by, "keep", row):
        raise NotAllowed(_("This row is not yours to change."))
    elif not different(row, facts, names):
        return row, "same"
    else:
        fresh(row, version, facts, names)
    assign(row, facts, names)
    (_check_post if isinstance(row, JobPost) else _check_wish)(row)  # type: ignore[arg-type, operator]
    row.version = 0 if made else row.version
    advance(row)
    if not may(by, "keep", row):
        raise NotAllowed(_("You may keep only people of your own sites: name one of these."), field="site")
    return row, "created" if made else "changed"


def next_code(campaign: Campaign, model: type[Row]) -> str:
    """Return a code that no post (G0001) or person (Q0001) of the campaign has yet."""
    rows, letter = model.objects.filter(campaign=campaign), "G" if model is JobPost else "Q"
    taken, number = set(rows.values_list("code", flat=True)), rows.count() + 1
    while f"{letter}{number:04d}" in taken:
        number += 1
    return f"{letter}{number:04d}"


def _check_post(post: JobPost) -> None:
    if not post.firm.strip():
        raise RuleBroken(_("Say which firm it is."), field="firm")
    _check_region(post)
    if terms.code_of(post.occupation, whole=True) is None:
        words = _("An occupation is a code of four parts such as 6-05-01-03, or its name.")
        raise RuleBroken(words, field="occupation")
    post.title = post.title or terms.name_of(post.occupation)
    if post.number is None or post.number < 1:
        raise RuleBroken(_("There must be at least one opening."), field="number")
    if post.pk and post.number < (hired := with_hired(JobPost.objects.filter(pk=post.pk)).get().hired):
        words = _("%(hired)s are hired already: there cannot be fewer openings.")
        raise RuleBroken(words % {"hired": hired}, field="number")
    if post.wage is None or post.wage <= 0:
        raise RuleBroken(_("The wage must be above zero."), field="wage")
    if post.shift not in Shift.values:
        raise RuleBroken(_("There is no such shift."), field="shift")


def _check_wish(wish: JobWish) -> None:
    if not wish.name.strip():
        raise RuleBroken(_("Say who it is."), field="name")
    _check_region(wish)
    if not wish.occupations or any(terms.code_of(code, whole=False) is None for code in wish.occupations):
        raise RuleBroken(_("Name at least one occupation, by code or by name."), field="occupations")
    if wish.wage is None or wish.wage < 0:
        raise RuleBroken(_("The wage cannot be negative."), field="wage")
    if any(shift not in Shift.values for shift in wish.shifts):
        raise RuleBroken(_("There is no such shift."), field="shifts")


def _check_region(row: JobPost | JobWish) -> None:
    if row.region_id is None:
        raise RuleBroken(_("Say where it is: a place, or the code of a site."), field="region")
    if row.site_id is None and (row.region.lat is None or row.region.lon is None):
        raise RuleBroken(_("Nobody knows where this place lies, so no distance can be told."), field="region")
