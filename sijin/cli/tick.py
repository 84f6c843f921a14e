"""`sijin tick`: what time itself does to the needs, once a day."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from sijin.cli.terminal import console, prepare
from sijin.dispatch.models import Campaign
from sijin.exchange import domain as exchange
from sijin.ledger.domain import ticking


def tick(as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False) -> None:
    """Put overdue needs under supervision, take up parked ones on their review date, end links and reservations.

    Run it once a day (cron, a timer); running it again changes nothing.

    Example: sijin tick
    """
    prepare()
    done = {}
    for campaign in Campaign.objects.all():
        lapsed = exchange.expire(campaign, campaign.now())
        done[campaign.code] = {**asdict(ticking.tick(campaign)), "lapsed": lapsed}
    if as_json:
        print(json.dumps(done, ensure_ascii=False))
        return
    for code, counts in done.items():
        words = f"{counts['supervised']} under supervision, {counts['taken_up']} taken up again"
        console.print(f"{code}: {words}, {counts['expired']} links ended", markup=False, end=", ")
        console.print(f"{counts['lapsed']} reservations given back.", markup=False)
    if not done:
        console.print("There is no campaign yet.")
