"""What PostgreSQL's ledgers know of records: loads, batches, rejects, versions, the SQL that ran. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from archive_jobs.reading.read_back import Reader
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.names import rejected, source_table, versions
from definitions_to_dbt.sql import quote_identifier

# How far a record has come; its content is read with the archived ones.
_FATE = "raw_seq, batch_id, processed, processed_at, outcome, outcome_raw_seq, archived_in::text"
_REJECT = "_raw_seq, reasons, _batch_id, _rejected_at, _definition_version"
_VERSION = "_raw_seq, valid_from, valid_to, is_current"


class Ledgers:
    """The ledgers of one schema, in the snapshot of a reader."""

    def __init__(self, reader: Reader, schema: str, model: ObjectModel) -> None:
        self._reader, self._schema, self._model = reader, schema, model

    def fates(self, numbers: Collection[int]) -> dict[int, dict[str, Any]]:
        """What Layer 3 says of its records; one that was dropped from it has left nothing here."""
        return self._by_number(source_table(self._model), _FATE, "raw_seq", numbers)

    def beaten_by(self, numbers: Collection[int]) -> set[int]:
        """Records in Layer 3 that lost to these."""
        table = source_table(self._model)
        if not self._reader.has(table):
            return set()
        query = f"select raw_seq from {self._name(table)} where outcome_raw_seq = any(%s)"
        return {seq for (seq,) in self._reader.control.execute(query.encode(), (list(numbers),))}

    def rejects(self, numbers: Collection[int]) -> dict[int, dict[str, Any]]:
        """Why records were rejected when a batch judged them."""
        return self._by_number(rejected(self._model), _REJECT, "_raw_seq", numbers)

    def versions(self, numbers: Collection[int]) -> dict[int, dict[str, Any]]:
        """From when to when what a record says held; of entities."""
        return self._by_number(versions(self._model), _VERSION, "_raw_seq", numbers)

    def batches(self, ids: Iterable[int | None]) -> dict[int, dict[str, Any]]:
        """The batches, with the SQL they ran by hash. A batch that is not known is not in the answer."""
        wanted = [one for one in set(ids) if one is not None]
        if not self._reader.has("transform_batches"):
            return {}
        query = (
            "select batch_id, to_jsonb(b) - 'profile' - 'table_name' - 'batch_id'"
            f" from {self._name('transform_batches')} as b where batch_id = any(%s) and table_name = %s"
        )
        return dict(self._reader.control.execute(query.encode(), (wanted, self._model.table_name)).fetchall())

    def code(self, hashes: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The texts of SQL that batches ran, by their SHA-256."""
        if not self._reader.has("transform_sql"):
            return {}
        query = f"select sha256, model, sql from {self._name('transform_sql')} where sha256 = any(%s)"
        found = self._reader.control.execute(query.encode(), (list(set(hashes)),))
        return {sha256: {"model": model, "sql": sql} for sha256, model, sql in found}

    def loads(self, ids: Iterable[str | None]) -> dict[str, dict[str, Any]]:
        """The loads that brought records."""
        wanted = [one for one in set(ids) if one]
        if not self._reader.has("ingestion_runs"):
            return {}
        query = (
            f"select id::text, to_jsonb(r) - 'id' from {self._name('ingestion_runs')} as r where id = any(%s::uuid[])"
        )
        return dict(self._reader.control.execute(query.encode(), (wanted,)).fetchall())

    def _by_number(self, table: str, columns: str, key: str, numbers: Collection[int]) -> dict[int, dict[str, Any]]:
        if not self._reader.has(table):
            return {}
        query = f"select {columns} from {self._name(table)} where {key} = any(%s)"
        cursor = self._reader.control.execute(query.encode(), (list(numbers),))
        names = [column.name for column in cursor.description or ()]
        return {row[0]: dict(zip(names[1:], row[1:], strict=True)) for row in cursor}

    def _name(self, table: str) -> str:
        return f"{quote_identifier(self._schema)}.{quote_identifier(table)}"
