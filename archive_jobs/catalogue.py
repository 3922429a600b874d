"""The schema archive_catalog: made here, read through its views by everybody else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg

from archive_jobs.database import Connection
from definitions_to_dbt.catalogue_ddl import catalogue_ddl, catalogue_parts
from definitions_to_dbt.errors import ProblemError

# Advisory locks of this project: (7305, 1) makes the catalogue, (7306, owner) says that a run lives.
OWNER_LOCK_CLASS = 7306


def ensure_catalogue(connection: Connection) -> None:
    """Make the catalogue, or bring up the one an older version made. One transaction: all of it or nothing."""
    if _missing_parts(connection):
        try:
            connection.execute(catalogue_ddl().encode())
        except psycopg.errors.LockNotAvailable as error:
            raise ProblemError(
                f"the schema archive_catalog is of an older version and in use: {str(error).splitlines()[0]}",
                hint="Nothing was changed. Run the command again once the readers that are at it have ended.",
            ) from error


def bring_up(connection: Connection) -> None:
    """Bring up the catalogue that an older version made, before anything is read from it; make none."""
    if connection.execute("select to_regclass('archive_catalog.units')").fetchone() != (None,):
        ensure_catalogue(connection)


def catalogue_exists(connection: Connection) -> bool:
    """False where nothing was ever archived: readers then see hot rows only.

    Raises ProblemError where an older version made it: a reader may not change it, and would miss what is new.
    """
    asked = "select to_regclass('archive_catalog.revisions'), to_regclass('archive_catalog.installed')"
    revisions, installed = connection.execute(asked).fetchone() or (None, None)
    if revisions is None:
        return False
    require_present(_installed(connection) if installed is not None else ())
    return True


def require_present(installed: Iterable[Sequence[str]]) -> None:
    """Raise ProblemError unless the parts that were installed, each with its text's SHA-256, are those of today."""
    missing = _not_among(installed)
    if missing:
        raise ProblemError(
            f"the schema archive_catalog was made by an older version: expected its present {', '.join(missing)}",
            hint="Nothing was read or changed. Run `archive-jobs reconcile`, which brings it up, then run this again.",
        )


def _missing_parts(connection: Connection) -> list[str]:
    """The parts whose present text this catalogue has never run."""
    if connection.execute("select to_regclass('archive_catalog.installed')").fetchone() == (None,):
        return [part.name for part in catalogue_parts()]
    return _not_among(_installed(connection))


def _installed(connection: Connection) -> list[tuple[str, str]]:
    return connection.execute("select part, sha256 from archive_catalog.installed").fetchall()


def _not_among(installed: Iterable[Sequence[str]]) -> list[str]:
    found = {(part, sha256) for part, sha256 in installed}
    return [part.name for part in catalogue_parts() if (part.name, part.sha256) not in found]


def write_event(
    connection: Connection, event: str, table: Any = None, *, key: tuple[str, str, str] | None = None, **details: Any
) -> None:
    """Note what happened, for the operator and the auditor, and tell whoever listens to archive_events.

    `unit_id` and `attempt_id` get their own columns. `key` is schema, table and kind where there is no table at hand.
    """
    unit_id, attempt_id = details.pop("unit_id", None), details.pop("attempt_id", None)
    whose = key or (None, None, None) if table is None else table.key
    connection.execute(
        "select archive_catalog.note_event(%s, %s, %s, %s, %s, %s, %s)",
        (event, *whose, unit_id, attempt_id, json.dumps(details, default=str)),
    )
