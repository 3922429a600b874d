"""Every command of `archive-jobs` is a job: it has an id, an outcome, and sinks where the settings ask for them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer.core

from archive_jobs.monitoring.telling import Job, Sink, complain, current_job, sinks, told
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError
from landing.settings import checked_settings

# Those that move or remove something, or check it: what a textfile is kept of.
_KEPT = frozenset(
    (
        "run",
        "worker",
        "reconcile",
        "verify",
        "scrub",
        "expire",
        "restore",
        "erase",
        "replay",
        "recall",
        "delta",
        "prove",
    )
)


class WatchedCommands(typer.core.TyperGroup):
    """The group of all commands: whatever is called through it is a job."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command inside of its job; `--help` of a command is none."""
        given = _given(ctx)
        if "--help" in given or not given:
            return super().invoke(ctx)
        with command_job(name_of(self, ctx)), interruptible():
            return super().invoke(ctx)


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C is what it is elsewhere also while DuckDB runs a query: it makes a RuntimeError of it."""
    try:
        yield
    except RuntimeError as error:
        if str(error) != "Query interrupted":
            raise
        raise KeyboardInterrupt from None


def _given(ctx: Any) -> list[str]:
    # Typer tells a group what is called by no other name.
    return [*getattr(ctx, "_protected_args", ()), *ctx.args]


def name_of(group: typer.core.TyperGroup, ctx: Any) -> str:
    """What is called: `policies apply`, where a group has commands of its own."""
    given = _given(ctx) or [""]
    found = group.commands.get(given[0])
    if isinstance(found, typer.core.TyperGroup) and len(given) > 1 and given[1] in found.commands:
        return f"{given[0]} {given[1]}"
    return given[0] if found is not None else "unknown"


@contextmanager
def command_job(command: str) -> Iterator[Job]:
    """The job that is a command. Its sinks are open as long as it is."""
    try:
        settings = checked_settings(ArchiveSettings)
    except ProblemError:
        settings = None  # the command says it, with its flags
    own = [] if settings is None else _opened(settings)
    sinks.extend(own)
    job = Job(command)
    try:
        with told(job):
            yield job
    finally:
        sinks[:] = [sink for sink in sinks if sink not in own]
        if settings is not None and settings.metrics is not None and command in _KEPT:
            _write(settings, job)


def _opened(settings: ArchiveSettings) -> list[Sink]:
    """The sinks that the settings ask for; each is loaded only then."""
    found: list[Sink] = []
    if settings.log is not None:
        from archive_jobs.monitoring.logs import Log

        found.append(Log(settings.log, settings.log_level))
    if any(name.startswith("OPENLINEAGE") for name in os.environ) or Path("openlineage.yml").exists():
        from archive_jobs.monitoring.lineage import Lineage, is_asked_for

        if is_asked_for():
            found.append(Lineage(settings))
    return found


def _write(settings: ArchiveSettings, job: Job) -> None:
    from archive_jobs.monitoring.textfile import write_textfiles

    assert settings.metrics is not None
    try:
        write_textfiles(settings.metrics, settings, job)
    except OSError as error:
        complain("metrics", error)


@contextmanager
def queued_job(command: str, **about: Any) -> Iterator[Job]:
    """A job inside of one that goes on: of a worker's queue, or of the service."""
    with told(Job(command, about={name: value for name, value in about.items() if value is not None})) as job:
        yield job


def job_id() -> str | None:
    """The id of the job at hand, for who writes it down elsewhere."""
    found = current_job()
    return found.job_id if found else None
