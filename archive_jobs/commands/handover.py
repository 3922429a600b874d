"""What `archive-jobs handover` does, without its words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archive_jobs.database import session
from archive_jobs.handing_over.handover import Handover, hand_over, require_nobody_erased
from archive_jobs.handing_over.kept import keep_newest
from archive_jobs.lake.lake_identity import require_writable_lake
from archive_jobs.lake.stores import open_store
from archive_jobs.planning.tables import open_library
from archive_jobs.reading.read_back import open_reader
from archive_jobs.settings import ArchiveSettings


def hand_over_tables(settings: ArchiveSettings, definitions: Path, objects: Sequence[str] | None) -> Handover:
    """Hand over the tables whose rows age, or those that are named."""
    library = open_library(settings, definitions)
    models = [library.object(name) for name in objects] if objects else [m for m in library.objects if m.ages]
    store = open_store(settings, writable=False)
    with session(settings, read_only=True) as connection:
        require_writable_lake(connection, store, settings.analytics_schema)
    with open_reader(settings, store, " ".join(model.table_name for model in models)) as reader:
        made = hand_over(reader, store, settings.analytics_schema, models)
    with session(settings, read_only=True) as connection:
        require_nobody_erased(connection, store, settings.analytics_schema, made)
    keep_newest(store, settings.analytics_schema)
    return made
