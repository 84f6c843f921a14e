"""The key projects as tiles in the order of their lights, and those that do not run beside them."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from sijin.people.models import Account, Unit
from sijin.works.domain.projects import reads
from sijin.works.domain.projects.progress import Lights
from sijin.works.models import Project

ORDER = ("red", "yellow", "", "green")


@dataclass(frozen=True)
class Tiles:
    """The tiles (project, lights), those that do not run, how many of each light, the units that answer for some."""

    tiles: tuple[tuple[Project, Lights], ...]
    idle: tuple[tuple[Project, Lights], ...]
    counts: tuple[tuple[str, int], ...]
    units: tuple[Unit, ...]

    @property
    def running(self) -> int:
        """How many of the tiles run."""
        return len(self.tiles) - len(self.idle)

    @property
    def percent(self) -> str:
        """The share that runs, two decimals."""
        return f"{100 * self.running / len(self.tiles):.2f} %" if self.tiles else "—"

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """What holds up those that do not run, most first."""
        return Counter(project.get_reason_display() for project, _lights in self.idle if project.reason).most_common()

    @property
    def unexplained(self) -> int:
        """How many of those that do not run have no reason or no owner."""
        return sum(not (project.reason and project.owner) for project, _lights in self.idle)


def tiles(account: Account, today: date, *, county: str = "", light: str = "", unit: int | None = None) -> Tiles:
    """Return the key projects that `account` sees, all projects when none is a key one (three queries)."""
    rows = reads.listed(account, reads.Wanted(county=county))
    units = Unit.objects.filter(projects__in=rows.order_by()).distinct().order_by("name")
    if unit is not None:
        rows = rows.filter(unit=unit)
    known = list(rows)
    known = [row for row in known if row.number is not None] or known
    lit = reads.lit(known, today)
    counts = Counter(lights.worst or "" for _project, lights in lit)
    if light:
        lit = [pair for pair in lit if pair[1].worst == light]
    lit.sort(key=lambda pair: (ORDER.index(pair[1].worst or ""), pair[0].number or 0, pair[0].pk))
    return Tiles(
        tuple(lit), tuple(pair for pair in lit if not pair[0].runs),
        tuple((code, counts[code]) for code in ORDER if counts[code]), tuple(units),
    )  # fmt: skip
