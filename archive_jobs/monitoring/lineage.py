"""OpenLineage events of what a job moves between PostgreSQL and the lake: one run for each table that a job touched.

Sent where OpenLineage's own settings say (a file, HTTP, …), and only where they say something. No value of a row is in
an event.
"""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attr
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import Job as LineageJob
from openlineage.client.event_v2 import Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    JobFacet,
    RunFacet,
    error_message_run,
    job_type_job,
    parent_run,
    processing_engine_run,
)
from openlineage.client.uuid import generate_new_uuid

from archive_jobs.monitoring.datasets import in_lake, in_postgres
from archive_jobs.monitoring.logs import without_values
from archive_jobs.monitoring.telling import Job, Movement, Step, complain
from archive_jobs.settings import ArchiveSettings

PRODUCER = "archive-jobs/0.1.0"


def is_asked_for() -> bool:
    """Whether OpenLineage is told where to send to: by its variables, or by a file where it looks for one."""
    if os.environ.get("OPENLINEAGE_DISABLED", "").strip().lower() == "true":
        return False
    named = ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG", "OPENLINEAGE__TRANSPORT__TYPE", "OPENLINEAGE__TRANSPORT")
    files = (Path("openlineage.yml"), Path("~/.openlineage/openlineage.yml").expanduser())
    return any(os.environ.get(name) for name in named) or any(file.is_file() for file in files)


def namespace() -> str:
    """Of our jobs: OPENLINEAGE_NAMESPACE, which dbt-ol reads too, else our own name."""
    return os.environ.get("OPENLINEAGE_NAMESPACE") or "archive-jobs"


@attr.define
class ArchiveRunFacet(RunFacet):
    """What OpenLineage has no word for."""

    job: str
    command: str
    units: int = 0
    heldBack: int = 0  # noqa: N815  # facets are written in camel case

    @staticmethod
    def _get_schema() -> str:
        return "https://github.com/definitions-to-lake/facets/archive-run.json"


@dataclass
class _Traced:
    """One table in one job: what has moved so far."""

    run_id: str
    table: Any
    what: str
    units: int = 0
    rows: int = 0
    bytes: int = 0
    files: int = 0
    held_back: int = 0


class Lineage:
    """The sink that sends events. What cannot be sent is said once, and no further one is tried in this process."""

    def __init__(self, settings: ArchiveSettings) -> None:
        logging.getLogger("openlineage").setLevel(logging.CRITICAL)
        self._settings, self._is_broken = settings, False
        self._client = OpenLineageClient()
        self._lock = threading.Lock()
        self._traced: dict[str, dict[tuple[Any, ...], _Traced]] = {}

    def job_began(self, job: Job) -> None:
        """A run is one of a table: it begins when the first unit of it is planned."""

    def step_done(self, job: Job | None, step: Step) -> None:
        """Begin with the first plan; add up what a commit moved."""
        if job is None or step.name not in ("plan", "commit", "abandon"):
            return
        traced = self._of(job, step.attempt.table, "archive")
        with self._lock:
            if step.name == "abandon":
                traced.held_back += 1
            elif step.name == "commit" and not step.ended_by:
                traced.units, traced.rows = traced.units + 1, traced.rows + step.attempt.rows
                traced.bytes += getattr(step.attempt, "bytes", 0)
                traced.files += len(getattr(step.attempt, "files", ()))

    def moved(self, job: Job | None, movement: Movement) -> None:
        """Rows that went another way: back, or out of Layer 3 for good (which makes no data)."""
        if job is None or movement.what != "restored":
            return
        traced = self._of(job, movement.table, "restore")
        with self._lock:
            traced.units, traced.rows = traced.units + 1, traced.rows + movement.rows

    def job_ended(self, job: Job) -> None:
        """One last event for each table of the job."""
        for traced in self._traced.pop(job.job_id, {}).values():
            has_failed = job.outcome in ("refused", "error")
            state = RunState.FAIL if has_failed else RunState.ABORT if job.outcome == "stopped" else RunState.COMPLETE
            self._send(state, job, traced)

    def _of(self, job: Job, table: Any, what: str) -> _Traced:
        with self._lock:
            tables = self._traced.setdefault(job.job_id, {})
            if (what, table.key) in tables:
                return tables[what, table.key]
            traced = tables[what, table.key] = _Traced(str(generate_new_uuid()), table, what)
        self._send(RunState.START, job, traced)
        return traced

    def _send(self, state: RunState, job: Job, traced: _Traced) -> None:
        if self._is_broken:
            return
        try:
            self._client.emit(self._event(state, job, traced))
        except Exception as error:
            # Of requests' errors the text holds the URL, which may hold a key.
            self._is_broken = True
            complain("OpenLineage", type(error)("the event was not taken") if _is_http(error) else error)

    def _event(self, state: RunState, job: Job, traced: _Traced) -> RunEvent:
        table, is_over = traced.table, state is not RunState.START
        hot = in_postgres(table)
        lake = in_lake(self._settings, table)
        source, target = (hot, lake) if traced.what == "archive" else (lake, hot)
        facets: dict[str, RunFacet] = {
            "processing_engine": processing_engine_run.ProcessingEngineRunFacet("0.1.0", "archive-jobs"),
            "archive": ArchiveRunFacet(job.job_id, job.command, traced.units, traced.held_back),
        }
        if job.parent_id:
            facets["parent"] = parent_run.ParentRunFacet(
                parent_run.Run(_as_uuid(job.parent_id)), parent_run.Job(namespace(), "archive-jobs worker")
            )
        if state is RunState.FAIL:
            facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(
                without_values(job.reason) or job.outcome, "Python"
            )
        kind: dict[str, JobFacet] = {
            "jobType": job_type_job.JobTypeJobFacet("BATCH", "ARCHIVE_JOBS", job.command.upper())
        }
        return RunEvent(
            eventTime=datetime.now(UTC).isoformat(),
            eventType=state,
            run=Run(traced.run_id, facets=facets),
            job=LineageJob(namespace(), f"{traced.what}.{table.schema}.{table.relation_name}", facets=kind),
            producer=PRODUCER,
            inputs=[source.as_input()],
            outputs=[target.as_output(source, traced.rows, traced.bytes, traced.files, is_over=is_over)],
        )


def _as_uuid(job_id: str) -> str:
    return f"{job_id[:8]}-{job_id[8:12]}-{job_id[12:16]}-{job_id[16:20]}-{job_id[20:]}"


def _is_http(error: Exception) -> bool:
    return type(error).__module__.partition(".")[0] in ("requests", "urllib3")
