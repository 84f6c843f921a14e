"""Figures with their rows, as of a time: the one source of the overview, the map, the briefs and the exports.

`figures(account, campaign, at)["late.village"]` gives the value and the keys of the rows that it counts. A figure that
is made of others (a rate, a difference) names them. A key that nothing defines is refused: no number without a source.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from sijin.briefing.domain import coverage, roll, scarcity
from sijin.briefing.domain.definitions import COUNTS, RATES
from sijin.briefing.domain.interval import wilson
from sijin.briefing.domain.standing import closing, day_of, standing
from sijin.dispatch.models import Campaign
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.refusals import RuleBroken
from sijin.places.models import Door

MODELS = {
    "needs": "ledger.Need",
    "missing": "ledger.Need",
    "sites": "places.Site",
    "visits": "visits.Visit",
    "teams": "dispatch.Team",
    "people": "people.Official",
    "matches": "exchange.Match",
    "complements": "exchange.Complement",
}
NARROWED = re.compile(r"(?P<by>klass|unit|county|town|site|item|level|day)-(?P<value>[\w-]+)")
COLUMN = {"klass": "klass", "unit": "lead_unit_id", "site": "site_id", "item": "group", "level": "level"}


def _no_rows() -> pl.Series:
    return pl.Series("pk", [], dtype=pl.Int64)


class NoSource(RuleBroken):
    """A figure was asked for that nothing defines."""


@dataclass(frozen=True)
class Figure:
    """A number with its source: `keys` are the rows of `model` behind it, or `parts` the figures that it is made of.

    `value` is a plain count, a share between 0 and 1 (unit "%"), or a number of days; `n`, `low`, `high` belong to a
    share: how many it is a share of, and its 95 % interval.
    """

    key: str
    label: str
    meaning: str
    value: float | int | None
    unit: str
    model: str = ""
    keys: pl.Series = field(default_factory=_no_rows, compare=False, repr=False)
    parts: tuple[str, ...] = ()
    n: int | None = None
    low: float | None = None
    high: float | None = None

    @property
    def shown(self) -> str:
        """The value as it is printed; a dash when there is nothing to compute it from."""
        if self.value is None:
            return "—"
        if self.unit == "%":
            return f"{100 * self.value:.1f}%"
        return f"{self.value:,.0f}" if float(self.value).is_integer() else f"{self.value:,.1f}"


class Figures:
    """All figures of one reader, campaign and time; tables are read when first asked for, each once."""

    def __init__(self, account: Account, campaign: Campaign, at: datetime) -> None:
        self.account, self.campaign, self.at, self.day = account, campaign, at, day_of(at)
        self._known: dict[str, Figure] = {}

    @cached_property
    def needs(self) -> pl.DataFrame:
        """The reader's needs as they stood."""
        return standing(self.account, self.campaign, self.at)

    @cached_property
    def visits(self) -> pl.DataFrame:
        """The reader's visits."""
        return coverage.visits(self.account, self.campaign, self.at)

    @cached_property
    def sites(self) -> pl.DataFrame:
        """The reader's sites with their last visit."""
        return coverage.sites(self.account, self.campaign, self.at, self.visits)

    @cached_property
    def missing(self) -> pl.DataFrame:
        """What the reader's open needs still lack."""
        opened = self.needs.filter(COUNTS["open"].condition(self.day))["pk"]
        return scarcity.missing(self.account, self.campaign, self.at, opened)

    @cached_property
    def matches(self) -> pl.DataFrame:
        """The reader's matches."""
        return roll.matches(self.account, self.campaign, self.at)

    @cached_property
    def complements(self) -> pl.DataFrame:
        """What the search found for the reader's needs."""
        return roll.complements(self.account, self.campaign, self.at)

    @cached_property
    def teams(self) -> pl.DataFrame:
        """The reader's work groups."""
        return roll.teams(self.account, self.campaign)

    @cached_property
    def people(self) -> pl.DataFrame:
        """The officials in the reader's work groups."""
        return roll.people(self.account, self.campaign)

    @cached_property
    def before(self) -> "Figures":
        """The figures at the end of the day before."""
        return Figures(self.account, self.campaign, closing(self.campaign, self.day - timedelta(days=1)))

    def __getitem__(self, key: str) -> Figure:
        """Return the figure of `key`; NoSource when nothing defines it."""
        if key not in self._known:
            self._known[key] = self._made(key)
        return self._known[key]

    def _made(self, key: str) -> Figure:
        name, *narrowings = key.split(".")
        if name == "before" and narrowings:
            return _as_before(self.before[".".join(narrowings)], key)
        if name == "change" and narrowings:
            return self._change(".".join(narrowings), key)
        if name in RATES and narrowings[-1:] in (["low"], ["high"]):
            return self._end(".".join([name, *narrowings[:-1]]), narrowings[-1], key)
        if name in RATES:
            return self._rate(name, narrowings, key)
        if name == "median_days":
            return self._median(narrowings, key)
        if name not in COUNTS:
            raise NoSource(_("There is no figure called %(key)s.") % {"key": key}, key=key)
        counted = COUNTS[name]
        frame = getattr(self, counted.table).filter(counted.condition(self.day))
        words = [str(counted.label)]
        for narrowing in narrowings:
            frame, word = narrow(frame, narrowing, key, name)
            words.append(word)
        value: Any = frame.height
        unit = str(counted.unit)
        rows = frame["need_id" if counted.table == "missing" else "pk"]
        if counted.table == "missing" and frame.height and frame["group"].n_unique() == 1:
            value, unit = float(frame["lacking"].sum()), frame["unit"][0]
            words = [frame["item"][0], str(counted.label)]
        label = " · ".join(word for word in words if word)
        return Figure(key, label, str(counted.meaning), value, unit, MODELS[counted.table], rows)

    def _rate(self, name: str, narrowings: list[str], key: str) -> Figure:
        rate = RATES[name]
        part, whole = self[".".join([rate.part, *narrowings])], self[".".join([rate.whole, *narrowings])]
        n, count = int(whole.value or 0), int(part.value or 0)
        low, high = wilson(count, n) if rate.interval and n else (None, None)
        value = count / n if n else None
        label = " · ".join([str(rate.label), *part.label.split(" · ")[1:]])
        parts = (part.key, whole.key)
        return Figure(key, label, str(rate.meaning), value, "%", parts=parts, n=n, low=low, high=high)

    def _end(self, of: str, end: str, key: str) -> Figure:
        rate = self[of]
        label = " · ".join([rate.label, _("Confidence interval")])
        return Figure(key, label, rate.meaning, getattr(rate, end), "%", parts=(rate.key,), n=rate.n)

    def _change(self, of: str, key: str) -> Figure:
        now, then = self[of], self[f"before.{of}"]
        value = abs((now.value or 0) - (then.value or 0))
        meaning = _("The difference to the day before")
        return Figure(key, f"{now.label} · {meaning}", meaning, value, now.unit, parts=(now.key, then.key))

    def _median(self, narrowings: list[str], key: str) -> Figure:
        closed = self[".".join(["closed", *narrowings])]
        days = self.needs.filter(pl.col("pk").is_in(closed.keys.implode()))["workdays"].median()
        meaning = _("Median of the working days from found to closed")
        label = " · ".join([_("Median working days"), *closed.label.split(" · ")[1:]])
        return Figure(key, label, meaning, days, _("days"), closed.model, closed.keys, n=closed.keys.len())


def narrow(frame: pl.DataFrame, narrowing: str, key: str, name: str) -> tuple[pl.DataFrame, str]:
    """Keep the rows of one door, class, unit, county, town, site, item, level or day; return them and its word."""
    if narrowing in Door.values and "door" in frame.columns:
        return frame.filter(pl.col("door") == narrowing), str(Door(narrowing).label)
    found = NARROWED.fullmatch(narrowing)
    if not found:
        raise NoSource(_("There is no figure called %(key)s.") % {"key": key}, key=key)
    by, value = found["by"], found["value"]
    if by == "day" and name in ("found", "closed", "visits"):
        column = {"found": "raised", "closed": "closed", "visits": "day"}[name]
        return frame.filter(pl.col(column).cast(pl.String) == value), value
    column = {"county": "county_id", "town": "town_id"}.get(by) or COLUMN.get(by, "")
    if column not in frame.columns or not (value.isdigit() or by == "level"):
        raise NoSource(_("There is no figure called %(key)s.") % {"key": key}, key=key)
    word = str(Need.Klass(int(value)).label) if by == "klass" and int(value) in Need.Klass.values else ""
    return frame.filter(pl.col(column) == (value if by == "level" else int(value))), word


def _as_before(figure: Figure, key: str) -> Figure:
    label = " · ".join([figure.label, _("the day before")])
    parts = tuple(f"before.{part}" for part in figure.parts)
    return Figure(key, label, figure.meaning, figure.value, figure.unit, figure.model, figure.keys, parts, figure.n)


def figures(account: Account, campaign: Campaign, at: datetime | None = None) -> Figures:
    """Return the figures that `account` sees of `campaign` as of `at` (the campaign's present by default)."""
    return Figures(account, campaign, min(at or campaign.now(), campaign.now()))
