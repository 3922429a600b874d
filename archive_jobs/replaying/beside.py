"""A schema beside the platform's, with the raw records of a range as they were received, and what dbt makes of them.

Nothing in the platform's own schema is touched. The schema is noted before it is made, so that whoever dies leaves
nothing behind for long, and an erasure finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from psycopg import errors

from archive_jobs.catalogue import catalogue_exists
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import fail_at, guarded
from archive_jobs.keeping.archived_units import ArchivedUnit, units_of
from archive_jobs.keeping.reload import LOADED, LoadedUnit, insert_statement, loaded
from archive_jobs.moving.worker import Worker
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.privacy.ledger import erased_of_kind, is_erasing
from archive_jobs.replaying.copies import note_copy
from archive_jobs.replaying.transform import Transform
from archive_jobs.times import Interval, time_condition
from definitions_to_dbt.ddl import layer3_ddl, platform_ddl
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.names import rejected, source_table
from definitions_to_dbt.platform_columns import LAYER_3
from definitions_to_dbt.sql import quote_identifier
from definitions_to_dbt.subject import BETWEEN, subject_expression

_COPIED = ", ".join(column.name for column in LAYER_3 if column.is_archived and column.name != "raw_sha256")


@dataclass(frozen=True)
class Wanted:
    """Which raw records: those that landed in the interval, all or the rejected ones."""

    interval: Interval
    only_rejected: bool = False


@dataclass
class Beside:
    """The schema, and how many records came into it."""

    table: ArchivedTable
    wanted: Wanted
    schema: str
    records: int = 0
    from_files: int = 0
    erased: int = 0
    # Rejected records of which the lake has no copy any more.
    gone: int = 0
    # What an erasure or an archiver would have changed since.
    standing: tuple[Any, ...] = ()
    outcomes: dict[str, int] = field(default_factory=dict)

    @property
    def model(self) -> ObjectModel:
        """The object."""
        return self.table.model

    @property
    def source(self) -> str:
        """The quoted name of its raw records."""
        return f"{quote_identifier(self.schema)}.{quote_identifier(source_table(self.model))}"

    @property
    def rows(self) -> str:
        """The quoted name of its write model."""
        return f"{quote_identifier(self.schema)}.{quote_identifier(self.model.table_name)}"


def standing(connection: Connection, table: ArchivedTable, *, locked: bool = False) -> tuple[Any, ...]:
    """What changes when anything of the table is archived, restored or erased. Locked, nobody can change it."""
    rows = connection.execute(
        "select kind, last_commit_seq, holds_changed from archive_catalog.table_guards"
        " where (schema_name, table_name) = (%s, %s) order by kind" + (" for update" if locked else ""),
        (table.schema, table.table_name),
    ).fetchall()
    if is_erasing(connection, table.schema):
        raise ProblemError(
            "somebody is being erased",
            hint="Nothing was changed. Finish it with `archive-jobs erase --again --yes`, then replay again.",
        )
    erased = connection.execute(
        "select count(*), max(requested_at), max(finished_at) from archive_catalog.erasures where schema_name = %s",
        (table.schema,),
    ).fetchone()
    return (erased, *rows)


def build_beside(
    worker: Worker,
    table: ArchivedTable,
    wanted: Wanted,
    schema: str,
    expires_at: datetime,
    transform: Transform,
    progress: Callable[[int, int], None],
    *,
    is_scratch: bool = False,
) -> Beside:
    """Make the schema, fill it, and let dbt build in it."""
    connection, beside = worker.connection, Beside(table, wanted, schema)
    beside.standing = standing(connection, table)
    note_copy(connection, table, schema, wanted.interval, expires_at, is_scratch=is_scratch)
    fail_at("beside.made.after")
    try:
        _make_tables(connection, beside)
        _fill(worker, beside, progress)
        fail_at("beside.filled.after")
        if beside.records:
            transform(table.model, schema)
            found = connection.execute(
                f"select coalesce(outcome, 'none'), count(*) from {beside.source} group by 1".encode()
            )
            beside.outcomes = dict(found.fetchall())
        fail_at("beside.transformed.after")
    except (errors.UndefinedTable, errors.InvalidSchemaName) as error:
        raise ProblemError(
            f"{schema} was dropped meanwhile: {str(error).splitlines()[0]}",
            hint="Nothing else was changed. Somebody was erased, or it was dropped by hand. Run the command again.",
        ) from error
    return beside


def _make_tables(connection: Connection, beside: Beside) -> None:
    schema, live = quote_identifier(beside.schema), quote_identifier(beside.table.schema)
    connection.execute(platform_ddl(beside.schema).encode())
    connection.execute(layer3_ddl(beside.model, beside.schema).encode())
    # The same value gets the same token here and there.
    connection.execute(f"update {schema}.token_key set secret = (select secret from {live}.token_key)".encode())


def _fill(worker: Worker, beside: Beside, progress: Callable[[int, int], None]) -> None:
    connection, table = worker.connection, beside.table
    condition = time_condition("ingested_at", "timestamptz", "UTC", beside.wanted.interval)
    if beside.wanted.only_rejected:
        refused = f"{quote_identifier(table.schema)}.{quote_identifier(rejected(beside.model))}"
        condition += f" and raw_seq in (select refused._raw_seq from {refused} as refused)"
    units = _units(connection, beside)
    total = sum(unit.rows for unit in units)
    with connection.transaction():
        # What dbt has not had yet is no replay: it comes with the next batch.
        connection.execute(
            f"insert into {beside.source} ({_COPIED}, archived_in) overriding system value"
            f" select {_COPIED}, archived_in from {table.relation} where processed and {condition}".encode()
        )
        done = 0
        for unit in units:
            if not _is_hot(connection, table, unit):
                with loaded(connection, worker.proving, worker.store, table, unit) as rows:
                    beside.from_files += _take_in(connection, rows, beside, condition)
            done += unit.rows
            progress(done, total)
        beside.erased = _leave_out_erased(worker, beside)
        connection.execute(f"analyze {beside.source}".encode())
    beside.records = one_row(connection, f"select count(*) from {beside.source}")[0]
    if beside.wanted.only_rejected:
        asked = one_row(
            connection,
            f"select count(*) from {refused} as refused where"
            f" {time_condition('ingested_at', 'timestamptz', 'UTC', beside.wanted.interval)}"
            f" and not exists (select from {table.relation} as raw where raw.raw_seq = refused._raw_seq"
            " and not raw.processed)",
        )[0]
        beside.gone = asked - beside.records - beside.erased


def _units(connection: Connection, beside: Beside) -> list[ArchivedUnit]:
    if not catalogue_exists(connection):
        return []
    units = units_of(connection, beside.table.key, ["active"], beside.wanted.interval)
    if not beside.wanted.only_rejected:
        return units
    refused = f"{quote_identifier(beside.table.schema)}.{quote_identifier(rejected(beside.model))}"
    query = f"select exists (select from {refused} where ingested_at >= %s and ingested_at < %s)"
    return [unit for unit in units if one_row(connection, query, (unit.lo, unit.hi))[0]]


def _is_hot(connection: Connection, table: ArchivedTable, unit: ArchivedUnit) -> bool:
    """True where every record of the unit stands in Layer 3: they never change, and are the same as in its files."""
    query = f"select count(*) from {table.relation} where archived_in = %s and ingested_at >= %s and ingested_at < %s"
    return bool(one_row(connection, query, (unit.unit_id, unit.lo, unit.hi))[0] == unit.rows)


def _take_in(connection: Connection, rows: LoadedUnit, beside: Beside, condition: str) -> int:
    """The records of a unit that are not hot. Raises ProblemError where a number stands for two records."""
    live = beside.table.relation
    strangers = one_row(
        connection,
        f"select count(*), min(cold.raw_seq) from {LOADED} as cold inner join {live} as hot"
        " on cold.raw_seq = hot.raw_seq where (hot.archived_in = any(%s)) is not true",
        (_former(connection, rows.unit),),
    )
    if strangers[0]:
        raise ProblemError(
            f"{strangers[0]} raw_seq of {rows.unit.name}, as {strangers[1]}, stand in {beside.table.name} for records"
            " that came later",
            hint="Nothing was changed. Records landed before the numbers of the archive were known here: give those in"
            " the table new numbers, then replay again.",
        )
    missing = f"{condition} and not exists (select from {live} as hot where hot.raw_seq = archived_rows.raw_seq)"
    expected = rows.digest(connection, missing)
    target = replace(beside.table, schema=beside.schema)
    added = {"archived_in": f"'{rows.unit.unit_id}'::uuid"}
    found = one_row(connection, insert_statement(connection, replace(rows, table=target), missing, added))
    if found != expected:
        raise ProblemError(
            f"{rows.unit.name}: expected {expected[0]} records as they were archived, found {found[0]} others",
            hint="Nothing was changed. Run `archive-jobs verify --deep`.",
        )
    return int(found[0])


def _former(connection: Connection, unit: ArchivedUnit) -> list[Any]:
    """The unit, and those whose place it has taken: records that were marked with them are its own."""
    query = """
        with recursive former as (
            select unit_id from archive_catalog.units where unit_id = %s
            union
            select u.unit_id from archive_catalog.units as u inner join former on u.superseded_by = former.unit_id
        )
        select unit_id from former
    """
    return [unit_id for (unit_id,) in connection.execute(query, (unit.unit_id,))]


def _leave_out_erased(worker: Worker, beside: Beside) -> int:
    """Records of people who were erased, from files that were written before payloads were sealed."""
    connection, table = worker.connection, beside.table
    if not table.subject_kind or not guarded("replay.erased"):
        return 0
    ledger = erased_of_kind(connection, table.schema, table.subject_kind)
    if not ledger:
        return 0
    ring = worker.shop.ring()
    subject = subject_expression(table.model, quote_identifier(beside.schema))
    theirs: list[int] = []
    with connection.cursor("subjects") as cursor:
        cursor.execute(f"select raw_seq, {subject} from {beside.source}".encode())
        for raw_seq, texts in cursor:
            named: Sequence[str] = (texts or "").split(BETWEEN)
            if any(ring.digest(table.subject_kind, one) in ledger for one in named if one):
                theirs.append(raw_seq)
    connection.execute(f"delete from {beside.source} where raw_seq = any(%s)".encode(), (theirs,))
    return len(theirs)
