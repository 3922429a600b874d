"""Write the rows of a snapshot as Parquet into the staging folder, in one pass over them.

The control connection holds the snapshot; DuckDB reads the very same rows, each once.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg

from archive_jobs.copying.canonical import postgres_digest
from archive_jobs.copying.engine import lost_postgres, refused_by_postgres
from archive_jobs.copying.fallback import choose_lake_types
from archive_jobs.copying.lake_writer import Layout, OutOfOrderError
from archive_jobs.copying.receive import Cut, cut_of, receiving_query
from archive_jobs.copying.shares import shares_of, stream_all
from archive_jobs.database import Connection, first_line, is_about_rows, one_row
from archive_jobs.failpoints import fail_at
from archive_jobs.monitoring.telling import step
from archive_jobs.moving.attempt import TOOL_VERSION, Attempt
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.privacy.sealing import sealing_problem

# From here on a sort would spill: it is left out where the table's rows lie in order of time as they are.
_SORTED_ANYWAY, _IN_ORDER = 200_000, 0.95
_CORRELATION = """
with recursive tree as (
    select %s::regclass::oid as relid union all select inhrelid from pg_inherits inner join tree on inhparent = relid
)
select coalesce(min(coalesce(abs(s.correlation), 0)), 0) from tree
inner join pg_class as c on c.oid = tree.relid and c.relkind = 'r' and c.relpages > 0
left join pg_stats as s on (s.schemaname, s.tablename, s.attname) = (c.relnamespace::regnamespace::name, c.relname, %s)
"""


@dataclass(frozen=True)
class Snapshot:
    """One moment of the database, held open by the control connection."""

    name: str
    wal_lsn: str
    server_version: int
    xid: str


@contextmanager
def held_snapshot(control: Connection) -> Iterator[Snapshot]:
    """Export a snapshot that lasts as long as the block."""
    try:
        control.execute("begin isolation level repeatable read read only")
        row = one_row(
            control,
            "select pg_export_snapshot(), pg_current_wal_lsn()::text, current_setting('server_version_num')::int,"
            " pg_snapshot_xmin(pg_current_snapshot())::text",
        )
        fail_at("export.snapshot.after")
        yield Snapshot(*row)
    finally:
        if not control.closed:
            control.execute("rollback")


@step("export")
def export(
    control: Connection,
    engines: Sequence[duckdb.DuckDBPyConnection],
    attempts: Sequence[Attempt],
    staging: Path,
    *,
    by_content: bool,
    streamed: Callable[[int], None] = lambda rows: None,
) -> None:
    """Write each attempt's rows to staging files. Attempts that cannot be are marked with a reason.

    Each of the engines' sessions may read a share of a large unit, at the same time. `by_content` has PostgreSQL say
    in the snapshot what the rows' texts are, for a comparison of content later. `streamed` is called with the rows of
    each batch, from any thread, and may take its time. Raises OSError where the staging folder cannot take a file.
    """
    with held_snapshot(control) as snapshot:
        for attempt in attempts:
            attempt.snapshot, attempt.wal_lsn, attempt.snapshot_xid = snapshot.name, snapshot.wal_lsn, snapshot.xid
            attempt.server_version = snapshot.server_version
            if by_content or attempt.compressed or attempt.mode == "keep":
                _take_digest(control, attempt)
        for attempt in attempts:
            if attempt.reason:
                continue
            fail_at("export.write.before")
            _copy(control, engines, attempt, staging, streamed)


def _take_digest(control: Connection, attempt: Attempt) -> None:
    """Note the digests of the unit's rows as PostgreSQL writes them in the snapshot."""
    table = attempt.table
    rows = table.rows(attempt.condition, relation=attempt.relation)
    try:
        with control.transaction():
            _, *digests = one_row(control, postgres_digest(table.columns, rows, with_md5=False))
    except psycopg.Error as error:
        if not is_about_rows(error):
            raise
        attempt.reason = f"PostgreSQL cannot read it: {first_line(error)}"
    else:
        attempt.digests = digests[0], digests[1]


def _copy(
    control: Connection,
    engines: Sequence[duckdb.DuckDBPyConnection],
    attempt: Attempt,
    staging: Path,
    streamed: Callable[[int], None],
) -> None:
    """Copy one unit; once more with a sort where it came out of order, or with texts where lake types are too small."""
    if attempt.table.travelling.doubts:
        choose_lake_types(control, attempt)
        if attempt.reason:
            return
    cut, strict = cut_of(attempt), True
    is_sorted = cut.tenant is not None or _must_be_sorted(control, attempt)
    while True:
        shares = ["true"] if is_sorted else shares_of(control, attempt, len(engines))
        layout = _layout(control, attempt, cut, staging, is_sorted=is_sorted)
        queries = [receiving_query(attempt, cut, share, strict=strict, is_sorted=is_sorted) for share in shares]
        try:
            stream_all(engines, queries, attempt, layout, streamed)
            attempt.reason = "" if attempt.rows else "no rows are left in it"
            return
        except OutOfOrderError:
            is_sorted = True
        except duckdb.IOException as error:
            if (said := lost_postgres(error)) is not None:
                raise psycopg.OperationalError(said) from error
            if (said := refused_by_postgres(error)) is None:
                raise OSError(first_line(error)) from error
            attempt.reason = f"PostgreSQL cannot send it: {said}"
        except duckdb.Error as error:
            if strict and sealing_problem(error) is None:
                choose_lake_types(control, attempt)
            else:
                attempt.reason = sealing_problem(error) or f"DuckDB cannot copy it: {first_line(error)}"
            strict = False
        for file in staged_files(staging, attempt):
            file.unlink(missing_ok=True)
        if attempt.reason:
            return


def _must_be_sorted(control: Connection, attempt: Attempt) -> bool:
    if attempt.expected_rows < _SORTED_ANYWAY:
        return True
    found = one_row(control, _CORRELATION, (attempt.relation, attempt.table.time_column))[0]
    return bool(found < _IN_ORDER)


def staging_file(staging: Path, attempt: Attempt, number: int = 0) -> Path:
    """Where an attempt's file is written before it has a name in the lake."""
    return staging / f"{attempt.attempt_id}.{number}.part"


def staged_files(staging: Path, attempt: Attempt) -> list[Path]:
    """What an attempt has written to the staging folder and not removed yet."""
    return sorted(staging.glob(f"{attempt.attempt_id}.*"))


def _layout(control: Connection, attempt: Attempt, cut: Cut, staging: Path, *, is_sorted: bool) -> Layout:
    table, columns = attempt.table, attempt.stored_columns
    places = {column.name: place for place, column in enumerate(columns)}
    key = b""
    if cut.tenant is not None:
        lake = "select lake_id::text from archive_catalog.lakes where schema_name = %s"
        key = str(one_row(control, lake, (table.schema,))[0]).encode()
    attempt.sorted_by = table.order if is_sorted else ()
    numbers = itertools.count()
    return Layout(
        fields=tuple((c.name, {"postgresql_type": c.pg_type.sql}) for c in columns),
        metadata=dict(_metadata(attempt).items()),
        compression=table.policy.compression,
        day=attempt.day,
        tenant_key=key,
        staged=lambda: staging_file(staging, attempt, next(numbers)),
        sorted_by=tuple(places[name] for name in attempt.sorted_by),
        most_files=None if is_sorted else 2 * cut.parts + 8,
    )


def _metadata(attempt: Attempt) -> dict[str, str]:
    """What the file says of itself, so that it can be told apart and restored without the catalogue."""
    table = attempt.table
    return {
        "unit": str(attempt.unit_id),
        "attempt": str(attempt.attempt_id),
        "schema": table.schema,
        "table": table.table_name,
        "kind": table.kind,
        "postgresql_types": postgresql_types(table),
        **postgresql_type_definitions(table),
        "definition_hash": table.model.definition_hash,
        "tool": TOOL_VERSION,
    }


def postgresql_types(table: ArchivedTable) -> str:
    """A JSON object of each column's PostgreSQL type: what a restore casts back to."""
    return json.dumps({column.name: column.pg_type.sql for column in table.columns}, ensure_ascii=False)


def postgresql_type_definitions(table: ArchivedTable) -> dict[str, str]:
    """Under its name: a JSON object of what the types are that are not PostgreSQL's own. Nothing where none are."""
    types = table.travelling.types
    return {"postgresql_type_definitions": json.dumps(types, ensure_ascii=False)} if types else {}
