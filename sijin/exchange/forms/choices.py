"""What the forms of the exchange share: yes or no, days, places."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sijin.places.models import Region

UNKNOWN = [("", _("Not known")), ("true", _("Yes")), ("false", _("No"))]


DAY = forms.DateInput(attrs={"type": "date"})


def places() -> Any:
    """Return the regions that an offer may stand in: the city, its counties, areas and towns."""
    return Region.objects.filter(system=Region.System.NBS, level__in=("city", "county", "area", "town"))


class RegionChoice(forms.ModelChoiceField):
    """A region chosen by its name; towns are shown under their county."""

    def label_from_instance(self, region: Region) -> str:
        """Return the name, indented for a town."""
        return f"　{region.name}" if region.level == Region.Level.TOWN else region.name
