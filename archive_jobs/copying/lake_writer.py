"""Cut a stream of rows into Parquet files by tenant and day, month or year, in a thread of its own.

Few row groups are held in memory at a time, however long the stream is. Rows that come out of order are no error:
a part that was closed gets one more file.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from archive_jobs.failpoints import fail_at
from archive_jobs.lake.lake_identity import part_of_tenant
from archive_jobs.moving.attempt import LakeFile

# Whichever comes first closes a row group; all of it is in memory once as Arrow and once as encoded pages.
_GROUP_ROWS, _GROUP_BYTES = 122_880, 24 << 20
_OPEN_AT_ONCE = 4
# What may wait while a row group is encoded: less would stop the stream, and with it PostgreSQL, each time.
_AHEAD_BYTES = 24 << 20
# So many writers may have that much of memory; more of them share what these would have.
_AT_ONCE = 2
# A column of which more values than this differ gains nothing from a dictionary.
_DISTINCT = 0.4
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Layout:
    """How the files of one attempt are written."""

    fields: tuple[tuple[str, Mapping[str, str]], ...]  # columns and what is said of each
    metadata: dict[str | bytes, str | bytes]
    compression: Literal["zstd", "snappy"]
    day: date
    tenant_key: bytes
    staged: Callable[[], Path]  # the next file's
    sorted_by: tuple[int, ...] = ()
    most_files: int | None = None


class OutOfOrderError(Exception):
    """The stream came in such disorder that it would make a great many small files."""


@dataclass
class _Open:
    """A file that is being written."""

    file: LakeFile
    writer: Any = None
    waiting: list[Any] = field(default_factory=list)
    rows: int = 0
    bytes: int = 0


_writing: set[threading.Thread] = set()


def _share_of(most: int) -> int:
    """What each of the writers that are at work may have of it."""
    return most * _AT_ONCE // max(_AT_ONCE, len(_writing))


class LakeWriter:
    """Takes record batches: the layout's columns, then (where the stream is to be cut) part and tenant."""

    def __init__(self, layout: Layout) -> None:
        self.files: list[LakeFile] = []
        self._layout = layout
        self._open: dict[tuple[int | None, str | None], _Open] = {}
        self._queue: queue.Queue[Any] = queue.Queue()
        self._room, self._ahead = threading.Condition(), 0
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="lake-writer", daemon=True)
        _writing.add(self._thread)
        self._thread.start()

    def write(self, batch: Any) -> None:
        """Hand over a batch. Raises what went wrong with an earlier one."""
        if self._error is not None:
            raise self._error
        with self._room:
            self._room.wait_for(lambda: self._ahead < _share_of(_AHEAD_BYTES))
            self._ahead += batch.nbytes
        self._queue.put(batch)

    def finish(self) -> list[LakeFile]:
        """Close all files and return them in the order in which they were begun."""
        self._end()
        if self._error is not None:
            raise self._error
        return self.files

    def abandon(self) -> None:
        """Stop, if it is not finished; what is written stays for the sweeper."""
        if self._thread.is_alive():
            self._error = self._error or RuntimeError("abandoned")
            self._end()

    def _end(self) -> None:
        self._queue.put(None)
        self._thread.join()
        _writing.discard(self._thread)

    def _work(self) -> None:
        while (batch := self._queue.get()) is not None:
            with self._room:
                self._ahead -= batch.nbytes
                self._room.notify()
            if self._error is None:
                try:
                    for key, piece in self._cut(batch):
                        self._add(key, piece)
                except BaseException as error:  # handed to the thread that reads
                    self._error = error
        try:
            for key in list(self._open):
                self._close(key)
        except BaseException as error:  # handed to the thread that reads
            self._error = self._error or error

    def _cut(self, batch: Any) -> Iterator[tuple[tuple[int | None, str | None], Any]]:
        """The pieces of a batch that go to different files."""
        width = len(self._layout.fields)
        rows = batch.select(range(width))
        if batch.num_columns == width:
            yield (None, None), rows
            return
        parts = batch.column(width).cast(pa.int32()).to_numpy(zero_copy_only=False)
        tenants = batch.column(width + 1).dictionary_encode() if batch.num_columns > width + 1 else None
        codes = np.zeros(len(parts), np.int64)
        if tenants is not None:
            codes = pc.fill_null(tenants.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        keys = codes * (1 << 32) + parts.astype(np.int64)
        if len(np.flatnonzero(np.diff(keys))) > 2 * len(np.unique(keys)):
            order = np.argsort(keys, kind="stable")
            keys, rows = keys[order], rows.take(pa.array(order))
            parts, codes = parts[order], codes[order]
        ends = [*(np.flatnonzero(np.diff(keys)) + 1).tolist(), len(keys)]
        start = 0
        for end in ends:
            if end > start:
                tenant = None
                if tenants is not None:
                    code = int(codes[start])
                    tenant = self._tenant(None if code < 0 else tenants.dictionary[code].as_py())
                yield (int(parts[start]), tenant), rows.slice(start, end - start)
            start = end

    def _tenant(self, name: str | None) -> str:
        """An opaque number: who a tenant is stands in no path."""
        return part_of_tenant(self._layout.tenant_key, name)

    def _add(self, key: tuple[int | None, str | None], piece: Any) -> None:
        if key in self._open:
            target = self._open.pop(key)
        else:
            while len(self._open) >= _OPEN_AT_ONCE:
                self._close(next(iter(self._open)))
            part, tenant = key
            day = self._layout.day if part is None else _EPOCH + timedelta(days=part)
            if self._layout.most_files is not None and len(self.files) >= self._layout.most_files:
                raise OutOfOrderError
            target = _Open(LakeFile(self._layout.staged(), day, tenant))
            self.files.append(target.file)
        self._open[key] = target  # the last used is the last
        target.waiting.append(piece)
        target.rows += piece.num_rows
        target.bytes += piece.nbytes
        if target.rows >= _GROUP_ROWS or target.bytes >= _share_of(_GROUP_BYTES):
            self._flush(target)

    def _flush(self, target: _Open) -> None:
        if target.waiting:
            group = self._typed(pa.Table.from_batches(target.waiting))
            if target.writer is None:
                target.writer = self._writer(target.file.staged, group)
            target.writer.write_table(group, row_group_size=max(target.rows, 1))
            target.file.rows += target.rows
        target.waiting, target.rows, target.bytes = [], 0, 0

    def _close(self, key: tuple[int | None, str | None]) -> None:
        target = self._open.pop(key)
        self._flush(target)
        target.writer.close()
        fail_at("export.write.after")

    def _typed(self, group: Any) -> Any:
        """Arrow's own booleans, and what is said of each column."""
        for place, one in enumerate(group.schema):
            if one.type == pa.bool8():
                stored = pa.chunked_array([chunk.storage for chunk in group.column(place).chunks], pa.int8())
                group = group.set_column(place, one.name, stored.cast(pa.bool_()))
        named = [
            pa.field(name, one.type, metadata=dict(said))
            for (name, said), one in zip(self._layout.fields, group.schema, strict=True)
        ]
        return pa.Table.from_arrays(group.columns, schema=pa.schema(named, metadata=self._layout.metadata))

    def _writer(self, path: Path, group: Any) -> Any:
        repeated = [name for name, column in zip(group.column_names, group.columns, strict=True) if _repeats(column)]
        return pq.ParquetWriter(
            path,
            group.schema,
            compression=self._layout.compression,
            use_dictionary=repeated,  # type: ignore[arg-type]  # the stubs know only booleans
            write_page_checksum=True,
            store_decimal_as_integer=True,
            sorting_columns=[pq.SortingColumn(place) for place in self._layout.sorted_by] or None,
        )


def _repeats(column: Any) -> bool:
    sample = column.slice(0, 10_000)
    if pa.types.is_boolean(sample.type) or isinstance(sample.type, pa.BaseExtensionType):
        return False
    return len(sample) > 0 and pc.count_distinct(sample, mode="all").as_py() <= _DISTINCT * len(sample)
