"""The operator's brake: a row in the catalogue that every run obeys between units, on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archive_jobs.catalogue import write_event
from archive_jobs.database import Connection


@dataclass(frozen=True)
class Pause:
    """Who has stopped the archiving of a schema, when and why."""

    paused_at: datetime
    paused_by: str
    reason: str | None

    def __str__(self) -> str:
        because = f": {self.reason}" if self.reason else ""
        return f"paused by {self.paused_by} since {self.paused_at:%Y-%m-%d %H:%M} UTC{because}"


def current_pause(connection: Connection, schema: str) -> Pause | None:
    """The pause in force, if there is one."""
    found = connection.execute(
        "select paused_at, paused_by, reason from archive_catalog.pauses where schema_name = %s and resumed_at is null",
        (schema,),
    ).fetchone()
    return Pause(*found) if found else None


def pause(connection: Connection, schema: str, reason: str | None) -> Pause:
    """Stop the archiving of the schema, or find out who has."""
    with connection.transaction():
        added = connection.execute(
            "insert into archive_catalog.pauses (schema_name, reason) values (%s, %s) on conflict do nothing",
            (schema, reason),
        ).rowcount
        if added:
            write_event(connection, "paused", schema=schema, reason=reason)
    found = current_pause(connection, schema)
    return found or pause(connection, schema, reason)


def resume(connection: Connection, schema: str) -> Pause | None:
    """Let the archiving of the schema go on; return the pause that has ended."""
    with connection.transaction():
        found = connection.execute(
            "update archive_catalog.pauses set resumed_at = now(), resumed_by = current_user"
            " where schema_name = %s and resumed_at is null returning paused_at, paused_by, reason",
            (schema,),
        ).fetchone()
        if found is None:
            return None
        write_event(connection, "resumed", schema=schema)
    return Pause(*found)
