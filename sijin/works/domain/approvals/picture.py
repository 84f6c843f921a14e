"""The three timelines as bars on one scale: what a page draws."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from sijin.engines.approvals import Timeline
from sijin.works.domain.approvals.reading import Way
from sijin.works.models import ApprovalStep

WIDTH, LEFT, ROW = 640, 170, 22  # of the field, of the names before it, of a row


@dataclass(frozen=True)
class Bar:
    """A step's bar in one timeline: from the start of work to the opinion, and on to the certificate."""

    step: ApprovalStep
    x: float
    width: float
    until: float  # where its certificate lies
    y: float
    simulated: bool
    promised: bool
    critical: bool
    title: str


@dataclass(frozen=True)
class Drawn:
    """One timeline: its bars, its target's day and working days, and the height of the picture."""

    name: str
    bars: tuple[Bar, ...]
    target: date
    workdays: int
    height: int
    end: float


@dataclass(frozen=True)
class Picture:
    """All timelines on one scale, with the marks of months."""

    drawn: tuple[Drawn, ...]
    months: tuple[tuple[float, str], ...]


def draw(way: Way, lines: dict[str, Timeline]) -> Picture:
    """Return the picture of timelines by what they are called, on one scale."""
    first = min(span.start for line in lines.values() for span in line.spans)
    last = max(span.finish for line in lines.values() for span in line.spans)
    days = max((last - first).days, 1)

    def x(day: date) -> float:
        return round(LEFT + WIDTH * (day - first).days / days, 1)

    drawn = tuple(_one(way, line, name, x) for name, line in lines.items())
    return Picture(drawn, tuple((x(day), f"{day:%Y-%m}") for day in _months(first, last)))


def _one(way: Way, line: Timeline, name: str, x: Callable[[date], float]) -> Drawn:
    bars = []
    for n, span in enumerate(line.spans):
        step = way.step(span.step)
        title = f"{step.name} {span.start:%m-%d} → {span.finish:%m-%d}"
        bars.append(
            Bar(
                step, x(span.start), max(round(x(span.opinion) - x(span.start), 1), 2.0), x(span.finish), n * ROW + 4,
                span.simulated, bool(span.promised), span.critical, title,
            )
        )  # fmt: skip
    return Drawn(name, tuple(bars), line.target, line.workdays, len(bars) * ROW + 18, x(line.target))


def _months(first: date, last: date) -> list[date]:
    found, day = [], first.replace(day=1)
    while day <= last:
        if day >= first:
            found.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return found
