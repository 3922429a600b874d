"""Note which version of its policy a run obeys: what was in force when a row left can be told years later."""

from __future__ import annotations

from collections.abc import Sequence

from archive_jobs.database import Connection
from archive_jobs.planning.policy_table import PolicyVersion, latest_policies, lock_policies, same, write_version
from archive_jobs.planning.tables import ArchivedTable
from definitions_to_dbt.errors import ProblemError


def record_policies(connection: Connection, tables: Sequence[ArchivedTable]) -> dict[tuple[str, str, str], int]:
    """Return the version that each table ages by, writing it down the first time.

    Raises ProblemError where somebody has set another since the tables were read: rows leave by the newest or not
    at all.
    """
    found: dict[tuple[str, str, str], int] = {}
    for schema in {table.schema for table in tables}:
        latest = latest_policies(connection, schema)
        for table in tables:
            if table.schema == schema:
                last = latest.get(table.key[1:])
                is_obeyed = last is not None and _says_the_same(last, table)
                found[table.key] = last.version if last and is_obeyed else _record(connection, table)
    return found


def make_guard(connection: Connection, table: ArchivedTable) -> None:
    """Make the row that whoever changes what counts locks first."""
    connection.execute(
        "insert into archive_catalog.table_guards (schema_name, table_name, kind) values (%s, %s, %s)"
        " on conflict do nothing",
        table.key,
    )


def _says_the_same(last: PolicyVersion, table: ArchivedTable) -> bool:
    return last.policy is not None and same(last.policy, table.policy)


def _record(connection: Connection, table: ArchivedTable) -> int:
    with connection.transaction():
        lock_policies(connection, table.key)
        last = latest_policies(connection, table.schema).get(table.key[1:])
        if last is not None and _says_the_same(last, table):
            return last.version
        if last is not None and (last.is_own or table.policy_origin == "definitions"):
            raise ProblemError(
                f"{table.name}: its {table.kind} policy was changed while the run was being planned, by"
                f" {last.created_by}",
                hint="Nothing of this table was changed. Run the command again: it obeys the new policy.",
            )
        why = "the first run" if last is None else "the layer's default has changed"
        return write_version(connection, table.key, table.policy, table.policy_origin, table.model.definition_hash, why)
