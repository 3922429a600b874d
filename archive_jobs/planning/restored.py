"""Leave restored ranges where they were put back, until the time they are to be kept. Reads; changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive_jobs.catalogue import catalogue_exists
from archive_jobs.database import Connection
from archive_jobs.planning.tables import ArchivedTable

if TYPE_CHECKING:
    from archive_jobs.planning.units import Slice

# The database's clock decides, whatever time `--as-of` names.
_KEPT = """
select lo, hi, keep_until from archive_catalog.units
where (schema_name, table_name, kind) = (%s, %s, %s) and state = 'restored' and keep_until > now()
"""


def leave_restored(
    connection: Connection, table: ArchivedTable, slices: Sequence[Slice]
) -> tuple[list[Slice], tuple[str, ...]]:
    """The slices without those a restored unit reaches into, and what to tell of them."""
    if table.kind == "source" or not slices or not catalogue_exists(connection):
        return list(slices), ()
    kept = connection.execute(_KEPT, table.key).fetchall()
    left = [piece for piece in slices if not any(piece.lo < hi and lo < piece.hi for lo, hi, _ in kept)]
    if len(left) == len(slices):
        return left, ()
    rows = sum(piece.rows for piece in slices) - sum(piece.rows for piece in left)
    until = min(keep_until for *_, keep_until in kept)
    return left, (f"{rows:,} rows stay hot: they were restored, the first to be kept until {until:%Y-%m-%d %H:%M} UTC",)
