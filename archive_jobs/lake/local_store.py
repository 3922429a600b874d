"""A lake on a local disk. Names are hard links, so a name is taken whole or not at all."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

from archive_jobs.failpoints import fail_at, guarded
from archive_jobs.lake.store import file_sha256, require_whole, sync_file, sync_folder
from definitions_to_dbt.errors import ProblemError


class LocalStore:
    """A folder. Staging lies inside it, because a hard link cannot leave its disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.staging = root / ".staging"
        self.owner = ""
        # Per thread: what one thread still has to sync, another must not take off its list.
        self._waiting = threading.local()
        self._lasting: set[Path] = {root.parent}

    @property
    def name(self) -> str:
        """The folder."""
        return str(self.root)

    def publish(self, staged: Path, path: str) -> str:
        """Link the staged file under its name, read-only, and remember the folders to sync."""
        target = self._target(path)
        staged.chmod(0o444)
        if not guarded("create-only"):
            target.unlink(missing_ok=True)
        os.link(staged, target)
        self._named_in().add(target.parent)
        return ""

    def put(self, path: str, content: bytes) -> str:
        """Write, fsync and link a small object."""
        staged = self.staging / f"small-{self.owner}{uuid.uuid4()}.part"
        try:
            with staged.open("wb") as file:
                file.write(content)
                sync_file(file.fileno())
            fail_at("put.staged.after")
            return self.publish(staged, path)
        finally:
            staged.unlink(missing_ok=True)

    def sync(self) -> None:
        """Fsync the folders this thread put names into since its last call, and the names of those folders."""
        for folder in sorted(self._named_in()) if guarded("fsync.folder") else ():
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

    def sha256(self, path: str, version: str = "") -> str:  # noqa: ARG002  # a disk keeps one version
        """SHA-256 from the disk."""
        return file_sha256(self.root / path)

    def local(self, path: str, sha256: str) -> Path:
        """The file itself."""
        file = self.root / path
        require_whole(file, sha256)
        return file

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

    def folders(self, folder: str) -> Iterator[str]:
        """The folders in a folder; none where there is no such folder."""
        yield from (name for name in self.names(folder) if (self.root / name).is_dir())

    def _target(self, path: str) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def require_writable(self) -> None:
        """Make the staging folder, and raise ProblemError where names cannot be given."""
        probe = self.staging / f"probe-{uuid.uuid4()}"
        linked = probe.with_suffix(".linked")
        try:
            self.staging.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"x")
            os.link(probe, linked)
            linked.unlink()
            probe.unlink()
        except OSError as error:
            raise ProblemError(
                f"ARCHIVE_URL={self.root} cannot be written: {error.strerror or error}",
                hint="Nothing was changed. Set ARCHIVE_URL to a folder you may write, on a disk with hard links.",
            ) from None
