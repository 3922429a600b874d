"""A chart as SVG: areas over time, the hot one on top of the cold one, and between them what is both. No script."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from archive_jobs.serving.samples import Point

_WIDTH, _HEIGHT = 640, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 12, 28
_LINES = 4
# What was sampled last is drawn so wide: of what was hot nothing else is known where the service has just begun.
_LAST = 24


@dataclass(frozen=True)
class Quantity:
    """What a chart is of."""

    name: str
    hot: Callable[[Point], int | None]
    cold: Callable[[Point], int]
    written: Callable[[float], str]
    # Counted in both. The bytes of a row are others in PostgreSQL than in the lake.
    both: Callable[[Point], int] = lambda _: 0


def short_number(value: float) -> str:
    """1,200 as 1.2 k: as short as an axis needs it."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g}"


def short_bytes(value: float) -> str:
    """The same of bytes, in powers of 1,024."""
    for unit, size in (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.0f} B"


ROWS = Quantity("rows", lambda p: p.hot_rows, lambda p: p.cold_rows, short_number, lambda p: p.both_rows)
BYTES = Quantity("bytes", lambda p: p.hot_bytes, lambda p: p.cold_bytes, short_bytes)


def chart(points: Sequence[Point], quantity: Quantity, title: str) -> str:
    """The chart; where nothing is known yet, a line that says so."""
    if not points:
        return '<p class="none">Nothing was sampled yet.</p>'
    last = points[-1]
    said = f"{title}: {quantity.written(quantity.hot(last) or 0)} hot, {quantity.written(quantity.cold(last))} cold"
    if quantity.both(last):
        said += f", {quantity.written(quantity.both(last))} of them both"
    first, until = points[0].at, max(points[-1].at, points[0].at + timedelta(seconds=1))
    most = _round_up(max(quantity.cold(p) + (quantity.hot(p) or 0) - quantity.both(p) for p in points), quantity)

    def x(at: datetime) -> float:
        return _LEFT + (at - first) / (until - first) * (_WIDTH - _LEFT - _RIGHT - _LAST)

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - value / most * (_HEIGHT - _TOP - _BOTTOM)

    places = [(x(p.at), p) for p in points] + [(float(_WIDTH - _RIGHT), last)]
    if len(points) == 1:
        places.insert(0, (float(_LEFT), last))
    steps = [(at, quantity.cold(p), quantity.hot(p), quantity.both(p)) for at, p in places]
    cold = _area([(at, y(0), y(c - b)) for at, c, _, b in steps])
    hot = _area([(at, y(c), y(c + h - b)) for at, c, h, b in steps if h is not None])
    both = _area([(at, y(c - b), y(c)) for at, c, h, b in steps if h is not None])
    shared = f'<path class="both" d="{both}"/>' if any(b for *_, b in steps) else ""
    grid = "".join(_grid_line(y(most * n / _LINES), quantity.written(most * n / _LINES)) for n in range(_LINES + 1))
    ends = "".join(
        f'<text x="{at:.0f}" y="{_HEIGHT - 8}" class="axis" text-anchor="{anchor}">{when:%Y-%m-%d %H:%M}</text>'
        for at, when, anchor in ((_LEFT, first, "start"), (_WIDTH - _RIGHT, points[-1].at, "end"))
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(said)}"><title>{escape(said)}</title>'
        f'{grid}<path class="cold" d="{cold}"/>{shared}<path class="hot" d="{hot}"/>{ends}</svg>'
    )


def _area(steps: Sequence[tuple[float, float, float]]) -> str:
    """A filled stair: what there was stays until something else is known. (x, bottom, top) each."""
    if not steps:
        return ""
    path = [f"M{steps[0][0]:.1f},{steps[0][2]:.1f}"]
    path += [f"H{at:.1f}V{top:.1f}" for at, _, top in steps[1:]]
    # And back along the bottom, where each height held until the next step too.
    path.append(f"V{steps[-1][1]:.1f}")
    path += [f"V{bottom:.1f}H{at:.1f}" for at, bottom, _ in reversed(steps[:-1])]
    return "".join([*path, "Z"])


def _grid_line(at: float, text: str) -> str:
    return (
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}" class="grid"/>'
        f'<text x="{_LEFT - 8}" y="{at + 4:.1f}" class="axis" text-anchor="end">{escape(text)}</text>'
    )


def _round_up(value: float, quantity: Quantity) -> float:
    """The next number that reads well on an axis."""
    if value <= 0:
        return 1.0
    unit = 1024.0 ** math.floor(math.log(value, 1024)) if quantity is BYTES else 1.0
    size = 10.0 ** math.floor(math.log10(value / unit))
    return unit * size * next(n for n in (1, 2, 3, 4, 5, 6, 8, 10) if value <= unit * size * n)
