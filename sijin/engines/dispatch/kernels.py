"""The compiled search, made ready in a thread of its own: compiling takes seconds on a machine's first use."""

import threading
from collections.abc import Callable

from sijin.engines.dispatch.assignment import Clock, Posed
from sijin.engines.dispatch.relaxation import Relaxed
from sijin.engines.milp import Ints

Pursue = Callable[[Posed, Relaxed, Ints | None, Clock, int], tuple[Ints, float]]


class Kernels:
    """Begins to make the compiled functions, or to fetch them from the disk, when it is made."""

    def __init__(self) -> None:
        """Start the thread; ``ready`` is set when it ends."""
        self.ready = threading.Event()
        self._failed: BaseException | None = None
        threading.Thread(target=self._make, name="dispatch-kernels").start()

    def _make(self) -> None:
        try:
            from sijin.engines.dispatch import pursuit  # loads Numba, which takes half a second

            pursuit.warm()
        except BaseException as error:
            self._failed = error
        self.ready.set()

    def pursue(self) -> Pursue:
        """Return the search, waiting for it if need be, or raise what stood in its way."""
        self.ready.wait()
        if self._failed is not None:
            raise self._failed
        from sijin.engines.dispatch.pursuit import pursue  # loaded by now

        return pursue
