"""One moment of hot and cold for tracing and comparing, and a DuckDB beside it to join in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from archive_jobs.copying.engine import open_engine
from archive_jobs.database import first_line
from archive_jobs.lake.store import Store
from archive_jobs.lake.stores import open_store
from archive_jobs.reading.read_back import Reader, open_reader
from archive_jobs.reading.retrieve import query_problem
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.definition import ObjectModel


@contextmanager
def snapshot_of(settings: ArchiveSettings, model: ObjectModel) -> Iterator[tuple[Reader, Store]]:
    """A reader of the object's tables. What DuckDB cannot read is one message."""
    store = open_store(settings, writable=False)
    try:
        with open_reader(settings, store, model.table_name) as reader:
            yield reader, store
    except duckdb.Error as error:
        raise query_problem(type(error)(first_line(error))) from None


@contextmanager
def workbench(settings: ArchiveSettings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB for joining, beside the one that reads: a stream of the one is taken in by the other. It spills."""
    with tempfile.TemporaryDirectory(prefix="archive-jobs-compare-") as folder:
        bench = open_engine(settings, Path(folder))
        try:
            yield bench
        finally:
            bench.close()
