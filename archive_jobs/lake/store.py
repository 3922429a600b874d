"""What the archive needs of a place that keeps objects, and how a file on a local disk is made to last and checked.

Objects are written once under a name of their own, and never listed to find out what is true.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from archive_jobs.failpoints import guarded
from definitions_to_dbt.errors import ProblemError

# Files that were read whole, as they lay then. Whoever changes a byte changes the time of change, which nobody can set.
_checked: set[tuple[int, int, int, int, int, str]] = set()


class Store(Protocol):
    """A place that keeps objects. Paths are relative to ARCHIVE_URL; a version is what the place calls it, or ''.

    Whatever fails for want of room, rights or a network raises OSError; nothing secret stands in its text.
    """

    @property
    def name(self) -> str:
        """How messages name the place: ARCHIVE_URL without anything secret."""

    @property
    def staging(self) -> Path:
        """The local folder where files are made before they have a name."""

    def require_writable(self) -> None:
        """Make what writing needs; raise ProblemError where the place cannot be written."""

    owner: str  # of the run that stages small files; see `archive_jobs.moving.owners`

    def publish(self, staged: Path, path: str) -> str:
        """Give a finished local file its name; return its version. Raises FileExistsError where the name is taken."""

    def put(self, path: str, content: bytes) -> str:
        """Create a small object; return its version. Raises FileExistsError where the name is taken."""

    def sync(self) -> None:
        """Return once everything this thread published so far would survive a power cut."""

    def read(self, path: str) -> bytes:
        """The whole object. Raises FileNotFoundError."""

    def sha256(self, path: str, version: str = "") -> str:
        """SHA-256 of what is stored now, in hex, from a full read. Raises FileNotFoundError.

        With a version, every byte comes from that one: a place that holds another now raises OSError.
        """

    def local(self, path: str, sha256: str) -> Path:
        """A file on a local disk with exactly these bytes. Raises ProblemError where the object is missing or damaged.

        No reader opens an object in any other way.
        """

    def url(self, path: str) -> str:
        """How other engines name the object."""

    def delete(self, path: str) -> None:
        """Remove the object; nothing happens where there is none."""

    def names(self, folder: str) -> Iterator[str]:
        """Objects directly in a folder. For sweeping, and for reading a lake without its catalogue."""

    def folders(self, folder: str) -> Iterator[str]:
        """Folders directly in a folder. For reading a lake without its catalogue."""


def require_whole(file: Path, sha256: str) -> None:
    """Raise ProblemError unless the file's bytes are the ones archived. Unchanged files are read once per process."""
    try:
        if is_whole(file, sha256):
            return
        problem = "damaged: its SHA-256 is not the one archived"
    except OSError as error:
        problem = f"missing or unreadable: {error.strerror}"
        if not any((folder / "_commits").is_dir() for folder in file.parents):
            raise damaged(str(file), problem, "Its lake is not there: set ARCHIVE_URL to where it is now.") from None
    raise damaged(str(file), problem)


def is_whole(file: Path, sha256: str) -> bool:
    """Whether the file holds the bytes. Raises OSError where it cannot be read."""
    mark = _mark(file, sha256)
    if mark not in _checked:
        if guarded("reader.sha256") and file_sha256(file) != sha256:
            return False
        _checked.add(mark)
    return True


def trust(file: Path, sha256: str) -> None:
    """Go on trusting a file that was just found whole and whose time we have changed ourselves."""
    _checked.add(_mark(file, sha256))


def _mark(file: Path, sha256: str) -> tuple[int, int, int, int, int, str]:
    found = file.stat()
    return (found.st_dev, found.st_ino, found.st_ctime_ns, found.st_mtime_ns, found.st_size, sha256)


def damaged(
    name: str, problem: str, next_step: str = "Put the file back, then run `archive-jobs verify`."
) -> ProblemError:
    """What a reader says who was given something else than what was archived."""
    return ProblemError(f"{name} is {problem}", hint=f"No answer is given from a damaged archive. {next_step}")


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
