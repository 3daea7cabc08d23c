"""Figures as SVG, made of nothing but text: lines, stacked areas, and maps of squares."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np

WIDTH, HEIGHT = 940, 200
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 12, 26
MARKS = 5  # on an axis, about
POINTS = 900  # that a curve is drawn with, at most


class Curve(NamedTuple):
    """One quantity over the years: label, colour, values."""

    label: str
    colour: str
    values: np.ndarray


class Mark(NamedTuple):
    """Something that happened in a year, as a line across a figure."""

    year: float
    colour: str
    says: str


class Band(NamedTuple):
    """A span of years behind a figure, with its name."""

    first: float
    end: float
    name: str


def plot(
    years: np.ndarray,
    curves: Sequence[Curve],
    marks: Sequence[Mark] = (),
    bands: Sequence[Band] = (),
    stacked: bool = False,
    steps: bool = False,
    height: int = HEIGHT,
) -> str:
    """Curves over years, or areas that stand on each other."""
    years, curves = _thin(years, curves)
    values = np.array([c.values for c in curves], np.float64)
    tops = np.cumsum(values, axis=0) if stacked else values
    high = _round_up(float(tops.max()) if tops.size else 1.0)
    first, last = float(years[0]), float(max(years[-1], years[0] + 1))

    def x(year: float) -> float:
        return LEFT + (year - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return height - BOTTOM - value / high * (height - TOP - BOTTOM)

    parts = [f'<svg viewBox="0 0 {WIDTH} {height}" role="img">']
    for number, band in enumerate(bands):
        a, b = x(max(band.first, first)), x(min(band.end, last))
        if b > a:
            shade = "band even" if number % 2 else "band"
            parts.append(
                f'<rect class="{shade}" x="{a:.1f}" y="{TOP}" width="{b - a:.1f}" height="{height - TOP - BOTTOM}">'
                f"<title>{escape(band.name)}</title></rect>"
            )
    for tick in _ticks(0, high):
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{_short(tick)}</text>')
    for tick in _ticks(first, last):
        parts.append(f'<text class="tick" x="{x(tick):.1f}" y="{height - 8}" text-anchor="middle">{tick:,.0f}</text>')
    before = np.zeros(len(years))
    for curve, top in zip(curves, tops):
        if stacked:
            outline = [*zip(years, top), *zip(years[::-1], before[::-1])]
            path = "M" + "L".join(f"{x(a):.1f} {y(b):.1f}" for a, b in outline) + "Z"
            parts.append(
                f'<path d="{path}" fill="{curve.colour}" fill-opacity="0.85"><title>{escape(curve.label)}</title></path>'
            )
            before = top
        else:
            path = "M" + "L".join(f"{x(a):.1f} {y(b):.1f}" for a, b in _points(years, top, steps))
            line = f'fill="none" stroke="{curve.colour}" stroke-width="1.6"'
            parts.append(f'<path d="{path}" {line}><title>{escape(curve.label)}</title></path>')
    for mark in marks:
        if first <= mark.year <= last:
            parts.append(
                f'<line x1="{x(mark.year):.1f}" x2="{x(mark.year):.1f}" y1="{TOP}" y2="{height - BOTTOM}" '
                f'stroke="{mark.colour}" stroke-width="1.4" stroke-dasharray="3 3"><title>{escape(mark.says)}</title></line>'
            )
    return "".join([*parts, "</svg>", legend([(c.label, c.colour) for c in curves])])


def legend(entries: Sequence[tuple[str, str]]) -> str:
    """What the colours mean."""
    return (
        '<p class="legend">'
        + " ".join(f'<span><i style="background:{c}"></i>{escape(label)}</span>' for label, c in entries)
        + "</p>"
    )


def timeline(spans: Sequence[Band], last: float) -> str:
    """Bands in a row, with their names: the eras of a history."""
    parts = [f'<svg viewBox="0 0 {WIDTH} 54" role="img">']
    for number, band in enumerate(spans):
        a, b = band.first / last * WIDTH, band.end / last * WIDTH
        parts.append(
            f'<rect class="era e{number % 3}" x="{a:.1f}" y="4" width="{max(b - a - 1.5, 1):.1f}" height="30">'
            f"<title>{escape(band.name)}: years {band.first:,.0f} to {band.end:,.0f}</title></rect>"
        )
        if b - a > 8 * len(band.name):
            parts.append(f'<text class="name" x="{(a + b) / 2:.1f}" y="24" text-anchor="middle">{escape(band.name)}</text>')
        parts.append(f'<text class="tick" x="{a + 2:.1f}" y="49">{band.first:,.0f}</text>' if b - a > 34 else "")
    return "".join([*parts, "</svg>"])


def squares(
    corners: np.ndarray,
    sizes: np.ndarray,
    classes: np.ndarray,
    colours: Sequence[str],
    frame: tuple[float, ...],
    width: int = 300,
    cells: int = 96,
) -> str:
    """A map of bays as squares: (n, 2) corners and sizes seen along one axis, the class of each, a colour per class.

    frame   least x, least y, width and height of what is shown. The map is a grid of at most `cells` squares along each
            side; a square takes the commonest class of the bays behind it, and is the brighter the more they are.
    """
    left, low, wide, tall = frame
    step_x = step_y = max(wide, tall) / cells
    if len(sizes):
        step_x, step_y = max(step_x, float(sizes[:, 0].min()) / 2), max(step_y, float(sizes[:, 1].min()) / 2)
    nx, ny = max(1, round(wide / step_x)), max(1, round(tall / step_y))
    x0, y0 = (np.rint((corners[:, k] - (left, low)[k]) / (step_x, step_y)[k]).astype(np.int64) for k in (0, 1))
    x1, y1 = (np.rint((corners[:, k] + sizes[:, k] - (left, low)[k]) / (step_x, step_y)[k]).astype(np.int64) for k in (0, 1))
    x0, y0 = np.clip(x0, 0, nx - 1), np.clip(y0, 0, ny - 1)
    x1, y1 = np.clip(np.maximum(x1, x0 + 1), 1, nx), np.clip(np.maximum(y1, y0 + 1), 1, ny)
    counts = np.zeros((len(colours), nx * ny), np.int64)
    for c in range(len(colours)):
        mine, edges = classes == c, np.zeros((nx + 1, ny + 1), np.int64)  # how many begin, less how many end
        for x, y, sign in ((x0, y0, 1), (x1, y0, -1), (x0, y1, -1), (x1, y1, 1)):
            np.add.at(edges, (x[mine], y[mine]), sign)
        counts[c] = edges.cumsum(0).cumsum(1)[:nx, :ny].ravel()
    total = counts.sum(0)
    common = counts.argmax(0)
    across = width / nx
    up = across * step_y / step_x
    parts = [f'<svg viewBox="0 0 {width} {up * ny:.1f}" role="img">']
    deep = np.searchsorted([2, 4, 8], total, side="right")  # 1, 2 or 3, 4 to 7, more
    for c, colour in enumerate(colours):
        for level in range(4):
            there = np.flatnonzero((common == c) & (total > 0) & (deep == level))
            if len(there):
                one = f"h{across * 0.88:.1f}v{up * 0.88:.1f}h-{across * 0.88:.1f}z"
                path = "".join(f"M{i // ny * across:.1f} {(ny - 1 - i % ny) * up:.1f}{one}" for i in there.tolist())
                parts.append(f'<path d="{path}" fill="{colour}" fill-opacity="{0.4 + 0.2 * level:.1f}"/>')
    return "".join([*parts, "</svg>"])


def _points(years: np.ndarray, values: np.ndarray, steps: bool) -> list[tuple[float, float]]:
    if not steps:
        return [(float(a), float(b)) for a, b in zip(years, values)]
    found: list[tuple[float, float]] = []
    for a, b in zip(years, values):
        if found and found[-1][1] != b:
            found.append((float(a), found[-1][1]))
        found.append((float(a), float(b)))
    return found


def _thin(years: np.ndarray, curves: Sequence[Curve]) -> tuple[np.ndarray, list[Curve]]:
    """At most POINTS years, evenly chosen, the last among them."""
    step = -(-len(years) // POINTS)
    chosen = np.arange(len(years) - 1, -1, -step)[::-1]
    return years[chosen], [Curve(c.label, c.colour, c.values[chosen]) for c in curves]


def _round_up(value: float) -> float:
    if value <= 0:
        return 1.0
    scale = 10.0 ** np.floor(np.log10(value))
    return float(next(m * scale for m in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if m * scale >= value * 0.999))


def _ticks(low: float, high: float) -> list[float]:
    span = high - low
    scale = 10.0 ** np.floor(np.log10(max(span / MARKS, 1e-9)))
    step = next(m * scale for m in (1, 2, 5, 10) if span / (m * scale) <= MARKS + 1)
    return [float(v) for v in np.arange(np.ceil(low / step) * step, high + step / 1e6, step)]


def _short(value: float) -> str:
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= 10 * size or (value >= size and unit == "M"):
            return f"{value / size:g} {unit}"
    return f"{value:g}"


__all__ = ["Band", "Curve", "Mark", "legend", "plot", "squares", "timeline"]
