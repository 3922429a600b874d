"""What an erasure does not reach, said in its certificate rather than left for somebody to find. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import guarded
from archive_jobs.keeping.archived_units import units_of
from archive_jobs.moving.worker import Workshop
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.privacy.sealing import is_sealed
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.sql import quote_identifier

# Tables that are there or archived, of which these definitions say nothing.
_UNKNOWN = """
select table_name from archive_catalog.units where schema_name = %(schema)s and state not in ('open', 'purged')
    and table_name <> all(%(known)s)
"""
_NOTED = " union select table_name from {schema}.object_tables where table_name <> all(%(known)s)"


def require_in_sight(
    connection: Connection, schema: str, models: Sequence[ObjectModel], tables: Sequence[ArchivedTable]
) -> None:
    """Raise ProblemError where rows of these objects are archived that an erasure would not look into."""
    found = connection.execute(
        "select distinct table_name, kind from archive_catalog.units where schema_name = %s and table_name = any(%s)"
        " and state in ('active', 'superseded', 'restored') order by 1, 2",
        (schema, [model.table_name for model in models]),
    ).fetchall()
    missing = [name for name in found if name not in {(table.table_name, table.kind) for table in tables}]
    if missing and guarded("erase.in sight"):
        raise ProblemError(
            f"rows of {', '.join(f'{table} ({kind})' for table, kind in missing)} are archived, but the table is not in"
            " the database, or its policy says that it is not archived: they would not be looked into",
            hint="Nothing was erased. `dbt run` makes the tables; then erase again.",
        )


def remains(
    connection: Connection, shop: Workshop, schema: str, tables: Sequence[ArchivedTable], known: Collection[str]
) -> list[str]:
    """Sentences for the data-protection officer. Empty where nothing is known to remain in the archive.

    `known` are the tables of all definitions.
    """
    found = []
    has_noted = one_row(connection, "select to_regclass(%s)", (f"{quote_identifier(schema)}.object_tables",))[0]
    query = _UNKNOWN + (_NOTED.format(schema=quote_identifier(schema)) if has_noted else "") + " order by 1"
    unknown = [name for (name,) in connection.execute(query.encode(), {"schema": schema, "known": list(known)})]
    if unknown:
        found.append(
            f"no definition says whose rows {', '.join(unknown)} hold, in PostgreSQL or archived: they are not looked"
            " into"
        )
    for table in tables:
        if table.kind == "source":
            clear = _clear_units(connection, shop, table)
            if clear:
                found.append(
                    f"{clear} units of {table.relation_name} were archived before payloads were sealed and are not"
                    " looked into"
                )
        column = table.model.column(str(table.model.subject_column))
        if table.kind == "analytics" and column.pii in ("mask", "drop") and not _is_sealed(tables, table):
            found.append(
                f"archived rows of {table.name} name nobody: {column.name} is not in them, nor a sealed record"
            )
    return found


def files_waiting(connection: Connection, tables: Sequence[ArchivedTable]) -> list[dict[str, str]]:
    """Files that no longer count and are deleted once no reader can have them open; `expire` does it."""
    return [
        {"path": path, "deleted_from": str(unit.purge_not_before)}
        for table in tables
        for unit in units_of(connection, table.key, ["purging"])
        for (path,) in connection.execute(
            "select path from archive_catalog.files where attempt_id = %s order by path", (unit.attempt_id,)
        )
    ]


def _clear_units(connection: Connection, shop: Workshop, table: ArchivedTable) -> int:
    clear = 0
    for unit in units_of(connection, table.key, ["active", "superseded", "restored"]):
        files = connection.execute(
            "select path, sha256 from archive_catalog.files where attempt_id = %s", (unit.attempt_id,)
        ).fetchall()
        clear += any(not is_sealed(str(shop.store.local(path, sha256))) for path, sha256 in files)
    return clear


def _is_sealed(tables: Sequence[ArchivedTable], table: ArchivedTable) -> bool:
    return any(other.is_sealed and other.model.code == table.model.code for other in tables)
