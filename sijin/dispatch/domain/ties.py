"""Who goes with whom and who is kept apart: ties of people and units, as prices, findings and the engine take them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sijin.dispatch.domain.changes import Kind, noted
from sijin.dispatch.domain.reach import people_of
from sijin.dispatch.models import Campaign, Tie, Tied
from sijin.engines import dispatch
from sijin.people.models import Account, Official, Unit
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken

TOGETHER, APART = Tie.Kind.TOGETHER, Tie.Kind.APART


@dataclass
class Bond:
    """One tie: the people by key, the units by code, each with the name; `away` of them are not free on the day."""

    key: int
    code: str
    kind: str
    reason: str
    people: dict[Any, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    away: set[int] = field(default_factory=set)

    @property
    def names(self) -> list[str]:
        """Return whom it names: the units where it is about units."""
        return list((self.units or self.people).values())

    @property
    def words(self) -> str:
        """Say the tie in the reader's language."""
        names = "、".join(self.names)
        if self.kind == APART:
            return _("not in one team: %(names)s") % {"names": names}
        if self.units:
            return _("all of a unit in one team: %(names)s") % {"names": names}
        return _("in one team: %(names)s") % {"names": names}

    def present(self) -> dict[int, str]:
        """Return the people who are free on the day."""
        return {key: name for key, name in self.people.items() if key not in self.away}


class Bonds:
    """All ties of a campaign."""

    def __init__(self, rows: Iterable[Bond] = ()) -> None:
        self.rows = list(rows)

    def together(self) -> list[dict[int, str]]:
        """Return the sets of people who sit in one team; those of a unit that stays together are one."""
        return [people for bond in self.rows if bond.kind == TOGETHER and len(people := bond.present()) > 1]

    def apart(self) -> list[dict[int, str]]:
        """Return the sets of people of whom a team has at most one."""
        return [bond.present() for bond in self.rows if bond.kind == APART and bond.people]

    def units_apart(self) -> list[tuple[str, str]]:
        """Return the pairs of units (codes) that share no team."""
        return [pair for bond in self.rows if bond.kind == APART for pair in combinations(bond.units, 2)]

    def of(self, official: Official) -> list[Bond]:
        """Return the ties that name a person or the person's unit."""
        code = official.unit.code
        return [bond for bond in self.rows if official.pk in bond.people or code in bond.units]

    @cached_property
    def priced(self) -> dict[str, Any]:
        """Return what `dispatch.price` takes: people are named by their keys."""
        return {"apart": [frozenset(map(str, group)) for group in self.apart()], "units_apart": self.units_apart()}

    def asked(self, people: Collection[str], units: Collection[str]) -> dispatch.Ties:
        """Return the ties among these people (keys) and units (codes) as the engine takes them."""

        def known(groups: list[dict[int, str]]) -> list[list[str]]:
            rows = [[str(key) for key in group if str(key) in people] for group in groups]
            return [row for row in rows if len(row) > 1]

        pairs = [pair for pair in self.units_apart() if set(pair) <= set(units)]
        return dispatch.Ties(known(self.together()), known(self.apart()), units_apart=pairs)


NONE = Bonds()


def bonds_of(campaign: Campaign) -> Bonds:
    """Return the campaign's ties (one query; one more where a unit stays together)."""
    day, found = campaign.sent_on(), {}
    rows = Tied.objects.filter(tie__campaign=campaign).select_related("tie", "official", "unit")
    for row in rows.order_by("tie__code", "pk"):
        tie = row.tie
        bond = found.setdefault(tie.pk, Bond(tie.pk, tie.code, tie.kind, tie.reason))
        if row.unit:
            bond.units[row.unit.code] = row.unit.name
        else:
            _take(bond, row.official, day)
    whole = {code for bond in found.values() if bond.kind == TOGETHER for code in bond.units}
    if whole:
        for person in people_of(campaign).filter(unit__code__in=whole).select_related("unit").order_by("code"):
            for bond in found.values():
                if bond.kind == TOGETHER and person.unit.code in bond.units:
                    _take(bond, person, day)
    return Bonds(found.values())


def _take(bond: Bond, person: Official, day: Any) -> None:
    bond.people[person.pk] = person.name
    if not person.free(day):
        bond.away.add(person.pk)


@transaction.atomic
def tie(
    by: Account,
    campaign: Campaign,
    kind: str,
    *,
    officials: Collection[Official] = (),
    units: Collection[Unit] = (),
    reason: str,
    code: str = "",
) -> Tie:
    """Tie people or units together or apart, for a reason; a code that is there already is changed.

    RuleBroken when the tie names people and units, too few of them, or no reason, or when it contradicts another.
    """
    require(by, "change", Tie)
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    if bool(officials) == bool(units):
        raise RuleBroken(_("Name people or units, not both."), field="officials")
    least = 1 if units and kind == TOGETHER else 2
    if len({*officials, *units}) < least:
        words = ngettext("At least %(n)d is needed.", "At least %(n)d are needed.", least)
        raise RuleBroken(words % {"n": least}, field="units" if units else "officials")
    if not reason.strip():
        raise RuleBroken(_("Say why."), field="reason")
    if not code:
        taken = set(campaign.ties.values_list("code", flat=True))
        code = next(name for n in range(1, len(taken) + 2) if (name := f"T{n:02d}") not in taken)
    made, _new = Tie.objects.update_or_create(
        campaign=campaign, code=code, defaults={"kind": kind, "reason": reason.strip()[:120]}
    )
    made.tied.all().delete()
    people, whole = dict.fromkeys(officials), dict.fromkeys(units)
    Tied.objects.bulk_create(
        [*(Tied(tie=made, official=person) for person in people), *(Tied(tie=made, unit=unit) for unit in whole)]
    )
    bonds = bonds_of(campaign)
    if contradiction := contradictory(bonds):
        raise RuleBroken(contradiction, field="officials")
    words = next(bond.words for bond in bonds.rows if bond.key == made.pk)
    noted(by, campaign, Kind.TIES, f"{code} {words}", {}, {"tie": code, "kind": kind, "reason": made.reason})
    return made


@transaction.atomic
def untie(by: Account, tie: Tie) -> None:
    """Take a tie away."""
    require(by, "change", tie)
    noted(by, tie.campaign, Kind.TIES, tie.code, {"tie": tie.code, "kind": tie.kind, "reason": tie.reason}, {})
    tie.delete()


def contradictory(bonds: Bonds) -> str:
    """Say in words which two people are to be together by some ties and apart by another; empty when none are."""
    groups = [dict(group) for group in bonds.together()]
    merged: list[dict[int, str]] = []
    for group in groups:
        touching = [other for other in merged if other.keys() & group.keys()]
        for other in touching:
            group |= other
            merged.remove(other)
        merged.append(group)
    for apart in bonds.apart():
        for group in merged:
            both = [name for key, name in apart.items() if key in group]
            if len(both) > 1:
                return _("%(names)s are tied together and apart at once.") % {"names": "、".join(both[:3])}
    return ""
