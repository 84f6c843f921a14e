"""Village works in the demo: the sewage, heritage, shows and investors of the report, through the room's own verbs.

Which villages, teams, firms and works there are is the report's; figures, days and what was said are generated, and
each row says so. The place that no list of divisions has is taken as one of the user's own.
"""

import heapq
import io
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any

import yaml
from docx import Document

from demo.cast import REPORT, TZ, Cast
from demo.generated.course import Course
from sijin.dispatch.models import Team
from sijin.ledger.models import Need
from sijin.people.models import Account, Unit
from sijin.places.models import Region
from sijin.works.domain.village import leads, papers, places, shows, works
from sijin.works.models import Lead, Venue, VillageWork, WorkStage

Step = tuple[datetime, int, Callable[[datetime], None]]


def _told() -> dict[str, Any]:
    return yaml.safe_load((REPORT / "village.yaml").read_text(encoding="utf-8"))


def course_of(cast: Cast) -> Course:
    """Let all of it happen in the order of the calendar."""
    steps: list[Step] = []
    told = _told()
    for story in told["works"]:
        _queue(steps, _work(cast, story))
    _queue(steps, _village(cast, told["village"]))
    while steps:
        at, _number, step = heapq.heappop(steps)
        yield at
        step(at)


def _queue(steps: list[Step], more: list[tuple[datetime, Callable[[datetime], None]]]) -> None:
    for at, step in more:
        heapq.heappush(steps, (at, len(steps), step))


def _when(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), TZ)


def _leader(cast: Cast, number: str) -> tuple[Team, Account]:
    team = Team.objects.get(campaign=cast.campaign, number=number)
    return team, cast.leaders[team.pk]


def _work(cast: Cast, story: dict[str, Any]) -> list[tuple[datetime, Callable[[datetime], None]]]:
    """Begin a work, fill in its forms, add its files and tick its stages on their days."""
    team, leader = _leader(cast, story["team"])
    made: list[VillageWork] = []

    def begin(at: datetime) -> None:
        site = cast.sites[story["site"]]
        need = Need.objects.filter(site=site, title=story["need"]).first()
        made.append(
            works.begin(leader, cast.campaign, story["playbook"], story["title"], site=site, need=need, team=team,
                        owner=story["owner"], at=at, source=story["source"])
        )  # fmt: skip

    def stage(code: str) -> WorkStage:
        return made[0].stages.get(code=code)

    def answer(code: str, given: dict[str, Any]) -> Callable[[datetime], None]:
        return lambda at: works.answer(leader, stage(code), given, version=None, at=at) and None

    def tick(code: str) -> Callable[[datetime], None]:
        return lambda at: works.tick(leader, stage(code), on=at.date(), version=None, at=at) and None

    def plan(code: str, day: date) -> Callable[[datetime], None]:
        return lambda at: works.plan(leader, stage(code), day, version=None, at=at) and None

    def file(told: dict[str, Any]) -> Callable[[datetime], None]:
        content = document(told["name"], told["lines"])
        uploaded = f"{told['name']}.docx"
        return lambda at: (
            papers.add(leader, made[0], told["name"], uploaded, content, at=at, note=told["note"]) and None
        )

    steps: list[tuple[datetime, Callable[[datetime], None]]] = [(_when(story["begun"]), begin)]
    for entry in story["stages"]:
        steps.append((_when(entry["filled"], 15), answer(entry["code"], entry["answers"])))
        if "done" in entry:
            steps.append((_when(entry["done"], 17), tick(entry["code"])))
    steps += [(_when(told["day"], 16), file(told)) for told in story["files"]]
    steps += [(_when(told["day"], 18), plan(told["stage"], told["to"])) for told in story["planned"]]
    return steps


def document(title: str, lines: list[str]) -> bytes:
    """Return a small .docx that says that it is generated."""
    made, kept = Document(), io.BytesIO()
    made.core_properties.created = made.core_properties.modified = datetime(2020, 3, 4)
    made.add_heading(title, level=1)
    for line in (*lines, "（演示数据，系统生成）"):
        made.add_paragraph(line)
    made.save(kept)
    return kept.getvalue()


def _village(cast: Cast, told: dict[str, Any]) -> list[tuple[datetime, Callable[[datetime], None]]]:
    """Enter the venue of the village that no list has, book its shows, and take the two leads as far as the report."""
    team, leader = _leader(cast, told["team"])
    venue: list[Venue] = []

    @cache
    def region() -> Region:
        return places.place_of(told["place"], make=True)

    def enter(at: datetime) -> None:
        unit = Unit.objects.create(
            code=told["unit"]["code"],
            name=told["unit"]["name"],
            level="county",
            region=cast.regions[told["unit"]["region"]],
        )
        venue.append(
            shows.open_venue(cast.office, cast.campaign, told["venue"], region(), team=team, unit=unit,
                             source=told["source"])
        )  # fmt: skip

    def book(show: dict[str, Any]) -> Callable[[datetime], None]:
        begins = datetime.combine(show["day"], time.fromisoformat(show["from"]), TZ)
        ends = datetime.combine(show["day"], time.fromisoformat(show["to"]), TZ)
        about = {"troupe": show["troupe"], "generated": True}
        return lambda at: shows.book(leader, venue[0], show["title"], begins, ends, at=at, **about) and None

    steps: list[tuple[datetime, Callable[[datetime], None]]] = [(_when(told["begun"]), enter)]
    steps += [(_when(show["booked"], 14), book(show)) for show in told["shows"]]
    for story in told["leads"]:
        steps += _lead(cast, team, leader, region, story, told["source"])
    return steps


def _lead(
    cast: Cast, team: Team, leader: Account, region: Callable[[], Region], story: dict[str, Any], source: str
) -> list[tuple[datetime, Callable[[datetime], None]]]:
    made: list[Lead] = []

    def enter(at: datetime) -> None:
        made.append(
            leads.enter(leader, cast.campaign, story["firm"], story["purpose"], region=region(), team=team,
                        contact=story["contact"], amount=Decimal(story["amount"]), at=at, source=source)
        )  # fmt: skip

    def speak(said: dict[str, Any]) -> Callable[[datetime], None]:
        def step(at: datetime) -> None:
            lead = Lead.objects.get(pk=made[0].pk)
            if "stage" in said:
                leads.advance(leader, lead, said["stage"], version=lead.version, at=at)
            leads.log_contact(
                leader, lead, on=at.date(), how=said["how"], said=said["said"], at=at,
                next_step=said["next"], next_on=said["by"],
            )  # fmt: skip

        return step

    return [(_when(story["entered"], 11), enter), *((_when(said["day"], 16), speak(said)) for said in story["spoken"])]
