"""The office carried to the building site (row 21): a visit written down without signal and sent in the evening.

The report says where groups worked and that they solved things on the spot; the day and the words are generated. The
phone sends the form twice, as it does when the first answer is lost on its way.
"""

import uuid
from datetime import datetime
from typing import Any

from demo.cast import TZ, Cast
from demo.generated.course import Course
from sijin.dispatch.models import Team
from sijin.people.models import Account
from sijin.places.models import Site
from sijin.visits.domain import record
from sijin.visits.models import Visit

SITE = "P002"
KEY = uuid.uuid5(uuid.UUID("7b2d3c1e-5f0a-4a35-9f57-2b6c6a1d0e21"), SITE)
AT = datetime(2020, 3, 12, 9, 40, tzinfo=TZ)
SENT = datetime(2020, 3, 12, 19, 5, tzinfo=TZ)
FORM: dict[str, Any] = {
    "client_uuid": KEY,
    "at": AT,
    "met": "项目建设单位负责人",
    "said": "办公室搬进项目建设现场，面对面服务，一线解难题（日期与文字为生成）",
    "took_nothing": True,
    "generated": True,
}


def visit_of(cast: Cast) -> Course:
    """Send the form that was kept on the phone, and send it again."""
    yield SENT
    site = cast.sites[SITE]
    team = cast.posted[site.pk]
    for _sending in range(2):
        send(cast.leaders[team.pk], team, site)


def send(by: Account, team: Team, site: Site) -> Visit:
    """Send the form as the phone does."""
    return record(by, team, site, recorded_at=SENT, **FORM)
