"""Refuse what could lose or bend rows, before anything is planned. Each refusal names what and what to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from archive_jobs.copying.canonical import can_be_proven
from archive_jobs.database import Connection, one_row
from archive_jobs.planning.obstacles import obstacles
from archive_jobs.planning.tables import ArchivedTable, left_behind
from archive_jobs.privacy.master_key import require_master_key
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.drift import whose
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.fingerprint import CLIENT_VARIABLE
from definitions_to_dbt.sql import quote_identifier
from landing.settings import checked_settings

_DISK_FACTOR = 2

_PRIVILEGES = """
select wanted from unnest(%s::text[]) as wanted where not has_table_privilege(%s::regclass, wanted)
"""
_COLUMNS = """
select attname::text from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped
"""


def require_primary(connection: Connection, what: str = "archiving") -> None:
    """Raise ProblemError on a standby: what it shows may still be undone by a failover."""
    if one_row(connection, "select pg_is_in_recovery()")[0]:
        raise standby(what)


def standby(what: str) -> ProblemError:
    """What `what` says on a standby, which shows an older moment than the lake's."""
    return ProblemError(
        f"this PostgreSQL is a standby; {what} needs the primary",
        hint="Nothing was changed. Point PGHOST at the primary.",
    )


def require_same_client(connection: Connection, schema: str, client: str | None) -> None:
    """Raise ProblemError where dbt built the schema for another client: its rules of what goes are others."""
    if not _exists(connection, f"{quote_identifier(schema)}.platform"):
        return  # no dbt project of ours has ever built here
    found = connection.execute(f"select client from {quote_identifier(schema)}.platform".encode()).fetchone()
    if found is None or found[0] == client:
        return
    flag = f"--client {found[0]} (or {CLIENT_VARIABLE}={found[0]})" if found[0] else "no --client"
    raise ProblemError(
        f"dbt built {schema} from the project of {whose(found[0] or '')}; archive-jobs was told the overrides of"
        f" {whose(client or '')}, which may age other rows",
        hint=f"Nothing was changed. Give {flag}, or generate and run the project that is meant.",
    )


def require_room(lake: Path, estimated_bytes: int) -> None:
    """Raise ProblemError when the lake's disk has less than twice the estimate free."""
    folder = lake
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < _DISK_FACTOR * estimated_bytes:
        raise ProblemError(
            f"the disk of {lake} has {free:,} bytes free; expected at least {_DISK_FACTOR * estimated_bytes:,},"
            f" {_DISK_FACTOR} × what is to be archived",
            hint="Nothing was changed. Free some room, or archive one object at a time with --object.",
        )


def refusals(connection: Connection, table: ArchivedTable) -> Iterator[str]:
    """Every reason not to archive the table, each with what to do about it."""
    yield from _policy(table)
    yield from obstacles(connection, table)
    yield from _privileges(connection, table)
    yield from _columns(connection, table)


def _policy(table: ArchivedTable) -> Iterator[str]:
    if table.policy.format == "delta" and table.model.renamed_from is not None:
        yield "a Delta table cannot hold files of two folders, and this table was renamed; state format parquet"
    if table.is_sealed:
        yield from _keys(table)


def _keys(table: ArchivedTable) -> Iterator[str]:
    """What keeps payloads from being sealed under the keys of their subjects."""
    column = table.model.column(str(table.model.subject_column))
    if column.expression is not None:
        yield f"the subject_column {column.name} is computed; name one that the payload holds, by its source_path"
    try:
        require_master_key(checked_settings(ArchiveSettings), "sealing payloads of an object with a subject_column")
    except ProblemError as problem:
        yield f"{problem}; `archive-jobs keys new` prints a fresh one"


def _privileges(connection: Connection, table: ArchivedTable) -> Iterator[str]:
    wanted = ["select", "delete"] if table.kind == "analytics" else ["select", "update", "delete"]
    for (privilege,) in connection.execute(_PRIVILEGES, (wanted, table.relation)):
        yield f"this role may not {privilege} here; grant {privilege} on {table.name} to it"


def _columns(connection: Connection, table: ArchivedTable) -> Iterator[str]:
    yield from table.travelling.problems
    stored = {row[0] for row in connection.execute(_COLUMNS, (table.relation,))}
    travelling = {column.name: column for column in table.columns}
    for name in sorted(stored - travelling.keys() - left_behind(table.model, table.kind)):
        yield (
            f"the column {name} is in no definition and would be lost; add it to the definition, or state"
            f" undeclared_columns: keep in archive.{table.kind}"
        )
    for name, column in travelling.items():
        if name in stored and not (column.pg_type.lossless and can_be_proven(column)):
            yield (
                f"the column {name} has type {column.pg_type.sql}, whose values cannot be brought back; cast it to text"
            )


def _exists(connection: Connection, relation: str) -> bool:
    return one_row(connection, "select to_regclass(%s) is not null", (relation,))[0] is True
