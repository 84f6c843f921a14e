"""Measures every list, detail, dashboard and API page at full size: SQL queries, kB, median and p95 milliseconds.

    .venv/bin/python benchmarks/pages/measure.py                                      # SQLite in var/pages
    bash scripts/throwaway_postgres.sh .venv/bin/python benchmarks/pages/measure.py   # PostgreSQL

497 teams, 2,435 officials, 20,000 needs. Requests go in-process through the whole middleware, one at a time.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("SIJIN_DATA", str(ROOT / "var" / "pages"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sijin.web.settings_test")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from benchmarks.pages.seed import seed  # noqa: E402
from benchmarks.results import keep  # noqa: E402
from sijin.briefing.models import Brief  # noqa: E402
from sijin.dispatch.models import Membership, Team  # noqa: E402
from sijin.exchange.models import Match, Offer  # noqa: E402
from sijin.ledger.models import Event, Need  # noqa: E402
from sijin.people.models import Account  # noqa: E402
from sijin.people.policy import visible  # noqa: E402
from sijin.places.models import Site  # noqa: E402
from sijin.visits.models import Visit  # noqa: E402

QUERIES, KILOBYTES = 15, 100
ROWS = {"need": Need, "team": Team, "site": Site, "offer": Offer, "match": Match, "visit": Visit, "brief": Brief}
PAGES = (
    "/",
    "/briefs/",
    "/briefs/{brief}/",
    "/figures/open/",
    "/map.json",
    "/dispatch/",
    "/dispatch/teams/{team}/",
    "/visits/",
    "/visits/list/",
    "/visits/{visit}/",
    "/visits/calendar/",
    "/ledger/?tab=mine",
    "/ledger/?tab=open",
    "/ledger/?tab=all",
    "/ledger/?tab=all&q=口罩",
    "/ledger/?tab=all&page=300",
    "/ledger/{need}/",
    "/exchange/",
    "/exchange/offers/",
    "/exchange/offers/{offer}/",
    "/exchange/matches/?tab=open",
    "/exchange/matches/{match}/",
    "/exchange/agreements/",
    "/sites/",
    "/sites/{site}/",
    "/sites/{site}/plan/",
    "/search/?q=口罩",
    "/jobs/",
    "/api/me",
    "/api/needs?tab=open&limit=50",
    "/api/needs?tab=all&limit=200",
    "/api/needs/{need}",
    "/api/sites",
    "/api/teams",
    "/api/teams/{team}",
    "/api/postings",
    "/api/officials",
    "/api/visits",
    "/api/offers",
    "/api/matches",
    "/api/regions?level=village",
)


def people() -> list[tuple[str, Account]]:
    """Return who asks: the office, a team's leader, the department with the most needs."""
    department = Account.objects.filter(role="department_handler", unit__needs_led__isnull=False)
    busiest = max(department.distinct(), key=lambda account: visible(account, Need).count())
    return [
        ("office", Account.objects.get(username="office")),
        ("team01", Account.objects.get(username="team01")),
        ("department", busiest),
    ]


def addresses(account: Account) -> Iterator[tuple[str, str]]:
    """Yield (page as listed, address) with a row that the account sees in the place of each name."""
    rows = {name: visible(account, model).order_by("pk").first() for name, model in ROWS.items()}
    if busy := visible(account, Need).order_by("-links", "pk").first():
        rows["need"] = busy  # the one with the longest chain
    for page in PAGES:
        names = [name for name in rows if f"{{{name}}}" in page]
        if all(rows[name] for name in names):
            yield page, page.format(**{name: rows[name].pk for name in names})


def measured(client: Client, address: str, times: int) -> tuple[int, int, float, float, float] | None:
    """Return (status, queries, kB, median ms, p95 ms), or None where the page is not for the account."""
    counted = 0

    def count(execute, sql, parameters, many, context):
        nonlocal counted
        counted += 1
        return execute(sql, parameters, many, context)

    if client.get(address).status_code in (403, 404):
        return None
    with connection.execute_wrapper(count):
        answer = client.get(address)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        client.get(address)
        spent.append((time.perf_counter() - began) * 1000)
    p95 = statistics.quantiles(spent, n=20)[-1]
    return answer.status_code, counted, len(content) / 1000, statistics.median(spent), p95


def main() -> None:
    """Seed when needed, measure, print the table and keep it in RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--needs", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=15)
    asked = parser.parse_args()
    call_command("migrate", verbosity=0)
    seed(asked.needs)
    store = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    if store == "PostgreSQL":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    counted = (("teams", Team), ("members", Membership), ("accounts", Account), ("sites", Site), ("needs", Need))
    counted += (("events", Event), ("visits", Visit), ("offers", Offer), ("matches", Match), ("briefs", Brief))
    sizes = ", ".join(f"{model._default_manager.count():,} {name}" for name, model in counted)
    lines = [f"{sizes}. `!` marks what is over {QUERIES} queries or {KILOBYTES} kB.", ""]
    lines += ["| page | as | status | SQL | kB | median ms | p95 ms |", "|---|---|--:|--:|--:|--:|--:|"]
    for name, account in people():
        client = Client(raise_request_exception=False)
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        for page, address in addresses(account):
            if found := measured(client, address, asked.times):
                status, queries, size, median, p95 = found
                many = "!" if queries > QUERIES else ""
                large = "!" if size > KILOBYTES and not page.startswith("/api") else ""
                lines.append(
                    f"| `{page}` | {name} | {status} | {queries}{many} | {size:.0f}{large} | {median:.0f} | {p95:.0f} |"
                )
                print(lines[-1], flush=True)
    prefix = "bash scripts/throwaway_postgres.sh " if store == "PostgreSQL" else ""
    keep(f"Pages at full size, {store}", f"{prefix}.venv/bin/python benchmarks/pages/measure.py", "\n".join(lines))


if __name__ == "__main__":
    main()
