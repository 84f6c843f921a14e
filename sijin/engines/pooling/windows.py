"""Hours that must lie inside a span of weeks against the hours that there are in it.

A maker who may interrupt an order and takes the one due first (EDF: earliest due first) is in time with everything if
and only if in every span of weeks the work whose own weeks lie inside it is no more than the span's hours (Hall's
condition for one machine with interruptions; Jackson 1955, Horn 1974).
"""

from collections.abc import Iterator

import numpy as np

from sijin.engines.pooling.problem import Floats, Ints, Posed

CELLS = 4_000_000  # makers × weeks × weeks looked at in one piece
Spans = tuple[Ints, Ints, Ints]  # maker, first week, last week


def _loads(posed: Posed, work: Floats, makers: Ints) -> Iterator[tuple[Ints, Floats, Floats]]:
    """Yield makers, the hours of `work` that lie inside each span of weeks, and the hours of the span."""
    weeks = posed.room.shape[1] - 1
    busy = np.flatnonzero(work > 0)
    place = np.full(len(posed.room), -1)
    for part in np.array_split(makers, len(makers) * weeks * weeks // CELLS + 1):
        place[:] = -1
        place[part] = np.arange(len(part))
        own = busy[place[posed.maker[busy]] >= 0]
        flat = (place[posed.maker[own]] * weeks + posed.first[own]) * weeks + posed.last[own]
        inside = np.bincount(flat, work[own], len(part) * weeks * weeks).reshape(len(part), weeks, weeks)
        sums: Floats = np.cumsum(np.cumsum(inside[:, ::-1], axis=1)[:, ::-1], axis=2)
        room = posed.room[part]
        yield part, sums, room[:, None, 1:] - room[:, :-1, None]


def broken(posed: Posed, work: Floats, tolerance: float, makers: Ints | None = None, most: int = 1_000) -> Spans:
    """Return spans with more work inside than hours: the worst of each first and each last week, `most` for a maker."""
    every = np.arange(len(posed.room)) if makers is None else makers
    found: list[Spans] = []
    for part, inside, room in _loads(posed, work, every):
        over = inside - room
        over[np.broadcast_to(np.tri(over.shape[1], k=-1, dtype=bool), over.shape)] = 0.0  # the last before the first
        worst = (over == over.max(axis=1, keepdims=True)) | (over == over.max(axis=2, keepdims=True))
        maker, first, last = np.nonzero(worst & (over > tolerance))
        ranked = np.lexsort((-over[maker, first, last], maker))
        kept = ranked[np.arange(len(ranked)) - np.searchsorted(maker, maker) < most]
        maker, first, last = maker[kept], first[kept], last[kept]
        found.append((part[maker], first, last))
    maker, first, last = (np.concatenate(columns).astype(np.int64) for columns in zip(*found, strict=True))
    return maker, first, last


def inside(posed: Posed, ways: Ints, spans: Spans) -> tuple[Ints, Ints]:
    """Return pairs (span, way) of those of the `ways` whose weeks lie inside a span."""
    ranked = ways[np.argsort(posed.maker[ways], kind="stable")]
    begin = np.searchsorted(posed.maker[ranked], spans[0], "left")
    count = np.searchsorted(posed.maker[ranked], spans[0], "right") - begin
    span = np.repeat(np.arange(len(count)), count)
    way = ranked[np.arange(count.sum()) - np.repeat(np.cumsum(count) - count - begin, count)]
    kept = (posed.first[way] >= spans[1][span]) & (posed.last[way] <= spans[2][span])
    return span[kept], way[kept]
