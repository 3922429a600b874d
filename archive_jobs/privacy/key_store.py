"""Where the wrapped keys stand a second time: a place that can be changed, outside the write-once lake.

Keys made together stand in one bundle. A bundle is replaced whole, so that a key is taken out of it for good.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from archive_jobs.lake.lake_url import parse_lake_url
from archive_jobs.lake.stores import open_remote
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError

if TYPE_CHECKING:
    from archive_jobs.lake.remote_store import RemoteStore

Entry = dict[str, Any]  # one key as it is written down: see keys.StoredKey


class KeyStore:
    """Bundles of one schema's keys, as JSON: in a folder, or where a remote store keeps objects."""

    def __init__(self, url: str, schema: str, remote: RemoteStore | None = None) -> None:
        self.url, self._remote = url, remote
        self._folder = schema if remote else str(Path(url) / schema)

    def bundles(self) -> Iterator[str]:
        """The names of all bundles."""
        if self._remote is not None:
            names = list(self._remote.names(self._folder))
        else:
            names = [str(path) for path in Path(self._folder).glob("*.json")]
        yield from sorted(PurePosixPath(name).stem for name in names if name.endswith(".json"))

    def read(self, bundle: str) -> dict[str, Entry]:
        """The keys of a bundle by id; none where there is no such bundle."""
        path = self._path(bundle)
        try:
            content = self._remote.read(path) if self._remote else Path(path).read_bytes()
        except FileNotFoundError:
            return {}
        found: dict[str, Entry] = json.loads(content)["keys"]
        return found

    def write(self, bundle: str, entries: Mapping[str, Entry]) -> None:
        """Put the bundle in the place of what stood there. It lasts when this returns."""
        content = (json.dumps({"bundle": bundle, "keys": entries}, indent=1, sort_keys=True) + "\n").encode()
        try:
            if self._remote is None:
                _replace(Path(self._path(bundle)), content)
            else:
                self._remote.replace(self._path(bundle), content)
        except OSError as error:
            raise ProblemError(
                f"ARCHIVE_KEYS_URL={self.url} cannot be written: {error.strerror or error}",
                hint="No key was used that does not stand there. Mend the place, then run again.",
            ) from error

    def change(self, bundle: str, changed: Callable[[dict[str, Entry]], dict[str, Entry]]) -> None:
        """Replace a bundle by what the function makes of it; nothing is written where nothing changes."""
        before = self.read(bundle)
        after = changed(dict(before))
        if after != before:
            self.write(bundle, after)

    def _path(self, bundle: str) -> str:
        return f"{self._folder}/{bundle}.json"


def open_key_store(settings: ArchiveSettings) -> KeyStore:
    """The store ARCHIVE_KEYS_URL names; beside the lake where it names none. Raises ProblemError inside the lake."""
    lake = settings.lake.url
    place = parse_lake_url(settings.keys_url or f"{lake}.keys")
    url = place.url
    if url == lake or url.startswith(f"{lake}/"):
        raise ProblemError(
            f"ARCHIVE_KEYS_URL={url} lies inside the lake {lake}, whose objects are never changed; keys must be",
            hint="Nothing was changed. Name a place outside; without the variable it is beside the lake.",
        )
    if place.scheme == "file":
        return KeyStore(url, settings.analytics_schema)
    return KeyStore(url, settings.analytics_schema, open_remote(settings, place, writable=False))


def _replace(target: Path, content: bytes) -> None:
    """Write beside it, fsync, rename over it, fsync the folder: either the old bundle stands or the new one."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f".{target.name}.{uuid.uuid4()}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
        for folder in (target.parent, target.parent.parent):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
    finally:
        part.unlink(missing_ok=True)
