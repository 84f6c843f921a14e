"""Verbs on what is known of a site: its profile and its contacts."""

from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from sijin.people.models import Account
from sijin.people.policy import may, require
from sijin.people.refusals import NotAllowed, RuleBroken, Stale
from sijin.places.models import (
    CommunityProfile,
    EnterpriseProfile,
    ProjectProfile,
    Site,
    VillageProfile,
)
from sijin.works.models import SiteContact

PROFILES: dict[str, type[Model]] = {
    "enterprise": EnterpriseProfile,
    "project": ProjectProfile,
    "village": VillageProfile,
    "community": CommunityProfile,
}
FIELDS = {
    "enterprise": ("uscc", "industry", "staff", "revenue"),
    "project": ("investment", "level", "capacity"),  # its stage follows from the project register
    "village": ("area_mu", "households"),
    "community": ("households", "grids"),
}
SITE_FIELDS = ("name", "workload")


def profile_of(site: Site) -> Any:
    """Return the profile of the site's door, a blank one when nothing is known yet."""
    model = PROFILES[site.door]
    return model._default_manager.filter(site=site).first() or model(site=site)


@transaction.atomic
def edit(by: Account, site: Site, *, version: int, **facts: Any) -> Site:
    """Change what is known of a site. Stale when `version` is not the row's any more; `diff` is [yours, theirs]."""
    site = Site.objects.select_for_update().get(pk=site.pk)
    require(by, "change", site)
    profile = profile_of(site)
    known = {name: site for name in SITE_FIELDS} | {name: profile for name in FIELDS[site.door]}
    facts = {name: value for name, value in facts.items() if name in known}
    if version != site.version:
        diff = {n: [_plain(v), _plain(getattr(known[n], n))] for n, v in facts.items() if v != getattr(known[n], n)}
        raise Stale(_("This site was changed by someone else in the meantime."), found=site.version, diff=diff)
    if facts.get("uscc") and EnterpriseProfile.objects.filter(uscc=facts["uscc"]).exclude(site=site).exists():
        raise RuleBroken(_("Another firm has this code."), field="uscc")
    for name, value in facts.items():
        setattr(known[name], name, value)
    site.version += 1
    site.save()
    profile.save()
    return site


@transaction.atomic
def keep_contact(by: Account, site: Site, role: str, phone: str = "", note: str = "") -> SiteContact:
    """Write down whom to speak to; the same role is brought up to date."""
    _of_mine(by, site)
    if not role.strip():
        raise RuleBroken(_("Say in which role."), field="role")
    contact, _made = SiteContact.objects.update_or_create(
        site=site, role=role.strip(), defaults={"phone": phone.strip(), "note": note.strip()}
    )
    return contact


@transaction.atomic
def drop_contact(by: Account, contact: SiteContact) -> None:
    """Take a contact out."""
    require(by, "keep", contact)
    contact.delete()


def _of_mine(by: Account, site: Site) -> None:
    require(by, "keep", SiteContact)
    if not may(by, "view", site):
        raise NotAllowed(_("This site is not yours to see."))


def _plain(value: Any) -> Any:
    return "" if value is None else str(value)
