"""Prove that a Parquet file holds exactly the rows PostgreSQL had, value for value, with a reader of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from archive_jobs.copying.canonical import duckdb_digest, duckdb_line, postgres_digest
from archive_jobs.copying.content import read_content
from archive_jobs.copying.lake_values import text_of
from archive_jobs.copying.witness import HASHES, Sums, hashes_of_stored, sends_numbers
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import guarded
from archive_jobs.monitoring.telling import step
from archive_jobs.moving.attempt import Attempt, LakeFile, UnarchivableError
from archive_jobs.privacy.sealing import is_sealed, plain, sealing_problem
from definitions_to_dbt.lake import LakeColumn
from definitions_to_dbt.sql import quote_identifier, quote_literal

_ROWS_AT_ONCE = 20_000


def examine(engine: duckdb.DuckDBPyConnection, attempt: Attempt, file: LakeFile) -> Sums:
    """Read a file that was written, note what it holds, and return the sums of what left PostgreSQL.

    A content digest is one of what is stored: one of a payload would tell it after its key is gone.
    """
    # Two decoders that know nothing of each other read the file side by side.
    with ThreadPoolExecutor(1, "content") as beside:
        reading = beside.submit(read_content, file.staged)
        sums, file.first, file.last = _sums_and_times(engine, attempt, file)
        content = reading.result()
    file.rows, file.content_sha256 = content.rows, content.sha256
    if guarded("proof.count") and sums.rows != content.rows:
        raise UnarchivableError(f"DuckDB reads {sums.rows} rows in its file, pyarrow {content.rows}")
    return sums


def _sums_and_times(
    engine: duckdb.DuckDBPyConnection, attempt: Attempt, file: LakeFile
) -> tuple[Sums, str | None, str | None]:
    """Count and hashes of the rows as they left PostgreSQL, and the texts of their first and last time."""
    column = next((c for c in attempt.columns if c.name == attempt.table.time_column), None)
    sums = ", ".join(f"coalesce(sum({quote_identifier(name)}), 0)" for name in HASHES)
    times = "null, null"
    if column is not None:
        name = quote_identifier(column.name)
        times = ", ".join(text_of(f"{which}({name})", column.lake_type) for which in ("min", "max"))
    numbers = sends_numbers(attempt.server_version)
    rows = hashes_of_stored(attempt.columns, rows_of(attempt.columns, file.staged), numbers=numbers)
    found = engine.execute(f"select count(*), {sums}, {times} from {rows}").fetchone() or (0, 0, 0, None, None)
    return Sums(*map(int, found[:3])), found[3], found[4]


@step("prove")
def prove(connection: Connection, engine: duckdb.DuckDBPyConnection, attempt: Attempt) -> None:
    """Compare the files with what came from PostgreSQL. Raises UnarchivableError where they differ."""
    try:
        found = Sums()
        for file in attempt.files:
            found = found.plus(examine(engine, attempt, file))
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise UnarchivableError(
            sealing_problem(error) or f"its file cannot be read back: {str(error).splitlines()[0]}"
        ) from error
    if guarded("proof.count") and found.rows != attempt.rows:
        raise UnarchivableError(f"{attempt.rows} rows came from PostgreSQL, {found.rows} are in Parquet")
    if guarded("proof.values") and found != attempt.came:
        bent = ", ".join(_bent_columns(connection, engine, attempt)) or "a row"
        raise UnarchivableError(f"values of {bent} read back differently from Parquet")


def _bent_columns(connection: Connection, engine: duckdb.DuckDBPyConnection, attempt: Attempt) -> Iterator[str]:
    """The columns whose values differ between the table as it is now and the files: for the message only."""
    for column in attempt.columns:
        rows = attempt.table.rows(attempt.predicate, relation=attempt.relation)
        expected = one_row(connection, postgres_digest([column], rows, with_md5=True))
        files = rows_of(attempt.columns, *(file.staged for file in attempt.files))
        found = engine.execute(duckdb_digest([column], files)).fetchone()
        if found is None or (expected[0], *map(int, expected[3:])) != (found[0], *map(int, found[1:])):
            yield column.name


def parquet(*files: Path | str) -> str:
    """Files as one relation; their folders add no columns."""
    listed = ", ".join(quote_literal(str(file)) for file in files)
    return f"read_parquet([{listed}], hive_partitioning = false)"


def rows_of(columns: Sequence[LakeColumn], *files: Path | str, erased: Sequence[str] = ()) -> str:
    """The rows of files as they left PostgreSQL, as one relation: what is sealed is opened.

    Records under the keys in `erased`, which were destroyed, are left out.
    """
    if any(is_sealed(str(file)) for file in files):
        return f"({plain([str(file) for file in files], columns, erased)})"
    return parquet(*files)


def canonical_text(
    engine: duckdb.DuckDBPyConnection,
    columns: Sequence[LakeColumn],
    relation: str,
    *,
    for_restore: bool = False,
) -> Iterator[bytes]:
    """The rows as CSV lines in the order of the file, as PostgreSQL reads them."""
    line = duckdb_line(columns, for_restore=for_restore)
    result = engine.execute(f"select {line} || chr(10) as line from {relation}")
    for batch in result.to_arrow_reader(_ROWS_AT_ONCE):
        yield _bytes_of(batch.column(0))


def _bytes_of(texts: pa.Array[Any]) -> bytes:
    """All values of a text array, one after the other, without making a Python object of each."""
    _, offsets, data = texts.buffers()
    if data is None or offsets is None or len(texts) == 0:
        return b""
    width = 8 if pa.types.is_large_string(texts.type) else 4
    places = memoryview(offsets).cast("b").cast("q" if width == 8 else "i")
    first, last = places[texts.offset], places[texts.offset + len(texts)]
    return memoryview(data)[first:last].tobytes()


@step("rehearse")
def rehearse_restore(connection: Connection, engine: duckdb.DuckDBPyConnection, attempt: Attempt) -> None:
    """Load the files as a restore would and compare digests. Raises UnarchivableError where they differ.

    Needed once per shape of a table: the proof above does not show that PostgreSQL takes the text back.
    """
    columns = attempt.columns
    with connection.transaction(force_rollback=True):
        connection.execute(f"create temp table rehearsal on commit drop as {_empty_copy(columns)}".encode())
        for file in attempt.files:
            load(connection, engine, columns, file.staged, "pg_temp.rehearsal")
        rows = f"select {lake_casts(columns)} from pg_temp.rehearsal"
        found = one_row(connection, postgres_digest(columns, rows, with_md5=False))
    expected = (attempt.rows, *(attempt.digests or ()))
    if found != expected:
        raise UnarchivableError(f"a trial restore gave other rows: expected {expected}, found {found}")


def load(
    connection: Connection,
    engine: duckdb.DuckDBPyConnection,
    columns: Sequence[LakeColumn],
    file: Path,
    target: str,
) -> None:
    """Copy a file's rows into a table of PostgreSQL, in the connection's transaction.

    Of a table with generated columns give its `loaded_columns`; identity columns take what they are given.
    """
    names = ", ".join(quote_identifier(column.name) for column in columns)
    with connection.cursor().copy(f"copy {target} ({names}) from stdin (format csv)".encode()) as copy:
        for piece in canonical_text(engine, columns, rows_of(columns, file), for_restore=True):
            copy.write(piece)


def _empty_copy(columns: Sequence[LakeColumn]) -> str:
    typed = ", ".join(f"null::{c.pg_type.sql} as {quote_identifier(c.name)}" for c in columns)
    return f"select {typed} limit 0"


def lake_casts(columns: Sequence[LakeColumn]) -> str:
    """The lake casts over loaded rows. Tokens and masks stay as they are: they hide, they do not turn back."""
    names = [quote_identifier(column.name) for column in columns]
    return ", ".join(f"{column.reloaded(name)} as {name}" for column, name in zip(columns, names, strict=True))
