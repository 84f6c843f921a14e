"""Recording a visit: one visit may raise many needs; sent twice it counts once."""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from sijin.dispatch.models import Team
from sijin.ledger.domain.needs import raise_need
from sijin.people.models import Account
from sijin.people.policy import may
from sijin.people.refusals import NotAllowed, RuleBroken
from sijin.places.models import Site
from sijin.visits.models import Visit


@transaction.atomic
def record(
    by: Account,
    team: Team,
    site: Site,
    *,
    client_uuid: uuid.UUID,
    met: str = "",
    said: str = "",
    took_nothing: bool = False,
    findings: list[dict[str, Any]] | None = None,
    at: datetime | None = None,
    lat: float | None = None,
    lon: float | None = None,
    generated: bool = False,
) -> Visit:
    """Record a visit; each finding becomes a need. The same `client_uuid` gives the visit kept before."""
    if found := Visit.objects.filter(client_uuid=client_uuid).first():
        if found.recorded_by_id != by.pk:
            raise NotAllowed(_("This visit was recorded by someone else."))
        return found
    if not may(by, "record", Visit) or not may(by, "view", team) or not may(by, "view", site):
        raise NotAllowed(_("This site is not your team's."))
    if not took_nothing:
        raise RuleBroken(_("A visit ends with the statement that nothing was taken."), field="took_nothing")
    at = at or team.campaign.now()
    visit = Visit.objects.create(
        client_uuid=client_uuid,
        campaign=team.campaign,
        team=team,
        site=site,
        recorded_by=by,
        at=at,
        met=met,
        said=said,
        took_nothing=True,
        lat=lat,
        lon=lon,
        generated=generated,
    )
    raised = [
        raise_need(by, team, site, at=at, generated=generated, client_uuid=uuid.uuid5(client_uuid, str(n)), **finding)
        for n, finding in enumerate(findings or [])
    ]
    visit.needs.set(raised)
    return visit
