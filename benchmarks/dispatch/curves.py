"""Curves of the gap over time as an SVG picture: a panel per instance, a line per solver, the gap on a log scale."""

import math
from html import escape

COLOURS = {"ours": "#b3261e", "HiGHS": "#3b6ea5", "CP-SAT": "#7a7a7a"}
PANEL = (300, 190)  # width and height of a panel in pixels
MARGIN = (46, 30)  # left and bottom, for the scales
TICKS = (0.01, 0.1, 1.0, 10.0)  # per cent
LEAST = 0.003  # per cent; everything below is drawn here


def drawn(curves: dict[str, dict[str, list[tuple[float, float]]]], seconds: float) -> str:
    """Return the picture; `curves` holds for each instance and solver the times and the gaps in per cent."""
    columns = min(3, max(len(curves), 1))
    rows = math.ceil(len(curves) / columns)
    width, height = columns * PANEL[0], rows * PANEL[1] + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for n, name in enumerate({solver: 0 for lines in curves.values() for solver in lines}):
        colour = COLOURS.get(name, "#000")
        parts.append(f'<path d="M{MARGIN[0] + 90 * n} 14h18" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{MARGIN[0] + 90 * n + 24}" y="18">{escape(name)}</text>')
    for n, (instance, lines) in enumerate(curves.items()):
        left, top = n % columns * PANEL[0], n // columns * PANEL[1] + 30
        parts.append(_panel(instance, lines, seconds, left, top))
    return "\n".join([*parts, "</svg>", ""])


def _panel(instance: str, lines: dict[str, list[tuple[float, float]]], seconds: float, left: float, top: float) -> str:
    wide, high = PANEL[0] - MARGIN[0] - 16, PANEL[1] - MARGIN[1] - 26
    x0, y0 = left + MARGIN[0], top + 22
    span = math.log10(TICKS[-1]) - math.log10(LEAST)

    def x(second: float) -> float:
        return x0 + wide * min(second / seconds, 1.0)

    def y(gap: float) -> float:
        return y0 + high * (math.log10(TICKS[-1]) - math.log10(min(max(gap, LEAST), TICKS[-1]))) / span

    parts = [f'<text x="{x0}" y="{top + 14}" font-weight="bold">{escape(instance)}</text>']
    for tick in TICKS:
        parts.append(f'<path d="M{x0} {y(tick):.1f}h{wide}" stroke="#ddd"/>')
        parts.append(f'<text x="{x0 - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g} %</text>')
    for part in range(4):
        second = seconds * part / 3
        parts.append(f'<text x="{x(second):.1f}" y="{y0 + high + 16}" text-anchor="middle">{second:.3g} s</text>')
    for solver, curve in lines.items():
        steps, last = [], None
        for second, gap in curve:
            steps.append(f"M{x(second):.1f} {y(gap):.1f}" if last is None else f"H{x(second):.1f}V{y(gap):.1f}")
            last = gap
        if steps:
            path = "".join([*steps, f"H{x(seconds):.1f}"])
            parts.append(f'<path d="{path}" fill="none" stroke="{COLOURS.get(solver, "#000")}" stroke-width="1.5"/>')
    return "\n".join(parts)
