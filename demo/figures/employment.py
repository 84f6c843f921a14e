"""Row 25: work near home for the people of 北郭格; the village is found by its name, no suggestion lies too far."""

from demo.figures.figure import Figure, campaign, office
from sijin.exchange.domain.employment import posing, reads
from sijin.places.domain import PlaceError, resolve
from sijin.places.models import Region, Site

VILLAGE = "V003"


def _village() -> str:
    """The code of the place that the name of the report leads to, where the people of the village live."""
    try:
        found = resolve("北郭格")
    except PlaceError:
        return "not found"
    lives = reads.wishes(office(), campaign()).filter(site__code=VILLAGE).values_list("region__code", flat=True)
    return " ".join(sorted({found.code, *lives}))


def _near() -> str:
    """Whether every suggestion lies within the chosen distance, measured anew, and the village has some."""
    run = reads.latest(campaign())
    if run is None:
        return "no run"
    rows = list(reads.suggestions(office(), run).exclude(post=None))
    people = {wish.pk: wish for wish in posing.wishes_of(office()).filter(pk__in={row.wish_id for row in rows})}
    posts = {post.pk: post for post in posing.posts_of(office()).filter(pk__in={row.post_id for row in rows})}
    far = [posing.apart_km(people[row.wish_id], posts[row.post_id]) for row in rows]
    some = any(row.wish.site and row.wish.site.code == VILLAGE for row in rows)
    return str(some and all(km <= run.limit_km for km in far))


FIGURES = [
    Figure(25, "the village of the farm workers", "371073107237", _village,
           lambda: Region.objects.filter(code="371073107237").update(name="别的村")),
    Figure(25, "every suggestion lies within the chosen distance, and there are some", "True", _near,
           lambda: Site.objects.filter(code=VILLAGE).update(lat=35.0)),
]  # fmt: skip
