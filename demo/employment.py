"""Work near home in the demo: posts of the report's firms and their neighbours, wishes of the people of 北郭格.

That farm workers of 北郭格 could not go back to work far away and were helped to posts near by is the report's; how
many there are, what they can do and what the firms are hiring for is generated. People are roles, not persons.
"""

import csv
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from demo.cast import Cast
from sijin.exchange.domain.employment import contacts, keeping, reads, solving
from sijin.exchange.models import JobSuggestion
from sijin.places.domain import Gazetteer

GENERATED = Path(__file__).with_name("generated")
TZ = ZoneInfo("Asia/Shanghai")
RUN, AGAIN = date(2020, 3, 12), date(2020, 5, 25)  # generated, as every day here
CALLED = (date(2020, 3, 13), date(2020, 3, 16))
LIMIT_KM = 15  # chosen for the demo; the report says 就地就近 and names no distance
HIRED, DECLINED = (0, 2), 3  # of the villagers with a suggestion, in the order of their codes
MARKS = {"source": "农民工就近就业为报道所述，人数、职业、工资均为生成", "generated": True}


def market_of(cast: Cast) -> None:
    """Write down posts and wishes, match them, call the first ones, and match the others again at the end."""
    posts_of(cast)
    wishes_of(cast)
    run = solving.solve(cast.office, cast.campaign, limit_km=LIMIT_KM, at=_at(RUN, 16))
    _call(cast, list(reads.suggestions(cast.office, run).exclude(post=None).filter(wish__site__code="V003")))
    solving.solve(cast.office, cast.campaign, limit_km=LIMIT_KM, at=_at(AGAIN, 16))


def posts_of(cast: Cast) -> None:
    """Write down what firms are hiring for."""
    for row in _rows("job_posts.csv"):
        facts = {name: row[name] for name in ("firm", "occupation", "title", "shift", "contact")}
        numbers = {"number": int(row["number"]), "wage": Decimal(row["wage"]), "site": cast.sites[row["site"]]}
        keeping.keep_post(cast.office, cast.campaign, row["code"], **facts, **numbers, **MARKS)


def wishes_of(cast: Cast) -> None:
    """Write down who looks for work; places are found by the name that people use."""
    gazetteer = Gazetteer()
    for row in _rows("job_wishes.csv"):
        keeping.keep_wish(
            cast.office, cast.campaign, row["code"], name=row["name"], of=row["of"], site=cast.sites.get(row["site"]),
            region=gazetteer.resolve(row["place"]), occupations=row["occupations"].split(), wage=Decimal(row["wage"]),
            shifts=row["shifts"].split(), reach_km=int(row["reach_km"]) if row["reach_km"] else None,
            household=row["household"], **MARKS,
        )  # fmt: skip


def _call(cast: Cast, rows: list[JobSuggestion]) -> None:
    """Accept the first suggestions, call these people, and write down what came of it."""
    leader = cast.leaders[cast.sites["V003"].postings.get(team__level="province").team_id]
    for n, row in enumerate(rows[: DECLINED + 2]):
        contacts.judge(leader, row.wish, row.post, "accepted", at=_at(CALLED[0], 9))
        contacts.log(leader, row.wish, row.post, "contacted", on=CALLED[0], at=_at(CALLED[0], 10 + n))
        if n in HIRED or n == DECLINED:
            contacts.log(leader, row.wish, row.post, "interview", on=CALLED[1], at=_at(CALLED[1], 9))
            outcome = "declined" if n == DECLINED else "hired"
            contacts.log(leader, row.wish, row.post, outcome, on=CALLED[1], at=_at(CALLED[1], 15))


def _rows(name: str) -> list[dict[str, str]]:
    with (GENERATED / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), TZ)
