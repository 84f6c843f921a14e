"""The production board as drawn: where each bar, week and band stands, in pixels of an SVG row."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sijin.exchange.domain.pool.board import Board, Row
from sijin.exchange.models import PoolMaker, PoolShare

DAY = 6  # px a day
BAR_TOP, BAR = 5, 24
BAND_TOP, BAND = 34, 12
HEIGHT = 52
LETTER = 8  # px of a letter of a bar's label


@dataclass(frozen=True)
class Bar:
    """One run of a share."""

    share: PoolShare
    x: float
    width: float
    first: date
    last: date
    quantity: int
    late: bool
    label: str


@dataclass
class Drawn:
    """One maker's row: bars above, the band of its weeks' hours under them."""

    maker: PoolMaker
    own: bool
    booked_until: date | None
    busy: int  # percent of its free hours
    bars: list[Bar] = field(default_factory=list)
    band: list[dict[str, Any]] = field(default_factory=list)
    undated: list[PoolShare] = field(default_factory=list)


def drawn(board: Board, late: set[int]) -> dict[str, Any]:
    """Return the whole drawing: its width, the heads of weeks, the rows. `late` are the orders that are short."""
    weeks = [{"x": 7 * DAY * n, "day": day, "named": n % 2 == 0} for n, day in enumerate(board.weeks)]
    return {
        "width": 7 * DAY * len(board.weeks),
        "height": HEIGHT,
        "weeks": weeks,
        "bar": {"y": BAR_TOP, "height": BAR, "text": BAR_TOP + 17},
        "band": {"y": BAND_TOP, "height": BAND},
        "rows": [_row(row, late) for row in board.rows],
    }


def _row(row: Row, late: set[int]) -> Drawn:
    made = Drawn(row.maker, row.own, row.booked_until, round(100 * row.busy), undated=row.undated)
    for run in row.runs:
        width = max(2.0, round((run.until - run.since) * DAY, 1))
        code, short = run.share.order.code, run.share.order_id in late
        letters = len(code) + 2 * (short or run.share.locked)  # with the mark before it
        made.bars.append(
            Bar(run.share, round(run.since * DAY, 1), width, run.first, run.last, run.quantity,
                short, code if width > LETTER * letters + 8 else "")
        )  # fmt: skip
    for n, share in enumerate(row.weeks):
        height = 0 if share is None else round(BAND * share, 1)
        made.band.append({
            "x": 7 * DAY * n + 1, "width": 7 * DAY - 2, "free": share is not None,
            "y": BAND_TOP + BAND - height, "height": height, "percent": None if share is None else round(100 * share),
        })  # fmt: skip
    return made
