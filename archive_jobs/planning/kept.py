"""Which copies of rows that stay hot (`drop: never`) are still what is hot. Reads; changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from archive_jobs.catalogue import catalogue_exists
from archive_jobs.copying.canonical import postgres_digest
from archive_jobs.database import Connection, one_row
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.planning.units import Slice

_COPIES = """
select u.lo, u.hi, u.row_count, a.digest_0, a.digest_1
from archive_catalog.units as u
inner join archive_catalog.attempts as a on a.attempt_id = u.active_attempt
where (u.schema_name, u.table_name, u.kind) = (%s, %s, %s) and u.state = 'active' and u.mode = 'keep'
"""


def without_copies(connection: Connection, table: ArchivedTable, slices: Sequence[Slice]) -> tuple[list[Slice], int]:
    """The slices that have to be copied, for the first time or again, and how many copies need not be."""
    copies = _copies(connection, table)
    due = [piece for piece in slices if not _is_same(connection, piece, copies.get((piece.lo, piece.hi)))]
    return due, len(slices) - len(due)


def _copies(connection: Connection, table: ArchivedTable) -> dict[tuple[datetime, datetime], tuple[Any, ...]]:
    if not catalogue_exists(connection):
        return {}
    found = connection.execute(_COPIES.encode(), table.key).fetchall()
    return {(lo, hi): tuple(digest) for lo, hi, *digest in found}


def _is_same(connection: Connection, piece: Slice, copy: tuple[Any, ...] | None) -> bool:
    """Compared by content: a row rewritten with the same values is the same row."""
    if copy is None or copy[1] is None:
        return False
    columns = piece.table.columns
    return one_row(connection, postgres_digest(columns, piece.table.rows(piece.predicate), with_md5=False)) == copy
