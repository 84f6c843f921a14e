"""What passes the hard conditions and how the rest is weighed, for many rows at once."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from sijin.engines.complements.problem import UNSAID, Need
from sijin.engines.complements.rows import Rows
from sijin.engines.complements.rules import WEIGHTS, Rules
from sijin.engines.distances import kilometres

UNKNOWN = 0.5  # of a criterion of which nothing is known
GRADE = 10.0  # a grade outweighs every score
Mask = NDArray[np.bool_]
Scores = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Scored:
    """Rows that may be offered, each with what its rank comes from (arrays of one length)."""

    rows: Numbers
    score: Scores
    grade: NDArray[np.int8]
    likeness: Scores
    km: Scores  # NaN: not known
    covers: Scores  # NaN: nothing is said of how much is missing
    late: Mask

    @property
    def order(self) -> Scores:
        """Return what to sort by, highest first."""
        return self.score - GRADE * self.grade

    def take(self, which: NDArray[np.int64] | Mask) -> "Scored":
        """Return some of the rows."""
        return Scored(*(getattr(self, one.name)[which] for one in fields(self)))


def conditions(need: Need, bits: NDArray[np.uint64], all_rows: Rows, rows: Numbers, rules: Rules) -> dict[str, Mask]:
    """Return for each hard condition which of `rows` keep it; `bits` are the need's own values of attributes."""
    kind = all_rows.kind[rows]

    def says(name: str, how: str) -> Mask:
        said = np.asarray([*(one.filters.get(name) == how for one in rules.kinds.values()), False], dtype=bool)
        return np.asarray(said[kind], dtype=bool)

    kept = {
        "kind": np.isin(kind, [all_rows.number[code] for code in need.kinds])
        if need.kinds
        else np.ones(len(rows), dtype=bool)
    }
    site = all_rows.site_of(need.site)
    kept["itself"] = (all_rows.site[rows] != site) | (site < 0)
    if need.refused:
        refused = [row for key in need.refused if (row := all_rows.at.get(key)) is not None]
        kept["refused"] = ~np.isin(rows, refused)
    size = 1.0
    if need.unit:
        family, size = all_rows.unit(need.unit)
        kept["unit"] = (all_rows.family[rows] == family) | ~says("unit", "out")
    if need.missing is not None:
        enough = all_rows.free[rows] >= need.missing * size * (1 - 1e-9)
        kept["quantity"] = (need.missing > 0) & (enough | ~says("quantity", "whole"))
    kept["over"] = all_rows.until[rows] >= need.today
    if need.due is not None:
        kept["window"] = (all_rows.since[rows] <= need.due) | ~says("window", "out")
    if need.traits != UNSAID:
        kept["traits"] = _complementary(need, all_rows, rows) | ~says("traits", "out")
    if need.certificate:
        kept["certificate"] = (all_rows.certificate[rows] == 1) | ~says("certificate", "out")
    for n, name in enumerate(rules.attributes):
        if bits[n]:
            theirs = all_rows.bits[rows, n]
            kept[name] = (theirs == 0) | ((theirs & bits[n]) != 0) | ~says(name, "out")
    if need.point:
        kept["place"] = ~(distances(need, all_rows, rows) > all_rows.reach[rows]) | ~says("place", "out")
    return kept


def _complementary(need: Need, all_rows: Rows, rows: Numbers) -> Mask:
    """Say whether each has what the other lacks; of a need that says nothing of itself, nothing is asked."""
    kept = np.ones(len(rows), dtype=bool)
    for mine, theirs in zip(need.traits, (all_rows.capacity[rows], all_rows.channel[rows]), strict=True):
        if mine is not None:
            kept &= theirs == int(not mine)
    return kept


def distances(need: Need, all_rows: Rows, rows: Numbers) -> Scores:
    """Return the kilometres to each row; NaN where a place is not known."""
    if need.point is None:
        return np.full(len(rows), np.nan)
    return np.asarray(kilometres(*need.point, all_rows.lat[rows], all_rows.lon[rows]))


def importance(need: Need, rules: Rules) -> Scores:
    """Return the weight of each criterion, adding up to 1: that of the need's kinds (all of them where it names none).

    Of what the need says nothing, nothing is weighed.
    """
    kinds = [rules.kinds[code] for code in need.kinds or rules.order]
    mean = np.array([[kind.weights[name] for name in WEIGHTS] for kind in kinds]).mean(axis=0)
    said = np.array([True, bool(need.missing), need.point is not None, need.due is not None, True])
    return np.asarray(mean * said / (mean * said).sum())


def weighed(need: Need, all_rows: Rows, rows: Numbers, likeness: Scores, rules: Rules) -> Scored:
    """Weigh rows that keep every hard condition."""
    km, covers = distances(need, all_rows, rows), np.full(len(rows), np.nan)
    if need.missing:
        size = all_rows.unit(need.unit)[1] if need.unit else 1.0
        covers = np.minimum(1.0, all_rows.free[rows] / (need.missing * size))
    late = all_rows.since[rows] > (need.due if need.due is not None else 10**9)
    criteria = np.stack(
        [
            likeness,
            np.where(np.isnan(covers), UNKNOWN, covers),
            np.where(np.isnan(km), UNKNOWN, rules.near_km / (rules.near_km + np.nan_to_num(km))),
            np.where(late, 0.0, 1.0),
            all_rows.trusted[all_rows.provider[rows]],
        ],
        axis=1,
    )
    score = criteria @ importance(need, rules)
    kind = all_rows.kind[rows]
    grade = np.zeros(len(rows), dtype=np.int8)
    if need.certificate:
        last = np.array([*(one.filters.get("certificate") == "last" for one in rules.kinds.values()), False])[kind]
        grade = np.where(last, np.array([2, 0, 1], dtype=np.int8)[all_rows.certificate[rows]], 0).astype(np.int8)
    return Scored(rows, score, grade, likeness, km, covers, late)
