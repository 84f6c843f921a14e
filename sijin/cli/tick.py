"""`sijin tick`: what time itself does to the needs, once a day."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.progress import Progress

from sijin.cli.terminal import console, errors, prepare
from sijin.dispatch.models import Campaign
from sijin.exchange import domain as exchange
from sijin.exchange.domain import nightly, resident
from sijin.exchange.domain.clearings import nightly as clearings
from sijin.ledger.domain import ticking
from sijin.works.domain.advice.reminding import remind
from sijin.works.domain.approvals import reminding as promises
from sijin.works.domain.village import reminding as village


def tick(as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False) -> None:
    """Put overdue needs under supervision, take up parked ones, end links and reservations, search for complements.

    Every divisible kind is cleared into a draft. Where an embedding is installed, new rows get their vectors.
    Whoever has a follow-up of advice due, or was promised a paper that did not come, is told once; so is whoever has a
    stage of a village work due, or the next step with an investor.

    Run it once a day (cron, a timer); running it again changes nothing.

    Example: sijin tick
    """
    prepare()
    done = {}
    for campaign in Campaign.objects.all():
        lapsed = exchange.expire(campaign, campaign.now())
        done[campaign.code] = {**asdict(ticking.tick(campaign)), "lapsed": lapsed, "reminded": remind(campaign)}
        done[campaign.code]["promises_missed"] = promises.remind(campaign)
        done[campaign.code]["village_due"] = village.remind(campaign)
        done[campaign.code]["vectors"] = resident.prepare(campaign)
        done[campaign.code]["complements"] = _searched(campaign, as_json)
        done[campaign.code]["clearings"] = _drafted(campaign, as_json)
    if as_json:
        print(json.dumps(done, ensure_ascii=False))
        return
    for code, counts in done.items():
        words = f"{counts['supervised']} under supervision, {counts['taken_up']} taken up again"
        console.print(f"{code}: {words}, {counts['expired']} links ended", markup=False, end=", ")
        found = f"{counts['complements']} new complements, {counts['clearings']} clearings drafted"
        console.print(f"{counts['lapsed']} reservations given back, {found}", markup=False, end=", ")
        console.print(f"{counts['reminded']} follow-ups of advice are due", markup=False, end=", ")
        console.print(f"{counts['promises_missed']} promised papers did not come", markup=False, end=", ")
        console.print(f"{counts['village_due']} stages and next steps in villages are due.")
    if not done:
        console.print("There is no campaign yet.")


def _searched(campaign: Campaign, quiet: bool) -> int:
    """Search for complements with a bar; return how many are new."""
    with Progress(console=errors, transient=True, disable=quiet) as bar:
        task = bar.add_task("Searching for complements")
        return nightly.search(campaign, report=lambda n, of: bar.update(task, completed=n, total=of)).new


def _drafted(campaign: Campaign, quiet: bool) -> int:
    """Draft the night's clearings with a bar; return how many."""
    with Progress(console=errors, transient=True, disable=quiet) as bar:
        task = bar.add_task("Clearing the market")
        return clearings.draft(campaign, report=lambda n, of: bar.update(task, completed=n, total=of))
