"""What a subject has in Layers 2 and 3: counted, and removed in one transaction per object, in turns with dbt."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import errors

from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import fail_at, guarded
from archive_jobs.keeping.holds import Hold, holds_on
from archive_jobs.planning.tables import KINDS
from archive_jobs.privacy.subjects import Subject
from archive_jobs.replaying.copies import drop_copies_of
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.names import rejected, source_table, versions
from definitions_to_dbt.sql import quote_identifier
from definitions_to_dbt.subject import subject_expression

# From what is derived to what it comes from: a crash in between leaves nothing that dbt would make again.
_LAYERS = ("write model", "versions", "rejected", "raw")


@dataclass(frozen=True)
class HotRows:
    """The conditions under which rows of one object are the subject's."""

    model: ObjectModel
    schema: str
    conditions: dict[str, tuple[str, str]]  # layer -> table, condition over %(value)s, %(names)s and %(numbers)s


def hot_rows(connection: Connection, schema: str, model: ObjectModel) -> HotRows:
    """The tables of the object that stand, each with its condition."""
    column = model.column(str(model.subject_column))
    is_theirs = f"{quote_identifier(column.name)} = %(value)s::{column.pg_type.sql}"
    from_theirs = "_raw_seq = any(%(numbers)s::bigint[])"
    # A record may tell of two people: the row of the other one stays.
    named_or_theirs = f"({is_theirs} or {quote_identifier(column.name)} is null and {from_theirs})"
    tables = {
        "write model": (model.table_name, named_or_theirs),
        "versions": (versions(model), named_or_theirs),
        "rejected": (rejected(model), from_theirs),
        "raw": (source_table(model), "raw_seq = any(%(numbers)s::bigint[])"),
    }
    columns = {
        name: set(found)
        for name, found in connection.execute(
            "select c.relname::text, array_agg(a.attname::text) from pg_class c"
            " join pg_namespace n on n.oid = c.relnamespace"
            " join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
            " where n.nspname = %s and c.relname = any(%s) and c.relkind in ('r', 'p') group by 1",
            (schema, [name for name, _ in tables.values()]),
        )
    }
    standing: dict[str, tuple[str, str]] = {}
    for layer, (name, condition) in tables.items():
        if name in columns:
            made_by_us = layer == "raw" or "_raw_seq" in columns[name]
            standing[layer] = (name, condition if made_by_us else is_theirs)
    return HotRows(model, schema, standing)


def raw_numbers(connection: Connection, rows: HotRows, subject: Subject) -> list[int]:
    """The hot raw records that tell of the subject, by raw_seq."""
    if "raw" not in rows.conditions:
        return []
    expression = subject_expression(rows.model, quote_identifier(rows.schema)).replace("%", "%%")
    found = connection.execute(
        f"select raw_seq from {_relation(rows, 'raw')} where %s = any(string_to_array({expression}, chr(31)))".encode(),
        (subject.value,),
    )
    return [number for (number,) in found]


def count_hot(connection: Connection, rows: HotRows, subject: Subject, cold: Collection[int]) -> dict[str, int]:
    """How many rows would go, by layer. `cold` are the numbers of archived records of the subject."""
    given = _given(subject, {*raw_numbers(connection, rows, subject), *cold})
    return {
        layer: int(one_row(connection, f"select count(*) from {_relation(rows, layer)} where {condition}", given)[0])
        for layer, (_, condition) in rows.conditions.items()
    }


def remove_hot(
    connection: Connection, rows: HotRows, subject: Subject, cold: Collection[int], erasure_id: Any
) -> dict[str, int]:
    """Remove the rows and note how many, in one transaction. Raises ProblemError where a hold or dbt is in the way."""
    try:
        with connection.transaction():
            _take_turns(connection, rows, subject)
            # A copy is made anew in a moment, without them.
            drop_copies_of(connection, rows.schema, rows.model.table_name)
            _forget_cold_rows(connection, rows, subject)
            fail_at("erase.hot.locked.after")
            given = _given(subject, {*raw_numbers(connection, rows, subject), *cold})
            removed = {layer: _delete(connection, rows, layer, given) for layer in _LAYERS if layer in rows.conditions}
            fail_at("erase.hot.deleted.after")
            note = json.dumps({f"{rows.conditions[layer][0]}": count for layer, count in removed.items()})
            connection.execute(
                "update archive_catalog.erasures set done = jsonb_set(done, '{hot}', ("
                " select coalesce(jsonb_object_agg(key, (coalesce((done -> 'hot' ->> key)::bigint, 0)"
                " + coalesce((%s::jsonb ->> key)::bigint, 0))), '{}') from ("
                " select jsonb_object_keys(coalesce(done -> 'hot', '{}')) as key union"
                " select jsonb_object_keys(%s::jsonb)) as named)) where erasure_id = %s",
                (note, note, erasure_id),
            )
    except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
        raise ProblemError(
            f"somebody is working on {rows.model.table_name}: {str(error).splitlines()[0]}",
            hint="What was erased so far stays erased. Run the same command again when dbt or the archiver is done.",
        ) from error
    fail_at("erase.hot.after")
    return removed


def forget_statistics(connection: Connection, rows: HotRows) -> None:
    """PostgreSQL keeps frequent values of columns as statistics: they are taken anew, without the subject's."""
    for layer in rows.conditions:
        connection.execute(f"analyze {_relation(rows, layer)}".encode())


def require_no_hold(holds: Sequence[Hold]) -> None:
    """Raise ProblemError where a legal hold binds rows of the subject."""
    if holds:
        listed = ", ".join(hold.name for hold in holds)
        raise ProblemError(
            f"a legal hold is in the way: {listed}",
            hint="Nothing more was erased. Release it with `archive-jobs hold release` when it may be, then run again.",
        )


def holds_in_the_way(connection: Connection, schema: str, subject: Subject) -> list[Hold]:
    """Every hold that binds rows of the subject, each once."""
    found = {
        hold.hold_id: hold
        for model in subject.models
        for kind in KINDS
        for hold in holds_on(connection, (schema, model.table_name, kind), None, None, subject.digest)
    }
    return list(found.values())


def _take_turns(connection: Connection, rows: HotRows, subject: Subject) -> None:
    """With dbt, which claims and closes batches, and with the archiver, whose transactions fail on the guard row."""
    schema, table = rows.schema, rows.model.table_name
    if "raw" in rows.conditions:
        name = f"raw:{schema}.{table}"
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))
        connection.execute(
            f"select from {quote_identifier(schema)}.transform_batches"
            " where table_name = %s and state = 'open' for update".encode(),
            (table,),
        )
    if guarded("erase guard"):
        # Changed, not only locked: a commit that has its snapshot already must not put the rows into a file.
        connection.execute(
            "update archive_catalog.table_guards set holds_changed = holds_changed + 1"
            " where schema_name = %s and table_name = %s",
            (schema, table),
        )
    require_no_hold(holds_in_the_way(connection, schema, subject))


def _forget_cold_rows(connection: Connection, rows: HotRows, subject: Subject) -> None:
    """What a replay under way has noted of archived rows: theirs, in the clear or under a token."""
    noted = f"{quote_identifier(rows.schema)}.cold_rows"
    if one_row(connection, "select to_regclass(%s) is not null", (noted,))[0]:
        connection.execute(
            f"delete from {noted} where table_name = %s and known ->> %s in (%s, %s)".encode(),
            (rows.model.table_name, rows.model.subject_column, subject.value, subject.token),
        )


def _delete(connection: Connection, rows: HotRows, layer: str, given: dict[str, Any]) -> int:
    relation, condition = _relation(rows, layer), rows.conditions[layer][1]
    if layer == "raw":
        # A batch that is closed later must find as many records as it has claimed.
        connection.execute(
            f"update {quote_identifier(rows.schema)}.transform_batches as batch set claimed = claimed - gone.records"
            f" from (select batch_id, count(*) as records from {relation} where {condition} group by 1) as gone"
            " where batch.batch_id = gone.batch_id and batch.state = 'open'".encode(),
            given,
        )
    return connection.execute(f"delete from {relation} where {condition}".encode(), given).rowcount


def _given(subject: Subject, numbers: Collection[int]) -> dict[str, Any]:
    return {"value": subject.value, "numbers": sorted(numbers)}


def _relation(rows: HotRows, layer: str) -> str:
    return f"{quote_identifier(rows.schema)}.{quote_identifier(rows.conditions[layer][0])}"
