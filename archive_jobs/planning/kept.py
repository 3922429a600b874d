"""Which copies of rows that stay hot (`drop: never`) are still what is hot. Reads; changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive_jobs.catalogue import catalogue_exists
from archive_jobs.copying.canonical import postgres_digest
from archive_jobs.copying.tuples import OLDEST, Tuples, tuples_of
from archive_jobs.database import Connection, one_row
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.planning.units import Slice

_COPIES = """
select u.lo, u.hi, u.row_count, a.digest_0, a.digest_1, a.tuples_sum, a.tuples_xor,
    pg_snapshot_xmax(pg_current_snapshot())::text::numeric - a.snapshot_xid::text::numeric < %s
from archive_catalog.units as u
inner join archive_catalog.attempts as a on a.attempt_id = u.active_attempt
where (u.schema_name, u.table_name, u.kind) = (%s, %s, %s) and u.state = 'active' and u.mode = 'keep'
"""


@dataclass(frozen=True)
class _Copy:
    """What is known of the rows that were copied: their content, and which tuples they were."""

    content: tuple[Any, ...]
    # None where tuples had no place of their own, or so long ago that a transaction's number may have come again.
    tuples: Tuples | None


def without_copies(connection: Connection, table: ArchivedTable, slices: Sequence[Slice]) -> tuple[list[Slice], int]:
    """The slices that have to be copied, for the first time or again, and how many copies need not be."""
    copies = _copies(connection, table)
    due = [piece for piece in slices if not _is_same(connection, piece, copies.get((piece.lo, piece.hi)))]
    return due, len(slices) - len(due)


def _copies(connection: Connection, table: ArchivedTable) -> dict[tuple[datetime, datetime], _Copy]:
    if not catalogue_exists(connection):
        return {}
    found = connection.execute(_COPIES.encode(), (OLDEST, *table.key)).fetchall()
    return {
        (lo, hi): _Copy((rows, *digests), Tuples(rows, int(total), folded) if is_recent and total is not None else None)
        for lo, hi, rows, *digests, total, folded, is_recent in found
    }


def _is_same(connection: Connection, piece: Slice, copy: _Copy | None) -> bool:
    """The very tuples that were copied, else by content: a row rewritten with the same values is the same row."""
    if copy is None:
        return False
    has_tuples = copy.tuples is not None and not piece.compressed
    if has_tuples and tuples_of(connection, piece.table.relation, piece.predicate) == copy.tuples:
        return True
    if copy.content[1] is None:
        return False
    columns = piece.table.columns
    content = one_row(connection, postgres_digest(columns, piece.table.rows(piece.predicate), with_md5=False))
    return content == copy.content
