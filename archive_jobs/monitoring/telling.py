"""Who is told what a job does: sinks for logs and metrics are handed each step once it is true. Loads neither of them.

A sink that fails is named once on stderr and never stops a job: rows are worth more than a line about them.
"""

from __future__ import annotations

import functools
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, ParamSpec, Protocol, TypeVar, runtime_checkable

Outcome = Literal["done", "check_failed", "refused", "stopped", "error"]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Job:
    """One command, or one job of a worker's queue. What its attempts did is added up here."""

    command: str
    job_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    parent_id: str | None = None
    about: dict[str, Any] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    outcome: Outcome = "done"
    reason: str = ""
    units: int = 0
    held_back: int = 0
    rows: int = 0
    bytes: int = 0


@runtime_checkable
class Tried(Protocol):
    """What is told of an attempt. Columns, predicates and rows of it are nobody's business here."""

    attempt_id: uuid.UUID
    unit_id: uuid.UUID
    outcome: str
    reason: str
    rows: int
    table: Any


@dataclass(frozen=True)
class Step:
    """One step of one attempt, over: how long it took (of a batch, all of it), and the class of what ended it early."""

    name: str
    attempt: Tried
    seconds: float
    ended_by: str = ""


@dataclass(frozen=True)
class Movement:
    """Rows of one unit that were put back, or dropped from Layer 3."""

    what: str
    table: Any
    unit_id: uuid.UUID
    rows: int


class Sink(Protocol):
    """Somebody who is told."""

    def job_began(self, job: Job) -> None:
        """A job has begun."""

    def step_done(self, job: Job | None, step: Step) -> None:
        """An attempt has passed a step, or ended in it."""

    def moved(self, job: Job | None, movement: Movement) -> None:
        """Rows of a unit went another way than into the lake, and that is committed."""

    def job_ended(self, job: Job) -> None:
        """A job is over."""


sinks: list[Sink] = []
_current: ContextVar[Job | None] = ContextVar("job", default=None)
_complained: set[str] = set()


def current_job() -> Job | None:
    """The job that this thread works at."""
    return _current.get()


def _tell_all(tell: Callable[[Sink], None]) -> None:
    for sink in list(sinks):
        try:
            tell(sink)
        except Exception as error:
            complain(type(sink).__name__, error)


def complain(who: str, error: BaseException) -> None:
    """Say once for each of them that nobody hears it any more."""
    if who not in _complained:
        _complained.add(who)
        print(f"monitoring: {who} cannot tell: {type(error).__name__}: {error}; jobs go on", file=sys.stderr)


@contextmanager
def told(job: Job) -> Iterator[Job]:
    """The job is the one this thread works at; how it ends is for the caller to set, or an exception."""
    outer = _current.get()
    job.parent_id = outer.job_id if outer else None
    token = _current.set(job)
    _tell_all(lambda sink: sink.job_began(job))
    try:
        yield job
    except BaseException as error:
        if job.outcome == "done":
            job.outcome, job.reason = _outcome_of(error)
        raise
    finally:
        job.seconds = time.monotonic() - job.began
        _tell_all(lambda sink: sink.job_ended(job))
        if outer is not None:
            outer.units, outer.held_back = outer.units + job.units, outer.held_back + job.held_back
            outer.rows, outer.bytes = outer.rows + job.rows, outer.bytes + job.bytes
        _current.reset(token)


def _outcome_of(error: BaseException) -> tuple[Outcome, str]:
    """As the exit status says it; the words of errors that nobody expected stay in the traceback."""
    from definitions_to_dbt.errors import ProblemError

    status = getattr(error, "exit_code", getattr(error, "code", None))
    if isinstance(error, ProblemError):
        return "refused", str(error)
    if isinstance(error, KeyboardInterrupt) or status in (130, 143):
        return "stopped", ""
    if (status in (None, 0) and isinstance(error, (SystemExit, GeneratorExit))) or status == 0:
        return "done", ""
    return ("check_failed", "") if status == 1 else ("refused", "") if status == 2 else ("error", type(error).__name__)


def moved(what: str, table: Any, unit_id: uuid.UUID, rows: int) -> None:
    """Tell that rows were `restored` or `dropped`, once it is committed."""
    job, movement = _current.get(), Movement(what, table, unit_id, rows)
    _tell_all(lambda sink: sink.moved(job, movement))


def step(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Tell of each attempt among a function's arguments that the step of this name is over, and how long it took."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def timed(*args: P.args, **kwargs: P.kwargs) -> R:
            if not sinks and _current.get() is None:
                return function(*args, **kwargs)
            began, ended_by = time.monotonic(), ""
            given: list[object] = [*args, *kwargs.values()]
            try:
                result = function(*args, **kwargs)
                given.append(result)
            except BaseException as error:
                ended_by = type(error).__name__
                raise
            finally:
                _step_done(name, time.monotonic() - began, ended_by, _attempts(given))
            return result

        return timed

    return decorate


def _attempts(given: Sequence[object]) -> list[Tried]:
    """The attempts among arguments and result, each once."""
    found: dict[uuid.UUID, Tried] = {}
    for one in given:
        several = one if isinstance(one, (list, tuple)) else [one]
        found.update({some.attempt_id: some for some in several if isinstance(some, Tried)})
    return list(found.values())


def _step_done(name: str, seconds: float, ended_by: str, attempts: Sequence[Tried]) -> None:
    job = _current.get()
    for attempt in attempts:
        if job is not None and name == "commit" and attempt.outcome == "active":
            job.units, job.rows = job.units + 1, job.rows + attempt.rows
            job.bytes += int(getattr(attempt, "bytes", 0))
        if job is not None and name == "abandon":
            job.held_back += 1
        done = Step(name, attempt, seconds, ended_by)
        _tell_all(lambda sink, done=done: sink.step_done(job, done))  # type: ignore[misc]  # no type for defaults
