"""Retrievals that are too large for a request: written to a file of this process, and kept for a while."""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import structlog

from archive_jobs.database import Connection, connect
from archive_jobs.moving.owners import begin_to_live
from archive_jobs.serving.engines import StoppedError
from archive_jobs.serving.jobs import Job, change_job
from archive_jobs.serving.principals import Principal
from archive_jobs.serving.problems import ApiError
from archive_jobs.serving.requests import RetrievalJob
from archive_jobs.serving.retrieval import Stopper, answer_stream, wanted_by

if TYPE_CHECKING:
    from archive_jobs.serving.backend import Backend

CANCELLED = "cancelled"
_PATIENCE_SECONDS = 0.5
_NAME = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.(ndjson|csv|parquet|arrow|part)")
log = structlog.get_logger("archive_jobs.serving")


class Exports:
    """One at a time: requests that somebody waits for go before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().absolute()
        self._threads = ThreadPoolExecutor(1, "export")
        self._stoppers: dict[uuid.UUID, Stopper] = {}
        self._lock = threading.Lock()
        self._life: Connection | None = None
        self.owner_key = 0

    def begin(self, backend: Backend) -> None:
        """Hold the lock by which others see that this process lives; once more where the server was restarted."""
        with self._lock:
            if self._life is not None:
                with contextlib.suppress(psycopg.Error):
                    self._life.execute("select 1")
                    return
            self._life = connect(backend.settings)
            self.owner_key = begin_to_live(self._life)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.tidy(backend.settings.results_seconds)

    def submit(self, backend: Backend, job: Job, asked: RetrievalJob, caller: Principal) -> None:
        """Do the job as soon as those before it are done."""
        stopper = Stopper()
        with self._lock:
            self._stoppers[job.job_id] = stopper
        self._threads.submit(self._run, backend, job, asked, caller, stopper)

    def stop(self, job_id: uuid.UUID) -> None:
        """Stop a job of this process, also one that has not begun."""
        with self._lock:
            stopper = self._stoppers.get(job_id)
        if stopper is not None:
            stopper(CANCELLED)

    def file(self, job: Job) -> Path:
        """Where a job's answer is. The number is ours, and the format one of a few words."""
        return self.folder / f"{job.job_id}.{RetrievalJob.model_validate(job.request).format}"

    def tidy(self, seconds: float) -> None:
        """Remove answers that nobody has fetched in time, and what was left half written; nothing of anybody else."""
        for found in self._ours():
            with contextlib.suppress(FileNotFoundError):
                if found.stat().st_mtime < time.time() - seconds:
                    found.unlink()

    def _ours(self) -> list[Path]:
        return [found for found in self.folder.glob("*.*") if _NAME.fullmatch(found.name)]

    def fetched(self, job: Job, seconds: float) -> Path | None:
        """The file of a job's answer; None where it is gone, or has been there for too long."""
        file = self.file(job)
        with contextlib.suppress(FileNotFoundError):
            return file if file.stat().st_mtime > time.time() - seconds else None
        return None

    def close(self) -> None:
        """Stop what runs. Whoever asks for it learns that this process has ended."""
        with self._lock:
            stoppers = list(self._stoppers.values())
        for stopper in stoppers:
            stopper(CANCELLED)
        self._threads.shutdown(wait=True, cancel_futures=True)
        if self._life is not None:
            self._life.close()

    def _run(self, backend: Backend, job: Job, asked: RetrievalJob, caller: Principal, stopper: Stopper) -> None:
        part = self.file(job).with_suffix(".part")
        try:
            with backend.connection() as connection:
                if change_job(connection, job, "running").state != "running":
                    return
            self.tidy(backend.settings.results_seconds)
            size = self._write_patiently(backend, asked, caller, stopper, part)
            part.replace(self.file(job))
            with backend.connection() as connection:
                change_job(connection, job, "done", result={"bytes": size})
        except StoppedError:
            is_cancelled = stopper.why == CANCELLED
            why = None if is_cancelled else "it took longer than a job may"
            self._failed(backend, job, "cancelled" if is_cancelled else "failed", why)
        except ApiError as error:
            self._failed(backend, job, "cancelled" if stopper.why == CANCELLED else "failed", error.detail)
        except Exception as error:
            log.error("job failed", job=str(job.job_id), error=type(error).__name__)
            self._failed(backend, job, "failed", "the service has a fault; its log knows the job")
        finally:
            part.unlink(missing_ok=True)
            with self._lock:
                self._stoppers.pop(job.job_id, None)

    def _write_patiently(
        self, backend: Backend, asked: RetrievalJob, caller: Principal, stopper: Stopper, part: Path
    ) -> int:
        """Requests go first: where they have every engine, or the tenant its share, the job waits."""
        until = time.monotonic() + backend.settings.stream_seconds
        while True:
            try:
                return self._write(backend, asked, caller, stopper, part)
            except ApiError as error:
                if error.status != 429 or time.monotonic() > until or stopper.why:
                    raise
                time.sleep(_PATIENCE_SECONDS)

    def _write(self, backend: Backend, asked: RetrievalJob, caller: Principal, stopper: Stopper, part: Path) -> int:
        room = int(backend.settings.results_bytes) - sum(found.stat().st_size for found in self._ours())
        with ExitStack() as held:
            wanted = wanted_by(backend, asked, caller)
            chunks = answer_stream(backend, wanted, asked.format, caller, held, stopper, is_job=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                for chunk in chunks:
                    if file.tell() + len(chunk) > room:
                        raise ApiError(413, "no-room", "there is no room for the answer among those that are kept")
                    file.write(chunk)
                return file.tell()

    def _failed(self, backend: Backend, job: Job, state: str, reason: str | None) -> None:
        with contextlib.suppress(ApiError), backend.connection() as connection:
            change_job(connection, job, "cancelled" if state == "cancelled" else "failed", reason=reason)
