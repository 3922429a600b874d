"""A checked copy of an archived range in a schema of its own, for psql and BI tools, until its time is over.

The units are loaded and compared as a restore does it, and written in one transaction: all of it or nothing. The copy
is no part of the platform: nothing reads it as hot, nothing archives it, and an erasure drops it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from archive_jobs.catalogue import write_event
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import fail_at, guarded
from archive_jobs.keeping.archived_units import ArchivedUnit, manifest_columns, read_manifest, units_of
from archive_jobs.keeping.moved_events import RANK
from archive_jobs.keeping.newer_elsewhere import NewerElsewhere
from archive_jobs.keeping.reload import LoadedUnit, insert_statement, loaded
from archive_jobs.moving.worker import Worker
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.privacy.ledger import is_erasing
from archive_jobs.replaying.copies import Copy, list_copies, mark
from archive_jobs.times import Interval, time_condition
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.lake import NEWEST_FIRST, LakeColumn
from definitions_to_dbt.sql import quote_identifier, quote_literal


@dataclass
class Recalled:
    """What is copied, whither, and until when."""

    table: ArchivedTable
    asked: Interval
    units: list[ArchivedUnit]
    schema: str
    expires_at: datetime
    # The name that was free if no copy stood yet, where it is not the one that is taken; and who has it.
    first_name: str | None = None
    named_so: Copy | None = None
    rows: int = 0
    recall_id: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def target(self) -> ArchivedTable:
        """The copy, which goes by the table's own name."""
        return replace(self.table, schema=self.schema, relation_name=self.table.relation_name)

    def as_json(self) -> dict[str, Any]:
        """The result as plain values."""
        return {
            "schema": self.table.schema, "table": self.table.table_name, "kind": self.table.kind,
            "asked": str(self.asked), "recalled_schema": self.schema, "relation": self.target.name,
            "expires_at": self.expires_at.isoformat(), "units": [unit.as_json() for unit in self.units],
            "rows": self.rows, "first_name": self.first_name,
        }  # fmt: skip


def plan_recall(
    connection: Connection, table: ArchivedTable, interval: Interval, ttl: str, name: str | None
) -> Recalled:
    """The units that may hold rows of the range, and where they would go. Changes nothing."""
    now, until = one_row(connection, "select now(), now() + %s::interval", (ttl,))
    if until <= now:
        raise ProblemError(f"expected a time to live such as 7d, found {ttl}", hint="Nothing was changed.")
    # Rows of a copy that is kept beside the table have never left it.
    units = [unit for unit in units_of(connection, table.key, ["active"], interval) if unit.mode != "keep"]
    planned = Recalled(table, interval, units[::-1], _free_name(connection, table, name), until)
    first = first_name(table)
    if name is None and planned.schema != first:
        standing = {copy.recalled_schema: copy for copy in list_copies(connection, table.schema)}
        planned.first_name, planned.named_so = first, standing.get(first)
    return planned


def first_name(table: ArchivedTable) -> str:
    """Where the first copy of a table goes; later ones get a number, from 2 on."""
    return f"recall_{table.relation_name}"


def _free_name(connection: Connection, table: ArchivedTable, wanted: str | None) -> str:
    taken = {name for (name,) in connection.execute("select nspname::text from pg_namespace")}
    if wanted is not None and wanted in taken:
        raise ProblemError(
            f"the schema {wanted} is there already",
            hint="Nothing was changed. Name another; where it is a copy, `archive-jobs recalls --drop` drops it.",
        )
    base = first_name(table)
    candidates = [base, *(f"{base}_{number}" for number in range(2, len(taken) + 3))]
    return wanted or next(name for name in candidates if name not in taken)


def recall(worker: Worker, planned: Recalled, progress: Callable[[int, int], None]) -> Recalled:
    """Make the copy. Raises ProblemError where a byte differs, or somebody is being erased; nothing is there then."""
    connection, table = worker.connection, planned.table
    total, done = sum(unit.rows for unit in planned.units), 0
    with connection.transaction():
        standing = _erasures(connection, table)
        _make_table(worker, planned)
        fail_at("recall.begin.after")
        for unit in planned.units:
            with loaded(connection, worker.proving, worker.store, table, unit) as rows:
                planned.rows += _copy(connection, replace(rows, table=planned.target), planned.asked)
            fail_at("recall.loaded.after")
            done += unit.rows
            progress(done, total)
        _finish(worker, planned)
        if guarded("recall.erasures") and _erasures(connection, table, locked=True) != standing:
            raise ProblemError(
                f"somebody was erased, or a hold changed, while {table.name} was recalled",
                hint="Nothing was written. Run the same command again.",
            )
        active = {unit.unit_id for unit in units_of(connection, table.key, ["active"])}
        if not {unit.unit_id for unit in planned.units} <= active:
            raise ProblemError(
                f"files of {table.name} were replaced or let go while it was recalled",
                hint="Nothing was written. Run the same command again.",
            )
        _note(connection, planned)
        fail_at("recall.written.after")
    fail_at("recall.after")
    return planned


def _erasures(connection: Connection, table: ArchivedTable, *, locked: bool = False) -> tuple[Any, ...]:
    """What an erasure changes. From the lock on it waits for this transaction, and then drops the copy."""
    row = connection.execute(
        "select holds_changed from archive_catalog.table_guards where (schema_name, table_name, kind) = (%s, %s, %s)"
        + (" for share" if locked else ""),
        table.key,
    ).fetchone()
    if is_erasing(connection, table.schema):
        raise ProblemError(
            "somebody is being erased",
            hint="Nothing was written. Finish it with `archive-jobs erase --again --yes`, then recall again.",
        )
    return row or ()


def _make_table(worker: Worker, planned: Recalled) -> None:
    connection, target = worker.connection, planned.target
    schema = quote_identifier(planned.schema)
    columns: dict[str, LakeColumn] = {column.name: column for column in planned.table.columns}
    if not planned.table.is_sealed:
        for unit in planned.units:
            # What a column held that is gone by now is still worth a look.
            for column in manifest_columns(read_manifest(worker.store, unit)):
                columns.setdefault(column.name, column)
    listed = ", ".join(f"{quote_identifier(c.name)} {c.pg_type.sql}" for c in columns.values())
    connection.execute(f"create schema {schema}".encode())
    connection.execute(f"create table {target.relation} ({listed})".encode())
    connection.execute(f"comment on schema {schema} is {quote_literal(mark(planned.recall_id))}".encode())


def _copy(connection: Connection, rows: LoadedUnit, asked: Interval) -> int:
    """The rows of the range, and their digest as they now stand."""
    table = rows.table
    lines = time_condition(table.time_column, table.time_base, table.time_zone, asked)
    expected = rows.digest(connection, lines)
    found = one_row(connection, insert_statement(connection, rows, lines, {}))
    if found != expected:
        raise ProblemError(
            f"{rows.unit.name}: expected {expected[0]} rows as they were archived, found {found[0]} others",
            hint="Nothing was written. Run `archive-jobs verify --deep`.",
        )
    return int(found[0])


def _finish(worker: Worker, planned: Recalled) -> None:
    """Indexes as a reader wants them, and the newest row of each key, where rows have keys."""
    connection, table, target = worker.connection, planned.table, planned.target
    key = [quote_identifier(name) for name in table.model.primary_key] if table.kind == "analytics" else []
    for column in dict.fromkeys([quote_identifier(table.time_column), ", ".join(key)]):
        if column:
            connection.execute(f"create index on {target.relation} ({column})".encode())
    connection.execute(f"analyze {target.relation}".encode())
    if key and table.platform:
        beaten = _note_beaten(worker, planned)
        view = f"{quote_identifier(planned.schema)}.{quote_identifier(f'newest_{table.table_name}')}"
        names = ", ".join(quote_identifier(column.name) for column in table.columns)
        connection.execute(
            f"create view {view} as select {names} from (select *, row_number() over (partition by {', '.join(key)}"
            f" order by {', '.join(NEWEST_FIRST)}) as _place from {target.relation}) as ranked"
            " where _place = 1 and not _deleted and not exists"
            f" (select from {beaten} as beaten where ({_listed('beaten', key)}) = ({_listed('ranked', key)}))".encode()
        )


def _note_beaten(worker: Worker, planned: Recalled) -> str:
    """A table of the copied rows that something newer beats, archived outside of the range or hot."""
    connection, table = worker.connection, planned.table
    key = [column for column in table.columns if column.name in table.model.primary_key]
    hot = ", ".join(
        f"{column.expression.replace('{schema}', quote_identifier(table.schema))} as {quote_identifier(column.name)}"
        for column in key
    )
    names = [quote_identifier(column.name) for column in key]
    newer = NewerElsewhere(worker, table, planned.units)
    newer.bring_up_to_date()
    conditions = [newer.beats("own")]
    if one_row(connection, "select to_regclass(%s)", (table.relation,))[0] is not None:
        conditions.append(
            f"exists (select from (select {hot}, {', '.join(RANK)} from {table.relation}) as hot"
            f" where ({_listed('hot', names)}) = ({_listed('own', names)})"
            f" and ({_listed('hot', RANK)}) > ({_listed('own', RANK)}))"
        )
    beaten = f"{quote_identifier(planned.schema)}.{quote_identifier(f'beaten_{table.table_name}')}"
    columns = _listed("own", [*names, *RANK])
    newest = f"select distinct on ({', '.join(names)}) * from {planned.target.relation}"
    connection.execute(
        f"create table {beaten} as select {columns} from"
        f" ({newest} order by {', '.join(names)}, {', '.join(NEWEST_FIRST)}) as own"
        f" where {' or '.join(filter(None, conditions)) or 'false'}".encode()
    )
    return beaten


def _listed(relation: str, names: Sequence[str]) -> str:
    return ", ".join(f"{relation}.{name}" for name in names)


def _note(connection: Connection, planned: Recalled) -> None:
    asked = planned.asked
    connection.execute(
        "insert into archive_catalog.recalls (recall_id, schema_name, table_name, kind, recalled_schema, lo, hi,"
        " units, row_count, expires_at, schema_oid) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::regnamespace)",
        (
            planned.recall_id, *planned.table.key, planned.schema, asked.start, asked.end, len(planned.units),
            planned.rows, planned.expires_at, quote_identifier(planned.schema),
        ),
    )  # fmt: skip
    write_event(
        connection, "recalled", planned.table, recalled_schema=planned.schema, rows=planned.rows,
        expires_at=planned.expires_at,
    )  # fmt: skip
