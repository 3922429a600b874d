"""The ledgers of loads and batches in the lake, so that they outlive the database: create-only, a part for each run.

They say which file was landed, so that it is not landed again, and which run of dbt, by which SQL, made an archived
row. Nothing that counts stands here; it is read by `catalog rebuild` only. What a batch's values were like stays away.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import fail_at
from archive_jobs.lake.store import Store
from definitions_to_dbt.ddl import platform_ddl
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.sql import quote_identifier

# Table, what names a line of it, which lines are finished, and what is not told: profiles hold values.
_LEDGERS = (
    ("ingestion_runs", "id", "status = 'loaded'", ()),
    ("transform_batches", "batch_id", "state = 'closed'", ("profile", "judged_at")),
    ("transform_sql", "sha256", "true", ()),
)
_MOST_IN_A_PART = 10_000
_UNTOLD = """
select {key}::text, to_jsonb(l) - %(left_out)s::text[] from {relation} as l
where {finished} and not exists (
    select from archive_catalog.told_ledger as t
    where (t.schema_name, t.ledger, t.line) = (%(schema)s, %(ledger)s, l.{key}::text)
)
order by 1 limit %(most)s
"""
_NOTE = """
insert into archive_catalog.told_ledger (schema_name, ledger, line)
select %s, %s, line from unnest(%s::text[]) as line on conflict do nothing
"""


@dataclass
class BroughtBack:
    """Lines of the ledgers that are back, and batches whose number another one has taken."""

    lines: int = 0
    taken: int = 0


def tell_ledger(connection: Connection, store: Store, schema: str) -> int:
    """Write into the lake what it was not told yet; how many lines. Raises OSError where it cannot."""
    told = 0
    while part := _untold(connection, schema):
        name = f"{_folder(schema)}/{uuid.uuid4()}.json"
        store.put(name, (json.dumps(part, indent=1, ensure_ascii=False) + "\n").encode())
        store.sync()
        fail_at("ledger.told.after")
        with connection.transaction():
            for ledger, lines in part.items():
                connection.execute(_NOTE, (schema, ledger, list(lines)))
                told += len(lines)
    return told


def bring_back_ledger(connection: Connection, store: Store, schema: str) -> BroughtBack:
    """Fill the ledgers with what the lake tells. New batches get numbers that no row in the lake has."""
    done = BroughtBack()
    paths = sorted(store.names(_folder(schema)))
    if not paths:
        return done
    if not _stands(connection, schema, "transform_sql"):
        connection.execute(platform_ddl(schema).encode())
    columns = _columns(connection, schema)
    for path in paths:
        for ledger, lines in _read(store, path).items():
            written = _write(connection, schema, ledger, lines, columns[ledger])
            done.lines += written
            if ledger == "transform_batches":
                done.taken += _taken(connection, schema, lines) if written < len(lines) else 0
    batches = f"{quote_identifier(schema)}.transform_batches"
    connection.execute(
        f"select setval(pg_get_serial_sequence(%s, 'batch_id'), greatest((select max(batch_id) from {batches}),"
        " nextval(pg_get_serial_sequence(%s, 'batch_id'))))".encode(),
        (batches, batches),
    )
    return done


def _untold(connection: Connection, schema: str) -> dict[str, dict[str, Any]]:
    part: dict[str, dict[str, Any]] = {}
    for ledger, key, finished, left_out in _LEDGERS:
        if not _stands(connection, schema, ledger):
            continue
        relation = f"{quote_identifier(schema)}.{ledger}"
        query = _UNTOLD.format(key=key, relation=relation, finished=finished)
        given = {"schema": schema, "ledger": ledger, "left_out": list(left_out), "most": _MOST_IN_A_PART}
        lines: dict[str, Any] = dict(connection.execute(query.encode(), given).fetchall())
        if lines:
            part[ledger] = lines
    return part


def _read(store: Store, path: str) -> dict[str, dict[str, Any]]:
    try:
        part: dict[str, dict[str, Any]] = json.loads(store.read(path))
        if not part.keys() <= {ledger for ledger, *_ in _LEDGERS}:
            raise ValueError("it speaks of something else")
    except (ValueError, AttributeError) as error:
        raise ProblemError(
            f"{store.url(path)} cannot be read as a part of the ledgers: {error}",
            hint="Nothing was changed. Put the file back as it was; without it files may land a second time.",
        ) from error
    return part


def _write(connection: Connection, schema: str, ledger: str, lines: dict[str, Any], columns: set[str]) -> int:
    """What a newer or older version told of a line, and the ledger has no column for, stays in the lake."""
    relation = f"{quote_identifier(schema)}.{ledger}"
    names = ", ".join(quote_identifier(name) for name in next(iter(lines.values())) if name in columns)
    written = connection.execute(
        f"insert into {relation} ({names}) overriding system value"
        f" select {names} from jsonb_populate_recordset(null::{relation}, %s::jsonb) on conflict do nothing".encode(),
        (json.dumps(list(lines.values())),),
    ).rowcount
    connection.execute(_NOTE, (schema, ledger, list(lines)))
    return written


def _taken(connection: Connection, schema: str, lines: dict[str, Any]) -> int:
    query = (
        f"select count(*) from {quote_identifier(schema)}.transform_batches as b"
        " inner join jsonb_to_recordset(%s::jsonb) as told (batch_id bigint, opened_at timestamptz) using (batch_id)"
        " where b.opened_at <> told.opened_at"
    )
    return int(one_row(connection, query, (json.dumps(list(lines.values())),))[0])


def _stands(connection: Connection, schema: str, ledger: str) -> bool:
    """True where the ledger is there and this role may read it: one that may archive need not."""
    query = "select coalesce(has_table_privilege(to_regclass(%s), 'select'), false)"
    return bool(one_row(connection, query, (f"{quote_identifier(schema)}.{ledger}",))[0])


def _columns(connection: Connection, schema: str) -> dict[str, set[str]]:
    """The columns that each ledger has today."""
    found = connection.execute(
        "select c.relname::text, array_agg(a.attname::text) from pg_attribute as a"
        " inner join pg_class as c on a.attrelid = c.oid where c.relnamespace = to_regnamespace(%s)"
        " and c.relname = any(%s) and a.attnum > 0 and not a.attisdropped group by 1",
        (quote_identifier(schema), [ledger for ledger, *_ in _LEDGERS]),
    )
    return {ledger: set(names) for ledger, names in found}


def _folder(schema: str) -> str:
    return f"{schema}/_ledger"
