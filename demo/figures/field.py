"""Row 21: a form that was kept without signal came in later, and a second sending of it changes nothing."""

import uuid
from datetime import timedelta

from django.db import transaction

from demo import field
from demo.figures.figure import Figure, office
from sijin.people.policy import visible
from sijin.visits.models import Visit

LATER = timedelta(hours=1)  # between the visit and its coming in, from which on it had waited on the phone


def _kept() -> list[Visit]:
    return [visit for visit in _all() if visit.recorded_at - visit.at > LATER]


def _all() -> list[Visit]:
    rows = visible(office(), Visit).filter(site__code=field.SITE, said=field.FORM["said"])
    return list(rows.select_related("recorded_by", "team", "site"))


def _more() -> str:
    """Send the form once more, as its recorder, and say how many visits that adds (it changes nothing)."""
    first = _all()[0]
    with transaction.atomic():
        before = Visit.objects.count()
        field.send(first.recorded_by, first.team, first.site)
        added = Visit.objects.count() - before
        transaction.set_rollback(True)
    return str(added)


FIGURES = [
    Figure(21, "visits written down without signal that came in once there was one", "1", lambda: str(len(_kept())),
           lambda: Visit.objects.filter(client_uuid=field.KEY).update(recorded_at=field.AT)),
    Figure(21, "visits that another sending of the same form adds", "0", _more,
           lambda: Visit.objects.filter(client_uuid=field.KEY).update(client_uuid=uuid.uuid4())),
]  # fmt: skip
