"""Random numbers inside compiled loops: one state per search, so that a seed fixes what each search does."""

import numpy as np
from numpy.typing import NDArray

from sijin.engines.dispatch.compiled import compiled

State = NDArray[np.uint64]


def seeded(seed: int) -> State:
    """Return the state that belongs to a seed; neighbouring seeds give unlike states."""
    made: State = np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1)
    return made


@compiled
def draw(state: State) -> float:
    """Return a number in [0, 1) and step on (xorshift, Marsaglia 2003)."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return float(x >> np.uint64(11)) * (1.0 / 9007199254740992.0)
