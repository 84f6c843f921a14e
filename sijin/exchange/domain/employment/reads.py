"""Reads of posts and wishes: openings left, where a pair stands, names masked for who may not read them."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from sijin.dispatch.models import Campaign
from sijin.exchange.models import JobContact, JobPost, JobRun, JobSuggestion, JobVerdict, JobWish
from sijin.people.models import Account
from sijin.people.policy import visible, within
from sijin.places.models import Site

Outcome = JobContact.Outcome


def with_hired(posts: QuerySet[JobPost]) -> QuerySet[JobPost]:
    """Give posts the count of those who are hired."""
    rows = JobContact.objects.filter(post=OuterRef("pk"), last=True, outcome=Outcome.HIRED)
    counted = rows.order_by().values("post").annotate(n=Count("pk")).values("n")
    return posts.annotate(hired=Coalesce(Subquery(counted, output_field=IntegerField()), 0))


def open_number(post: Any) -> int:
    """Return the openings of a post of `with_hired` for which nobody is hired yet."""
    return max(0, post.number - post.hired)


def posts(account: Account, campaign: Campaign) -> QuerySet[JobPost]:
    """Return the posts that `account` sees, those that were taken out last."""
    rows = with_hired(visible(account, JobPost).filter(campaign=campaign)).select_related("site", "region")
    return rows.order_by(F("withdrawn_at").asc(nulls_first=True), "firm", "code")


def posts_of_firm(account: Account, post: JobPost) -> QuerySet[JobPost]:
    """Return the posts of the firm of `post` that are not taken out, as far as `account` sees them."""
    return posts(account, post.campaign).filter(firm=post.firm, withdrawn_at=None)


def places(account: Account, rows: Iterable[JobPost]) -> dict[int, str]:
    """Return where each post is worked: its site where `account` sees that, else its region (one query)."""
    rows = list(rows)
    seen = set(visible(account, Site).filter(pk__in={post.site_id for post in rows}).values_list("pk", flat=True))
    return {post.pk: str(post.site if post.site_id in seen else post.region) for post in rows}


def wishes(account: Account, campaign: Campaign) -> QuerySet[JobWish]:
    """Return the people that `account` sees, those that were taken out last."""
    rows = visible(account, JobWish).filter(campaign=campaign).select_related("site", "region")
    return rows.order_by(F("withdrawn_at").asc(nulls_first=True), "code")


SOUGHT = {  # by which fields a list is narrowed
    "posts": ("code", "firm", "title", "occupation", "region__name"),
    "people": ("code", "region__name", "site__name"),
    "suggestions": ("wish__code", "wish__region__name", "post__firm", "post__title", "post__code"),
    "without": ("wish__code", "wish__region__name", "nearest__firm"),
}


def called(account: Account, rows: QuerySet[Any], side: str, q: str) -> QuerySet[Any]:
    """Narrow a list to the rows of which some field holds `q`; by name only where `account` may read it."""
    found = Q()
    if side != "posts":
        people = within(account, "name", JobWish.objects.filter(name__icontains=q))
        found = Q(**{"pk__in" if side == "people" else "wish__in": people.values("pk")})
    for field in SOUGHT[side]:
        found |= Q(**{f"{field}__icontains": q})
    return rows.filter(found)


def one_of(rows: QuerySet[Any], text: str) -> Any:
    """Return the row of this code, else the only one that is left; None where there are several or none."""
    if not text:
        return None
    exact = rows.filter(code=text).first()
    if exact:
        return exact
    found = list(rows[:2])
    return found[0] if len(found) == 1 else None


def size(account: Account, campaign: Campaign) -> int:
    """Return how many pairs of people and posts there are to weigh."""
    return (
        wishes(account, campaign).filter(withdrawn_at=None).count()
        * posts(account, campaign).filter(withdrawn_at=None).count()
    )


def named(account: Account, people: list[JobWish]) -> list[JobWish]:
    """Give each person `shown` and `number`: name and telephone, or their masks where `account` may not read them."""
    keys = {wish.pk for wish in people}
    open_to = set(within(account, "name", JobWish.objects.filter(pk__in=keys)).values_list("pk", flat=True))
    for wish in people:
        full = wish.pk in open_to
        wish.shown = wish.name if full else masked(wish.name)
        wish.number = wish.phone if full else masked_number(wish.phone)
    return people


def masked(name: str) -> str:
    """Return the first character of a name, the rest hidden; how long it is, is hidden too."""
    return f"{name[:1]}**" if name else ""


def masked_number(phone: str) -> str:
    """Return a telephone number with its middle hidden."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "****" if phone else ""


def latest(campaign: Campaign) -> JobRun | None:
    """Return the last run: what it says is what holds."""
    return JobRun.objects.filter(campaign=campaign).select_related("made_by").first()


def suggestions(account: Account, run: JobRun | None) -> QuerySet[JobSuggestion]:
    """Return what a run says of the people whom `account` sees, with what was said and done since (three queries)."""
    rows = visible(account, JobSuggestion).filter(run=run) if run else JobSuggestion.objects.none()
    places = ("wish__site", "wish__region", "post__site", "post__region", "nearest__site", "nearest__region", "run")
    log = Prefetch("wish__contacts", JobContact.objects.filter(last=True).select_related("by"), to_attr="standing")
    said = Prefetch("wish__verdicts", JobVerdict.objects.exclude(says="").select_related("by"), to_attr="said")
    return rows.select_related(*places).prefetch_related(log, said).order_by("wish__code")


def standing(wish: JobWish, post: int | None) -> JobContact | None:
    """Return the last entry of the log of a person (with `standing` prefetched) and a post."""
    return next((entry for entry in wish.standing if entry.post_id == post), None)


def verdict(wish: JobWish, post: int | None) -> JobVerdict | None:
    """Return what was said of a person (with `said` prefetched) and a post."""
    return next((said for said in wish.said if said.post_id == post), None)


def of_households(account: Account, run: JobRun | None) -> dict[str, list[JobSuggestion | JobContact]]:
    """Return by household what the run says of its people, and who of it is hired where (two queries)."""
    found: dict[str, list[JobSuggestion | JobContact]] = defaultdict(list)
    hired = visible(account, JobContact).filter(last=True, outcome=Outcome.HIRED)
    for rows in (hired, visible(account, JobSuggestion).filter(run=run)):
        for row in rows.exclude(wish__household="").select_related("wish", "post").order_by("wish__code"):
            if not any(other.wish_id == row.wish_id for other in found[row.wish.household]):
                found[row.wish.household].append(row)
    return found
