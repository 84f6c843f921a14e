"""Compile the inner loops of the searches with Numba, keep the machine code on disk, and never wait for it unasked.

`compiled` marks a function; Numba itself is imported and the code made on the first call. Where no folder for the cache
can be written the code is made anew in every process. Functions run without the interpreter lock.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Return `function` as machine code; kept on disk where that is possible."""
    import numba

    options: dict[str, Any] = {"nogil": True, "fastmath": False, "error_model": "numpy"}
    try:
        made = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder for the cache can be written
        made = numba.njit(**options)(function)
    return cast(F, made)
