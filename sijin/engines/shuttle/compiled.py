"""Compile the loops of the search like `dispatch.compiled`, but without counting references.

The loops pass dozens of arrays from function to function and allocate none; counting their references at every call
made a step of the search twenty to forty times slower.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Return `function` as machine code; kept on disk where that is possible. It must allocate nothing."""
    import numba

    options: dict[str, Any] = {"nogil": True, "fastmath": False, "error_model": "numpy", "_nrt": False}
    try:
        made = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder for the cache can be written
        made = numba.njit(**options)(function)
    return cast(F, made)
