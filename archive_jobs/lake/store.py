"""The lake's disk. Objects are written once under a name of their own, and never listed to find out what is true."""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError


class Store(Protocol):
    """What the archive needs of a place that keeps objects. Paths are relative to ARCHIVE_URL."""

    def publish(self, staged: Path, path: str) -> None:
        """Give a finished local file its name. Raises FileExistsError where the name is taken."""

    def put(self, path: str, content: bytes) -> None:
        """Create a small object. Raises FileExistsError where the name is taken."""

    def sync(self) -> None:
        """Return once everything published so far would survive a power cut."""

    def read(self, path: str) -> bytes:
        """The whole object. Raises FileNotFoundError."""

    def sha256(self, path: str) -> str:
        """SHA-256 of what is stored now, in hex. Raises FileNotFoundError."""

    def url(self, path: str) -> str:
        """How DuckDB names the object."""

    def delete(self, path: str) -> None:
        """Remove the object; nothing happens where there is none."""

    def names(self, folder: str) -> Iterator[str]:
        """Objects directly in a folder. For sweeping only."""


class LocalStore:
    """A folder on a local disk. Names are hard links, so a name is taken whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.staging = root / ".staging"
        # Per thread: what one thread still has to sync, another must not take off its list.
        self._waiting = threading.local()
        self._lasting: set[Path] = {root.parent}

    def publish(self, staged: Path, path: str) -> None:
        """Link the staged file under its name, read-only, and remember the folders to sync."""
        target = self._target(path)
        staged.chmod(0o444)
        os.link(staged, target)
        self._named_in().add(target.parent)

    def put(self, path: str, content: bytes) -> None:
        """Write, fsync and link a small object."""
        staged = self.staging / f"{uuid.uuid4()}.part"
        try:
            with staged.open("wb") as file:
                file.write(content)
                sync_file(file.fileno())
            self.publish(staged, path)
        finally:
            staged.unlink(missing_ok=True)

    def sync(self) -> None:
        """Fsync the folders this thread put names into since its last call, and the names of those folders."""
        for folder in sorted(self._named_in()):
            sync_folder(folder)
            self._make_lasting(folder)
        self._named_in().clear()

    def _make_lasting(self, folder: Path) -> None:
        # Another thread may have made the folder a moment ago and not have synced it yet.
        if folder in self._lasting or folder == self.root.parent:
            return
        self._make_lasting(folder.parent)
        sync_folder(folder.parent)
        self._lasting.add(folder)

    def _named_in(self) -> set[Path]:
        if not hasattr(self._waiting, "folders"):
            self._waiting.folders = set()
        folders: set[Path] = self._waiting.folders
        return folders

    def read(self, path: str) -> bytes:
        """The whole object."""
        return (self.root / path).read_bytes()

    def sha256(self, path: str) -> str:
        """SHA-256 from the disk."""
        return file_sha256(self.root / path)

    def url(self, path: str) -> str:
        """The absolute path."""
        return str(self.root / path)

    def delete(self, path: str) -> None:
        """Unlink."""
        (self.root / path).unlink(missing_ok=True)

    def names(self, folder: str) -> Iterator[str]:
        """The names in a folder; none where there is no such folder."""
        place = self.root / folder
        if place.is_dir():
            yield from (f"{folder}/{found.name}" for found in sorted(place.iterdir()))

    def _target(self, path: str) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target


def open_store(settings: ArchiveSettings, *, writable: bool) -> LocalStore:
    """The store ARCHIVE_URL names. Raises ProblemError where it cannot be used."""
    store = LocalStore(settings.lake_root)
    if writable:
        _require_writable(store)
    return store


def _require_writable(store: LocalStore) -> None:
    probe = store.staging / f"probe-{uuid.uuid4()}"
    linked = probe.with_suffix(".linked")
    try:
        store.staging.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x")
        os.link(probe, linked)
        linked.unlink()
        probe.unlink()
    except OSError as error:
        raise ProblemError(
            f"ARCHIVE_URL={store.root} cannot be written: {error.strerror or error}",
            hint="Nothing was changed. Set ARCHIVE_URL to a folder you may write, on a disk with hard links.",
        ) from None


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_file(descriptor: int) -> None:
    """Fsync once. A failed fsync is never tried again: the kernel may have dropped what it could not write."""
    os.fsync(descriptor)


def sync_path(path: Path) -> None:
    """Fsync a file by name."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        sync_file(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Fsync a folder, which is what makes the names in it last."""
    sync_path(folder)
