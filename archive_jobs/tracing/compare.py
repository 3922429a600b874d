"""Compare: what was received against what stands in Layer 2 and the archive, and one archive against another.

Everything is read in one snapshot; nothing is written anywhere.
"""

from __future__ import annotations

from typing import Literal

from archive_jobs.lake.stores import open_store
from archive_jobs.planning.tables import Kind
from archive_jobs.privacy.ledger import erased_keys
from archive_jobs.privacy.sealing import is_sealed, plain
from archive_jobs.reading.read_back import Reader, interval_condition
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import Interval
from archive_jobs.tracing.comparison import Comparison
from archive_jobs.tracing.lake_alone import files_that_count
from archive_jobs.tracing.live_rows import EVERYTHING, LiveRows
from archive_jobs.tracing.side_against_side import compare_sides, keep_side
from archive_jobs.tracing.snapshot import snapshot_of, workbench
from archive_jobs.tracing.source_against_rows import SourceAgainstRows
from archive_jobs.tracing.transform import Transformation, compared_columns
from archive_jobs.tracing.wide_rows import stream_of, texts_of
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.lake import archive_select, lake_columns
from definitions_to_dbt.library import Library
from definitions_to_dbt.names import source_table
from definitions_to_dbt.sql import quote_identifier

By = Literal["event", "ingested"]


def compare_source(
    settings: ArchiveSettings, library: Library, model: ObjectModel, interval: Interval, by: By | None = None
) -> Comparison:
    """Each raw record of the range, transformed again, against the business row that came of it."""
    by = by or ("event" if model.time_column else "ingested")
    _require_event_time(model, interval, by)
    whole = interval == EVERYTHING
    report = Comparison(model.table_name, source_table(model), model.table_name, interval, by=None if whole else by)
    by_event = by == "event" and not whole
    with snapshot_of(settings, model) as (reader, _), workbench(settings) as bench:
        if not reader.has(source_table(model)) or not reader.platform(model):
            raise ProblemError(
                f"expected raw records of {model.table_name} in {settings.analytics_schema}, found no table of them",
                hint="Nothing was compared. A table that was made without Layer 3 has no source to compare with;"
                " compare it with another schema or lake: --with-schema, --with-lake.",
            )
        rows = LiveRows(reader, settings.analytics_schema, model, interval, by_event=by_event)
        transformation = Transformation(library, model, settings.analytics_schema)
        return SourceAgainstRows(bench, transformation, rows).compare(reader.control, rows.records(), report)


def compare_schemas(
    settings: ArchiveSettings,
    model: ObjectModel,
    other_schema: str,
    interval: Interval = EVERYTHING,
    *,
    kind: Kind = "analytics",
    by: By | None = None,
) -> Comparison:
    """Current truth of this schema, hot and cold, against that of another one in the same database.

    Rows are paired by business key, without one by raw record. The columns that say which run wrote a row are left out.
    """
    by = by or ("event" if model.time_column or kind == "source" else "ingested")
    _require_event_time(model, interval, by, kind)
    ours, theirs = (f"{schema}.{_relation(model, kind)}" for schema in (settings.analytics_schema, other_schema))
    report = Comparison(model.table_name, ours, theirs, interval, by=None if interval == EVERYTHING else by)
    with snapshot_of(settings, model) as (reader, _):
        other = reader.of_schema(other_schema)
        if not other.has(_relation(model, kind)):
            raise ProblemError(f"expected {theirs}, found no such table", hint="Nothing was compared.")
        sides = [_truth(one, reader, model, kind, interval, by) for one in (reader, other)]
        return _compare(reader, settings, report, model, kind, sides, whole_truth=True)


def compare_lakes(
    settings: ArchiveSettings,
    model: ObjectModel,
    other_url: str,
    interval: Interval = EVERYTHING,
    *,
    kind: Kind = "analytics",
    other_schema: str | None = None,
) -> Comparison:
    """What this archive holds of a table against what another lake does, whose commit records say which files count.

    Rows are paired by raw record. The other lake needs no database.
    """
    _require_event_time(model, interval, "event", kind)
    other = settings.model_copy(update={"archive_url": other_url})
    store, schema = open_store(other, writable=False), other_schema or settings.analytics_schema
    ours, others = (f"{place} {_relation(model, kind)}" for place in (settings.lake.url, store.name))
    report = Comparison(model.table_name, ours, others, interval, by=None if interval == EVERYTHING else "event")
    with snapshot_of(settings, model) as (reader, _):
        files = files_that_count(store, schema, model.table_name, kind)
        columns = lake_columns(model, kind, kind == "source" or reader.platform(model))
        if kind == "source" and any(is_sealed(file) for file in files):
            found = plain(files, columns, erased_keys(reader.control, settings.analytics_schema))
        else:
            found = archive_select(model, kind, files, reader.platform(model))
        found = f"select * from ({found}) where {interval_condition(model, kind, interval)}"
        sides = [reader.cold(model, kind, interval), found]
        return _compare(reader, settings, report, model, kind, sides, whole_truth=False)


def _compare(
    reader: Reader,
    settings: ArchiveSettings,
    report: Comparison,
    model: ObjectModel,
    kind: Kind,
    sides: list[str],
    *,
    whole_truth: bool,
) -> Comparison:
    """Stream both sides from the snapshot to a DuckDB of its own, and compare them there."""
    platform = kind == "source" or reader.platform(model)
    columns = lake_columns(model, kind) if kind == "source" else compared_columns(model, platform=platform)
    by_record = ("raw_seq",) if kind == "source" else ("_raw_seq",) if platform else ()
    pair_by = (model.primary_key if whole_truth and kind == "analytics" else ()) or by_record or model.physical_key
    names = [column.name for column in columns]
    with workbench(settings) as bench:
        casts = ", ".join(f"{quote_identifier(c.name)}::{c.lake_type} as {quote_identifier(c.name)}" for c in columns)
        for side, rows in zip("ef", sides, strict=True):
            stream = stream_of(reader.engine, f"select {casts} from ({rows})")
            keep_side(bench, side, texts_of(columns), names, pair_by, stream)
        return compare_sides(bench, report, names, pair_by)


def _truth(side: Reader, reader: Reader, model: ObjectModel, kind: Kind, interval: Interval, by: By) -> str:
    """A side's rows of the range. The contest of a key's records is held over all of them, not only over the range."""
    rows = side.rows(model, kind)
    if interval == EVERYTHING:
        return rows
    if kind == "source" or by == "event":
        return f"select * from ({rows}) where {interval_condition(model, kind, interval)}"
    arrived = reader.rows(model, "source", interval)
    return f"select * from ({rows}) where _raw_seq in (select raw_seq from ({arrived}))"


def _relation(model: ObjectModel, kind: Kind) -> str:
    return source_table(model) if kind == "source" else model.table_name


def _require_event_time(model: ObjectModel, interval: Interval, by: By, kind: Kind = "analytics") -> None:
    if by == "event" and kind == "analytics" and model.time_column is None and interval != EVERYTHING:
        raise ProblemError(
            f"{model.table_name} has no time_column, so no row has a time of its event",
            hint="Nothing was compared. Leave out --start and --end, or choose the range by arrival: --by ingested.",
        )
