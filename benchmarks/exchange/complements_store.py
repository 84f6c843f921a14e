"""One need among many offers as the product answers it: out of a store, by the process's index, under the policy.

    SIJIN_DATA=$(mktemp -d) python -m benchmarks.exchange.complements_store [--offers 200000 --rounds 10]

The store is filled with the generated offers of `complements`, a site, and six needs; each answer asks the store what
was written since, ranks, and reads the offers that are shown. One offer is changed before every round.
"""

import argparse
import os
import time
from datetime import date
from decimal import Decimal

import numpy as np

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sijin.web.settings")
TITLES = (
    "防护服产能不足，外贸订单排到八月",
    "缺技能型人才，焊工招不到",
    "流动资金紧张，贷款即将到期",
    "茶园缺乏管理和种植技术",
    "建设用土不足",
    "农产品滞销，没有销路",
)


def main() -> None:
    """Fill the store, measure, print, keep."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from benchmarks.exchange.complements import RESULTS, offers
    from benchmarks.results import keep
    from sijin.exchange.domain import resident, suggestions
    from sijin.exchange.domain.offers import edit
    from sijin.exchange.models import Offer
    from sijin.ledger.domain.needs import raise_need
    from sijin.ledger.models import Need
    from tests.conftest import build

    parser = argparse.ArgumentParser()
    parser.add_argument("--offers", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=10)
    given = parser.parse_args()
    call_command("migrate", verbosity=0, interactive=False)
    world = build()
    leader, office = world.accounts["team_leader"], world.accounts["campaign_office"]
    for title in TITLES:
        raise_need(leader, world.teams[0], world.sites[0], title)
    made = [
        Offer(
            code=f"g{one.key}", campaign=world.campaign, provider=one.provider, kind=one.kind, item=one.names[0],
            tags=list(one.names[1:]), unit=one.unit, quantity=Decimal(int(one.free)), region=world.county,
            until=date(2020, 12, 1), certificate=one.certificate,
        )
        for one in offers(given.offers, 0)
    ]  # fmt: skip
    Offer.objects.bulk_create(made, batch_size=2_000)
    Offer.objects.update(touched=timezone.now() - 2 * resident.OVERLAP)  # as if they had been there for a while
    start = time.perf_counter()
    resident.offers(world.campaign).current()
    first = time.perf_counter() - start
    needs = list(Need.objects.filter(title__in=TITLES).select_related("site__county", "campaign"))
    taken = []
    for _round in range(given.rounds):
        offer = Offer.objects.get(code=f"g{_round}")
        edit(office, offer, version=offer.version, quantity=offer.quantity + 1)
        for need in needs:
            start, busy = time.perf_counter(), time.process_time()
            suggestions.offers_for(office, need)
            taken.append((1000 * (time.perf_counter() - start), 1000 * (time.process_time() - busy)))
    (p50, busy50), (p95, busy95) = np.percentile(taken, (50, 95), axis=0)
    table = (
        f"| {given.offers:,} open offers in SQLite, {len(taken)} answers | load {os.getloadavg()[0]:.1f} |\n|---|--:|\n"
    )
    table += f"| a process's first look: reading and building | {first:.1f} s |\n"
    table += (
        f"| one need, with what changed and what is shown read from the store: p50, p95 | {p50:.0f}, {p95:.0f} ms |\n"
    )
    table += f"| the same of processor time | {busy50:.0f}, {busy95:.0f} ms |\n"
    print(table)
    command = "SIJIN_DATA=$(mktemp -d) python -m benchmarks.exchange.complements_store"
    keep("Complement finder out of a store", command, table, RESULTS)


if __name__ == "__main__":
    main()
