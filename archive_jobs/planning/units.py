"""Choose the units of a table: whole partitions and chunks where PostgreSQL can drop them, days or months elsewhere.

Bounds are computed once and written out as literals, so that export, proof and removal use the very same words:
nothing in them depends on a clock, a time zone or a session. Reads; changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from archive_jobs.database import Connection, one_row
from archive_jobs.planning.days import (
    FIRST_DAY,
    Found,
    Span,
    between,
    estimated_rows,
    find_days,
    following,
    midnight,
)
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.planning.tree import Leaf, Range, Tree, instant
from definitions_to_dbt.sql import quote_literal

# delete: rows of a day or month; partition, chunk: whole relations; mark: raw records, dropped later; keep: a copy.
Mode = Literal["delete", "partition", "chunk", "mark", "keep"]

# So much is counted in a tenth of a second; of what is bigger, PostgreSQL's statistics are asked.
COUNTED_BYTES = 64 << 20


@dataclass(frozen=True)
class Slice:
    """One unit that is due: a half-open range of a table, as literals. `lo` and `hi` are UTC instants.

    `relations` are what is dropped where the unit goes as a whole; `day` is the first day it may hold.
    """

    table: ArchivedTable
    day: date
    lo: datetime
    hi: datetime
    predicate: str
    rows: int
    mode: Mode = "delete"
    relations: tuple[str, ...] = ()
    bytes: int = 0
    reason: str = ""
    compressed: bool = False

    def as_json(self) -> dict[str, Any]:
        """The unit as plain values."""
        return {
            "lo": self.lo.isoformat(), "hi": self.hi.isoformat(), "mode": self.mode, "rows": self.rows,
            "bytes": self.bytes, "relations": list(self.relations), "reason": self.reason,
        }  # fmt: skip


@dataclass
class Chosen:
    """The units of a table that are due, and what was found on the way."""

    slices: list[Slice] = field(default_factory=list)
    timeless: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    exact: bool = True


def choose_units(connection: Connection, table: ArchivedTable, tree: Tree, first_kept: date, *, exact: bool) -> Chosen:
    """Every unit that lies wholly before `first_kept`, a day of the column's zone; oldest first."""
    chosen = Chosen()
    kept = table.policy.drop == "never"
    whole = [] if kept else [leaf for leaf in tree.leaves if leaf.mode and leaf.range]
    cut = [leaf for leaf in whole if table.policy.partition_drop == "exact" and _straddles(leaf, first_kept)]
    whole = [leaf for leaf in whole if leaf not in cut]
    due = [leaf for leaf in whole if leaf.range and leaf.range.hi <= midnight(first_kept)]
    exact = exact or tree.bytes <= COUNTED_BYTES
    chosen.exact = exact
    chosen.slices = list(_whole_units(connection, table, due, exact=exact))
    chosen.notes += _straddling(connection, table, whole, first_kept)
    _cut_the_rest(connection, table, tree, whole, first_kept, chosen, exact=exact)
    chosen.notes += [
        f"{', '.join(leaf.names)} is old in part: its days before {first_kept} leave row by row (partition_drop: exact)"
        for leaf in cut
    ]
    compressed = [leaf.range for leaf in tree.leaves if leaf not in whole and leaf.compression and leaf.range]
    chosen.slices = [_as_compressed(piece, compressed) for piece in chosen.slices]
    if kept:
        chosen.slices = [replace(piece, mode="keep") for piece in chosen.slices]
    chosen.slices.sort(key=lambda piece: (piece.lo, piece.hi))
    return chosen


def _whole_units(
    connection: Connection, table: ArchivedTable, leaves: Sequence[Leaf], *, exact: bool
) -> Iterator[Slice]:
    ranges = [(leaf, leaf.range) for leaf in leaves if leaf.range is not None]
    predicates = [times.predicate(table) for _, times in ranges]
    counts = _counts(connection, table, predicates, exact=exact)
    for (leaf, times), predicate, rows in zip(ranges, predicates, counts, strict=True):
        lo, hi = instant(table, times.lo), instant(table, times.hi)
        if rows and lo < hi and leaf.mode:
            yield Slice(
                table, times.lo.date(), lo, hi, predicate, rows, leaf.mode, leaf.names, leaf.bytes,
                _as_a_whole(leaf), leaf.compression != "",
            )  # fmt: skip


def _as_a_whole(leaf: Leaf) -> str:
    what = "partition" if leaf.mode == "partition" else f"{leaf.compression} chunk".strip()
    return f"the whole {what} {', '.join(leaf.names)} is old enough to be dropped"


def _counts(connection: Connection, table: ArchivedTable, predicates: Sequence[str], *, exact: bool) -> list[int]:
    """Rows of each range: counted, or estimated where there is one at all."""
    queries = [f"select from {table.relation} where {predicate}" for predicate in predicates]
    if exact:
        return [one_row(connection, query.replace("select", "select count(*)", 1))[0] for query in queries]
    estimated = estimated_rows(connection, queries)
    is_filled = [one_row(connection, f"select exists({query})")[0] for query in queries]
    return [rows if filled else 0 for rows, filled in zip(estimated, is_filled, strict=True)]


def _straddling(connection: Connection, table: ArchivedTable, whole: Sequence[Leaf], first_kept: date) -> Iterator[str]:
    """Say which partition or chunk is old in part: it goes once all of it is old."""
    for leaf in whole:
        times = leaf.range
        if times is not None and _straddles(leaf, first_kept):
            condition = f"{times.predicate(table)} and {between(table, FIRST_DAY, first_kept)}"
            if one_row(connection, f"select exists(select from {table.relation} where {condition})")[0]:
                yield (
                    f"{', '.join(leaf.names)} holds older rows too; they stay hot until all of it, up to"
                    f" {times.hi.date()}, is old enough to be dropped as a whole (partition_drop: whole)"
                )


def _straddles(leaf: Leaf, first_kept: date) -> bool:
    times, kept = leaf.range, midnight(first_kept)
    return times is not None and times.lo < kept < times.hi


def _as_compressed(piece: Slice, ranges: Sequence[Range]) -> Slice:
    """Rows of a compressed chunk have no place of their own: a unit of some of them is compared by content."""
    first, end = midnight(piece.day), midnight(following(piece.day, "day"))
    is_cut = piece.mode == "delete" and any(times.overlaps(first, end) for times in ranges)
    return replace(piece, compressed=True) if is_cut else piece


def _cut_the_rest(
    connection: Connection,
    table: ArchivedTable,
    tree: Tree,
    whole: Sequence[Leaf],
    first_kept: date,
    chosen: Chosen,
    *,
    exact: bool,
) -> None:
    """Days or months of what does not go as a whole: plain tables, `<table>_p_other`, partitions of another kind."""
    rest = [leaf for leaf in tree.leaves if leaf not in whole]
    if not rest:
        return
    # Months may reach into partitions beside; days do not, as partitions nearly always begin at a midnight.
    is_by_day = table.policy.partition_by in ("day", "ingestion_date") or table.policy.partition_drop == "exact"
    span: Span = "day" if is_by_day or whole else "month"
    end = first_kept if span == "day" else first_kept.replace(day=1)
    names = [name for leaf in rest for name in leaf.names]
    if not all(leaf.is_readable for leaf in rest):
        among = ", ".join(f"{quote_literal(name)}::regclass" for name in names)
        names, exact = [f"(select * from {table.relation} where tableoid in ({among})) as part"], True
    found = find_days(connection, table, names, end, span, exact=exact)
    chosen.timeless, chosen.exact = found.timeless, chosen.exact and found.exact
    chosen.notes += [f"{', '.join(leaf.names)} leaves row by row: {leaf.why_not}" for leaf in rest if _is_told(leaf)]
    pieces = list(_days(table, found, span, whole, sum(leaf.bytes for leaf in rest)))
    # A day that a zone has skipped, as Samoa did with 2011-12-30, has no instants: its rows stay hot.
    chosen.slices += [piece for piece in pieces if piece.lo < piece.hi]
    if skipped := sum(piece.rows for piece in pieces if piece.lo >= piece.hi):
        chosen.timeless["a day that its zone has skipped"] = skipped


def _is_told(leaf: Leaf) -> bool:
    return leaf.why_not != "" and leaf.range is not None


def _days(table: ArchivedTable, found: Found, span: Span, whole: Sequence[Leaf], size: int) -> Iterator[Slice]:
    rows_in_all = sum(found.rows.values()) + sum(found.timeless.values())
    for day, rows in sorted(found.rows.items()):
        end = following(day, span)
        beside = [leaf for leaf in whole if leaf.range and leaf.range.overlaps(midnight(day), midnight(end))]
        condition = between(table, day, end)
        if beside:
            names = ", ".join(f"{quote_literal(name)}::regclass" for leaf in beside for name in leaf.names)
            condition += f" and tableoid not in ({names})"
        yield Slice(
            table, day, instant(table, midnight(day)), instant(table, midnight(end)), condition, rows,
            bytes=size * rows // max(rows_in_all, 1), reason=f"a {span} older than the cutoff",
        )  # fmt: skip
