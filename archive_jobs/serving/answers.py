"""Answers of jobs as files of this process: made for the owner's eyes, bounded in bytes, and removed in time."""

from __future__ import annotations

import contextlib
import os
import re
import time
import uuid
from collections.abc import Collection, Iterable
from pathlib import Path

from archive_jobs.serving.jobs import Job
from archive_jobs.serving.problems import ApiError
from archive_jobs.serving.requests import RetrievalJob

_NAME = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(ndjson|csv|parquet|arrow|part)")


class Answers:
    """A folder in which other files may stand too: those are nobody's business here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().absolute()

    def file(self, job: Job) -> Path:
        """Where a job's answer is. The number is ours, and the format one of a few words."""
        return self.folder / f"{job.job_id}.{RetrievalJob.model_validate(job.request).format}"

    def write(self, part: Path, chunks: Iterable[bytes], most_bytes: int) -> int:
        """Write an answer, not yet under its name; its size. Raises ApiError where there is no room for it."""
        room = most_bytes - sum(found.stat().st_size for found, _ in self._ours())
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            for chunk in chunks:
                if file.tell() + len(chunk) > room:
                    raise ApiError(413, "no-room", "there is no room for the answer among those that are kept")
                file.write(chunk)
            return file.tell()

    def fetched(self, job: Job, seconds: float) -> Path | None:
        """The file of a job's answer; None where it is gone, or has been there for too long."""
        file = self.file(job)
        with contextlib.suppress(FileNotFoundError):
            return file if file.stat().st_mtime > time.time() - seconds else None
        return None

    def tidy(self, seconds: float) -> None:
        """Remove answers that nobody has fetched in time, and what was left half written."""
        for found, _ in self._ours():
            with contextlib.suppress(FileNotFoundError):
                if found.stat().st_mtime < time.time() - seconds:
                    found.unlink()

    def jobs(self) -> set[uuid.UUID]:
        """Of which jobs something is here."""
        return {job_id for _, job_id in self._ours()}

    def remove(self, jobs: Collection[uuid.UUID]) -> None:
        """Remove what is here of these jobs."""
        for found, job_id in self._ours():
            if job_id in jobs:
                found.unlink(missing_ok=True)

    def _ours(self) -> list[tuple[Path, uuid.UUID]]:
        named = ((found, _NAME.fullmatch(found.name)) for found in self.folder.glob("*.*"))
        return [(found, uuid.UUID(name[1])) for found, name in named if name is not None]
