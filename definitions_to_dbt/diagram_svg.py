"""A module's diagram as SVG: parents left, children right, no script and no font to fetch. The same bytes each time.

Mermaid itself is three megabytes of JavaScript, which the docs site would carry for a picture that never changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape

from definitions_to_dbt.diagram import Box, Diagram, Link

_WIDTH, _ROW, _HEAD = 236, 19, 26
_GAP_ACROSS, _GAP_DOWN, _MARGIN, _LANE = 62, 22, 14, 16
_SWEEPS = 6
_COLOURS = ("#1f6fb2", "#b3541e", "#2e7d4f", "#8e3b8e", "#a08000", "#c0392b", "#00838f", "#5d4ac2")
_FONT = "font-family='-apple-system,Segoe UI,Helvetica,Arial,sans-serif'"


@dataclass(frozen=True)
class _Placed:
    """A box with its upper left corner."""

    box: Box
    x: int
    y: int
    rank: int

    @property
    def height(self) -> int:
        return _height(self.box)

    def row_of(self, column: str) -> int:
        """The middle of the row of a column."""
        place = next((n for n, line in enumerate(self.box.lines) if line.name == column), -1)
        return self.y + _HEAD + place * _ROW + _ROW // 2 if place >= 0 else self.y + _HEAD // 2


def svg(shown: Diagram) -> str:
    """The picture, as wide and high as it needs to be."""
    placed = _layout(shown)
    parents = sorted({link.parent for link in shown.links})
    colours = {name: _COLOURS[place % len(_COLOURS)] for place, name in enumerate(parents)}
    width = max((one.x for one in placed.values()), default=0) + _WIDTH + _GAP_ACROSS // 2 + _MARGIN
    height = max((one.y + one.height for one in placed.values()), default=0) + _MARGIN
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' "
        f"viewBox='0 0 {width} {height}' {_FONT} font-size='12'>",
        f"<rect width='{width}' height='{height}' fill='#ffffff'/>",
        *(_edge(link, placed, colours[link.parent]) for link in shown.links),
        *(_drawn(one, colours.get(one.box.name, "#5f6b7a")) for one in placed.values() if not _is_passing(one.box)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _height(box: Box) -> int:
    return _HEAD + _ROW * (len(box.lines) + (box.left_out > 0)) + (4 if box.lines or box.left_out else 0)


def _layout(shown: Diagram) -> dict[str, _Placed]:
    """Each table right of those it points at; the order within a column follows its neighbours.

    A link that passes a column by has a place of its own there, so that it runs between the tables and not behind them.
    """
    boxes = {box.name: box for box in shown.boxes}
    links = [link for link in shown.links if link.child != link.parent]
    linked = {name for link in links for name in (link.child, link.parent)}
    ranks = _ranks(sorted(linked), links)
    pairs = [(link.parent, link.child) for link in links if ranks[link.child] <= ranks[link.parent]]
    for link in links:
        way = [link.parent, *_passing(link, ranks), link.child]
        for rank, name in enumerate(way[1:-1], ranks[link.parent] + 1):
            ranks[name], boxes[name] = rank, Box(name, is_foreign=True)
        pairs += pairwise(way)
    columns = _ordered(_columns(ranks), pairs)
    placed: dict[str, _Placed] = {}
    heights = [sum(_room(boxes[name]) for name in column) for column in columns]
    for rank, column in enumerate(columns):
        y = _MARGIN + (max(heights) - heights[rank]) // 2
        for name in column:
            placed[name] = _Placed(boxes[name], _MARGIN + rank * (_WIDTH + _GAP_ACROSS), y, rank)
            y += _room(boxes[name])
    _place_alone([box for box in shown.boxes if box.name not in linked], placed, len(columns))
    return placed


def _passing(link: Link, ranks: Mapping[str, int]) -> list[str]:
    """The places of a link in the columns between its ends. A space stands in no name of a table."""
    return [f"{link.child}.{link.column} {rank}" for rank in range(ranks[link.parent] + 1, ranks[link.child])]


def _is_passing(box: Box) -> bool:
    return " " in box.name


def _room(box: Box) -> int:
    return _LANE if _is_passing(box) else _height(box) + _GAP_DOWN


def _place_alone(alone: Sequence[Box], placed: dict[str, _Placed], columns: int) -> None:
    """Tables that point at nothing, in rows below the others."""
    across = max(columns, 3)
    y = max((one.y + one.height for one in placed.values()), default=_MARGIN - _GAP_DOWN) + _GAP_DOWN
    for start in range(0, len(alone), across):
        row = alone[start : start + across]
        for place, box in enumerate(row):
            placed[box.name] = _Placed(box, _MARGIN + place * (_WIDTH + _GAP_ACROSS), y, place)
        y += max(map(_height, row)) + _GAP_DOWN


def _ranks(names: Sequence[str], links: Sequence[Link]) -> dict[str, int]:
    """The longest way from a table that points at nothing; a link that closes a circle does not count."""
    parents: dict[str, list[str]] = {name: [] for name in names}
    for link in links:
        parents[link.child].append(link.parent)
    ranks: dict[str, int] = {}

    def rank(name: str, way: tuple[str, ...]) -> int:
        if name not in ranks:
            above = [rank(other, (*way, name)) for other in parents[name] if other not in way and other != name]
            ranks[name] = max(above, default=-1) + 1
        return ranks[name]

    for name in names:
        rank(name, ())
    # A parent of far children only stands right before them, so that its links are short.
    for name in sorted(names, key=lambda one: -ranks[one]):
        children = [ranks[link.child] for link in links if link.parent == name and ranks[link.child] > ranks[name]]
        if children and not parents[name]:
            ranks[name] = min(children) - 1
    return ranks


def _columns(ranks: Mapping[str, int]) -> list[list[str]]:
    used = sorted(set(ranks.values()))
    return [[name for name, rank in ranks.items() if rank == one] for one in used]


def _ordered(columns: list[list[str]], pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Each column by the mean place of its neighbours, to and fro, so that few links cross."""
    near: dict[str, list[str]] = {}
    for left, right in pairs:
        near.setdefault(right, []).append(left)
        near.setdefault(left, []).append(right)
    for sweep in range(_SWEEPS):
        places = {name: (n + 0.5) / len(column) for column in columns for n, name in enumerate(column)}
        for column in columns if sweep % 2 == 0 else reversed(columns):
            column.sort(key=lambda name: (sum(places[other] for other in near[name]) / len(near[name]), name))
            places |= {name: (n + 0.5) / len(column) for n, name in enumerate(column)}
    return columns


def _edge(link: Link, placed: Mapping[str, _Placed], colour: str) -> str:
    """A curve from the parent's head to the child's column: a bar where there is one, a fork where there are many."""
    parent, child = placed[link.parent], placed[link.child]
    x1, y1 = parent.x + _WIDTH, parent.y + _HEAD // 2
    goes_right = child.x > parent.x
    x2, y2 = (child.x if goes_right else child.x + _WIDTH), child.row_of(link.column)
    inward = -1 if goes_right else 1
    between = [placed[name] for name in _passing(link, {link.parent: parent.rank, link.child: child.rank})]
    curve, x, y = f"M{x1} {y1}", x1, y1
    for place in between:
        lane = place.y + _LANE // 2 - _GAP_DOWN // 2
        curve += f" {_bow(x, y, place.x, lane, 1, -1)} H{place.x + _WIDTH}"
        x, y = place.x + _WIDTH, lane
    curve += f" {_bow(x, y, x2, y2, 1, inward)}"
    dashes = " stroke-dasharray='5 3'" if link.is_optional else ""
    tip = x2 + inward * 9
    foot = f"M{tip} {y2} L{x2} {y2 - 5} M{tip} {y2} L{x2} {y2 + 5}" if not link.is_single else ""
    bar = f"M{x1 + 7} {y1 - 5} L{x1 + 7} {y1 + 5} {foot}"
    title = f"<title>{link.child}.{link.column} to {link.parent}</title>"
    return (
        f"<g fill='none' stroke='{colour}' stroke-width='1.4'>{title}"
        f"<path d='{curve}'{dashes}/><path d='{bar.rstrip()}'/></g>"
    )


def _bow(x1: int, y1: int, x2: int, y2: int, out: int, inward: int) -> str:
    """A curve that leaves and arrives level."""
    bend = max(36, (x2 - x1) // 2) if x2 > x1 else 46
    return f"C{x1 + out * bend} {y1} {x2 + inward * bend} {y2} {x2} {y2}"


def _drawn(one: _Placed, colour: str) -> str:
    box, x, y = one.box, one.x, one.y
    fill, ink = ("#eef1f4", "#3c4653") if box.is_foreign else (colour, "#ffffff")
    parts = [
        f"<rect x='{x}' y='{y}' width='{_WIDTH}' height='{one.height}' rx='4' fill='#ffffff' stroke='#9aa5b1'/>",
        f"<rect x='{x}' y='{y}' width='{_WIDTH}' height='{_HEAD}' rx='4' fill='{fill}' stroke='#9aa5b1'/>",
        _text(x + 9, y + 17, box.name, f"font-weight='600' fill='{ink}'"),
    ]
    for place, line in enumerate(box.lines):
        base = y + _HEAD + place * _ROW + 14
        weight = " font-weight='600'" if "PK" in line.marks else ""
        parts.append(_text(x + 9, base, _short(line.name, 22), f"fill='#1d2733'{weight}"))
        said = "shown to readers" if line.marks == "·" else f"{_short(line.type, 13)}  {line.marks}"
        parts.append(_text(x + _WIDTH - 9, base, said, "fill='#6b7785' font-size='10.5' text-anchor='end'"))
    if box.left_out:
        base = y + _HEAD + len(box.lines) * _ROW + 14
        noun = "column" if box.left_out == 1 else "columns"
        parts.append(_text(x + 9, base, f"{box.left_out} more {noun}", "fill='#8a95a1' font-size='10.5'"))
    return "\n".join(parts)


def _text(x: int, y: int, text: str, how: str) -> str:
    return f"<text x='{x}' y='{y}' {how}>{escape(text)}</text>"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
