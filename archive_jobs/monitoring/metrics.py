"""Prometheus metrics: what this process did, counted as it happens, and what the catalogue says when it is asked.

Labels are schema, table, kind, command, step and outcome: never a value, a tenant or a person.
"""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

from archive_jobs.monitoring.catalogue_gauges import CatalogueGauges
from archive_jobs.monitoring.telling import Job, Movement, Step, sinks
from archive_jobs.settings import ArchiveSettings

CONTENT_TYPE = CONTENT_TYPE_LATEST
# One for the process. Who serves an endpoint of its own registers its metrics here and answers with `exposition`.
REGISTRY = CollectorRegistry()
_TABLE = ("schema", "table", "kind")
_SECONDS = (0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200)

JOBS = Counter("archive_jobs", "Jobs that ended here.", ("command", "outcome"), registry=REGISTRY)
JOB_SECONDS = Histogram("archive_job_seconds", "How long jobs took.", ("command",), buckets=_SECONDS, registry=REGISTRY)
STEP_SECONDS = Histogram(
    "archive_step_seconds", "How long a step took of which an attempt was part.", ("step", "kind"),
    buckets=_SECONDS, registry=REGISTRY,
)  # fmt: skip
UNITS = Counter("archive_units_moved", "Units that this process archived.", _TABLE, registry=REGISTRY)
ROWS = Counter("archive_rows_moved", "Rows of them.", _TABLE, registry=REGISTRY)
BYTES = Counter("archive_bytes_moved", "Bytes of their files.", _TABLE, registry=REGISTRY)
OTHER_ROWS = Counter(
    "archive_rows_moved_back", "Rows that were restored, or dropped from Layer 3.", (*_TABLE, "what"), registry=REGISTRY
)
HELD_BACK = Counter("archive_units_held_back", "Attempts that this process gave up.", _TABLE, registry=REGISTRY)


class Counting:
    """The sink that counts."""

    def job_began(self, job: Job) -> None:
        """Nothing is counted before it is over."""

    def step_done(self, job: Job | None, step: Step) -> None:  # noqa: ARG002  # a sink's signature
        """Seconds of the step; what a commit moved."""
        attempt = step.attempt
        STEP_SECONDS.labels(step.name, attempt.table.key[2]).observe(step.seconds)
        if step.name == "abandon":
            HELD_BACK.labels(*attempt.table.key).inc()
        elif step.name == "commit" and not step.ended_by:
            UNITS.labels(*attempt.table.key).inc()
            ROWS.labels(*attempt.table.key).inc(attempt.rows)
            BYTES.labels(*attempt.table.key).inc(getattr(attempt, "bytes", 0))

    def moved(self, job: Job | None, movement: Movement) -> None:  # noqa: ARG002  # a sink's signature
        """Rows that went another way."""
        OTHER_ROWS.labels(*movement.table.key, movement.what).inc(movement.rows)

    def job_ended(self, job: Job) -> None:
        """Its outcome and its seconds."""
        JOBS.labels(job.command, job.outcome).inc()
        JOB_SECONDS.labels(job.command).observe(job.seconds)


def count() -> None:
    """From now on what this process does is counted. Twice is once."""
    if not any(isinstance(sink, Counting) for sink in sinks):
        sinks.append(Counting())


def exposition(settings: ArchiveSettings) -> bytes:
    """The text Prometheus reads: this process's counts, then the catalogue as it is now."""
    return generate_latest(REGISTRY) + of_catalogue(settings)


def of_catalogue(settings: ArchiveSettings) -> bytes:
    """What the catalogue says, as gauges. A server that does not answer is a metric, archive_catalogue_up 0."""
    asked = CollectorRegistry()
    asked.register(CatalogueGauges(settings))
    return generate_latest(asked)
