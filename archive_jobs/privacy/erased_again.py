"""Erased people whose rows have come back, by old files or an older database: found by their digests, erased again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

import pyarrow.parquet as pq

from archive_jobs.database import Connection
from archive_jobs.keeping.archived_units import units_of
from archive_jobs.lake.store import Store
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.privacy.erase_hot import hot_rows
from archive_jobs.privacy.keys import KeyRing
from archive_jobs.privacy.subjects import Subject, subject_kinds
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.library import Library
from definitions_to_dbt.sql import quote_identifier
from definitions_to_dbt.subject import subject_expression, subject_text

_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def erased_subjects(
    connection: Connection,
    ring: KeyRing,
    library: Library,
    schema: str,
    store: Store | None,
    tables: Sequence[ArchivedTable],
    kinds: Sequence[str] | None = None,
) -> Iterator[Subject]:
    """Everybody who was erased and has rows again, and everybody whose erasing was begun and not finished.

    Without a store only hot rows are looked through; with `kinds` only those people.
    """
    for kind, models in subject_kinds(library).items():
        if kinds is not None and kind not in kinds:
            continue
        ledger: dict[str, tuple[str, str]] = {
            digest: (token_digest, state)
            for digest, token_digest, state in connection.execute(
                "select subject_digest, token_digest, state from archive_catalog.erasures"
                " where schema_name = %s and subject_kind = %s and state in ('erasing', 'erased')",
                (schema, kind),
            )
        }
        if not ledger:
            continue
        by_token = {token_digest: digest for digest, (token_digest, _) in ledger.items()}
        values: dict[str, str] = {}
        tokens: dict[str, str] = {}
        for text in _texts(connection, schema, store, tables, models):
            digest = ring.digest(kind, text)
            if digest in ledger:
                values[digest] = text
            elif text.startswith("tok_") and (found := ring.digest(f"token of {kind}", text)) in by_token:
                tokens[by_token[found]] = text
        unfinished = {digest for digest, (_, state) in ledger.items() if state == "erasing"}
        for digest in sorted(unfinished | values.keys() | tokens.keys()):
            yield Subject(kind, digest, ledger[digest][0], values.get(digest), tokens.get(digest), tuple(models))


def _texts(
    connection: Connection,
    schema: str,
    store: Store | None,
    tables: Sequence[ArchivedTable],
    models: Sequence[ObjectModel],
) -> Iterator[str]:
    """Every text that stands for a subject: in raw records, in rows, and in files that are not sealed."""
    for model in models:
        rows = hot_rows(connection, schema, model)
        column = quote_identifier(str(model.subject_column))
        for layer, (name, _) in rows.conditions.items():
            relation = f"{quote_identifier(schema)}.{quote_identifier(name)}"
            if layer == "raw":
                expression = subject_expression(model, quote_identifier(schema))
                query = f"select distinct unnest(string_to_array({expression}, chr(31))) from {relation}"
            elif layer != "rejected":
                query = f"select distinct {subject_text(model, column)} from {relation}"
            else:
                continue
            yield from (text for (text,) in connection.execute(query.encode()) if text is not None)
        for table in tables:
            if store is not None and table.model.code == model.code and table.kind == "analytics":
                yield from _cold_texts(connection, store, table)


def _cold_texts(connection: Connection, store: Store, table: ArchivedTable) -> Iterator[str]:
    column = table.model.column(str(table.model.subject_column))
    for unit in units_of(connection, table.key, ["active", "superseded", "restored"]):
        for path, sha256 in connection.execute(
            "select path, sha256 from archive_catalog.files where attempt_id = %s", (unit.attempt_id,)
        ):
            file = store.local(path, sha256)
            names = [name for name in (column.name, column.renamed_from) if name in pq.read_schema(file).names]
            for name in names:
                found = set(pq.read_table(file, columns=[name])[name].to_pylist())
                yield from (_written(value, column.pg_type.base) for value in found if value is not None)


def _written(value: object, base: str) -> str:
    """A subject as PostgreSQL's `subject_text` writes it: a number without noughts at its end, however it was kept."""
    if base != "numeric" or not _NUMBER.fullmatch(text := str(value)):
        return str(value)
    return f"{Decimal(text).normalize():f}"
