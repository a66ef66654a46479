"""Plots as inline SVG, on logarithmic scales: dots of time, and lines of growth."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence

from conformance.verdict import Json

COLOURS = ("#0b6bcb", "#c2410c", "#15803d", "#7c3aed", "#b91c1c", "#0e7490", "#a16207", "#be185d")
WIDTH, NAME_WIDTH, ROW_HEIGHT = 760, 190, 22
PLOT = 320
MARGIN = 46


def dots(rows: Sequence[Json]) -> str:
    """Return the medians of rows as dots, with the middle half of the rounds, logarithmically."""
    timed = [row for row in rows if row["status"] == "ok"]
    if not timed:
        return ""
    ends = [math.log10(second) for row in timed for second in (row["low"], row["high"])]
    first, last = math.floor(min(ends)), math.ceil(max(ends))
    scale = (WIDTH - NAME_WIDTH - 2 * MARGIN) / max(last - first, 1)

    def place(seconds: float) -> float:
        return NAME_WIDTH + 10 + (math.log10(seconds) - first) * scale

    bottom = ROW_HEIGHT * len(timed) + 6
    parts = [
        f'<path class="grid" d="M{place(10.0**decade):.1f} 0V{bottom}"/>'
        f'<text x="{place(10.0**decade):.1f}" y="{bottom + 14}" text-anchor="middle">'
        f"{10.0 ** (decade + 3):g}{' ms' if decade == last else ''}</text>"
        for decade in range(first, last + 1)
    ]
    parts += [_dot(row, number * ROW_HEIGHT + 14, place) for number, row in enumerate(timed)]
    return _svg(WIDTH, bottom + 20, "Median time of each, in milliseconds, logarithmic", parts)


def _dot(row: Json, y: int, place: Callable[[float], float]) -> str:
    kind = "copy" if row["implementation"] == "copy" else "dot"
    at, high = place(row["median"]), place(row["high"])
    return (
        f'<text x="{NAME_WIDTH - 8}" y="{y + 4}" text-anchor="end">'
        f"{html.escape(row['implementation'])}</text>"
        f'<line class="spread" x1="{place(row["low"]):.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"/>'
        f'<circle class="{kind}" cx="{at:.1f}" cy="{y}" r="5"/>'
        f'<text x="{max(at + 5, high) + 6:.1f}" y="{y + 4}">{row["median"] * 1e3:.4g}</text>'
    )


def lines(growth: Sequence[Json], axis: str) -> str:
    """Return how time grows along one axis, a line for each implementation."""
    found = [one for one in growth if one["axis"] == axis]
    if not found:
        return ""
    xs = [math.log2(size) for one in found for size in one["sizes"]]
    ys = [math.log10(seconds) for one in found for seconds in one["seconds"]]
    x_scale = (PLOT - MARGIN - 10) / max(max(xs) - min(xs), 1e-9)
    y_scale = (PLOT - 2 * MARGIN) / max(max(ys) - min(ys), 1e-9)
    parts = _scales(xs, ys, x_scale, y_scale, axis)
    for number, one in enumerate(found):
        points = [
            (
                MARGIN + (math.log2(size) - min(xs)) * x_scale,
                PLOT - MARGIN - (math.log10(seconds) - min(ys)) * y_scale,
            )
            for size, seconds in zip(one["sizes"], one["seconds"], strict=True)
        ]
        colour = COLOURS[number % len(COLOURS)]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        label = html.escape(f"{one['implementation']}  {one['exponent']:.2f}")
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{colour}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        line = 16 * number + 20
        parts.append(f'<text x="{PLOT + 14}" y="{line}" fill="{colour}">{label}</text>')
    height = max(PLOT, 16 * len(found) + 20)
    return _svg(PLOT + 200, height, f"Time against {axis}, both logarithmic", parts)


def _scales(
    xs: Sequence[float], ys: Sequence[float], x_scale: float, y_scale: float, axis: str
) -> list[str]:
    bottom = PLOT - MARGIN
    parts = [f'<path class="axis" d="M{MARGIN} 10V{bottom}H{PLOT}"/>']
    for x in sorted(set(xs)):
        at = MARGIN + (x - min(xs)) * x_scale
        parts.append(f'<text x="{at:.1f}" y="{bottom + 16}" text-anchor="middle">{2**x:g}</text>')
    for y in range(math.ceil(min(ys)), math.floor(max(ys)) + 1):
        at = bottom - (y - min(ys)) * y_scale
        text = f"{10 ** (y + 3):g}"
        parts.append(f'<text x="{MARGIN - 5}" y="{at + 4:.1f}" text-anchor="end">{text}</text>')
        parts.append(f'<path class="axis" d="M{MARGIN - 3} {at:.1f}H{MARGIN}"/>')
    parts.append(f'<text x="{PLOT / 2}" y="{PLOT - 10}" text-anchor="middle">{axis}</text>')
    parts.append(f'<text x="{MARGIN + 4}" y="18">ms</text>')
    return parts


def _svg(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" role="img" '
        f'aria-label="{html.escape(title)}">{"".join(parts)}</svg>'
    )
