"""One retrieval from the request to its bytes: checked, estimated, counted against its tenant, run, and given back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import duckdb
import psycopg
import pyarrow as pa
import structlog

from archive_jobs.monitoring.logs import without_values
from archive_jobs.serving.estimating import estimate
from archive_jobs.serving.formats import encode, stream_query
from archive_jobs.serving.pages import page
from archive_jobs.serving.principals import Principal
from archive_jobs.serving.problems import ApiError, unavailable
from archive_jobs.serving.requests import RetrievalJob, RetrievalQuery, StreamFormat, filters_of, names_of
from archive_jobs.serving.retrieving import Statement, Visible, Wanted, checked_interval, find_model, statement
from archive_jobs.serving.running import OWNER, ForeignRowError, Running, StoppedError, too_large
from archive_jobs.serving.streaming import CLIENT_GONE
from definitions_to_dbt.errors import ProblemError

if TYPE_CHECKING:
    from archive_jobs.serving.backend import Backend

log = structlog.get_logger("archive_jobs.serving")


@dataclass
class Stopper:
    """Stops a retrieval from outside, also one that has not begun."""

    _running: Running | None = None
    _why: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def why(self) -> str | None:
        """Why it was stopped, if it was."""
        return self._why

    def __call__(self, why: str) -> None:
        """Stop it."""
        with self._lock:
            self._why, running = self._why or why, self._running
        if running is not None:
            running.stop(why)

    def begin(self, running: Running) -> None:
        """From now on this is what is stopped. Raises StoppedError where that was asked for meanwhile."""
        with self._lock:
            self._running, why = running, self._why
        if why is not None:
            raise StoppedError(why)


def wanted_by(backend: Backend, asked: RetrievalQuery | RetrievalJob, principal: Principal) -> Wanted:
    """The question, with every name and bound checked that can be without the database."""
    model = find_model(backend.library, asked.table_name, asked.data_type, principal)
    interval = checked_interval(model, asked.data_type, asked.start_time, asked.end_time, backend.settings)
    if isinstance(asked, RetrievalJob):
        wanted = Wanted(model, asked.data_type, interval, tuple(asked.columns), tuple(asked.filter))
    else:
        order = tuple((name.removeprefix("-"), name.startswith("-")) for name in names_of("order", asked.order))
        filters = tuple(filters_of(asked.filter))
        wanted = Wanted(model, asked.data_type, interval, names_of("columns", asked.columns), filters, order)
    # Known once more when it is known what the table really has; most faults show here, before anything is opened.
    visible = Visible(model, asked.data_type, principal, platform=True)
    for where, names in (("columns", wanted.columns), ("order", tuple(name for name, _ in wanted.order))):
        for name in names:
            visible.require(where, name)
    for number, one in enumerate(wanted.filters):
        visible.require(f"filter/{number}/col", one.col)
    return wanted


def require_within_quota(backend: Backend, wanted: Wanted, principal: Principal) -> None:
    """Raise ApiError where the answer could be too large for a request."""
    expected = estimate(backend, wanted, principal)
    if expected.exceeds(backend.settings):
        raise too_large()


def open_retrieval(
    backend: Backend, wanted: Wanted, principal: Principal, held: ExitStack, stopper: Stopper, most_bytes: int | None
) -> tuple[Running, Statement, dict[str, str], Wanted, Visible]:
    """Enter a snapshot and make the statement; `held` gives everything back."""
    held.enter_context(backend.limits.running(principal.share))
    held.enter_context(backend.metrics.running.track_inprogress())
    table = wanted.model.table_name
    running = held.enter_context(backend.engines.reader(table, principal.tenant, stopper.begin, most_bytes))
    # Files are brought and their bytes checked here: that is part of the time too.
    with running.within(backend.settings.query_seconds if most_bytes else backend.settings.stream_seconds):
        platform = wanted.kind == "source" or running.reader.platform(wanted.model)
        visible = Visible(wanted.model, wanted.kind, principal, platform=platform)
        tenant_key = None if principal.tenant is None else backend.signer.key_of(principal.tenant)
        made, types = statement(running.reader, wanted, principal, visible, tenant_key)
    return running, made, types, wanted, visible


def answer_page(
    backend: Backend, asked: RetrievalQuery, principal: Principal, held: ExitStack, stopper: Stopper
) -> bytes:
    """A page of JSON."""
    wanted = wanted_by(backend, asked, principal)
    require_within_quota(backend, wanted, principal)
    wanted = _in_order(wanted, principal)
    with _told_apart():
        running, made, types, wanted, visible = open_retrieval(
            backend, wanted, principal, held, stopper, int(backend.settings.max_bytes)
        )
        order_types = {name: visible.require("order", name).lake_type for name, _ in wanted.order}
        return page(
            running, made, types, wanted, order_types, asked.limit, asked.cursor, backend.signer, principal
        )  # fmt: skip


def answer_stream(
    backend: Backend, wanted: Wanted, format: StreamFormat, principal: Principal, held: ExitStack, stopper: Stopper,
    *, is_job: bool = False,
) -> Iterator[bytes]:  # fmt: skip
    """Chunks in a format; the query has begun, and what is wrong with it is known by now."""
    most_bytes = None if is_job else int(backend.settings.max_bytes)
    with _told_apart():
        running, made, types, wanted, _ = open_retrieval(backend, wanted, principal, held, stopper, most_bytes)
        # Until the last byte is sent: a client that takes none holds a snapshot and an engine.
        held.callback(running.stop_after(backend.settings.stream_seconds))
        also = () if principal.tenant is None else (OWNER,)
        batches = running.batches(stream_query(made.query, types, format, also=also), made.values)
        first = next(batches)
    rows = backend.metrics.rows.labels(wanted.kind)

    def counted() -> Iterator[pa.RecordBatch]:
        yield first
        for batch in batches:
            rows.inc(batch.num_rows)
            yield batch

    return encode(counted(), format)


def _in_order(wanted: Wanted, principal: Principal) -> Wanted:
    """By time and key where the caller may see both, so that a page begins where the last one ended."""
    visible = Visible(wanted.model, wanted.kind, principal, platform=True)
    more = [wanted.model.time_column or "", *wanted.model.primary_key]
    if wanted.kind == "source":
        more = ["ingested_at", "raw_seq"]
    taken = {name for name, _ in wanted.order}
    added = tuple((name, False) for name in more if name not in taken and name in visible.columns)
    return replace(wanted, order=wanted.order + added)


@contextmanager
def _told_apart() -> Iterator[None]:
    """What the caller may know of a fault, and what only the log may."""
    try:
        yield
    except StoppedError as error:
        if error.args == (CLIENT_GONE,):
            raise
        raise ApiError(504, "too-slow", "the question takes longer than a request may: narrow it") from None
    except duckdb.OutOfMemoryException:
        raise ApiError(413, "too-large", "the question needs more memory or disk than it may have") from None
    except (ProblemError, ForeignRowError, duckdb.Error, psycopg.Error, OSError) as error:
        # Its text may hold SQL, values and paths: the operator finds it by what it is.
        log.error(
            "retrieval failed",
            error=type(error).__name__,
            reason=without_values(str(error)) if isinstance(error, ProblemError) else None,
        )
        raise unavailable() from error
