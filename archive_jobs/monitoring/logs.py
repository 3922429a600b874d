"""Lines of JSON, one for each thing that became true, with job, unit and attempt. No value of a row, no secret.

What PostgreSQL says of a row may quote its value, so whatever stands in quotation marks is left out.
"""

from __future__ import annotations

import re
import sys
import threading
from pathlib import Path
from typing import Any, Literal, TextIO

import structlog

from archive_jobs.monitoring.telling import Job, Movement, Step, complain

Level = Literal["debug", "info", "warning"]
_NUMBERS = {"debug": 10, "info": 20, "warning": 30}
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|(?<== )\S+|0x[0-9a-f ]+.*", re.DOTALL)
# Whose refusals are about tables and lakes. Those of others may name a person, or what an analyst asked for.
_OPERATORS = frozenset(
    ("run", "worker", "archive", "reconcile", "verify", "scrub", "expire", "delta", "plan", "status", "catalog rebuild")
)


def without_values(reason: str) -> str:
    """The first line of a message without what it quotes."""
    line = next(iter(reason.strip().splitlines()), "")
    return _QUOTED.sub("…", line)[:500]


class Log:
    """Writes the lines to stderr or to the end of a file, each in one piece."""

    def __init__(self, target: str, level: Level) -> None:
        stream = None if target == "stderr" else _opened(Path(target))
        self._log = structlog.wrap_logger(
            _Lines(stream),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(_NUMBERS[level]),
        )

    def job_began(self, job: Job) -> None:
        """Its id is in every line that follows from it."""
        self._log.info("job_began", **_of_job(job), **job.about)

    def step_done(self, job: Job | None, step: Step) -> None:
        """A unit that counts, or is held back, is worth a line to everybody; the steps between to who looks closer."""
        attempt, told = step.attempt, {"seconds": round(step.seconds, 3)}
        schema, table, kind = attempt.table.key
        known: dict[str, Any] = {
            **_of_job(job), "schema": schema, "table": table, "kind": kind, "unit": str(attempt.unit_id),
            "attempt": str(attempt.attempt_id), "rows": attempt.rows,
        }  # fmt: skip
        if step.name == "abandon":
            self._log.warning("unit_held_back", **known, reason=without_values(attempt.reason))
        elif step.name == "commit" and not step.ended_by:
            self._log.info("unit_archived", **known, bytes=getattr(attempt, "bytes", 0), **told)
        else:
            ended = {"ended_by": step.ended_by} if step.ended_by else {}
            self._log.debug(f"step_{step.name}", **known, **told, **ended)

    def moved(self, job: Job | None, movement: Movement) -> None:
        """Rows that went back, or out of Layer 3."""
        schema, table, kind = movement.table.key
        self._log.info(
            f"unit_{movement.what}", **_of_job(job), schema=schema, table=table, kind=kind,
            unit=str(movement.unit_id), rows=movement.rows,
        )  # fmt: skip

    def job_ended(self, job: Job) -> None:
        """How it ended, and what it moved."""
        moved = {"units": job.units, "held_back": job.held_back, "rows": job.rows, "bytes": job.bytes}
        said = {name: number for name, number in moved.items() if number}
        if job.reason:
            plain = job.outcome == "error" or job.command in _OPERATORS
            said["reason"] = without_values(job.reason) if plain else "said on stderr"  # type: ignore[assignment]  # a text among numbers
        write = self._log.info if job.outcome == "done" else self._log.warning
        write("job_ended", **_of_job(job), outcome=job.outcome, seconds=round(job.seconds, 3), **said)


def _of_job(job: Job | None) -> dict[str, Any]:
    if job is None:
        return {}
    above = {"parent_job": job.parent_id} if job.parent_id else {}
    return {"job": job.job_id, "command": job.command, **above}


def _opened(file: Path) -> TextIO | None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return file.open("a", encoding="utf-8")
    except OSError as error:
        complain("Log", error)
        return None


class _Lines:
    """A line is written whole and at once; where it cannot be, that is said once and the job goes on."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream, self._lock = stream, threading.Lock()

    def msg(self, line: str) -> None:
        """Write one line. stderr is looked up each time: it is another one inside a test, or after a redirect."""
        stream = self._stream or sys.stderr
        with self._lock:
            try:
                stream.write(line + "\n")
                stream.flush()
            except (OSError, ValueError) as error:
                complain("Log", error)

    debug = info = warning = msg
