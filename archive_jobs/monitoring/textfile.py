"""Metrics of commands that end: files that node_exporter's textfile collector reads, each replaced in one piece."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from archive_jobs.monitoring.metrics import of_catalogue
from archive_jobs.monitoring.telling import Job
from archive_jobs.settings import ArchiveSettings

_LABELS = ("schema", "command")
_SUCCESS = "archive_last_job_success_timestamp_seconds"


def write_textfiles(folder: Path, settings: ArchiveSettings, job: Job) -> None:
    """One file for the last job of this command, one for the catalogue. Raises OSError where they cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"archive_jobs.{settings.analytics_schema}"
    own = folder / f"{stem}.{re.sub(r'[^a-z0-9]+', '_', job.command)}.prom"
    _replace(own, _of_job(settings.analytics_schema, job, _last_success(own)))
    _replace(folder / f"{stem}.prom", of_catalogue(settings))


def _of_job(schema: str, job: Job, last_success: float | None) -> bytes:
    registry, now = CollectorRegistry(), time.time()

    def gauge(name: str, text: str, value: float) -> None:
        Gauge(name, text, _LABELS, registry=registry).labels(schema, job.command).set(value)

    gauge("archive_last_job_end_timestamp_seconds", "When the last job of this command ended.", now)
    success = now if job.outcome == "done" else last_success
    if success is not None:
        gauge(_SUCCESS, "When one last ended well.", success)
    gauge("archive_last_job_success", "Whether the last one ended well.", float(job.outcome == "done"))
    gauge("archive_last_job_duration_seconds", "How long it took.", job.seconds)
    gauge("archive_last_job_units", "Units that it archived.", job.units)
    gauge("archive_last_job_rows", "Rows of them.", job.rows)
    gauge("archive_last_job_bytes", "Bytes of their files.", job.bytes)
    gauge("archive_last_job_held_back", "Attempts that it gave up.", job.held_back)
    return generate_latest(registry)


def _last_success(file: Path) -> float | None:
    """What the file that is about to be replaced says: a job that fails must not make the last success forgotten."""
    try:
        found = re.search(rf"^{_SUCCESS}\{{.*\}} (\S+)$", file.read_text(), re.MULTILINE)
        return float(found[1]) if found else None
    except (OSError, ValueError):
        return None


def _replace(file: Path, content: bytes) -> None:
    """The collector reads *.prom at any moment, and must never see half of one."""
    staged = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        staged.write_bytes(content)
        staged.chmod(0o644)
        staged.replace(file)
    finally:
        staged.unlink(missing_ok=True)
