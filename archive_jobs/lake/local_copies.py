"""Copies of remote objects on a local disk, named by their SHA-256. Bounded: what was used longest ago goes first."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from archive_jobs.lake.objects import StoreError
from archive_jobs.lake.store import damaged, is_whole, trust

# A query that runs may still open what it was given. What was purged or erased in the lake goes here a week after.
_IN_USE_SECONDS, _UNUSED_SECONDS = 3600, 7 * 24 * 3600
# That it was used is noted so seldom: the note is the file's time, under which it is known to be whole.
_NOTED_SECONDS = 600


class LocalCopies:
    """One folder, which processes may share."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self.folder, self._limit = folder, limit_bytes

    def get(self, name: str, sha256: str, fetch: Callable[[Path], str]) -> Path:
        """The copy with this SHA-256; `fetch` brings it where there is none and returns the SHA-256 of what came.

        Raises ProblemError where something else comes, twice.
        """
        copy = self.folder / sha256[:2] / f"{sha256}.parquet"
        if copy.exists() and is_whole(copy, sha256):
            if copy.stat().st_mtime < time.time() - _NOTED_SECONDS:
                os.utime(copy)
                trust(copy, sha256)
            return copy
        copy.parent.mkdir(parents=True, exist_ok=True)
        part = copy.with_name(f"{uuid.uuid4()}.part")
        try:
            # Once more: bytes may also be bent on the way here.
            if fetch(part) != sha256 and fetch(part) != sha256:
                raise damaged(name, "damaged: its SHA-256 is not the one archived")
            part.chmod(0o444)
            part.replace(copy)
        except FileNotFoundError:
            raise damaged(name, "missing or unreadable: the store has no such object") from None
        except OSError as error:
            if isinstance(error, StoreError) or error.errno is None:
                raise
            raise StoreError(
                f"the folder of local copies {self.folder} cannot take {name}: {error.strerror}",
                hint="Nothing was changed. Free some room, or set ARCHIVE_JOBS_CACHE to a folder on a larger disk.",
            ) from None
        finally:
            part.unlink(missing_ok=True)
        is_whole(copy, sha256)
        self._make_room()
        return copy

    def _make_room(self) -> None:
        found = sorted((entry.stat().st_mtime, entry.stat().st_size, entry) for entry in self.folder.glob("*/*"))
        too_much, now = sum(size for _, size, _ in found) - self._limit, time.time()
        for used, size, entry in found:
            if used > now - _IN_USE_SECONDS or (too_much <= 0 and used > now - _UNUSED_SECONDS):
                return
            entry.unlink(missing_ok=True)
            too_much -= size
