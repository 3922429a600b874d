"""NDJSON: one JSON record per line. The record is the line without its line end; blank lines are none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from definitions_to_dbt.errors import ProblemError
from landing.file_format import NOTHING_LANDED
from landing.json_rows import JsonRows
from landing.raw_row import Row
from landing.source_file import MAX_RECORD_BYTES, SourceFile


def read_ndjson(source: SourceFile, json_rows: JsonRows) -> Iterator[list[Row]]:
    """Yield the rows of the file, about a block at a time. Raises ProblemError if it is not NDJSON at all."""
    is_checked = False
    for lines in split_lines(source):
        records = [record for line in lines if (record := line.removesuffix(b"\r")) and not record.isspace()]
        rows = json_rows.rows(records)
        if rows and not is_checked:
            _check_is_ndjson(source, records, rows)
            is_checked = True
        yield rows


def split_lines(source: SourceFile) -> Iterator[list[bytes]]:
    r"""Yield the lines of each block, without their \n. A line longer than a record may be is a ProblemError."""
    pending: list[bytes] = []
    for block in source.blocks():
        pending.append(block)
        if b"\n" in block:
            lines = b"".join(pending).split(b"\n")
            pending = [lines.pop()]
            yield lines
        elif sum(map(len, pending)) > MAX_RECORD_BYTES:
            raise record_too_long(source)
    if last := b"".join(pending):
        yield [last]


def record_too_long(source: SourceFile) -> ProblemError:
    """The refusal of a record that PostgreSQL could hardly hold."""
    return ProblemError(
        f"{source.path}: expected records of at most {MAX_RECORD_BYTES >> 20} MB, found a longer one",
        hint=f"{NOTHING_LANDED} Check that the file is {source.file_format}, and split the record.",
    )


def _check_is_ndjson(source: SourceFile, records: Iterable[bytes], rows: Iterable[Row]) -> None:
    """Tell a broken record, which lands, from a file in another format, which does not."""
    first = next(iter(records))
    if first.strip() in (b"[", b"{"):
        raise ProblemError(
            f"{source.path}: expected one record per line, found JSON laid out over several lines",
            hint=f"{NOTHING_LANDED} Use --format json.",
        )
    looks_like_json = any(record.lstrip()[:1] in (b"{", b"[") for record in records)
    if not looks_like_json and all(raw_data is None for _, raw_data, _ in rows):
        raise ProblemError(
            f"{source.path}: expected one JSON record per line, found {first[:40].decode(errors='replace')!r}",
            hint=f"{NOTHING_LANDED} Give the file's real format with --format.",
        )
