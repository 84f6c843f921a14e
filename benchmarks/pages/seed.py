"""A full-size ledger to measure pages on: the demo campaign, its needs multiplied with everything that hangs on them.

The demo is replayed when it is not there; then its needs are copied, with hand-overs, measures, items, evidence rows,
visits and event chains (digests computed anew), until there are as many as asked for. Copies keep the distribution of
doors, states, dates and units that the demo has.
"""

import sys
from itertools import islice
from typing import Any
from uuid import uuid4

from django.db import models, transaction

from demo import replay
from sijin.dispatch.models import Campaign
from sijin.ledger.domain.digests import digest
from sijin.ledger.models import Event, Evidence, HandOver, Measure, Need, NeedItem
from sijin.visits.models import Visit

BATCH = 1000


def seed(needs: int) -> Campaign:
    """Make the campaign with at least `needs` needs (one already that large is left as it is)."""
    if not replay.exists():
        replay.run(lambda done, total, words: print(f"\rreplay {done}/{total} {words}", end="", file=sys.stderr))
    campaign = Campaign.objects.get(code=replay.CODE)
    originals = list(campaign.needs.order_by("pk"))
    last = int(campaign.needs.order_by("-number").values_list("number", flat=True)[0].rsplit("-", 1)[1])
    missing = needs - len(originals)
    while missing > 0:
        for start in range(0, min(missing, len(originals)), BATCH):
            batch = originals[start : start + min(BATCH, missing - start)]
            last = copy(campaign, batch, last)
        missing = needs - campaign.needs.count()
    return campaign


@transaction.atomic
def copy(campaign: Campaign, originals: list[Need], last: int) -> int:
    """Copy a batch of needs with all their rows; return the last number given."""
    keys = [need.pk for need in originals]
    numbers = (f"{campaign.code}-{last + n:06d}" for n in range(1, len(originals) + 1))
    copies = [_again(need, client_uuid=uuid4(), number=next(numbers)) for need in originals]
    made = dict(zip(keys, Need.objects.bulk_create(copies), strict=True))
    _hang(HandOver, made)
    _hang(Measure, made)
    _hang(NeedItem, made)
    files = _hang(Evidence, made)
    through = Visit.needs.through
    links = through.objects.filter(need__in=keys).values_list("visit_id", "need_id")
    through.objects.bulk_create(through(visit_id=visit, need_id=made[need].pk) for visit, need in links)
    _chains(made, files)
    return last + len(originals)


def _again(row: models.Model, **changes: Any) -> Any:
    names = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    return type(row)(**{**{name: getattr(row, name) for name in names}, **changes})


def _hang(model: type[models.Model], made: dict[int, Need]) -> dict[int, int]:
    """Copy the rows of `model` that hang on the originals; return {old key: new key}."""
    rows = list(model._default_manager.filter(need__in=made))
    kept = model._default_manager.bulk_create([_again(row, need_id=made[row.need_id].pk) for row in rows])
    return {row.pk: new.pk for row, new in zip(rows, kept, strict=True)}


def _chains(made: dict[int, Need], files: dict[int, int]) -> None:
    """Copy the event chains: the same events, each holding the digest of the one before it in its new chain."""
    heads: dict[int, str] = {}
    events = []
    for old in Event.objects.filter(need__in=made).order_by("need_id", "sequence").iterator(2000):
        need = made[old.need_id]
        change = dict(old.change)
        if "evidence" in change:
            change["evidence"] = [[files.get(row[0], row[0]), *row[1:]] for row in change["evidence"]]
        new = _again(old, need_id=need.pk, change=change, previous=heads.get(need.pk, ""))
        new.digest = digest(need.pk, old.sequence, old.verb, old.actor_id, old.at, old.note, change, new.previous)
        heads[need.pk] = new.digest
        events.append(new)
    for need in made.values():
        need.head = heads.get(need.pk, "")
    rows = iter(events)
    while part := list(islice(rows, 5000)):
        Event.objects.bulk_create(part)
    Need.objects.bulk_update(made.values(), ["head"], batch_size=500)
