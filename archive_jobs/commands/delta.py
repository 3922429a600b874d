"""What `archive-jobs delta` does, without its words."""

from __future__ import annotations

from pathlib import Path

from archive_jobs.catalogue import catalogue_exists
from archive_jobs.database import session
from archive_jobs.lake.delta import DeltaState, derive_delta, remove_delta
from archive_jobs.lake.lake_identity import require_writable_lake
from archive_jobs.lake.stores import open_store
from archive_jobs.planning.tables import Kind, Selection, archived_tables, open_library, require_tables
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError


def bring_up(
    settings: ArchiveSettings, definitions: Path, table: str, kind: Kind, rebuild: bool
) -> tuple[DeltaState, int]:
    """Derive what is missing, or everything; return how far the log is and how many entries were removed."""
    with session(settings) as connection:
        selection = Selection((table,), (kind,))
        tables = archived_tables(connection, open_library(settings, definitions), settings.analytics_schema, selection)
        require_tables(tables, selection, settings.analytics_schema)
        if not tables or not catalogue_exists(connection):
            raise ProblemError(
                f"nothing of {table} ({kind}) was ever archived",
                hint="Nothing was changed. Run `archive-jobs run --yes` first.",
            )
        store = open_store(settings, writable=False)
        require_writable_lake(connection, store, settings.analytics_schema)
        removed = remove_delta(store, tables[0]) if rebuild else 0
        return derive_delta(connection, store, tables[0]), removed
