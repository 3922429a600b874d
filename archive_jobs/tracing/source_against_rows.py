"""Raw records against business rows: each record is transformed again and laid beside the row that came of it.

Rows are paired by raw record. A record without a row is in order where another record of its key beat it, or said the
same before it. DuckDB does the joining, and spills where memory ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import duckdb
import pyarrow as pa

from archive_jobs.copying.canonical import duckdb_text
from archive_jobs.database import Connection
from archive_jobs.tracing.comparison import PROBLEMS, SAMPLES, Comparison, counted, rows_as_dicts, sample_of
from archive_jobs.tracing.transform import Transformation
from definitions_to_dbt.lake import LakeColumn
from definitions_to_dbt.sql import quote_identifier

_ROWS_AT_ONCE = 10_000


class Rows(Protocol):
    """Where business rows and what is known of records come from, as streams. Each is asked once."""

    def in_range(self) -> pa.RecordBatchReader:
        """The rows that are compared."""

    def of_keys(self, keys: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """All rows that have one of these business keys, whenever they are of: winners over records are among them."""

    def records_among(self, numbers: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """Those of the numbers (`_seq`) that are a raw record's, in the range or not."""

    def waiting(self) -> pa.RecordBatchReader:
        """Numbers of the records that no batch has judged yet."""

    def rejected(self) -> pa.RecordBatchReader:
        """Numbers of the records that were rejected when a batch judged them."""


def compare_with_source(
    engine: duckdb.DuckDBPyConnection,
    control: Connection,
    transformation: Transformation,
    records: Iterable[pa.RecordBatch],
    rows: Rows,
    report: Comparison,
) -> Comparison:
    """Fill the report. With a range by event `records` are all there are: only transformed they tell their time."""
    by_event = report.by == "event"
    _keep_rows(engine, "found_rows", transformation.columns, rows.in_range())
    batches = transformation.rows(control, records, report.interval if by_event else None)
    _keep_expected(engine, transformation, batches, by_event=by_event)
    _keep_numbers(engine, "waiting", rows.waiting())
    _keep_numbers(engine, "rejected_then", rows.rejected())
    _pair(engine, transformation, rows)
    _judge_those_without(engine, transformation, rows)
    _count(engine, transformation, report)
    return report


def _keep(engine: duckdb.DuckDBPyConnection, name: str, stream: pa.RecordBatchReader, selected: str) -> None:
    engine.register("stream", stream)
    engine.execute(f"create or replace temp table {name} as select {selected} from stream")
    engine.unregister("stream")


def _keep_rows(
    engine: duckdb.DuckDBPyConnection, name: str, columns: Iterable[LakeColumn], stream: pa.RecordBatchReader
) -> None:
    texts = ", ".join(f"{duckdb_text(column)} as {quote_identifier(column.name)}" for column in columns)
    _keep(engine, name, stream, f"_raw_seq as _seq, {texts}")


def _keep_numbers(engine: duckdb.DuckDBPyConnection, name: str, stream: pa.RecordBatchReader) -> None:
    _keep(engine, name, stream, "_seq::bigint as _seq")


def _stream(engine: duckdb.DuckDBPyConnection, query: str) -> pa.RecordBatchReader:
    return engine.execute(query).to_arrow_reader(_ROWS_AT_ONCE)


def _q(name: str, relation: str) -> str:
    return f"{relation}.{quote_identifier(name)}"


def _keep_expected(
    engine: duckdb.DuckDBPyConnection, transformation: Transformation, batches: Iterable[pa.Table], *, by_event: bool
) -> None:
    names = [quote_identifier(column.name) for column in transformation.columns]
    empty = ", ".join(f"{name} varchar" for name in names)
    engine.execute(
        f"create or replace temp table expected_rows (_seq bigint, _fault varchar, _no_order boolean, {empty})"
    )
    wanted = "_in_range = 't' or _raw_seq::bigint in (select _seq from found_rows)" if by_event else "true"
    for batch in batches:
        engine.register("transformed", batch)
        engine.execute(
            f"insert into expected_rows select _raw_seq::bigint, _fault, _no_order = 't', {', '.join(names)}"
            f" from transformed where {wanted}"
        )
        engine.unregister("transformed")


def _pair(engine: duckdb.DuckDBPyConnection, transformation: Transformation, rows: Rows) -> None:
    """Each record with its row; a row that only marks the place an event has left is nobody's."""
    columns = transformation.columns
    values = ", ".join(
        f"{_q(c.name, side)} as {quote_identifier(f'{side}_{c.name}')}" for c in columns for side in ("e", "f")
    )
    same = " and ".join(_same(transformation, column) for column in columns)
    engine.execute(
        f"""create or replace temp table paired_rows as
        select coalesce(e._seq, f._seq) as _seq, e._seq is not null as is_expected, f._seq is not null as is_found,
            e._fault, e._no_order, {values}, {same} as is_same,
            row_number() over (partition by e._seq order by f._seq) as nth
        from expected_rows as e
        full join (
            from found_rows
            where not (_deleted = 'true' and _seq in (select _seq from expected_rows where _deleted = 'false'))
        ) as f on e._seq = f._seq"""
    )
    alone = _stream(engine, "select distinct _seq from paired_rows where not is_expected")
    _keep_numbers(engine, "records_there", rows.records_among(alone))
    engine.execute(
        """create or replace temp table judged_rows as
        select *, case
            when not is_expected and _seq in (select _seq from records_there) then 'out of range'
            when not is_expected or _fault is not null and is_found or nth > 1 then 'extra'
            when is_found then if(is_same, 'equal', 'changed')
            when _seq in (select _seq from waiting) then 'waiting'
            when _fault is not null then 'rejected'
        end as verdict from paired_rows"""
    )


def _same(transformation: Transformation, column: LakeColumn) -> str:
    """Whether record and row say the same in a column. A delete tells of its object no more than its key."""
    equal = f"{_q(column.name, 'e')} is not distinct from {_q(column.name, 'f')}"
    if not transformation.model.tells_changes or column.name in (*transformation.model.primary_key, "_deleted"):
        return f"({equal})"
    if column.name == "_source_order":
        return f"(e._no_order or {equal})"
    return f"(e._deleted = 'true' or {equal})"


def _judge_those_without(engine: duckdb.DuckDBPyConnection, transformation: Transformation, rows: Rows) -> None:
    """A record that has no row lost to another of its key, said the same as it, or is missing."""
    model, columns = transformation.model, transformation.columns
    lost = repeats = "false"
    if model.primary_key:
        pairs = [(quote_identifier(name), quote_identifier(f"e_{name}")) for name in model.primary_key]
        asked = ", ".join(f"{expected} as {name}" for name, expected in pairs)
        keys = _stream(engine, f"select distinct {asked} from judged_rows where verdict is null")
        _keep_rows(engine, "rivals", columns, rows.of_keys(keys))
        of_key = " and ".join(f"r.{name} = j.{expected}" for name, expected in pairs)
        newer = "(r._source_order::bigint, r._seq) > (j.e__source_order::bigint, j._seq)"
        newer = f"if(j._no_order, r._seq > j._seq or r._deleted = 'true', {newer})"
        lost = f"exists (from rivals as r where {of_key} and {newer})"
        repeats = f"exists (from rivals as r where {of_key} and {_repeats(transformation)})"
    engine.execute(
        f"""create or replace temp table verdicts as
        select j.* exclude (verdict), case
            when j.verdict is not null then j.verdict
            when j._seq in (select _seq from rejected_then) then 'accepted now'
            when {repeats} then 'duplicate'
            when {lost} then 'superseded'
            else 'missing'
        end as verdict from judged_rows as j"""
    )


def _repeats(transformation: Transformation) -> str:
    """Whether the row `r` says what the record `j` says, as the write model asks it."""
    model = transformation.model
    said = [c.name for c in transformation.columns if not c.name.startswith("_") and c.name not in model.primary_key]
    pairs = [
        f"r.{quote_identifier(name)} is not distinct from j.{quote_identifier(f'e_{name}')}"
        for name in (*said, "_deleted")
    ]
    equal = " and ".join(pairs)
    if model.tells_changes:
        both_gone = "r._deleted = 'true' and j.e__deleted = 'true'"
        return f"(j._no_order or r._source_order = j.e__source_order) and ({both_gone} or {equal})"
    order = "r._source_order = j.e__source_order" if model.source.order else "true"
    return f"{equal} and {order}"


def _count(engine: duckdb.DuckDBPyConnection, transformation: Transformation, report: Comparison) -> None:
    names = [column.name for column in transformation.columns]
    tally = dict(engine.execute("select verdict, count(*) from verdicts group by 1 order by 1").fetchall())
    report.counts = {
        "records": sum(tally.get(v, 0) for v in tally if v not in ("extra", "out of range")),
        **{name: tally.get(name, 0) for name in ("equal", "superseded", "duplicate", "rejected", "waiting")},
        **{name: tally.get(name, 0) for name in PROBLEMS},
    }
    differing = ", ".join(
        f"count(*) filter (where {quote_identifier(f'e_{n}')} is distinct from {quote_identifier(f'f_{n}')})"
        f" as {quote_identifier(n)}"
        for n in names
    )
    found = counted(engine.execute(f"select {differing} from verdicts where verdict = 'changed'"))
    report.columns = {name: number for name, number in found.items() if number}
    for problem in PROBLEMS:
        shown = engine.execute(f"select * from verdicts where verdict = ? order by _seq limit {SAMPLES}", [problem])
        for row in rows_as_dicts(shown):
            said = {"raw_seq": row["_seq"], **_key_of(transformation, row)}
            if row["_fault"]:
                said["fault"] = row["_fault"]
            report.samples.append(sample_of(problem, said, names, row))


def _key_of(transformation: Transformation, row: dict[str, object]) -> dict[str, object]:
    key = transformation.model.primary_key
    return {name: row[f"e_{name}"] if row["is_expected"] else row[f"f_{name}"] for name in key}
