"""Raw records against business rows: each record is transformed again and laid beside the row that came of it.

Rows are paired by raw record. A record without a row is in order where another record of its key beat it, or said the
same before it. DuckDB does the joining, and spills where memory ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from archive_jobs.database import Connection
from archive_jobs.tracing.comparison import PROBLEMS, SAMPLES, Comparison, rows_as_dicts, sample_of
from archive_jobs.tracing.transform import Transformation
from archive_jobs.tracing.wide_rows import (
    beside,
    count_differences,
    digest_of,
    keep,
    slices,
    stream_of,
    texts_of,
)
from definitions_to_dbt.sql import quote_identifier

_ALONE = "_seq in (select nr from judged_rows where verdict = 'alone')"


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


class SourceAgainstRows:
    """One comparison. `bench` is a DuckDB of its own."""

    def __init__(self, bench: duckdb.DuckDBPyConnection, transformation: Transformation, rows: Rows) -> None:
        self._bench, self._transformation, self._rows = bench, transformation, rows
        self._model, self._names = transformation.model, [column.name for column in transformation.columns]
        self._key = [quote_identifier(name) for name in self._model.primary_key]
        # What a record says of its object, beside which it is: by this one repeats another.
        said = [name for name in self._names if not name.startswith("_") and name not in self._model.primary_key]
        self._said = digest_of([*said, "_deleted"])

    def compare(self, control: Connection, records: Iterable[pa.RecordBatch], report: Comparison) -> Comparison:
        """Fill the report. With a range by event `records` are all there are: only transformed they tell their time."""
        by_event = report.by == "event"
        self._keep_found()
        batches = self._transformation.rows(control, records, report.interval if by_event else None)
        self._keep_expected(batches, by_event=by_event)
        keep(self._bench, "waiting", self._rows.waiting(), "_seq::bigint as _seq")
        keep(self._bench, "rejected_then", self._rows.rejected(), "_seq::bigint as _seq")
        self._pair()
        self._judge_those_without()
        self._report(report)
        return report

    def _digested(self, name: str, texts: str, beside_them: str) -> None:
        """A view of the texts in a few narrow columns."""
        self._bench.execute(
            f"create or replace temp view {name} as select {beside_them}, _deleted = 'true' as is_gone,"
            f" {digest_of(self._names)} as digest from {texts}"
        )

    def _keep_found(self) -> None:
        """The rows, of a record that was replayed the one that was made last: what is archived stands beside it."""
        texts = texts_of(self._transformation.columns)
        named = "row_number() over () as nr, _raw_seq as _seq, _loaded_at as made_at"
        keep(self._bench, "found_texts", self._rows.in_range(), f"{named}, {texts}")
        self._bench.execute(
            "delete from found_texts where nr not in (select nr from found_texts"
            " qualify made_at is not distinct from max(made_at) over (partition by _seq))"
        )
        self._digested("found_rows", "found_texts", "_seq")

    def _keep_expected(self, batches: Iterable[pa.Table], *, by_event: bool) -> None:
        names = ", ".join(quote_identifier(name) for name in self._names)
        columns = ", ".join(f"{quote_identifier(name)} varchar" for name in self._names)
        self._bench.execute(
            f"create or replace temp table expected_texts (_seq bigint, _fault varchar, _no_order boolean, {columns})"
        )
        wanted = "_in_range = 't' or _raw_seq::bigint in (select _seq from found_texts)" if by_event else "true"
        for batch in batches:
            self._bench.register("transformed", batch)
            self._bench.execute(
                f"insert into expected_texts select _raw_seq::bigint, _fault, _no_order = 't', {names}"
                f" from transformed where {wanted}"
            )
            self._bench.unregister("transformed")
        self._digested("expected_rows", "expected_texts", "_seq, _fault is not null as is_refused")

    def _pair(self) -> None:
        """Each record with its row; a row that only marks the place an event has left is nobody's."""
        self._bench.execute(
            """create or replace temp table paired_rows as
            select coalesce(e._seq, f._seq) as _seq, e._seq is not null as is_expected, f._seq is not null as is_found,
                e.is_refused, e.digest = f.digest as is_same, row_number() over (partition by e._seq) as nth
            from expected_rows as e
            full join (
                from found_rows
                where not (is_gone and _seq in (select _seq from expected_rows where not is_gone))
            ) as f on e._seq = f._seq"""
        )
        alone = stream_of(self._bench, "select distinct _seq from paired_rows where not is_expected")
        keep(self._bench, "records_there", self._rows.records_among(alone), "_seq::bigint as _seq")
        self._bench.execute(
            """create or replace temp table judged_rows as
            select _seq as nr, case
                when not is_expected and _seq in (select _seq from records_there) then 'out of range'
                when not is_expected or is_refused and is_found or nth > 1 then 'extra'
                when is_found then if(is_same, 'equal', 'changed')
                when _seq in (select _seq from waiting) then 'waiting'
                when is_refused then 'rejected'
                when _seq in (select _seq from rejected_then) then 'accepted now'
                else 'alone'
            end as verdict from paired_rows"""
        )
        if self._model.tells_changes:
            self._judge_changes()

    def _judge_changes(self) -> None:
        """A delete tells of its object no more than its key, and one without an order of its own not when it was."""
        always = {*self._model.primary_key, "_deleted"}
        same = []
        for name in self._names:
            unless = "false" if name in always else "e._no_order" if name == "_source_order" else "e._deleted = 'true'"
            equal = f"e.{quote_identifier(name)} is not distinct from f.{quote_identifier(name)}"
            same.append(f"({equal} or {unless})")
        for first, last in slices(self._bench, "select nr from judged_rows where verdict = 'changed'"):
            equal = self._laid_beside(first, last, "e._seq") + f" where {' and '.join(same)}"
            self._bench.execute(
                f"update judged_rows set verdict = 'equal' where verdict = 'changed' and nr in ({equal})"
            )

    def _laid_beside(self, first: int, last: int, selected: str) -> str:
        """Records and rows of these numbers that do not say the same, whole."""
        of_part = f"_seq between {first} and {last} and _seq in (select nr from judged_rows where verdict = 'changed')"
        sides = [f"(from {side}_texts where {of_part})" for side in ("expected", "found")]
        return f"select {selected} from {sides[0]} as e inner join {sides[1]} as f on e._seq = f._seq"

    def _judge_those_without(self) -> None:
        """A record that has no row lost to another of its key, said the same as it, or is missing."""
        verdict, joined = "'missing'", ""
        if self._key:
            self._keep_rivals()
            newer = "(best.highest).o > e._order or (best.highest).o = e._order and (best.highest).s > e._seq"
            newer = f"if(e._no_order, best.last_seq > e._seq or best.is_gone, {newer})"
            verdict = f"case when {self._repeats()} then 'duplicate' when {newer} then 'superseded' else 'missing' end"
            joined = (
                f" left join (select {', '.join(self._key)}, max({{o: _order, s: _seq}}) as highest,"
                " max(_seq) as last_seq, bool_or(is_gone) as is_gone from rivals group by all) as best"
                f" on {' and '.join(f'e.{name} = best.{name}' for name in self._key)}"
            )
        key = "".join(f", {name}" for name in self._key)
        lone = (
            f"select _seq, _source_order::bigint as _order, _deleted = 'true' as is_gone, _no_order,"
            f" {self._said} as said{key} from expected_texts where {_ALONE}"
        )
        self._bench.execute(
            f"create or replace temp table lone_rows as select e._seq as nr, {verdict} as verdict"
            f" from ({lone}) as e{joined}"
        )

    def _keep_rivals(self) -> None:
        key = ", ".join(self._key)
        keys = stream_of(self._bench, f"select distinct {key} from expected_texts where {_ALONE}")
        texts = texts_of(self._transformation.columns)
        keep(self._bench, "rival_texts", self._rows.of_keys(keys), f"_raw_seq as _seq, {texts}")
        self._bench.execute(
            f"create or replace temp table rivals as select {key}, _seq, _source_order::bigint as _order,"
            f" _deleted = 'true' as is_gone, {self._said} as said from rival_texts"
        )

    def _repeats(self) -> str:
        """Whether a row says what the record `e` says, as the write model asks it."""
        names, key = ", ".join(self._key), ", ".join(f"e.{name}" for name in self._key)
        whenever = f"({key}, e.said) in (select ({names}, said) from rivals)"
        in_order = f"({key}, e.said, e._order) in (select ({names}, said, _order) from rivals)"
        if not self._model.tells_changes:
            return in_order if self._model.source.order else whenever
        gone = f"e.is_gone and ({key}, e._order) in (select ({names}, _order) from rivals where is_gone)"
        return f"({in_order} or {gone} or e._no_order and ({whenever} or e.is_gone and best.is_gone))"

    def _report(self, report: Comparison) -> None:
        all_verdicts = (
            "select nr, verdict from judged_rows where verdict <> 'alone' union all select nr, verdict from lone_rows"
        )
        self._bench.execute(f"create or replace temp table verdicts as {all_verdicts}")
        tally = dict(self._bench.execute("select verdict, count(*) from verdicts group by 1").fetchall())
        report.counts = {
            "records": sum(number for verdict, number in tally.items() if verdict not in ("extra", "out of range")),
            **{name: tally.get(name, 0) for name in ("equal", "superseded", "duplicate", "rejected", "waiting")},
            **{name: tally.get(name, 0) for name in PROBLEMS},
        }
        differences: Counter[str] = Counter()
        for first, last in slices(self._bench, "select nr from judged_rows where verdict = 'changed'"):
            count_differences(
                self._bench, self._laid_beside(first, last, beside(self._names)), self._names, differences
            )
        report.columns = {name: differences[name] for name in self._names if differences[name]}
        for problem in PROBLEMS:
            report.samples += self._samples(problem)

    def _samples(self, problem: str) -> list[dict[str, Any]]:
        asked = f"select nr from verdicts where verdict = '{problem}' order by nr limit {SAMPLES}"
        rows = self._bench.execute(
            f"select coalesce(e._seq, f._seq) as _seq, e._fault, {beside(self._names)}"
            f" from (from expected_texts where _seq in ({asked})) as e"
            f" full join (from found_texts where _seq in ({asked})) as f on e._seq = f._seq order by 1 limit {SAMPLES}"
        )
        found = []
        for row in rows_as_dicts(rows):
            key = {n: row[f"f_{n}"] if row[f"e_{n}"] is None else row[f"e_{n}"] for n in self._model.primary_key}
            fault = {"fault": row["_fault"]} if row["_fault"] else {}
            found.append(sample_of(problem, {"raw_seq": row["_seq"], **key, **fault}, self._names, row))
        return found
