"""What an erasure does not reach, said in its certificate rather than left for somebody to find. Reads only."""

from __future__ import annotations

from collections.abc import Sequence

from archive_jobs.database import Connection
from archive_jobs.keeping.archived_units import units_of
from archive_jobs.moving.worker import Workshop
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.privacy.sealing import is_sealed


def remains(connection: Connection, shop: Workshop, tables: Sequence[ArchivedTable]) -> list[str]:
    """Sentences for the data-protection officer. Empty where nothing is known to remain in the archive."""
    found = []
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
