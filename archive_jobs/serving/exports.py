"""Retrievals that are too large for a request: done by threads of this process, tenants in turn."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import structlog

from archive_jobs.database import Connection, connect
from archive_jobs.moving.owners import begin_to_live
from archive_jobs.serving.answers import Answers
from archive_jobs.serving.jobs import Job, State, change_job, ended_elsewhere, forget_jobs, take_over
from archive_jobs.serving.principals import Principal
from archive_jobs.serving.problems import ApiError
from archive_jobs.serving.requests import RetrievalJob
from archive_jobs.serving.retrieval import Stopper, answer_stream, wanted_by
from archive_jobs.serving.running import StoppedError
from archive_jobs.serving.turns import Turns
from definitions_to_dbt.errors import ProblemError

if TYPE_CHECKING:
    from archive_jobs.serving.backend import Backend

CANCELLED = "cancelled"
_TOO_LONG = "it took longer than a job may"
_NO_ENGINE = "no engine was free for it in all this time; ask for it again"
# A job that could not be begun is looked at again after so long; and what has ended elsewhere.
_PATIENCE_SECONDS, _LOOK_SECONDS = 0.5, 20.0
log = structlog.get_logger("archive_jobs.serving")


@dataclass
class Task:
    """One job to do, for whom, and the means to stop it; and until when it may wait, once its turn has come."""

    job: Job
    asked: RetrievalJob
    caller: Principal
    stopper: Stopper = field(default_factory=Stopper)
    until: float | None = None


class Exports:
    """Requests that somebody waits for go before: a job waits for an engine and for its tenant's share."""

    def __init__(self, folder: Path) -> None:
        self.answers = Answers(folder)
        self.owner_key = 0
        self._turns: Turns[Task] = Turns()
        self._threads: list[threading.Thread] = []
        self._tasks: dict[uuid.UUID, Task] = {}
        # How jobs have ended that the catalogue could not be told of.
        self._untold: list[tuple[Job, State, dict[str, Any]]] = []
        self._lock, self._closing = threading.Lock(), threading.Event()
        self._life: Connection | None = None

    def begin(self, backend: Backend) -> None:
        """Hold the lock by which others see that this process lives; once more where the server was restarted."""
        with self._lock:
            if self._life is not None:
                with contextlib.suppress(psycopg.Error):
                    self._life.execute("select 1")
                    return
            before, self._life = self.owner_key, connect(backend.settings)
            self.owner_key = begin_to_live(self._life)
            take_over(self._life, before, self.owner_key)
        self.answers.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self._threads:
            works = [self._work] * backend.settings.exports + [self._keep_looking]
            self._threads = [threading.Thread(target=work, args=(backend,), daemon=True) for work in works]
            for thread in self._threads:
                thread.start()

    def submit(self, job: Job, asked: RetrievalJob, caller: Principal) -> None:
        """Do the job when it is its tenant's turn."""
        task = Task(job, asked, caller)
        with self._lock:
            self._tasks[job.job_id] = task
        self._turns.add(caller.share, task)

    def stop(self, job_id: uuid.UUID) -> None:
        """Stop a job of this process, also one that has not begun."""
        with self._lock:
            task = self._tasks.get(job_id)
        if task is not None:
            task.stopper(CANCELLED)

    def look(self, backend: Backend) -> None:
        """See to what has happened meanwhile: jobs that ended elsewhere, answers that were withdrawn or are too old."""
        settings = backend.settings
        with self._lock:
            untold, self._untold = self._untold, []
            tasks = list(self._tasks)
        for job, state, how in untold:
            self._tell(backend, job, state, **how)
        with backend.connection() as connection:
            ended = ended_elsewhere(connection, [*tasks, *self.answers.jobs()])
            forget_jobs(connection, settings.analytics_schema, settings.results_seconds)
        for job_id in ended:
            self.stop(job_id)
        self.answers.remove(ended)
        self.answers.tidy(settings.results_seconds)

    def close(self) -> None:
        """Stop what runs. Whoever asks for it learns that this process has ended."""
        self._closing.set()
        self._turns.close()
        with self._lock:
            tasks = list(self._tasks.values())
        for task in tasks:
            task.stopper(CANCELLED)
        for thread in self._threads:
            thread.join()
        if self._life is not None:
            self._life.close()

    def _keep_looking(self, backend: Backend) -> None:
        while not self._closing.is_set():
            try:
                self.look(backend)
            except (ApiError, ProblemError, psycopg.Error, OSError) as error:
                log.warning("jobs were not looked at", error=type(error).__name__)
            self._closing.wait(_LOOK_SECONDS)

    def _work(self, backend: Backend) -> None:
        while (turn := self._turns.take()) is not None:
            share, task = turn
            if self._is_over(backend, task):
                with self._lock:
                    self._tasks.pop(task.job.job_id, None)
                self._turns.done(share)
            else:
                self._turns.put_back(share, task)
                self._closing.wait(_PATIENCE_SECONDS)

    def _is_over(self, backend: Backend, task: Task) -> bool:
        """Do the job. False where every engine or the tenant's share is taken: then it waits for another turn."""
        part = self.answers.file(task.job).with_suffix(".part")
        task.until = task.until or time.monotonic() + backend.settings.stream_seconds
        try:
            with backend.connection() as connection:
                if change_job(connection, task.job, "running").state != "running":
                    return True
            size = self._write(backend, task, part)
            part.replace(self.answers.file(task.job))
            self._tell(backend, task.job, "done", result={"bytes": size})
        except StoppedError:
            self._fail(backend, task, _TOO_LONG)
        except ApiError as error:
            if error.status == 429 and not task.stopper.why and time.monotonic() < task.until:
                return False
            self._fail(backend, task, {429: _NO_ENGINE, 504: _TOO_LONG}.get(error.status, error.detail))
        except Exception as error:  # whatever it is, whoever waits for the job is told that it has ended
            log.error("job failed", job=str(task.job.job_id), error=type(error).__name__)
            self._fail(backend, task, "the service has a fault; its log knows the job")
        finally:
            part.unlink(missing_ok=True)
        return True

    def _write(self, backend: Backend, task: Task, part: Path) -> int:
        self.answers.tidy(backend.settings.results_seconds)
        with ExitStack() as held:
            wanted = wanted_by(backend, task.asked, task.caller)
            chunks = answer_stream(backend, wanted, task.asked.format, task.caller, held, task.stopper, is_job=True)
            return self.answers.write(part, chunks, int(backend.settings.results_bytes))

    def _fail(self, backend: Backend, task: Task, reason: str) -> None:
        if task.stopper.why == CANCELLED:
            self._tell(backend, task.job, "cancelled")
        else:
            self._tell(backend, task.job, "failed", reason=reason)

    def _tell(self, backend: Backend, job: Job, state: State, **how: Any) -> None:
        """Note how a job has ended, now or as soon as the catalogue can be told."""
        try:
            with backend.connection() as connection:
                noted = change_job(connection, job, state, **how)
        except (ApiError, psycopg.Error) as error:
            log.warning("a job's end is noted later", job=str(job.job_id), error=type(error).__name__)
            with self._lock:
                self._untold.append((job, state, how))
            return
        if noted.state != "done":
            # It was cancelled meanwhile, or what it may hold was erased.
            self.answers.remove([job.job_id])
