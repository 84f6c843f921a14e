"""The interval of a share that was asked of a few: Wilson's score interval."""

from math import sqrt

Z = 1.959963984540054  # two-sided 95 % of the normal distribution


def wilson(count: int, n: int) -> tuple[float, float]:
    """Return the 95 % score interval (low, high) of `count` of `n`; E. B. Wilson, JASA 22 (1927), 209-212."""
    if not 0 <= count <= n or n == 0:
        raise ValueError(f"a share needs 0 <= count <= n and n > 0, got {count} of {n}")
    share, z2 = count / n, Z * Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
