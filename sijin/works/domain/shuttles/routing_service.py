"""The one call that leaves the house: a table of travel times from an OSRM or Valhalla server, in blocks, with a limit.

The server is the setting `ROUTING_URL` (SIJIN_ROUTING_URL): `http://host:5000` speaks to OSRM's table service,
`valhalla+http://host:8002` to Valhalla's sources_to_targets. What is sent are coordinates of places, never of people.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Point = tuple[float, float]  # latitude, longitude in degrees
BLOCK = 50  # places on a side of one request: OSRM takes 100 in all by default
TIMEOUT = 10.0  # seconds for one request
MOST = 64 * 1024 * 1024  # bytes of an answer
VALHALLA = "valhalla+"


class NoAnswer(Exception):
    """The service did not give a table; the text says why, for the person."""


def table(url: str, points: Sequence[Point], *, timeout: float = TIMEOUT) -> tuple[Floats, Floats]:
    """Return seconds and metres from point to point; NaN where the service knows no way.

    Raises
    ------
    NoAnswer
        The service could not be reached, was too slow, or answered something else than a table.
    """
    size = len(points)
    seconds, metres = np.full((size, size), np.nan), np.full((size, size), np.nan)
    ask = _valhalla if url.startswith(VALHALLA) else _osrm
    address = url.removeprefix(VALHALLA).rstrip("/")
    if not address.startswith(("http://", "https://")):
        raise NoAnswer("SIJIN_ROUTING_URL is no http address")
    for a in range(0, size, BLOCK):
        for b in range(0, size, BLOCK):
            part = np.s_[a : a + BLOCK, b : b + BLOCK]
            try:
                seconds[part], metres[part] = ask(address, points[a : a + BLOCK], points[b : b + BLOCK], timeout)
            except (KeyError, TypeError, ValueError, IndexError) as error:
                raise NoAnswer("its answer is no table of travel times") from error
    return seconds, metres


def _osrm(address: str, origins: Sequence[Point], ends: Sequence[Point], timeout: float) -> tuple[Any, Any]:
    points = [*origins, *ends]
    where = ";".join(f"{lon:.6f},{lat:.6f}" for lat, lon in points)
    sources = ";".join(str(n) for n in range(len(origins)))
    targets = ";".join(str(n) for n in range(len(origins), len(points)))
    query = f"sources={sources}&destinations={targets}&annotations=duration,distance"
    told = _json(urllib.request.Request(f"{address}/table/v1/driving/{where}?{query}"), timeout)
    if told.get("code") != "Ok":
        raise NoAnswer(str(told.get("message") or told.get("code") or "its answer is no table of travel times")[:120])
    return _cells(told["durations"], 1.0), _cells(told["distances"], 1.0)


def _valhalla(address: str, origins: Sequence[Point], ends: Sequence[Point], timeout: float) -> tuple[Any, Any]:
    body = {
        "sources": [{"lat": lat, "lon": lon} for lat, lon in origins],
        "targets": [{"lat": lat, "lon": lon} for lat, lon in ends],
        "costing": "bus",
        "units": "kilometers",
    }
    request = urllib.request.Request(
        f"{address}/sources_to_targets", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    rows = _json(request, timeout)["sources_to_targets"]
    times = [[cell.get("time") for cell in row] for row in rows]
    ways = [[cell.get("distance") for cell in row] for row in rows]
    return _cells(times, 1.0), _cells(ways, 1000.0)


def _cells(rows: Any, factor: float) -> Floats:
    return np.array([[np.nan if cell is None else float(cell) * factor for cell in row] for row in rows])


def _json(request: urllib.request.Request, timeout: float) -> dict[str, Any]:
    request.add_header("User-Agent", "sijin")
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            told = json.loads(answer.read(MOST))
    except urllib.error.HTTPError as error:
        raise NoAnswer(f"HTTP {error.code}") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise NoAnswer(str(reason)[:120]) from error
    if not isinstance(told, dict):
        raise NoAnswer("its answer is no table of travel times")
    return told
