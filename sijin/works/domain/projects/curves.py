"""The planned and the actual curve of a project as points of a picture."""

from dataclasses import dataclass

from sijin.works.models import Progress, Project

WIDTH, HEIGHT, LEFT, TOP = 560, 180, 44, 10  # of the field in which the curves lie, and where it begins


@dataclass(frozen=True)
class Curve:
    """Points as SVG wants them, the months below them, and (x, y, month, planned, actual) of each for its title."""

    planned: str
    actual: str
    marks: tuple[tuple[float, float, float | None, Progress], ...]
    ticks: tuple[tuple[float, str], ...]


def of(project: Project) -> Curve | None:
    """Return the curves of a project whose progress is told for two months at least."""
    rows = sorted(project.progress.all(), key=lambda row: row.month)
    if len(rows) < 2:
        return None
    first, last = rows[0].month, rows[-1].month
    span = max((last - first).days, 1)

    def x(row: Progress) -> float:
        return round(LEFT + WIDTH * (row.month - first).days / span, 1)

    def y(share: float) -> float:
        return round(TOP + HEIGHT * (1 - share / 100), 1)

    marks = tuple(
        (x(row), y(float(row.planned)), None if row.actual is None else y(float(row.actual)), row) for row in rows
    )
    every = max(1, len(rows) // 8)
    return Curve(
        planned=" ".join(f"{at},{plan}" for at, plan, _true, _row in marks),
        actual=" ".join(f"{at},{true}" for at, _plan, true, _row in marks if true is not None),
        marks=marks,
        ticks=tuple((x(row), f"{row.month:%Y-%m}") for row in rows[::every]),
    )


def grid() -> list[tuple[float, str]]:
    """Return the lines behind the curves: where each lies and what it says."""
    return [(TOP + HEIGHT * (1 - share / 100), f"{share} %") for share in (0, 25, 50, 75, 100)]
