"""Say whether the disk gets back what leaves a table, and what autovacuum needs to keep up. Reads statistics only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archive_jobs.database import Connection
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.planning.tree import Tree
from archive_jobs.planning.units import Slice

# Less than this nobody misses; a tenth of a table is filled again by what comes next.
_WORTH_TELLING_BYTES = 64 << 20
_WORTH_TELLING_SHARE = 0.1

_VACUUM = """
select coalesce(s.n_dead_tup, 0),
    coalesce(
        (select option_value from pg_options_to_table(c.reloptions) where option_name = 'autovacuum_enabled'), 'on'
    ),
    coalesce(
        (select option_value from pg_options_to_table(c.reloptions)
            where option_name = 'autovacuum_vacuum_scale_factor'),
        current_setting('autovacuum_vacuum_scale_factor')
    )::float,
    current_setting('autovacuum')
from pg_class as c left join pg_stat_all_tables as s on s.relid = c.oid
where c.oid = %s::regclass
"""


def space_notes(
    connection: Connection, table: ArchivedTable, tree: Tree, slices: Sequence[Slice], hot_rows: int
) -> Iterator[str]:
    """What to know before rows are deleted one by one."""
    deleted = [piece for piece in slices if piece.mode == "delete"]
    size, rows = sum(piece.bytes for piece in deleted), sum(piece.rows for piece in deleted)
    if size < _WORTH_TELLING_BYTES or size < tree.bytes * _WORTH_TELLING_SHARE:
        return
    if tree.layout == "plain":
        yield (
            f"about {_megabytes(size)} of {_megabytes(tree.bytes)} become free inside {table.name}, for new rows; the"
            " disk gets nothing back. Partitions do, as they are dropped whole: state"
            ' "storage": {"layout": "partitions"} in the definition before the table is made; for this one,'
            f" vacuum (full, analyze) {table.name} once, which locks it meanwhile"
        )
        yield from _vacuum_notes(connection, table, rows, hot_rows)


def _vacuum_notes(connection: Connection, table: ArchivedTable, rows: int, hot_rows: int) -> Iterator[str]:
    found = connection.execute(_VACUUM, (table.relation,)).fetchone()
    if found is None:
        return
    dead, enabled, share, running = found
    if running != "on" or enabled not in ("on", "true", "1", "yes"):
        yield f"autovacuum is off for {table.name}: run vacuum {table.name} afterwards, or what is freed stays unused"
    elif dead + rows < share * hot_rows:
        yield (
            f"autovacuum waits for {share:.0%} of {table.name} to be dead;"
            f" alter table {table.name} set (autovacuum_vacuum_scale_factor = 0.02)"
        )


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.0f} MB"
