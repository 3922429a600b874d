"""What the commands of lineage do, without their words: settings and definitions in, results out."""

from __future__ import annotations

from pathlib import Path

from archive_jobs.moving.run import Progress
from archive_jobs.planning.tables import Kind, open_library
from archive_jobs.privacy.keys import KeyRing
from archive_jobs.privacy.master_key import require_master_key
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import Interval
from archive_jobs.tracing import compare as comparing
from archive_jobs.tracing.bundle import Bundle, BundleWriter
from archive_jobs.tracing.comparison import Comparison
from archive_jobs.tracing.snapshot import snapshot_of
from archive_jobs.tracing.trace import Asked, Trace, Tracer
from definitions_to_dbt.errors import ProblemError


def compare_table(
    settings: ArchiveSettings,
    definitions: Path,
    table: str,
    interval: Interval,
    *,
    by: comparing.By | None,
    kind: Kind,
    with_schema: str | None,
    with_lake: str | None,
) -> Comparison:
    """Source against analytics; with another schema or lake, this one against that."""
    library = open_library(settings, definitions)
    model = library.object(table)
    if with_lake is not None:
        return comparing.compare_lakes(settings, model, with_lake, interval, kind=kind, other_schema=with_schema)
    if with_schema is not None:
        return comparing.compare_schemas(settings, model, with_schema, interval, kind=kind, by=by)
    return comparing.compare_source(settings, library, model, interval, by)


def trace_record(settings: ArchiveSettings, definitions: Path, table: str, asked: Asked, report: Progress) -> Trace:
    """Where a row came from, or what became of a record."""
    library = open_library(settings, definitions)
    model = library.object(table.removeprefix("source_") if asked.raw_seq is not None else table)
    with snapshot_of(settings, model) as (reader, store):
        tracer = Tracer(
            reader, store, library, model, settings.analytics_schema, _why_closed(settings),
            lambda done, total: report(f"reading records of {model.table_name}", done, total),
        )  # fmt: skip
        return tracer.trace(asked)


def write_proof(
    settings: ArchiveSettings,
    definitions: Path,
    table: str,
    asked: Asked,
    target: Path,
    report: Progress,
    *,
    opened: bool,
) -> Bundle:
    """Trace, and put what proves the trace into a folder. `opened`: with the payloads and keys of sealed records."""
    library = open_library(settings, definitions)
    model = library.object(table.removeprefix("source_") if asked.raw_seq is not None else table)
    with snapshot_of(settings, model) as (reader, store):
        tracer = Tracer(
            reader, store, library, model, settings.analytics_schema, _why_closed(settings),
            lambda done, total: report(f"reading records of {model.table_name}", done, total),
        )  # fmt: skip
        found = tracer.trace(asked)
        sealed_under = {record["sealed_key"] for record in found.records} - {None}
        keys: dict[str, bytes] | None = {} if opened else None
        if opened and sealed_under:
            keys = KeyRing(settings, "opening sealed records").data_keys(sealed_under)
        return BundleWriter(reader, model, found, keys, target).write()


def _why_closed(settings: ArchiveSettings) -> str | None:
    """Why sealed payloads cannot be opened; None where they can."""
    try:
        require_master_key(settings, "reading sealed payloads")
    except ProblemError as problem:
        return str(problem)
    return None
