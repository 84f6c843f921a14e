"""Rows of other rooms that belong to a village work: experts who came, advice cards, matches, shows.

A playbook names one as the evidence of a stage; what stands elsewhere is linked here and kept there.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from sijin.exchange.models import ExpertVisit, Match
from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.works.models import AdviceCard, Booking, VillageWork


@dataclass(frozen=True)
class Linked:
    """A row of another room: what it says and where it stands."""

    words: str
    url: str


def there(kind: str, work: VillageWork) -> bool:
    """Say whether the work has such a row that counts as done, whoever may see it."""
    return _done(kind, work).exists()


def rows(account: Account, kind: str, work: VillageWork) -> list[Linked]:
    """Return the rows of `kind` that the account may see, with their words and addresses."""
    found = _of(kind, work)
    found = found.filter(pk__in=visible(account, found.model).values("pk"))
    return [_linked(kind, row) for row in found[:20]]


def where(kind: str, work: VillageWork) -> str:
    """Return the address where such a row is made; empty when it is made for a site and the work has none."""
    if kind == "shows":
        return f"{reverse('works:shows')}?work={work.pk}"
    if kind in ("advice", "follow_up"):
        return reverse("works:advice_new", args=[work.site_id]) if work.site_id else ""
    if work.need_id is None:
        return ""
    name = "exchange:expert" if kind == "experts" else "exchange:fitting"
    return reverse(name, args=[work.need_id])


def name(kind: str) -> str:
    """Return what the rows are called."""
    return {
        "experts": _("Experts"), "advice": _("Advice cards"), "follow_up": _("Follow-ups of advice"),
        "shows": _("Shows"), "matches": _("What is promised"),
    }[kind]  # fmt: skip


def asks(kind: str) -> str:
    """Return the words of a refused tick; `%(stage)s` is the stage."""
    return {
        "experts": _("%(stage)s: no expert came yet; that is written down with the need."),
        "advice": _("%(stage)s: there is no advice card of this site yet."),
        "follow_up": _("%(stage)s: no advice of this site was followed up yet."),
        "shows": _("%(stage)s: no show is booked for it yet."),
        "matches": _("%(stage)s: nothing is promised for its need yet."),
    }[kind]


def _of(kind: str, work: VillageWork) -> QuerySet:
    of_need = Q(need=work.need_id) if work.need_id else Q(need__site=work.site_id)
    if kind == "experts":
        return ExpertVisit.objects.filter(of_need, withdrawn_at=None).order_by("expected_on", "pk")
    if kind in ("advice", "follow_up"):
        return AdviceCard.objects.filter(site=work.site_id, withdrawn_at=None)
    if kind == "shows":
        return Booking.objects.filter(work=work, cancelled_at=None).select_related("venue")
    promised = Q(item__need=work.need_id) if work.need_id else Q(item__need__site=work.site_id)
    return Match.objects.filter(promised).exclude(state=Match.State.RELEASED).select_related("item", "offer")


DONE: dict[str, Callable[[QuerySet], QuerySet]] = {
    "experts": lambda rows: rows.filter(came_on__isnull=False),
    "follow_up": lambda rows: rows.filter(followed_on__isnull=False),
}


def _done(kind: str, work: VillageWork) -> QuerySet:
    narrow = DONE.get(kind)
    found = _of(kind, work)
    return narrow(found) if narrow else found


def _linked(kind: str, row: ExpertVisit | AdviceCard | Booking | Match) -> Linked:
    if isinstance(row, ExpertVisit):
        return Linked(
            f"{row.expert} · {row.came_on or row.expected_on}", reverse("exchange:expert", args=[row.need_id])
        )
    if isinstance(row, AdviceCard):
        day = row.followed_on if kind == "follow_up" else row.checked_in_at.date()
        words = f"{row.crop} · {day or _('not followed up yet')}"
        return Linked(words, reverse("works:advice", args=[row.pk]))
    if isinstance(row, Booking):
        return Linked(f"{row.venue} · {row.title}", reverse("works:show", args=[row.pk]))
    words = " · ".join((str(row), row.offer.provider, str(row.get_state_display())))
    return Linked(words, reverse("exchange:match", args=[row.pk]))
