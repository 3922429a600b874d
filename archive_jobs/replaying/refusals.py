"""What a replay into the platform's own tables refuses, each with why and what to do. Reads only."""

from __future__ import annotations

from typing import Any

from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import guarded
from archive_jobs.keeping.archived_units import units_of
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.replaying.weigh import Weighed
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.names import rejected
from definitions_to_dbt.sql import quote_identifier


def require_tables_stand(connection: Connection, table: ArchivedTable) -> None:
    """Raise ProblemError where dbt of today has never made the tables that a replay writes into."""
    schema = quote_identifier(table.schema)
    wanted = [table.model.table_name, rejected(table.model), "transform_batches", "cold_rows"]
    for name in wanted:
        if one_row(connection, "select to_regclass(%s)", (f"{schema}.{quote_identifier(name)}",))[0] is None:
            raise ProblemError(
                f"expected the table {table.schema}.{name}, which dbt makes; found none",
                hint="Nothing was changed. Run `dbt run`, which makes the tables; then replay.",
            )


def require_one_key(table: ArchivedTable, weighed: Weighed) -> None:
    """A record whose row would stand under another key now would count twice, once in the archive for ever."""
    if weighed.moved and guarded("replay.moved"):
        raise ProblemError(
            f"{weighed.moved} records of {table.table_name}, as raw_seq {weighed.moved_example}, have a row under"
            " another key than the definition gives them now: they would count twice",
            hint="Nothing was changed. See both with --into SCHEMA; keep the key as it was, or make a new object.",
        )


def require_ageing_is_known(connection: Connection, table: ArchivedTable) -> None:
    """dbt compares with archived rows only where the definition says that the object ages."""
    model = table.model
    if model.ages:
        return
    archived = units_of(connection, (table.schema, table.table_name, "analytics"), ["active"])
    if any(unit.mode != "keep" for unit in archived):
        raise ProblemError(
            f"rows of {table.table_name} are archived, but its definition states no archive.analytics.retention: dbt"
            " would not compare with them, and they would come a second time",
            hint=f"Nothing was changed. State it in {model.code}, generate, run dbt, then replay.",
        )


def require_marked(connection: Connection, table: ArchivedTable, units: set[Any]) -> None:
    """What came back counts in a unit: else it would be archived twice, or shown by nobody."""
    active = {unit.unit_id for unit in units_of(connection, table.key, ["active"])}
    if units - active:
        raise ProblemError(
            f"records of {table.table_name} were archived, dropped or let go meanwhile",
            hint="Nothing was changed. Run the same command again.",
        )


def require_no_open_batch(connection: Connection, table: ArchivedTable) -> None:
    row = connection.execute(
        f"select batch_id from {quote_identifier(table.schema)}.transform_batches where table_name = %s"
        " and state = 'open'".encode(),
        (table.table_name,),
    ).fetchone()
    if row is not None:
        raise ProblemError(
            f"batch {row[0]} of {table.table_name} is open: dbt is at work, or died at it",
            hint="Nothing was changed. Run `dbt build`, which closes it, then replay again.",
        )
