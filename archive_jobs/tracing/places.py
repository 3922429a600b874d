"""In which file of the lake a record or a row lies, and which unit, attempt and commit record make the file count."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq

from archive_jobs.catalogue import catalogue_exists
from archive_jobs.copying.canonical import duckdb_text
from archive_jobs.lake.store import Store
from archive_jobs.planning.tables import Kind
from archive_jobs.privacy.sealing import is_sealed
from archive_jobs.reading.read_back import Reader
from definitions_to_dbt.lake import LakeColumn
from definitions_to_dbt.sql import quote_identifier, quote_literal

_FILES = """
select r.path, r.sha256, r.rows, r.also_hot, r.unit_id::text, u.generation, u.mode, u.active_from, a.attempt_id::text,
    a.manifest_path, a.manifest_sha256, a.definition_hash, a.tool_version, c.commit_seq, c.record_sha256
from archive_catalog.readable_files as r
inner join archive_catalog.units as u on r.unit_id = u.unit_id
inner join archive_catalog.attempts as a on u.active_attempt = a.attempt_id
left join archive_catalog.commits as c on (c.unit_id, c.attempt_id, c.state) = (u.unit_id, a.attempt_id, 'active')
where (r.schema_name, r.table_name, r.kind) = (%s, %s, %s)
order by r.lo, r.path
"""
_NAMES = (
    "path", "sha256", "rows", "also_hot", "unit", "generation", "mode", "archived_at", "attempt", "manifest",
    "manifest_sha256", "definition_hash", "tool", "commit_seq", "commit_sha256",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """One row of one file. `number` counts the file's rows from 0."""

    file: dict[str, Any]
    number: int
    deleted: bool = False
    # The key its payload is sealed under; None for what is not sealed.
    sealed_key: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The place as plain values."""
        return {**self.file, "row_in_file": self.number}


class Places:
    """The files of a table that count in a snapshot, each with its bytes checked once something is looked for in it."""

    def __init__(self, reader: Reader, store: Store, key: tuple[str, str, Kind]) -> None:
        self._reader, self._store, self._kind = reader, store, key[2]
        found = reader.control.execute(_FILES.encode(), key).fetchall() if catalogue_exists(reader.control) else []
        self.files = [dict(zip(_NAMES, row, strict=True)) for row in found]

    def of(self, numbers: Collection[int]) -> dict[int, list[Place]]:
        """Where the records of these numbers lie, or the rows that came of them."""
        if not numbers or not self.files:
            return {}
        local = {str(self._store.local(file["path"], file["sha256"])): file for file in self.files}
        found: dict[int, list[Place]] = {}
        for is_sealed_file in (False, True):
            chosen = [path for path in local if (self._kind == "source" and is_sealed(path)) == is_sealed_file]
            for path, number, seq, deleted, key in self._rows(chosen, numbers, sealed=is_sealed_file):
                found.setdefault(seq, []).append(Place(local[path], number, deleted, key))
        return found

    def of_values(self, columns: Sequence[LakeColumn], condition: str) -> dict[tuple[str | None, ...], list[Place]]:
        """Where rows under the condition lie, by the texts of their columns: of a table whose rows have no number."""
        casts = ", ".join(f"{quote_identifier(c.name)}::{c.lake_type} as {quote_identifier(c.name)}" for c in columns)
        texts = ", ".join(duckdb_text(column) for column in columns)
        found: dict[tuple[str | None, ...], list[Place]] = {}
        for file in self.files:
            local = str(self._store.local(file["path"], file["sha256"]))
            # A file of a time when the table had other columns is not looked into.
            if {column.name for column in columns} <= set(pq.read_schema(local).names):
                whole = f"read_parquet([{quote_literal(local)}], file_row_number = true, hive_partitioning = false)"
                rows = f"select {casts}, file_row_number from {whole}"
                query = f"select file_row_number, {texts} from ({rows}) where {condition}"
                for number, *values in self._reader.engine.execute(query).fetchall():
                    found.setdefault(tuple(values), []).append(Place(file, number))
        return found

    def _rows(self, paths: list[str], numbers: Collection[int], *, sealed: bool) -> list[tuple[Any, ...]]:
        if not paths:
            return []
        column = "raw_seq" if self._kind == "source" else "_raw_seq"
        deleted = "false" if self._kind == "source" else "_deleted"
        key = "sealed_key" if sealed else "null"
        listed = ", ".join(quote_literal(path) for path in paths)
        query = (
            f"select filename, file_row_number, {column}, {deleted}, {key} from read_parquet([{listed}],"
            " union_by_name = true, hive_partitioning = false, filename = true, file_row_number = true)"
            f" where {column} in ({', '.join(str(number) for number in sorted(numbers))})"
        )
        return self._reader.engine.execute(query).fetchall()
