"""Trace: from a business row to the raw records, the transformation and the files behind it, and from a record forward.

One snapshot; nothing is written. What is no longer stored anywhere is worked out from what is, and said to be.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from archive_jobs.lake.store import Store
from archive_jobs.privacy.ledger import erased_keys
from archive_jobs.privacy.sealing import is_sealed
from archive_jobs.reading.read_back import Reader
from archive_jobs.times import Interval
from archive_jobs.tracing.find import Key, key_of, records_by_number, rows_where, search_records, source_is_there
from archive_jobs.tracing.ledgers import Ledgers
from archive_jobs.tracing.live_rows import EVERYTHING
from archive_jobs.tracing.places import Place, Places
from archive_jobs.tracing.transform import SENT, Transformation
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.lake import lake_columns
from definitions_to_dbt.library import Library

_RUN_COLUMNS = ("_raw_seq", "_source_order", "_deleted", "_batch_id", "_loaded_at", "_definition_version", "_hot")


@dataclass(frozen=True)
class Asked:
    """What is traced: a business key, or one raw record. `arrived` bounds the search for records that have no row."""

    key: Mapping[str, str] = field(default_factory=dict)
    raw_seq: int | None = None
    search: bool = True
    arrived: Interval = EVERYTHING


@dataclass
class Trace:
    """Everything that is known of one object or record. Plain values only."""

    table: str
    code: str
    definition: dict[str, Any]
    key: dict[str, str | None] | None
    asked_raw_seq: int | None
    searched: dict[str, Any]
    rows: list[dict[str, Any]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    loads: dict[str, dict[str, Any]] = field(default_factory=dict)
    sql: dict[str, dict[str, Any]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The trace as plain values."""
        return {
            "table": self.table, "object": self.code, "definition": self.definition, "key": self.key,
            "raw_seq": self.asked_raw_seq, "searched": self.searched, "rows": self.rows, "records": self.records,
            "batches": self.batches, "loads": self.loads, "sql": self.sql,
        }  # fmt: skip


class Tracer:
    """Traces in one snapshot."""

    def __init__(
        self, reader: Reader, store: Store, library: Library, model: ObjectModel, schema: str, closed: str | None,
        progress: Callable[[int, int], None],
    ) -> None:  # fmt: skip
        self._reader, self._model, self._schema, self._progress = reader, model, schema, progress
        self._transformation = Transformation(library, model, schema)
        self._ledgers = Ledgers(reader, schema, model)
        self.row_places = Places(reader, store, (schema, model.table_name, "analytics"))
        self.record_places = Places(reader, store, (schema, model.table_name, "source"))
        self._has_source = source_is_there(reader, model)
        # Why payloads cannot be opened, where any are sealed.
        is_closed = closed and any(is_sealed(file) for file in reader.files(model.table_name, "source"))
        self._closed = closed if is_closed else None

    def _records(self, numbers: Collection[int]) -> list[dict[str, Any]]:
        return records_by_number(self._reader, self._model, self._schema, sorted(numbers), self._closed)

    def trace(self, asked: Asked) -> Trace:
        """Raises ProblemError where nothing of it is known."""
        made: dict[int, dict[str, str | None]] = {}
        platform = self._reader.platform(self._model)
        if asked.raw_seq is not None and not self._has_source:
            raise ProblemError(
                f"{self._model.table_name} has no raw records here: somebody else made the table, or dbt never ran",
                hint="Nothing was read. Name the row by its key: --key COLUMN=VALUE.",
            )
        key = None
        if asked.key:
            key = key_of(self._reader.control, self._model, self._schema, asked.key, platform=platform)
        if asked.raw_seq is not None:
            made = self._transformed([asked.raw_seq])
            key = self._key_of_record(made.get(asked.raw_seq))
        searches = asked.search and asked.raw_seq is None and self._closed is None
        condition = key.condition if key else f"_raw_seq = {asked.raw_seq}"
        rows = rows_where(self._reader, self._model, condition)
        numbers = {int(row["_raw_seq"]) for row in rows if "_raw_seq" in row}
        numbers |= {asked.raw_seq} if asked.raw_seq is not None else set()
        if self._has_source:
            numbers |= self._ledgers.beaten_by(numbers)
            if searches and key:
                made = search_records(self._reader, self._transformation, key, asked.arrived, self._progress)
                numbers |= set(made)
            made |= self._transformed([number for number in numbers if number not in made])
        trace = Trace(
            self._model.table_name, self._model.code,
            {"hash": self._model.definition_hash, "version": self._model.version},
            key.as_json() if key else None, asked.raw_seq,
            {"records": searches and self._has_source, "arrived": str(asked.arrived), "sealed": self._closed},
        )  # fmt: skip
        self._tell_rows(trace, rows, condition)
        self._tell_records(trace, sorted(numbers), made)
        self._tell_transformations(trace)
        if not trace.rows and all(record["place"] == "nowhere" for record in trace.records):
            what = f"raw record {asked.raw_seq}"
            if asked.raw_seq is None:
                what = ", ".join(f"{name}={value}" for name, value in asked.key.items())
            raise ProblemError(
                f"no row and no raw record of {self._model.table_name} is known of {what}",
                hint="Nothing was changed. It was never there, has expired, or was erased; see `archive-jobs status`.",
            )
        return trace

    def _key_of_record(self, texts: Mapping[str, str | None] | None) -> Key | None:
        """The business key a record names; None for one that names none, and where the table has none."""
        names = self._model.primary_key
        if not texts or not names or any(texts[name] is None for name in names):
            return None
        columns = {column.name: column for column in self._transformation.columns}
        return Key(tuple(columns[name] for name in names), tuple(texts[name] for name in names), {})

    def _transformed(self, numbers: Collection[int]) -> dict[int, dict[str, str | None]]:
        """What these records become under today's definition."""
        found = self._records(numbers) if self._has_source else []
        readable = [record for record in found if "raw_data" in record]
        if not readable:
            return {}
        batch = pa.RecordBatch.from_pydict(
            {name: pa.array([record[name] for record in readable], pa.string()) for name in SENT}
        )
        tables = self._transformation.rows(self._reader.control, [batch])
        return {int(texts["_raw_seq"]): texts for table in tables for texts in table.to_pylist()}

    def _tell_rows(self, trace: Trace, rows: list[dict[str, Any]], condition: str) -> None:
        numbers = {int(row["_raw_seq"]) for row in rows if "_raw_seq" in row}
        places = self.row_places.of(numbers)
        columns = lake_columns(self._model, "analytics", platform=False)
        by_values = {} if numbers or not rows else self.row_places.of_values(columns, condition)
        current = _current_of(rows, self._model.primary_key)
        for row in rows:
            number = int(row["_raw_seq"]) if "_raw_seq" in row else None
            lies = [p for p in places.get(number or 0, []) if p.deleted == (row.get("_deleted") == "true")]
            lies += by_values.get(tuple(row[column.name] for column in columns), []) if by_values else []
            values = {name: value for name, value in row.items() if name not in _RUN_COLUMNS}
            trace.rows.append({
                "place": "hot" if row["_hot"] else "archived", "current": id(row) in current, "raw_seq": number,
                "source_order": row.get("_source_order"), "deleted": row.get("_deleted") == "true",
                "batch": row.get("_batch_id"), "loaded_at": row.get("_loaded_at"),
                "definition_version": row.get("_definition_version"),
                "files": [place.as_json() for place in lies if place.file["also_hot"] == row["_hot"]],
                "values": values,
            })  # fmt: skip

    def _tell_records(self, trace: Trace, numbers: list[int], made: Mapping[int, Mapping[str, str | None]]) -> None:
        if not self._has_source:
            return
        content = {int(record["raw_seq"]): record for record in self._records(numbers)}
        fates, rejects = self._ledgers.fates(numbers), self._ledgers.rejects(numbers)
        versions, places = self._ledgers.versions(numbers), self.record_places.of(numbers)
        erased = set(erased_keys(self._reader.control, self._schema)) if places else set()
        for number in numbers:
            fate, place = fates.get(number), next(iter(places.get(number, [])), None)
            record: dict[str, Any] = {"raw_seq": number, "place": _place_of(fate, place, erased)}
            record |= {name: value for name, value in content.get(number, {}).items() if name != "raw_seq"}
            record["file"] = place.as_json() if place else None
            record["sealed_key"] = place.sealed_key if place else None
            record |= self._outcome(trace, number, fate, rejects.get(number), made.get(number))
            record["version"] = versions.get(number)
            trace.records.append(record)

    def _outcome(
        self, trace: Trace, number: int, fate: Mapping[str, Any] | None, reject: Mapping[str, Any] | None,
        texts: Mapping[str, str | None] | None,
    ) -> dict[str, Any]:  # fmt: skip
        """What became of a record, and who says so: Layer 3 while it is there, then what it left behind."""
        own = [row for row in trace.rows if row["raw_seq"] == number]
        batch = (fate or {}).get("batch_id") or (reject or {}).get("_batch_id") or (own[0]["batch"] if own else None)
        said: dict[str, Any] = {
            "batch": batch, "reasons": (reject or {}).get("reasons"), "refused_today": (texts or {}).get("_fault"),
            "beaten_by": (fate or {}).get("outcome_raw_seq"), "processed_at": (fate or {}).get("processed_at"),
        }  # fmt: skip
        if fate and fate["processed"] and fate["outcome"]:
            return said | {"outcome": fate["outcome"], "said_by": "Layer 3"}
        if fate and not fate["processed"]:
            return said | {"outcome": "waiting", "said_by": "Layer 3"}
        if own:
            return said | {"outcome": "loaded", "said_by": "its row"}
        if reject:
            return said | {"outcome": "rejected", "said_by": "the rejects"}
        if texts is None:
            return said | {"outcome": None, "said_by": "nobody"}
        if texts["_fault"]:
            return said | {"outcome": "rejected", "said_by": "today's definition"}
        winner = next((row for row in trace.rows if row["current"]), None)
        if winner is None:
            return said | {"outcome": None, "said_by": "nobody"}
        same = all(texts.get(name) == value for name, value in winner["values"].items() if not name.startswith("_"))
        outcome = "duplicate" if same else "superseded"
        return said | {"outcome": outcome, "beaten_by": winner["raw_seq"], "said_by": "today's definition"}

    def _tell_transformations(self, trace: Trace) -> None:
        batches = {row["batch"] for row in (*trace.rows, *trace.records)} - {None}
        found = self._ledgers.batches(int(batch) for batch in batches)
        for batch, told in sorted(found.items()):
            told["definition_is_todays"] = told.get("definition_hash") == self._model.definition_hash
            trace.batches[str(batch)] = told
        trace.sql = self._ledgers.code(
            sha256 for told in found.values() for sha256 in (told.get("code") or {}).values()
        )
        trace.loads = self._ledgers.loads(record.get("run_id") for record in trace.records)


def _current_of(rows: list[dict[str, Any]], key: Collection[str]) -> set[int]:
    """The rows that are current truth, as history says it: the highest order of each key, unless it says deleted."""
    if not key or not rows or "_raw_seq" not in rows[0]:
        return {id(row) for row in rows if row.get("_deleted") != "true"}
    best: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        name = tuple(row[column] for column in key)
        if name not in best or _rank(row) > _rank(best[name]):
            best[name] = row
    return {id(row) for row in best.values() if row["_deleted"] != "true"}


def _rank(row: Mapping[str, Any]) -> tuple[Any, ...]:
    # What a replay made anew stands above what is archived of its record; a mark below the row it was made with.
    return int(row["_source_order"]), int(row["_raw_seq"]), str(row["_loaded_at"]), row["_deleted"] != "true"


def _place_of(fate: Mapping[str, Any] | None, place: Place | None, erased: Collection[str]) -> str:
    if place and place.sealed_key in erased:
        return "erased"
    if fate and place:
        return "hot and archived"
    return "hot" if fate else "archived" if place else "nowhere"
