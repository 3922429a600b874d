"""What the commands of lineage do, without their words: settings and definitions in, results out."""

from __future__ import annotations

from pathlib import Path

from archive_jobs.planning.tables import Kind, open_library
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import Interval
from archive_jobs.tracing import compare as comparing
from archive_jobs.tracing.comparison import Comparison


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
