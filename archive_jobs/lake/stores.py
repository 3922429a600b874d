"""The store that ARCHIVE_URL names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from archive_jobs.lake.lake_url import LakeUrl
from archive_jobs.lake.local_store import LocalStore
from archive_jobs.lake.store import Store
from archive_jobs.settings import ArchiveSettings

if TYPE_CHECKING:
    from archive_jobs.lake.remote_store import RemoteStore


def open_store(settings: ArchiveSettings, *, writable: bool) -> Store:
    """Raises ProblemError where the store cannot be used. Makes nothing, unless it is to be writable at once:
    who claims the lake first looks whose it is, and makes it writable then.
    """
    place = settings.lake
    if place.scheme != "file":
        return open_remote(settings, place, writable=writable)
    store = LocalStore(Path(place.root))
    if writable:
        store.require_writable()
    return store


def open_remote(settings: ArchiveSettings, place: LakeUrl, *, writable: bool) -> RemoteStore:
    """What keeps objects at a place in Azure or S3: a lake, or keys."""
    # Azure's and Amazon's libraries take a second to import; a lake on a disk needs neither.
    from archive_jobs.lake.local_copies import LocalCopies
    from archive_jobs.lake.objects import Objects
    from archive_jobs.lake.remote_store import RemoteStore

    objects: Objects
    if place.scheme == "s3":
        from archive_jobs.lake.s3_objects import S3Objects

        objects = S3Objects(place, settings.store_timeout)
    else:
        from archive_jobs.lake.azure_objects import AzureObjects

        objects = AzureObjects(place, settings.store_timeout)
    store = RemoteStore(
        place,
        objects,
        settings.staging.expanduser().absolute(),
        LocalCopies(settings.cache.expanduser().absolute(), settings.cache_bytes),
        tries=settings.store_tries,
        first_wait_seconds=settings.store_wait,
        block_bytes=settings.store_block_bytes,
    )
    if writable:
        store.require_writable()
    return store
