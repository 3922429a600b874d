"""Who changed what through the service: a chain of rows to which is only ever added, and which shows a gap."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from archive_jobs.database import Connection

_FIRST = "0" * 64


def write_audit(connection: Connection, schema: str, principal: str, action: str, details: dict[str, Any]) -> None:
    """Add a row, in the transaction of the change itself: one is never there without the other."""
    connection.execute("select pg_advisory_xact_lock(7310, hashtext(%s))", (schema,))
    last = connection.execute(
        "select seq, sha256 from archive_catalog.api_audit where schema_name = %s order by seq desc limit 1", (schema,)
    ).fetchone()
    seq, previous = (last[0] + 1, last[1]) if last else (1, _FIRST)
    at = datetime.now(UTC)
    said = json.dumps(details, sort_keys=True, default=str)
    digest = _digest(schema, seq, at, principal, action, said, previous)
    connection.execute(
        "insert into archive_catalog.api_audit"
        " (schema_name, seq, at, principal, action, details, previous_sha256, sha256)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (schema, seq, at, principal, action, said, previous, digest),
    )


def audit_faults(connection: Connection, schema: str) -> list[str]:
    """What is wrong with the chain; nothing where every row is there and is as it was written.

    Rows cut off at the end leave no gap: note the last number and digest elsewhere to notice that too.
    """
    faults, expected, previous = [], 1, _FIRST
    rows = connection.execute(
        "select seq, at, principal, action, details, previous_sha256, sha256 from archive_catalog.api_audit"
        " where schema_name = %s order by seq",
        (schema,),
    )
    for seq, at, principal, action, details, before, sha256 in rows:
        if seq != expected:
            faults.append(f"rows {expected} to {seq - 1} are missing")
        elif before != previous:
            faults.append(f"row {seq} does not follow row {seq - 1}")
        if sha256 != _digest(schema, seq, at, principal, action, details, before):
            faults.append(f"row {seq} was changed")
        expected, previous = seq + 1, sha256
    return faults


def audit_head(connection: Connection, schema: str) -> tuple[int, str]:
    """The last number and digest."""
    row = connection.execute(
        "select seq, sha256 from archive_catalog.api_audit where schema_name = %s order by seq desc limit 1", (schema,)
    ).fetchone()
    return (int(row[0]), str(row[1])) if row else (0, _FIRST)


def _digest(schema: str, seq: int, at: datetime, *said: str) -> str:
    text = json.dumps([schema, seq, at.astimezone(UTC).isoformat(), *said])
    return hashlib.sha256(text.encode()).hexdigest()
