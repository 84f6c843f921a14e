"""Which unit leads a need: the department that the table of categories names, of the site's county or of the city."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from sijin.ledger.categories import category_name, lead_name
from sijin.ledger.domain import triage
from sijin.ledger.models import Need
from sijin.people.models import Unit


@dataclass(frozen=True)
class Lead:
    """A suggested lead unit and why it is suggested."""

    unit: Unit
    reason: str


def suggested(need: Need) -> Lead | None:
    """Return the unit that should lead `need` by its category, or by its text where it has none.

    Needs of class 3 go to the city's department, which speaks with the province; others to the county's where it has
    one. None when neither category nor text names a department that is there.
    """
    code, because = need.category, ""
    if not code:
        found = triage.routed(f"{need.title}\n{need.text}")
        if found.abstains:
            return None
        code, because = found.first, "、".join(found.choices[0].because)
    unit = _unit(need, lead_name(code, need.door))
    if unit is None:
        return None
    words = {"category": category_name(code), "because": because, "unit": unit.name}
    if because:
        return Lead(unit, _("Suggested: the text speaks of %(category)s (%(because)s), which %(unit)s leads.") % words)
    return Lead(unit, _("Suggested: %(unit)s leads what is about %(category)s.") % words)


def _unit(need: Need, name: str) -> Unit | None:
    """Return the department `name` of the site's county, else of the city (one query)."""
    if not name:
        return None
    county = Q(level=Unit.Level.COUNTY, region=need.site.county_id)
    units = list(Unit.objects.filter(county | Q(level=Unit.Level.CITY), name__endswith=name).order_by("code"))
    wanted = Unit.Level.CITY if need.klass == Need.Klass.PROVINCE else Unit.Level.COUNTY
    return next((unit for unit in units if unit.level == wanted), units[0] if units else None)
