"""Land records handed over by a program, and copy them to `source/` at once. Nothing is dropped from any table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg

from archive_jobs.database import Connection, session
from archive_jobs.lake.commit_records import require_lake_is_not_ahead
from archive_jobs.lake.stores import open_store
from archive_jobs.moving.run import batches, open_workshop
from archive_jobs.planning.plan import plan_table
from archive_jobs.planning.policies import make_guard, record_policies
from archive_jobs.planning.preflight import require_primary, require_same_client
from archive_jobs.planning.tables import ArchivedTable, Selection, archived_tables, open_library, require_tables
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError
from landing.layer3 import ensure_layer3
from landing.settings import checked_settings

# A record may come as the row of Layer 3 that it is to be.
_COLUMNS = ("raw_id", "raw_data", "raw_bytes", "ingested_at", "source_system", "source_file")

Record = Mapping[str, Any] | str | bytes


def archive_source_data(
    table_name: str,
    data: Record | Sequence[Record],
    archive_type: str = "source",
    *,
    definitions: Path | str = "definitions",
) -> dict[str, Any]:
    """Land one record or several in `source_<table>`, and archive what is in no unit yet.

    A record is a mapping, or JSON text; bytes that are no JSON are kept as they are. A mapping with raw_data or
    raw_bytes is the row of Layer 3 itself. Returns the numbers the records got, and the units that hold them; a
    record whose unit could not be committed just now is null there, is safe in PostgreSQL, and goes with the next run.
    Raises ProblemError for a table nobody knows, and for rows of Layer 2, which age by policy.
    """
    if archive_type != "source":
        raise ProblemError(
            f"expected archive_type 'source', found {archive_type!r}",
            hint="Nothing was changed. Rows of Layer 2 leave by policy: `archive-jobs run`.",
        )
    settings = checked_settings(ArchiveSettings)
    records = [data] if isinstance(data, Mapping | str | bytes) else list(data)
    rows = [_row(record) for record in records]
    library = open_library(settings, definitions)
    model = library.object(table_name.removeprefix("source_"))
    with session(settings) as connection:
        require_primary(connection)
        require_same_client(connection, settings.analytics_schema, settings.client)
        ensure_layer3(connection, model, settings.analytics_schema)
        selection = Selection((model.code,), ("source",))
        tables = archived_tables(connection, library, settings.analytics_schema, selection, settings.default_format)
        require_tables(tables, selection, settings.analytics_schema)
        (table,) = tables
        with open_workshop(connection, settings, open_store(settings, writable=False)) as shop:
            require_lake_is_not_ahead(connection, shop.store, tables)
            numbers = _land(connection, table, rows)
            plan = plan_table(connection, table, None)
            if not plan.blocked_by:
                version = record_policies(connection, [table])[table.key]
                make_guard(connection, table)
                for batch in batches(plan.slices, settings):
                    shop.worker().archive(batch, version, lambda _: None)
        units = dict(
            connection.execute(
                f"select raw_seq, archived_in::text from {table.relation} where raw_seq = any(%s)".encode(), (numbers,)
            ).fetchall()
        )
    return {"table": table.name, "archived_in": units, "blocked_by": list(plan.blocked_by)}


def _row(record: Record) -> dict[str, Any]:
    if isinstance(record, bytes):
        try:
            json.loads(record)
            return {"raw_data": record.decode()}
        except ValueError:
            return {"raw_bytes": record}
    if isinstance(record, str):
        return _row(record.encode())
    if {"raw_data", "raw_bytes"} & record.keys():
        unknown = [name for name in record if name not in _COLUMNS]
        if unknown:
            raise ProblemError(
                f"a record of Layer 3 has no {', '.join(unknown)}; known: {', '.join(_COLUMNS)}",
                hint="Nothing was changed.",
            )
        payload = record.get("raw_data")
        text = payload if payload is None or isinstance(payload, str) else _text(payload)
        return {**record, "raw_data": text}
    return {"raw_data": _text(record)}


def _text(payload: Any) -> str:
    try:
        text = json.dumps(payload, ensure_ascii=False, allow_nan=False)
        text.encode()
        return text
    except (TypeError, ValueError) as error:
        raise ProblemError(f"the record is no JSON: {error}", hint="Nothing was changed.") from None


def _land(connection: Connection, table: ArchivedTable, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """All of them or none. A column that is not named gets its default."""
    numbers = []
    try:
        with connection.transaction():
            for row in rows:
                given = [name for name in _COLUMNS if row.get(name) is not None]
                found = connection.execute(
                    f"insert into {table.relation} ({', '.join(given)})"
                    f" values ({', '.join(['%s'] * len(given))}) returning raw_seq".encode(),
                    [row[name] for name in given],
                ).fetchone()
                numbers += [int(found[0])] if found else []
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        raise ProblemError(
            f"{table.name} does not take the record: {str(error).splitlines()[0]}", hint="Nothing was changed."
        ) from None
    return numbers
