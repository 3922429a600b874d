"""Rows of a range, hot and cold as one, into a file, a pipe or Python."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa

from archive_jobs.lake.stores import open_store
from archive_jobs.planning.tables import KINDS, Kind, open_library
from archive_jobs.privacy.sealing import sealing_problem
from archive_jobs.reading.foreseen import foresee
from archive_jobs.reading.once_per_model import once_per_model
from archive_jobs.reading.read_back import Reader, Session, require_select, unknown_name
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import Interval, parse_interval, parse_time
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.lake import lake_columns
from definitions_to_dbt.library import Library
from definitions_to_dbt.sql import quote_identifier, quote_literal
from landing.settings import checked_settings

Format = Literal["parquet", "csv", "json", "arrow"]
_ROWS_AT_ONCE = 50_000


@dataclass(frozen=True)
class Retrieval:
    """What is asked for."""

    table_name: str
    kind: Kind
    interval: Interval
    columns: tuple[str, ...] = ()
    where: str | None = None
    # The archive alone, as it stood then.
    known_at: datetime | None = None

    def model(self, library: Library) -> ObjectModel:
        """The object asked for. Raises ProblemError where nobody knows it."""
        name = self.table_name.removeprefix("source_") if self.kind == "source" else self.table_name
        return library.object(name)


def retrieval_query(reader: Reader, library: Library, wanted: Retrieval) -> str:
    """The DuckDB query. Raises ProblemError for an unknown table or column, or a condition that is no condition."""
    model = wanted.model(library)
    known = require_columns(reader, model, wanted)
    selected = ", ".join(quote_identifier(name) for name in wanted.columns or known)
    # A condition may look at any column.
    looked_at = wanted.columns if wanted.columns and not wanted.where else None
    rows = reader.rows(model, wanted.kind, wanted.interval, looked_at)
    if not wanted.columns and not wanted.where:
        return rows
    query = f"select {selected} from ({rows}) as found"
    if wanted.where:
        # Checked apart from our own text, so that brackets in it cannot close ours.
        require_select(f"select 1 where ({wanted.where})")
        require_select(f"select 1 where {wanted.where}")
        query += f" where ({wanted.where})"
        require_select(query)
    return query


def require_columns(reader: Reader, model: ObjectModel, wanted: Retrieval) -> tuple[str, ...]:
    """The columns there are. Raises ProblemError where another is asked for."""
    platform = wanted.kind == "source" or reader.platform(model)
    known = _names(model, wanted.kind, platform)
    for name in wanted.columns:
        if name not in known and wanted.kind == "analytics" and name in reader.hot_columns(model):
            raise ProblemError(
                f"the definition of {model.table_name} does not name the column {name}, so no model and no view has it",
                hint="Nothing was read. Declare it, or read it in the table and in the files that `archive-jobs files"
                f" {model.table_name}` names.",
            )
        if name not in known:
            raise unknown_name(name, known)
    return known


@once_per_model
def _names(model: ObjectModel, kind: Kind, platform: bool) -> tuple[str, ...]:
    return tuple(column.name for column in lake_columns(model, kind, platform))


def write(engine: duckdb.DuckDBPyConnection, query: str, format: Format, target: Path | None) -> None:
    """Write the query's rows whole or not at all; to stdout without a target. Memory stays flat."""
    if target is not None and target.is_dir():
        raise ProblemError(f"expected a file to write, found the folder {target}", hint="Nothing was written.")
    folder = target.parent if target is not None else Path(tempfile.gettempdir())
    try:
        number, name = tempfile.mkstemp(prefix=".archive-jobs-", dir=folder)
        os.close(number)
    except OSError as error:
        raise ProblemError(f"{folder} cannot be written: {error.strerror}", hint="Nothing was written.") from None
    part = Path(name)
    try:
        _write_file(engine, query, format, part)
        if target is None:
            with part.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        else:
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _write_file(engine: duckdb.DuckDBPyConnection, query: str, format: Format, file: Path) -> None:
    try:
        if format != "arrow":
            options = {
                "parquet": "format parquet, compression zstd",
                "csv": "format csv, header",
                "json": "format json",
            }
            engine.execute(f"copy ({query}) to {quote_literal(str(file))} ({options[format]})")
            return
        batches = engine.execute(query).to_arrow_reader(_ROWS_AT_ONCE)
        with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, batches.schema) as stream:
            for batch in batches:
                stream.write_batch(batch)
    except OSError as error:
        raise ProblemError(f"{file.parent} cannot be written: {error.strerror}", hint="Nothing was written.") from None
    except duckdb.IOException as error:
        raise ProblemError(str(error).splitlines()[0], hint="Nothing was written.") from None
    except duckdb.Error as error:
        # The line it would show is one of ours, in which the user's stands.
        raise query_problem(type(error)(str(error).partition("\n\nLINE ")[0])) from None


def query_problem(error: Exception, known: Sequence[str] = ()) -> ProblemError:
    """A fault in what the user asked, in DuckDB's words; a view that does not exist, in ours."""
    sealed = sealing_problem(error)
    if sealed:
        hint = "Nothing was changed. Columns that are not sealed can be read without a key: name them."
        return ProblemError(sealed.removesuffix(". Nothing was changed."), hint=hint)
    missing = re.search(r"Table with name (\S+) does not exist", str(error))
    if missing and known:
        return unknown_name(missing[1], known)
    return ProblemError(str(error).strip(), hint="Nothing was changed. Check the query.")


def retrieve(
    table: str,
    data_type: str = "analytics",
    start: date | datetime | str | None = None,
    end: date | datetime | str | None = None,
    columns: Sequence[str] | None = None,
    where: str | None = None,
    *,
    known_at: datetime | str | None = None,
    definitions: Path | str = "definitions",
    settings: ArchiveSettings | None = None,
) -> pa.RecordBatchReader:
    """Return the rows of a range, hot and cold as one, as a stream of Arrow record batches.

    Times are ISO 8601 or Python's own, UTC without a zone; an end that is a date includes that day. `data_type` is
    analytics or source. With `known_at`: the archive alone, as it stood then. The snapshot is held until the reader is
    used up or closed. Raises ProblemError for a request that makes no sense.
    """
    interval = parse_interval(_written(start), _written(end))
    moment = _written(known_at)
    wanted = Retrieval(
        table, kind_of(data_type), interval, tuple(columns or ()), where, parse_time(moment) if moment else None
    )
    settings = settings or checked_settings(ArchiveSettings)
    return stream(settings, open_library(settings, definitions), wanted)


def retrieve_archived_data(
    table_name: str,
    data_type: str = "analytics",
    start_time: str | None = None,
    end_time: str | None = None,
    columns: Sequence[str] | None = None,
    where: str | None = None,
    *,
    definitions: Path | str = "definitions",
) -> pa.RecordBatchReader:
    """The same under the names of an older interface."""
    return retrieve(table_name, data_type, start_time, end_time, columns, where, definitions=definitions)


def kind_of(data_type: str) -> Kind:
    """Raises ProblemError unless it is analytics or source."""
    if data_type not in KINDS:
        raise unknown_name(data_type, KINDS)
    return "source" if data_type == "source" else "analytics"


def stream(settings: ArchiveSettings, library: Library, wanted: Retrieval) -> pa.RecordBatchReader:
    """The rows as a stream; what is wrong with the request is raised here, and not when the rows are read."""
    batches = _batches(settings, library, wanted)
    # An empty batch comes first: it brings the schema, and any fault in the request.
    first = next(batches)
    return pa.RecordBatchReader.from_batches(first.schema, batches)


def _written(moment: date | datetime | str | None) -> str | None:
    return moment.isoformat() if isinstance(moment, date) else moment


def _batches(settings: ArchiveSettings, library: Library, wanted: Retrieval) -> Iterator[pa.RecordBatch]:
    with Session(settings, open_store(settings, writable=False), remembers=False) as session:
        yield from batches_from(session, library, wanted)


def batches_from(session: Session, library: Library, wanted: Retrieval) -> Iterator[pa.RecordBatch]:
    """An empty batch, then the rows; the snapshot lives as long as this generator."""
    model = wanted.model(library)
    foreseen = [] if wanted.known_at else foresee(session.schema, model, wanted.kind, wanted.interval)
    with session.snapshot(model.table_name, wanted.known_at, foreseen) as reader:
        yield from batches_of(reader, library, wanted)


def empty_batch(schema: pa.Schema) -> pa.RecordBatch:
    """What brings the schema before the first row is there."""
    return pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in schema], schema=schema)


def batches_of(reader: Reader, library: Library, wanted: Retrieval) -> Iterator[pa.RecordBatch]:
    """The same from a snapshot that is held already, by whoever calls, until the last batch."""
    query = retrieval_query(reader, library, wanted)
    try:
        batches = reader.engine_for(query).execute(query).to_arrow_reader(_ROWS_AT_ONCE)
        first = next(batches, None)
        if first is None:
            yield empty_batch(batches.schema)
            return
        # Twelve columns made of nothing take longer than none of those that are there.
        yield first.slice(0, 0)
        yield first
        yield from batches
    except (duckdb.Error, pa.ArrowException) as error:
        raise query_problem(error) from None
