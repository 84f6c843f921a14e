"""Text is matched in Simplified script and shown as typed."""

from functools import cache

import opencc


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def simplified(text: str) -> str:
    """Return `text` in Simplified script (OpenCC t2s)."""
    return str(_converter().convert(text))
