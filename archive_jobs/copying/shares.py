"""Bring the rows of a unit into files: in one stream, or a large unit in several at the same time, each with a share.

What went over the wire is summed over all of them; nothing here says that it was right.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import duckdb
import pyarrow as pa

from archive_jobs.copying.engine import enter_snapshot
from archive_jobs.copying.lake_writer import LakeWriter, Layout
from archive_jobs.copying.tuples import Tuples
from archive_jobs.copying.witness import Sums
from archive_jobs.database import Connection
from archive_jobs.moving.attempt import Attempt, LakeFile

_ROWS_AT_ONCE = 8_192
# Below this, another stream costs more than it saves, and its file would be a small one.
_ROWS_IN_A_SHARE = 500_000
_BLOCKS = """
select pg_relation_size(c.oid) / current_setting('block_size')::bigint
from pg_class as c inner join pg_am as a on a.oid = c.relam
where c.oid = %s::regclass and c.relkind = 'r' and a.amname = 'heap'
"""


def shares_of(control: Connection, attempt: Attempt, most: int) -> list[str]:
    """Conditions that cut the blocks of one heap into shares, each of which lies in one piece on the disk.

    They leave no row out and give none twice, whatever PostgreSQL says its size is.
    """
    count = min(most, attempt.expected_rows // _ROWS_IN_A_SHARE)
    if count < 2 or attempt.compressed or not attempt.is_whole:
        return ["true"]
    blocks = control.execute(_BLOCKS.encode(), (attempt.relation,)).fetchone()
    if blocks is None:
        return ["true"]
    borders = [f"'({blocks[0] * place // count},0)'::tid" for place in range(1, count)]
    return [
        " and ".join([*([f"ctid >= {low}"] if low else []), *([f"ctid < {high}"] if high else [])])
        for low, high in itertools.pairwise(["", *borders, ""])
    ]


def stream_all(
    engines: Sequence[duckdb.DuckDBPyConnection],
    queries: Sequence[str],
    attempt: Attempt,
    layout: Layout,
    streamed: Callable[[int], None],
) -> None:
    """Write what the queries bring, all at the same time. Where one fails the others stop, and its error is raised."""
    failed = threading.Event()

    def stream(engine: duckdb.DuckDBPyConnection, query: str) -> tuple[list[LakeFile], Tuples, Sums]:
        try:
            return _stream(engine, query, attempt, layout, streamed, failed)
        except BaseException:
            failed.set()
            raise

    with ThreadPoolExecutor(len(queries), "share") as shares:
        running = [shares.submit(stream, *pair) for pair in zip(engines, queries, strict=False)]
    errors = [error for one in running if (error := one.exception()) is not None]
    for error in sorted(errors, key=lambda error: isinstance(error, _StoppedError)):
        raise error
    parts = [one.result() for one in running]
    attempt.files, tuples, attempt.came = [], Tuples(), Sums()
    for files, of_part, came in parts:
        attempt.files += files
        tuples, attempt.came = tuples.plus(of_part), attempt.came.plus(came)
    attempt.rows, attempt.tuples = attempt.came.rows, None if attempt.compressed else tuples


class _StoppedError(Exception):
    """Another share of the unit has failed."""


def _stream(
    engine: duckdb.DuckDBPyConnection,
    query: str,
    attempt: Attempt,
    layout: Layout,
    streamed: Callable[[int], None],
    failed: threading.Event,
) -> tuple[list[LakeFile], Tuples, Sums]:
    tuples, came = Tuples(), Sums()
    writer = LakeWriter(layout)
    try:
        enter_snapshot(engine, attempt.snapshot)
        for batch in _batches(engine, query):
            if failed.is_set():
                raise _StoppedError
            width = batch.num_columns - 3
            tuples.add(batch.column(width))
            came.add(batch.column(width + 1), batch.column(width + 2))
            writer.write(batch.select(range(width)))
            streamed(batch.num_rows)
        return writer.finish(), tuples, came
    finally:
        writer.abandon()
        with suppress(duckdb.Error):  # the session is gone, and its transaction with it
            engine.execute("rollback")


def _batches(engine: duckdb.DuckDBPyConnection, query: str) -> Iterator[pa.RecordBatch]:
    """The rows of a query. What goes wrong in the middle of a stream comes through pyarrow, as an OSError."""
    reader = engine.execute(query).to_arrow_reader(_ROWS_AT_ONCE)
    while True:
        try:
            yield reader.read_next_batch()
        except StopIteration:
            return
        except OSError as error:
            raise (duckdb.IOException if str(error).startswith("IO Error") else duckdb.Error)(str(error)) from error
