"""What a formation gives back, and how it is listened to."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sijin.engines.dispatch.seats import Array, Seat

Tick = Callable[[float, float], bool | None]  # hears cost and bound; True asks for the best answer so far


@dataclass(frozen=True)
class Formed:
    """Seat of each placed official, and the proof; `trace` is (seconds, cost, bound) at every step."""

    seat: dict[int, Seat]
    cost: float
    bound: float
    away: tuple[int, ...] = ()
    clash: dict[str, float] = field(default_factory=dict)  # hard rules that even the relaxation bends
    duals: dict[tuple[str, ...], Array] = field(default_factory=dict)  # price of each row, per team
    trace: tuple[tuple[float, float, float], ...] = ()
