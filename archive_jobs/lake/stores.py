"""The store that ARCHIVE_URL names."""

from __future__ import annotations

from pathlib import Path

from archive_jobs.lake.local_store import LocalStore
from archive_jobs.lake.store import Store
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError


def open_store(settings: ArchiveSettings, *, writable: bool) -> Store:
    """Raises ProblemError where the store cannot be used."""
    place = settings.lake
    if place.scheme != "file":
        raise ProblemError(
            f"ARCHIVE_URL={place.url}: expected a folder or file://…, found the scheme {place.scheme}://",
            hint="Nothing was changed. Only local disks are supported so far; set ARCHIVE_URL to a folder.",
        )
    store = LocalStore(Path(place.root))
    if writable:
        store.require_writable()
    return store
