"""The Gantt of the portfolio as drawn: where each bar, mark and band stands, in pixels of an SVG row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sijin.people.digits import is_number
from sijin.works.domain.portfolio.board import Board, DeskRow, ProjectRow
from sijin.works.domain.portfolio.days import Days
from sijin.works.models import PlannedStep, PortfolioPlan

ZOOMS = (1, 2, 4, 8)  # times the width at which all days fit
ROOM = 690  # px that the drawing fills at first
FINEST, COARSEST = 1.2, 20.0  # px a day
WEEKS, NAMED = 2.5, 10.0  # px a day from which weeks have a line, and a name
LANE, BAR = 15, 12  # height of a lane, and of a bar in it
MARK = 6  # px of a step that takes no time
BAND = 16  # height of the band of the load
LETTER = 10.5  # px of a letter of a bar's label


@dataclass(frozen=True)
class Bar:
    """A step as it is drawn; one without days is a mark."""

    row: PlannedStep
    x: float
    width: float
    y: float
    label: str

    @property
    def mark(self) -> bool:
        """Whether it takes no time: a gate, a conversion at once."""
        return self.row.start == self.row.finish


@dataclass(frozen=True)
class Line:
    """A project's row: its bars, and where its day lies (None when it has none or it lies outside)."""

    row: ProjectRow
    bars: tuple[Bar, ...]
    height: int
    due: float | None


@dataclass(frozen=True)
class Lanes:
    """A desk's row: its files in lanes, and its load in percent by week under them."""

    row: DeskRow
    bars: tuple[Bar, ...]
    height: int
    band: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Scale:
    """The days of a plan on pixels."""

    first: date
    last: date
    px: float
    times: int = 1

    @classmethod
    def of(cls, plan: PortfolioPlan, zoom: str = "", room: float = ROOM) -> "Scale":
        """Return the scale of a plan: the zoom asked for, else the widest that fits."""
        first = plan.start - timedelta(days=plan.start.weekday())
        last = plan.last + timedelta(days=10)
        fit = max(FINEST, min(room / (last - first).days, COARSEST / ZOOMS[-1]))
        times = int(zoom) if is_number(zoom) and int(zoom) in ZOOMS else ZOOMS[0]
        return cls(first, last, round(fit * times, 3), times)

    @classmethod
    def fitting(cls, plan: PortfolioPlan, width: float) -> "Scale":
        """Return the scale that fills a width exactly: paper."""
        scale = cls.of(plan)
        return cls(scale.first, scale.last, round(width / (scale.last - scale.first).days, 3))

    @property
    def width(self) -> float:
        """The width of all days."""
        return round(self.px * (self.last - self.first).days, 1)

    def x(self, day: date) -> float:
        """Return where a day lies, within the drawing."""
        return round(min(max((day - self.first).days * self.px, 0), self.width), 1)

    @property
    def ticks(self) -> list[dict[str, Any]]:
        """The lines of weeks, those of months named; with little room months alone."""
        found, day = [], self.first
        while day < self.last:
            month = day.day <= 7
            if month or self.px >= WEEKS:
                found.append({"x": self.x(day), "day": day, "named": month or self.px >= NAMED})
            day += timedelta(days=7)
        return found

    def bar(self, row: PlannedStep, y: float, name: str = "", until: date | None = None) -> Bar:
        """Return the bar of a step, with its own name or another, to its finish or another day."""
        x = self.x(row.start)
        width = max(2.0, round(self.x(until or row.finish) - x, 1))
        letters = int(max(0.0, (width - 6) / LETTER - 1.2 * row.locked))
        name = name or row.step.name
        return Bar(row, x, width, y, name if len(name) <= letters else name[: letters - 1] + "…" if letters > 2 else "")

    def line(self, row: ProjectRow) -> Line:
        """Return a project's row: what goes on at the same time lies below each other."""
        ends: list[float] = []
        bars = []
        for one in sorted(row.steps, key=lambda one: (one.start, one.finish)):
            bar = self.bar(one, 0)
            lane = next((n for n, end in enumerate(ends) if end <= bar.x), len(ends))
            ends[lane : lane + 1] = [bar.x + max(bar.width, MARK if bar.mark else 0)]
            bars.append(replace(bar, y=lane * LANE + 2))
        due = row.last.due
        height = max(len(ends), 2) * LANE + 4
        return Line(row, tuple(bars), height, self.x(due) if due and self.first <= due <= self.last else None)

    def lanes(self, desk: DeskRow, weeks: Sequence[date], days: Days) -> Lanes:
        """Return a desk's row: whose files it has, until each leaves it."""
        bars = tuple(
            self.bar(row, n * LANE + 2, str(row.step.project), days.day(row.begins + row.days))
            for n, lane in enumerate(desk.lanes)
            for row in lane
        )
        floor = len(desk.lanes) * LANE + 4
        band = []
        for n, share in enumerate(desk.load):
            x = self.x(weeks[n])
            height = round(BAND * min(share, 1.0), 1)
            width = max(1.0, self.x(weeks[n + 1]) - x - 1)
            band.append({"x": x, "width": width, "y": round(floor + BAND - height, 1), "height": height,
                         "percent": round(100 * share), "day": weeks[n]})  # fmt: skip
        return Lanes(desk, bars, floor + BAND + 2, tuple(band))


def drawn(board: Board, scale: Scale, rows: Iterable[ProjectRow], today: date) -> dict[str, Any]:
    """Return what the templates draw: the head, the lines of `rows`, today."""
    inside = scale.first <= today <= scale.last
    return {
        "width": scale.width, "bar": BAR, "ticks": scale.ticks, "px": scale.px,
        "today": scale.x(today) if inside else None, "lines": [scale.line(row) for row in rows],
    }  # fmt: skip
