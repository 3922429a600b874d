"""How a unit's rows leave PostgreSQL: deleted, dropped with their partition or chunk, marked, or not at all.

`hold_still` comes first in the transaction: LOCK TABLE takes no snapshot, so whatever the transaction sees is as new
as its locks. `hold_alone` and `remove` come when the rows have been compared with what was exported. Nothing here
commits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from psycopg import errors

from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import guarded
from archive_jobs.moving.attempt import Attempt, UnarchivableError
from archive_jobs.planning.tree import Leaf, Range, WholeMode, leaf_as_it_is, timescale_schema
from archive_jobs.scheduling.pace import Pace
from definitions_to_dbt.sql import quote_literal

# While a lock that excludes everybody is waited for, everybody else waits behind it: so never for long.
_FIRST_PATIENCE_SECONDS = 0.1


def hold_still(connection: Connection, attempt: Attempt, tried: int, patience_seconds: float) -> None:
    """Take the lock under which the unit's rows may be compared. Raises what LOCK TABLE raises.

    What is dropped is locked against changes of its rows, and of nobody else's: it may still be read, and its table
    written to. What is deleted is locked against changes of its shape only.
    """
    if attempt.mode in ("partition", "chunk"):
        patience = min(patience_seconds, _FIRST_PATIENCE_SECONDS * 2 ** (tried - 1))
        connection.execute(f"set local lock_timeout = '{int(patience * 1000)}ms'".encode())
        _lock(connection, f"lock table {', '.join(attempt.relations)} in share mode")
    else:
        _lock(connection, f"lock table {attempt.table.relation} in row exclusive mode")


def hold_alone(connection: Connection, attempt: Attempt) -> None:
    """Lock what is dropped against everybody. Raises what LOCK TABLE raises.

    Its table first, for whoever reads the parent locks it before its partitions; not its other partitions, for
    whoever waits for those waits for the parent first. A writer that waits for the rows that are held still, and
    holds the parent, would wait for us and we for it: our patience ends before its.
    """
    if attempt.mode == "partition":
        _lock(connection, f"lock table only {attempt.table.relation} in access exclusive mode")
    if attempt.mode in ("partition", "chunk"):
        _lock(connection, f"lock table {', '.join(attempt.relations)} in access exclusive mode")


def _lock(connection: Connection, statement: str) -> None:
    try:
        connection.execute(statement.encode())
    except errors.UndefinedTable as error:
        raise UnarchivableError("its partition is gone since the export") from error


def remove(connection: Connection, attempt: Attempt, leaf: Leaf | None, pace: Pace | None = None) -> None:
    """Take the unit's rows away as its mode says. Raises UnarchivableError where other rows would go too.

    Where the pace limits the log, rows go in pieces, all in the caller's transaction.
    """
    if attempt.mode == "keep":
        return
    if attempt.mode in ("partition", "chunk"):
        _drop_whole(connection, attempt, leaf)
        return
    relation = attempt.table.relation
    parameters: tuple[Any, ...] | None = None
    if attempt.mode == "mark":
        # The predicate holds `archived_in is null`: what is set once never changes.
        statement = f"update {relation} set archived_in = %s where {attempt.predicate}"
        parameters = (attempt.unit_id,)
    else:
        statement = f"delete from {relation} where {attempt.predicate}"
    removed = 0
    for piece in _pieces(connection, attempt, pace):
        removed += connection.execute(f"{statement}{piece}".encode(), parameters).rowcount
        if piece and pace is not None:
            pace.breathe()
    if guarded("7e") and removed != attempt.rows:
        raise UnarchivableError(f"{attempt.rows} rows were to leave, PostgreSQL removed {removed}")


def _pieces(connection: Connection, attempt: Attempt, pace: Pace | None) -> Iterator[str]:
    """Conditions on the blocks in which the rows lie. A compressed chunk's rows lie in none."""
    size = pace.blocks_at_once if pace is not None and attempt.tuples is not None else None
    first = last = None
    if size is not None:
        blocks = "((min(ctid)::text)::point)[0]::bigint, ((max(ctid)::text)::point)[0]::bigint"
        first, last = one_row(connection, f"select {blocks} from {attempt.table.relation} where {attempt.predicate}")
    if size is None or first is None or last is None:
        yield ""
        return
    for start in range(first, last + 1, size):
        yield f" and ctid >= '({start},0)' and ctid < '({start + size},0)'"


def require_same_bounds(connection: Connection, attempt: Attempt) -> Leaf | None:
    """What is dropped must hold the unit's rows and no others: its bounds are still the unit's, word for word."""
    if attempt.mode not in ("partition", "chunk"):
        return None
    mode: WholeMode = "chunk" if attempt.mode == "chunk" else "partition"
    leaf = leaf_as_it_is(connection, attempt.table, mode, attempt.relations)
    if guarded("bounds"):
        if leaf is None or set(leaf.names) != set(attempt.relations) or leaf.range is None:
            raise UnarchivableError(f"{', '.join(attempt.relations)} is no longer what was exported")
        if leaf.range.predicate(attempt.table) != attempt.predicate:
            raise UnarchivableError(
                f"{', '.join(attempt.relations)} was to hold {attempt.predicate}, now its range is"
                f" {leaf.range.lo_text} to {leaf.range.hi_text}"
            )
        if leaf.mode != mode:
            raise UnarchivableError(f"{', '.join(attempt.relations)} cannot be dropped: {leaf.why_not}")
    return leaf


def _drop_whole(connection: Connection, attempt: Attempt, leaf: Leaf | None) -> None:
    try:
        if attempt.mode == "partition" or leaf is None or leaf.range is None:
            connection.execute(f"drop table {', '.join(attempt.relations)}".encode())
            return
        dropped = _drop_chunks(connection, attempt, leaf.range)
    except errors.DependentObjectsStillExist as error:
        raise UnarchivableError(f"other objects are made on it: {error.diag.message_detail or error}") from error
    if guarded("dropped") and _bare(dropped) != _bare(attempt.relations):
        found = ", ".join(dropped) or "nothing"
        raise UnarchivableError(f"{', '.join(attempt.relations)} was to be dropped, TimescaleDB dropped {found}")


def _drop_chunks(connection: Connection, attempt: Attempt, times: Range) -> list[str]:
    """Drop by the exact bounds; what TimescaleDB says it has dropped is for the caller to compare."""
    lo, hi = (f"{quote_literal(text)}::{attempt.table.time_base}" for text in (times.lo_text, times.hi_text))
    home = timescale_schema(connection)
    query = f"select {home}.drop_chunks(%s::regclass, older_than => {hi}, newer_than => {lo})"
    return [row[0] for row in connection.execute(query.encode(), (attempt.table.relation,)).fetchall()]


def _bare(names: Any) -> set[str]:
    return {str(name).replace('"', "") for name in names}
