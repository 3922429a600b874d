"""Retrievals that are too large for a request: written to a file of this process, and kept for a while."""

from __future__ import annotations

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from archive_jobs.database import connect
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


class Exports:
    """One at a time: requests that somebody waits for go before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().absolute()
        self._threads = ThreadPoolExecutor(1, "export")
        self._stoppers: dict[uuid.UUID, Stopper] = {}
        self._lock = threading.Lock()
        self._life: ExitStack = ExitStack()
        self.owner_key = 0

    def begin(self, backend: Backend) -> None:
        """Hold the lock by which others see that this process lives."""
        connection = self._life.enter_context(connect(backend.settings))
        self.owner_key = begin_to_live(connection)
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
        """Remove answers that nobody has fetched in time, and what was left half written."""
        for found in self.folder.glob("*"):
            if found.stat().st_mtime < time.time() - seconds:
                found.unlink(missing_ok=True)

    def close(self) -> None:
        """Stop what runs. Whoever asks for it learns that this process has ended."""
        with self._lock:
            stoppers = list(self._stoppers.values())
        for stopper in stoppers:
            stopper(CANCELLED)
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._life.close()

    def _run(self, backend: Backend, job: Job, asked: RetrievalJob, caller: Principal, stopper: Stopper) -> None:
        part = self.file(job).with_suffix(".part")
        try:
            with backend.connection() as connection:
                if change_job(connection, job, "running").state != "running":
                    return
            size = self._write(backend, asked, caller, stopper, part)
            part.replace(self.file(job))
            with backend.connection() as connection:
                change_job(connection, job, "done", result={"bytes": size})
        except StoppedError:
            self._failed(backend, job, "cancelled", None)
        except ApiError as error:
            self._failed(backend, job, "cancelled" if stopper.why == CANCELLED else "failed", error.detail)
        except Exception:
            self._failed(backend, job, "failed", "the service has a fault; its log knows the job")
            raise
        finally:
            part.unlink(missing_ok=True)
            with self._lock:
                self._stoppers.pop(job.job_id, None)

    def _write(self, backend: Backend, asked: RetrievalJob, caller: Principal, stopper: Stopper, part: Path) -> int:
        with ExitStack() as held:
            chunks = answer_stream(backend, wanted_by(backend, asked, caller), asked.format, caller, held, stopper)
            with part.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                return file.tell()

    def _failed(self, backend: Backend, job: Job, state: str, reason: str | None) -> None:
        with backend.connection() as connection:
            change_job(connection, job, "cancelled" if state == "cancelled" else "failed", reason=reason)
