"""The schema archive_catalog: made here, read through its views by everybody else."""

from __future__ import annotations

import json
from typing import Any

from archive_jobs.database import Connection
from definitions_to_dbt.ddl import catalogue_ddl

# Advisory locks of this project: (7305, 1) makes the catalogue, (7306, owner) says that a run lives.
OWNER_LOCK_CLASS = 7306


def ensure_catalogue(connection: Connection) -> None:
    """Make the catalogue where it is missing. One transaction: all of it or nothing."""
    if connection.execute("select to_regclass('archive_catalog.revisions')").fetchone() == (None,):
        connection.execute(catalogue_ddl().encode())


def catalogue_exists(connection: Connection) -> bool:
    """False where nothing was ever archived: readers then see hot rows only."""
    return connection.execute("select to_regclass('archive_catalog.revisions')").fetchone() != (None,)


def write_event(connection: Connection, event: str, table: Any = None, **details: Any) -> None:
    """Note what happened, for the operator and the auditor. `unit_id` and `attempt_id` get their own columns."""
    unit_id, attempt_id = details.pop("unit_id", None), details.pop("attempt_id", None)
    key = (None, None, None) if table is None else table.key
    connection.execute(
        "insert into archive_catalog.events (event, schema_name, table_name, kind, unit_id, attempt_id, details)"
        " values (%s, %s, %s, %s, %s, %s, %s)",
        (event, *key, unit_id, attempt_id, json.dumps(details, default=str)),
    )
