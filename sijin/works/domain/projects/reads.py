"""Reads of the project register: the list with its filters, the tally of the key projects, one entry."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from sijin.people.models import Account
from sijin.people.policy import visible
from sijin.places.models import Region
from sijin.works.domain.projects.progress import Lights, lights
from sijin.works.models import Project

RUNS = Q(started_on__isnull=False, stopped_on=None)
STATES = ("running", "waiting", "stopped")
LIGHTS = ("green", "yellow", "red")


@dataclass(frozen=True)
class Wanted:
    """What a reader asks of the list; an empty field asks for nothing."""

    q: str = ""
    county: str = ""
    state: str = ""  # of `STATES`; "idle" means waiting or stopped
    reason: str = ""
    light: str = ""
    key: bool = False

    @property
    def narrow(self) -> bool:
        """Say whether anything is asked for."""
        return any((self.q, self.county, self.state, self.reason, self.light, self.key))


@dataclass(frozen=True)
class Tally:
    """The key projects: how many there are and run, what holds up the others, and the same by county."""

    all: int
    running: int
    reasons: tuple[tuple[str, str, int], ...]  # code, words, how many
    unexplained: int  # neither reason nor owner named
    counties: tuple[tuple[Region, int, int], ...]  # county, all, running

    @property
    def rest(self) -> int:
        """How many do not run."""
        return self.all - self.running

    @property
    def share(self) -> float:
        """The share that runs, 0 to 1."""
        return self.running / self.all if self.all else 0.0

    @property
    def percent(self) -> str:
        """The share in percent, two decimals."""
        return f"{100 * self.share:.2f} %"


def listed(account: Account, wanted: Wanted) -> QuerySet[Project]:
    """Return the projects that `account` sees, those that do not run first, with what a row shows joined."""
    rows = visible(account, Project).select_related("site__county", "site__town", "site__project", "unit", "need")
    if wanted.q:
        rows = rows.filter(Q(site__name__icontains=wanted.q) | Q(owner__icontains=wanted.q))
    if wanted.county:
        rows = rows.filter(site__county__code=wanted.county)
    if wanted.key:
        rows = rows.filter(number__isnull=False)
    if wanted.reason:
        rows = rows.filter(reason=wanted.reason)
    if wanted.state == "running":
        rows = rows.filter(RUNS)
    elif wanted.state == "waiting":
        rows = rows.filter(started_on=None)
    elif wanted.state == "stopped":
        rows = rows.filter(stopped_on__isnull=False)
    elif wanted.state == "idle":
        rows = rows.exclude(RUNS)
    return rows.alias(idle=~RUNS).order_by("-idle", "number", "pk").prefetch_related("progress")


def lit(rows: Iterable[Project], today: date, light: str = "") -> list[tuple[Project, Lights]]:
    """Return each project with its lights; only those of one `light` when it is named."""
    found = [(row, lights(row, today)) for row in rows]
    return [pair for pair in found if not light or pair[1].worst == light]


def tally(account: Account) -> Tally:
    """Count the key projects that `account` sees (three queries)."""
    rows = visible(account, Project).filter(number__isnull=False)
    counts = rows.aggregate(
        all=Count("pk"), running=Count("pk", filter=RUNS), bare=Count("pk", filter=~RUNS & (Q(reason="") | Q(owner="")))
    )
    words = dict(Project.Reason.choices)
    reasons = Counter(dict(rows.exclude(RUNS).exclude(reason="").values_list("reason").annotate(n=Count("pk"))))
    by_county = rows.values("site__county").annotate(all=Count("pk"), running=Count("pk", filter=RUNS))
    there = {row["site__county"]: (row["all"], row["running"]) for row in by_county}
    counties = Region.objects.filter(pk__in=there).order_by("code")
    return Tally(
        counts["all"],
        counts["running"],
        tuple((code, str(words[code]), n) for code, n in reasons.most_common()),
        counts["bare"],
        tuple((county, *there[county.pk]) for county in counties),
    )
