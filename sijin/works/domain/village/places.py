"""Where a work, a venue or a lead is when no site stands there: a region by its name, or a new place under its town."""

from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign, Team
from sijin.people.models import Account
from sijin.people.refusals import RuleBroken
from sijin.places.domain import AmbiguousPlace, Gazetteer, PlaceError, UnknownPlace, add_place
from sijin.places.models import Region


def place_of(words: str, make: bool = False) -> Region:
    """Return the region that `words` name, from large to small with blanks between; with `make` a new one is made.

    The divisions do not list every village: a name under a town that is listed is taken as a place of the user's own.

    Raises
    ------
    RuleBroken
        No name, several regions of it (they are named), none of it; `facts["field"]` is `place`, and
        `facts["town"]` the town under which it could be made.
    """
    names = words.split()
    if not names:
        raise RuleBroken(_("Say where it is."), field="place")
    atlas = Gazetteer()
    try:
        return atlas.trail(*names)
    except AmbiguousPlace as fault:
        said = {"name": fault.name, "paths": "、".join(fault.paths)}
        raise RuleBroken(_("Several places are called %(name)s: %(paths)s. Write the town before it.") % said,
                         field="place") from fault  # fmt: skip
    except UnknownPlace as fault:
        town = _town(atlas, names)
        if town is None or fault.name != names[-1]:
            words = _("There is no place %(name)s. Write county, town and village with blanks between.")
            raise RuleBroken(words % {"name": fault.name}, field="place") from fault
        if make:
            return add_place(names[-1], town)
        words = _("%(town)s has no %(name)s in the list of divisions: tick the box to add it as a place of your own.")
        said = {"town": atlas.path(town), "name": names[-1]}
        raise RuleBroken(words % said, field="place", town=town.pk) from fault


def own_team(account: Account, campaign: Campaign) -> Team | None:
    """Return the team of the campaign in which the account's official works."""
    if account.official_id is None:
        return None
    return Team.objects.filter(campaign=campaign, memberships__official=account.official_id).first()


def _town(atlas: Gazetteer, names: list[str]) -> Region | None:
    try:
        found = atlas.trail(*names[:-1])
    except PlaceError:
        return None
    return found if found.level == Region.Level.TOWN else None
