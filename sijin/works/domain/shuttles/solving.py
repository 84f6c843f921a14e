"""A plan is solved, examined and kept as a draft; nothing else changes."""

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.models import Campaign
from sijin.engines.dispatch.problem import Faulty
from sijin.engines.shuttle import Routed, route
from sijin.people.models import Account
from sijin.people.policy import require
from sijin.people.refusals import RuleBroken
from sijin.places.models import Site
from sijin.works.domain.shuttles import demand, keeping
from sijin.works.domain.shuttles.posing import Posed, free_buses, pose
from sijin.works.domain.shuttles.terms import Terms, days_ahead
from sijin.works.domain.shuttles.travel import SOURCES
from sijin.works.models import Shuttle, ShuttleChange

SECONDS = 10.0  # default time limit
Progress = Callable[[int, int, str], Any]
SPAN = timedelta(days=400)  # how far from today an arrival may lie


def solve(
    by: Account, campaign: Campaign, *, arrive_on: date, wanted_until: date | None = None, terms: Terms,
    travel: dict[str, Any], hub: Site | None = None, time_limit: float = SECONDS, seed: int = 0,
    progress: Progress | None = None, at: datetime | None = None, generated: bool = False,
) -> Shuttle:  # fmt: skip
    """Plan the buses that arrive on a day, examine the plan and keep it as a draft.

    Parameters
    ----------
    wanted_until : workers whom their site needs by this day ride (by default: the day of arrival)
    travel : {source, detour, kmh, table, fill}, see `travel.travel`
    hub : where all buses arrive; without it each goes to one site, and takes the workers of that site
    progress : hears (done, total, words); may raise to stop, then nothing is kept

    Raises
    ------
    RuleBroken
        Nobody needs a seat, no bus is free, a rule is none, the day lies far away, or the answer was not sound.
    """
    require(by, "plan", Shuttle)
    at = at or campaign.now()
    until = wanted_until or arrive_on
    today = timezone.localtime(at).date()
    if not today - SPAN <= arrive_on <= today + SPAN:
        raise RuleBroken(_("This day lies too far away."), field="arrive_on")
    if travel.get("source", "circle") not in SOURCES:
        raise RuleBroken(_("Say where travel times come from."), field="source")
    buses = free_buses(arrive_on, days_ahead(terms))
    posed = pose(demand.needing(until), buses, arrive_on, terms, travel, hub=hub)
    answer = searched(posed, time_limit=time_limit, seed=seed, progress=progress)
    shuttle = Shuttle(
        campaign=campaign, arrive_on=arrive_on, wanted_until=until, hub=hub, rules=terms.plain(), seed=seed,
        travel={**travel, "notes": posed.travel.notes}, made_by=by, made_at=at, generated=generated,
    )  # fmt: skip
    return keep(by, shuttle, posed, answer, at, "solve")


def searched(
    posed: Posed, *, time_limit: float, seed: int = 0, progress: Progress | None = None,
    previous: pl.DataFrame | None = None, locks: pl.DataFrame | None = None,
) -> Routed:  # fmt: skip
    """Return the engine's answer, examined by its independent check."""
    listener = None if progress is None else Listener(progress)
    try:
        answer = route(
            posed.stops, posed.vehicles, posed.names, posed.travel.seconds, posed.travel.metres, posed.terms.rules,
            time_limit=time_limit, seed=seed, progress=listener, previous=previous, locks=locks,
        )  # fmt: skip
    except Faulty as faulty:
        first = faulty.faults[0]
        told = {"table": first.table, "field": first.field, "found": first.value}
        raise RuleBroken(_("The solver cannot take %(field)s %(found)s of the %(table)s.") % told) from faulty
    if listener is not None and listener.raised is not None:
        raise listener.raised
    keeping.examine(posed, answer)
    return answer


class Listener:
    """Hears the search on its own threads: what `progress` raises there stops it and is raised when it has stopped."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.home = progress, threading.current_thread()
        self.raised: Exception | None = None

    def __call__(self, done: int, total: int, words: str) -> bool:
        """Tell how far the search is; True when it is to stop."""
        try:
            self.progress(done, total, words)
        except Exception as error:
            self.raised = error
        finally:
            if threading.current_thread() is not self.home:
                connection.close()  # each thread opens one of its own
        return self.raised is not None


@transaction.atomic
def keep(
    by: Account, shuttle: Shuttle, posed: Posed, answer: Routed, at: datetime, verb: str,
    before: keeping.Sat | None = None, locked: set[tuple[str, int]] | None = None, **told: Any,
) -> Shuttle:  # fmt: skip
    """Write a solved plan with its trips, stops and seats, and note who made it."""
    shuttle.cost, shuttle.bound = round(answer.cost, 2), round(answer.bound, 2)
    shuttle.gap, shuttle.seconds = answer.gap, round(answer.seconds, 2)
    shuttle.parts = {name: round(yuan, 2) for name, yuan in answer.parts.items()}
    shuttle.why, shuttle.matrix, shuttle.changed = answer.why[:300], posed.travel.plain(), answer.changed
    cells = answer.faults.filter(~pl.col("table").is_in(["duration", "distance"]))  # holes are told by the travel times
    shuttle.faults = [f"{row['table']} {row['row'] + 1}: {row['field']} {row['value']}" for row in cells.to_dicts()]
    shuttle.save()
    keeping.store(shuttle, posed, answer, before or {}, locked or set())
    ShuttleChange.objects.create(shuttle=shuttle, verb=verb, by=by, at=at, change={
        "buses": len(set(answer.buses["vehicle"])), "riding": int(answer.trips["people"].sum()), **told,
    })  # fmt: skip
    return shuttle
