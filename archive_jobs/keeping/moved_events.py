"""Events that moved in time: one business key may stand at two places, and no unique index knows that it is one object.

For a restore: which archived rows lost to a hot row elsewhere, and the mark at the place that a hot row has left.
Opens no transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from archive_jobs.database import Connection
from archive_jobs.failpoints import guarded
from archive_jobs.keeping.reload import LINE, LOADED, LoadedUnit
from archive_jobs.planning.tables import ArchivedTable
from definitions_to_dbt.lake import NEWEST_FIRST
from definitions_to_dbt.sql import quote_identifier

RANK = ("_source_order", "_raw_seq", "_loaded_at")


def can_move(table: ArchivedTable) -> bool:
    """True where the key does not hold the time: a record may bring an object to another time."""
    model = table.model
    key = model.primary_key
    return table.kind == "analytics" and table.platform and bool(key) and table.time_column not in key


@contextmanager
def no_batch_begins(connection: Connection, table: ArchivedTable) -> Iterator[None]:
    """dbt claims nothing meanwhile: it would not see the rows that come back, and leave no mark where they are."""
    name = f"raw:{table.schema}.{table.table_name}"
    if not can_move(table):
        yield
        return
    # Of the session, and before its transaction: what dbt has done until then is seen by it.
    connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", (name,))
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", (name,))


def beaten_elsewhere(loaded: LoadedUnit) -> str | None:
    """A condition over `cold`: a hot row of the same object is newer, wherever it stands."""
    if not _applies(loaded) or not guarded("restore.moved"):
        return None
    newer = f"({_of('hot', RANK)}) > ({_of('cold', RANK)})"
    return f"exists (select from {loaded.table.relation} as hot where {_same_key(loaded, 'cold')} and {newer})"


def mark_places_left(connection: Connection, loaded: LoadedUnit, lines: str) -> int:
    """Where an older row of a restored one stands elsewhere, the object has left: as dbt marks it. How many."""
    if not _applies(loaded) or not guarded("restore.marks"):
        return 0
    table = loaded.table
    key, time = ", ".join(map(quote_identifier, table.model.primary_key)), quote_identifier(table.time_column)
    first = f"order by {key}, {', '.join(NEWEST_FIRST)}, {LINE}"
    newest = f"select distinct on ({key}) * from {LOADED} where {lines} {first}"
    done = connection.execute(
        f"update {table.relation} as hot set _deleted = true, _raw_seq = newer._raw_seq,"
        " _source_order = newer._source_order, _loaded_at = newer._loaded_at, _batch_id = newer._batch_id,"
        " _quality_issues = '{}', _quality_score = null"
        f" from ({newest}) as newer where {_same_key(loaded, 'newer')} and hot.{time} <> newer.{time}"
        f" and not hot._deleted and ({_of('hot', RANK)}) < ({_of('newer', RANK)})".encode()
    )
    return done.rowcount


def _applies(loaded: LoadedUnit) -> bool:
    needed = {*loaded.table.model.primary_key, loaded.table.time_column, *RANK, "_batch_id", "_deleted"}
    return can_move(loaded.table) and needed <= {column.name for column in loaded.columns}


def _same_key(loaded: LoadedUnit, relation: str) -> str:
    names = [quote_identifier(name) for name in loaded.table.model.primary_key]
    return " and ".join(f"hot.{name} = {relation}.{name}" for name in names)


def _of(relation: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"{relation}.{name}" for name in names)
