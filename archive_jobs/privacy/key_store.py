"""Where the wrapped keys stand a second time: a place that can be changed, outside the write-once lake.

Keys made together stand in one bundle. A bundle is replaced whole, so that a key is taken out of it for good.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from archive_jobs.failpoints import guarded
from archive_jobs.lake.lake_url import parse_lake_url
from archive_jobs.lake.objects import VersionChangedError
from archive_jobs.lake.stores import open_remote
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError

if TYPE_CHECKING:
    from archive_jobs.lake.remote_store import RemoteStore

_TRIES = 5

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
        return self._read(bundle)[0]

    def change(self, bundle: str, changed: Callable[[dict[str, Entry]], dict[str, Entry]]) -> None:
        """Replace a bundle by what the function makes of it. It lasts when this returns.

        Nothing is written where nothing changes, and nothing in the place of what somebody else has written since it
        was read: then the function is asked again. What it knows from elsewhere it must look up when it is asked.
        """
        for _ in range(_TRIES):
            before, version = self._read(bundle)
            after = changed(dict(before))
            if after == before:
                return
            content = (json.dumps({"bundle": bundle, "keys": after}, indent=1, sort_keys=True) + "\n").encode()
            try:
                self._replace(self._path(bundle), content, version)
                return
            except VersionChangedError:
                continue
            except OSError as error:
                raise ProblemError(
                    f"ARCHIVE_KEYS_URL={self.url} cannot be written: {error.strerror or error}",
                    hint="No key was used that does not stand there. Mend the place, then run again.",
                ) from error
        raise ProblemError(
            f"the bundle {bundle} of keys in {self.url} is changed by others again and again",
            hint="No key was used that does not stand there. Find out who else writes into ARCHIVE_KEYS_URL.",
        )

    def _read(self, bundle: str) -> tuple[dict[str, Entry], str]:
        """The keys, and which version of the bundle that is; nothing and '' where there is none."""
        path = self._path(bundle)
        try:
            content, version = self._remote.read_version(path) if self._remote else _read_local(Path(path))
        except FileNotFoundError:
            return {}, ""
        found: dict[str, Entry] = json.loads(content)["keys"]
        return found, version

    def _replace(self, path: str, content: bytes, version: str) -> None:
        if self._remote is None:
            _replace_local(Path(path), content, version)
        elif guarded("if-match"):
            self._remote.replace(path, content, version)
        else:
            self._remote.replace(path, content, self._remote.read_version(path)[1] if version else "")

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


def _read_local(file: Path) -> tuple[bytes, str]:
    content = file.read_bytes()
    return content, hashlib.sha256(content).hexdigest()


def _replace_local(target: Path, content: bytes, version: str) -> None:
    """Write beside it, fsync, rename over it, fsync the folder: either the old bundle stands or the new one.

    Between the last look at what stands there and the rename nobody else has his turn. Raises VersionChangedError.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f".{target.name}.{uuid.uuid4()}.part")
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fcntl.flock(folder, fcntl.LOCK_EX)
        found = _read_local(target)[1] if target.exists() else ""
        if found != version and guarded("if-match"):
            raise VersionChangedError(f"{target} was changed by somebody else meanwhile")
        part.replace(target)
        os.fsync(folder)
        above = os.open(target.parent.parent, os.O_RDONLY)
        try:
            os.fsync(above)
        finally:
            os.close(above)
    finally:
        os.close(folder)  # and with it the turn
        part.unlink(missing_ok=True)
