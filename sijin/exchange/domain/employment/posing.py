"""Who could take which post: hard conditions first, then what the pair costs. One rule for runs and for "why not".

Conditions: the occupation group, the wage, the shift, the distance (the run's limit, or the person's own where it is
shorter), and that the pair was not turned down or declined. Nothing of it is traded off.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from sijin.dispatch.models import Campaign
from sijin.engines.distances import matrix
from sijin.exchange.domain.employment import terms
from sijin.exchange.domain.employment.reads import open_number, with_hired
from sijin.exchange.models import JobContact, JobPost, JobSuggestion, JobVerdict, JobWish
from sijin.people.models import Account
from sijin.people.policy import visible

Key = tuple[int, int]  # wish, post
Outcome = JobContact.Outcome
EVERYWHERE = 1e9  # km
M = TypeVar("M", JobPost, JobWish)


@dataclass(frozen=True)
class Fit:
    """A pair that keeps every condition but, perhaps, the distance."""

    near: str  # of the occupation, see `terms.nearness`
    kilometres: float
    cost: int


@dataclass
class Posed:
    """Everybody who looks for work, every post with openings, and which of them fit (whatever the distance)."""

    limit: float
    wishes: dict[int, JobWish]
    posts: dict[int, JobPost]
    fits: dict[Key, Fit] = field(default_factory=dict)
    kept: set[Key] = field(default_factory=set)  # accepted: stays as it is
    barred: set[Key] = field(default_factory=set)  # turned down, or declined by either side
    settled: dict[str, list[JobPost]] = field(default_factory=dict)  # where others of a household are hired

    def reach(self, wish: int) -> float:
        """Return how far a person goes in this run."""
        own = self.wishes[wish].reach_km
        return self.limit if own is None else min(self.limit, own)

    def within(self) -> dict[Key, Fit]:
        """Return the pairs within the distance; accepted ones are given already."""
        return {key: fit for key, fit in self.fits.items() if fit.kilometres <= self.reach(key[0])}


def pose(account: Account, campaign: Campaign, limit: float) -> Posed:
    """Read the people and posts that `account` sees (seven queries)."""
    hired = JobContact.objects.filter(wish=OuterRef("pk"), last=True, outcome=Outcome.HIRED)
    people = visible(account, JobWish).filter(~Exists(hired), campaign=campaign, withdrawn_at=None)
    posts = with_hired(visible(account, JobPost).filter(campaign=campaign, withdrawn_at=None))
    posed = Posed(
        limit,
        {wish.pk: wish for wish in placed(people.select_related("region", "site").order_by("pk"))},
        {post.pk: post for post in placed(posts.select_related("region", "site__town").order_by("pk"))},
    )
    posed.posts = {key: post for key, post in posed.posts.items() if open_number(post)}
    for post in posed.posts.values():
        post.openings = open_number(post)
    verdicts = JobVerdict.objects.filter(wish__campaign=campaign).exclude(says="")
    for wish, post, says in verdicts.values_list("wish", "post", "says"):
        (posed.kept if says == JobVerdict.Says.ACCEPTED else posed.barred).add((wish, post))
    gone = JobContact.objects.filter(wish__campaign=campaign, last=True, outcome=Outcome.DECLINED)
    posed.barred |= set(gone.values_list("wish", "post"))
    fill(posed)
    posed.kept &= posed.within().keys()
    posed.settled = _settled(account, campaign, {wish.household for wish in posed.wishes.values()} - {""})
    return posed


def _settled(account: Account, campaign: Campaign, households: Collection[str]) -> dict[str, list[JobPost]]:
    """Return by household the posts for which someone of it is hired (two queries)."""
    hired = JobContact.objects.filter(wish__in=visible(account, JobWish), last=True, outcome=Outcome.HIRED)
    hired = hired.filter(wish__campaign=campaign, wish__household__in=households)
    rows = list(hired.values_list("wish__household", "post"))
    posts = {post.pk: post for post in posts_of(account).filter(pk__in={post for _household, post in rows})}
    found: dict[str, list[JobPost]] = {}
    for household, post in rows:
        if post in posts:
            found.setdefault(household, []).append(posts[post])
    return found


def placed(rows: QuerySet[M]) -> QuerySet[M]:
    """Give posts or wishes their point: the site's, else the region's."""
    return rows.annotate(lat=Coalesce("site__lat", "region__lat"), lon=Coalesce("site__lon", "region__lon"))


def fill(posed: Posed) -> None:
    """Find the pairs that keep every condition but the distance."""
    posts, wishes = list(posed.posts.values()), list(posed.wishes.values())
    if not (posts and wishes):
        return
    far = distances(wishes, posts)
    pay = np.array([float(post.wage) for post in posts])
    codes = [post.occupation for post in posts]
    known: dict[tuple[str, ...], list[str]] = {}
    for row, wish in enumerate(wishes):
        named = tuple(wish.occupations)
        if named not in known:
            known[named] = [terms.nearness(code, list(named)) for code in codes]
        for column in np.flatnonzero(pay >= float(wish.wage)):
            post, near = posts[column], known[named][column]
            key, km = (wish.pk, post.pk), float(far[row, column])
            if near and (not wish.shifts or post.shift in wish.shifts) and key not in posed.barred and km < EVERYWHERE:
                cost = terms.points(near, km, float(post.wage), float(wish.wage))
                posed.fits[key] = Fit(near, km, cost)


def forbidden(posed: Posed, wish: int) -> str:
    """Say which condition leaves a person without any post that suits, the distance apart: the first that does."""
    person, why = posed.wishes[wish], JobSuggestion.Why
    left = [post for post in posed.posts.values() if terms.nearness(post.occupation, person.occupations)]
    if not left:
        return why.NONE
    left = [post for post in left if post.wage >= person.wage]
    if not left:
        return why.PAY
    left = [post for post in left if not person.shifts or post.shift in person.shifts]
    return why.SAID if left else why.SHIFT


def distances(wishes: Collection[JobWish], posts: Collection[JobPost]) -> NDArray[np.float64]:
    """Return the (wish, post) kilometres as the crow flies; where a point is not known, further than anything."""
    ends = [[(row.lat, row.lon) for row in rows] for rows in (wishes, posts)]  # type: ignore[union-attr]
    a, b = (np.array([[np.nan if x is None else x for x in point] for point in end], float).T for end in ends)
    return np.nan_to_num(matrix(a[0], a[1], b[0], b[1]), nan=EVERYWHERE)


def wishes_of(account: Account) -> QuerySet[JobWish]:
    """Return the people whom `account` sees, each with their point."""
    return placed(visible(account, JobWish).select_related("campaign", "site__region", "region__parent__parent"))


def posts_of(account: Account) -> QuerySet[JobPost]:
    """Return the posts that `account` sees, each with its point and the count of its hired."""
    rows = visible(account, JobPost).select_related("campaign", "site__region", "region__parent__parent")
    return placed(with_hired(rows))


def suiting(account: Account, wish: JobWish) -> list[tuple[JobPost, Fit]]:
    """Return the open posts that keep every condition for one person but the distance, the cheapest first."""
    posts = {post.pk: post for post in posts_of(account).filter(campaign=wish.campaign, withdrawn_at=None)}
    posed = Posed(EVERYWHERE, {wish.pk: wish}, {key: post for key, post in posts.items() if open_number(post)})
    refused = JobVerdict.objects.filter(wish=wish, says=JobVerdict.Says.REFUSED).values_list("wish", "post")
    posed.barred = set(refused)
    fill(posed)
    found = sorted(posed.fits.items(), key=lambda item: (item[1].cost, item[0]))
    return [(posts[post], fit) for (_wish, post), fit in found]


def apart_km(wish: JobWish, post: JobPost) -> float:
    """Return the kilometres between a person and a post, both of `placed`."""
    return float(distances([wish], [post])[0, 0])
