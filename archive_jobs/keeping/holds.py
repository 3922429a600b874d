"""Legal holds: what may not be purged, erased or dropped, by table, range or subject, until somebody releases it."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from archive_jobs.catalogue import write_event
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import fail_at, guarded
from archive_jobs.lake.commit_records import TableKey
from definitions_to_dbt.errors import ProblemError

_COLUMNS = "hold_id, schema_name, table_name, kind, lo, hi, subject_digest, reason, placed_at, placed_by"
# The session's role, and before it whom it acts for.
_WHO = "coalesce(%s || ' (as ' || current_user || ')', current_user)"
# Subject holds bind every unit that may hold the subject's rows: nobody looks into files to find out.
_BINDING = f"""
select {_COLUMNS}, released_at, released_by from archive_catalog.holds
where released_at is null and schema_name = %(schema)s
    and coalesce(table_name = %(table)s, true) and coalesce(kind = %(kind)s, true)
    and coalesce(lo < %(hi)s, true) and coalesce(hi > %(lo)s, true)
    and coalesce(subject_digest = %(subject)s, true)
order by placed_at
"""
# Not only locked but changed: a transaction that has its snapshot already fails on it instead of missing the hold.
_TOUCH_GUARDS = """
update archive_catalog.table_guards set holds_changed = holds_changed + 1
where schema_name = %(schema)s and coalesce(table_name = %(table)s, true) and coalesce(kind = %(kind)s, true)
"""


@dataclass(frozen=True)
class HoldRequest:
    """What a hold is about. What is None is not narrowed by it."""

    schema: str
    reason: str
    table: str | None = None
    kind: str | None = None
    lo: datetime | None = None
    hi: datetime | None = None
    subject_digest: str | None = None


@dataclass(frozen=True)
class Hold:
    """A hold as it was placed, and released if it was."""

    hold_id: uuid.UUID
    schema: str
    table: str | None
    kind: str | None
    lo: datetime | None
    hi: datetime | None
    subject_digest: str | None
    reason: str
    placed_at: datetime
    placed_by: str
    released_at: datetime | None = None
    released_by: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The hold as plain values."""
        return {
            key: value if value is None or isinstance(value, str) else str(value) for key, value in asdict(self).items()
        }

    @property
    def name(self) -> str:
        """How messages name it."""
        return f"hold {self.hold_id} ({self.reason})"


def holds_on(
    connection: Connection, key: TableKey, lo: datetime | None, hi: datetime | None, subject_digest: str | None = None
) -> list[Hold]:
    """The holds that bind these rows. With a subject, only holds on all subjects or on this one.

    Meant for transactions that hold the table's guard row: nobody can place one meanwhile.
    """
    if not guarded("hold"):
        return []
    schema, table, kind = key
    values = {"schema": schema, "table": table, "kind": kind, "lo": lo, "hi": hi, "subject": subject_digest}
    return [Hold(*row) for row in connection.execute(_BINDING.encode(), values)]


def place_hold(connection: Connection, wanted: HoldRequest, by: str | None = None) -> Hold:
    """Place a hold. Waits for whoever is changing what counts of the tables it binds; from then on it binds.

    `by` is who asked for it, where that is not whose session this is.
    """
    with connection.transaction():
        if wanted.table is not None:
            connection.execute(
                "insert into archive_catalog.table_guards (schema_name, table_name, kind)"
                " select %s, %s, kind from unnest(array['analytics', 'source']) as kind"
                " where coalesce(kind = %s, true) on conflict do nothing",
                (wanted.schema, wanted.table, wanted.kind),
            )
        _touch_guards(connection, wanted.schema, wanted.table, wanted.kind)
        fail_at("hold.guard.after")
        row = one_row(
            connection,
            "insert into archive_catalog.holds (schema_name, table_name, kind, lo, hi, subject_digest, reason,"
            f" placed_by) values (%s, %s, %s, %s, %s, %s, %s, {_WHO}) returning {_COLUMNS}",
            (wanted.schema, wanted.table, wanted.kind, wanted.lo, wanted.hi, wanted.subject_digest, wanted.reason, by),
        )
        hold = Hold(*row)
        write_event(connection, "hold_placed", hold_id=hold.hold_id, **_said(hold))
        fail_at("hold.insert.after")
    fail_at("hold.after")
    return hold


def release_hold(connection: Connection, schema: str, hold_id: uuid.UUID, by: str | None = None) -> Hold:
    """Release a hold; who and when stays written. Raises ProblemError where there is none to release."""
    with connection.transaction():
        row = connection.execute(
            f"update archive_catalog.holds set released_at = now(), released_by = {_WHO}"
            f" where hold_id = %s and schema_name = %s and released_at is null returning {_COLUMNS},"
            " released_at, released_by".encode(),
            (by, hold_id, schema),
        ).fetchone()
        if row is None:
            raise ProblemError(
                f"there is no hold {hold_id} in force on {schema}",
                hint="Nothing was changed. `archive-jobs hold list` shows the holds in force.",
            )
        hold = Hold(*row)
        _touch_guards(connection, schema, hold.table, hold.kind)
        write_event(connection, "hold_released", hold_id=hold.hold_id, **_said(hold))
    return hold


def list_holds(
    connection: Connection,
    schema: str,
    *,
    released: bool,
    after: uuid.UUID | None = None,
    most: int | None = None,
) -> list[Hold]:
    """The holds in force, and those released where asked for, the oldest first; `most` of them, from the one after."""
    found = connection.execute(
        f"select {_COLUMNS}, released_at, released_by from archive_catalog.holds"
        " where schema_name = %s and (released_at is null or %s) and (%s::uuid is null or (placed_at, hold_id) >"
        " (select placed_at, hold_id from archive_catalog.holds where hold_id = %s))"
        " order by placed_at, hold_id limit %s".encode(),
        (schema, released, after, after, most),
    )
    return [Hold(*row) for row in found]


def find_hold(connection: Connection, schema: str, hold_id: uuid.UUID) -> Hold | None:
    """One hold, released or not."""
    row = connection.execute(
        f"select {_COLUMNS}, released_at, released_by from archive_catalog.holds"
        " where schema_name = %s and hold_id = %s".encode(),
        (schema, hold_id),
    ).fetchone()
    return Hold(*row) if row else None


def _touch_guards(connection: Connection, schema: str, table: str | None, kind: str | None) -> None:
    connection.execute(_TOUCH_GUARDS.encode(), {"schema": schema, "table": table, "kind": kind})


def _said(hold: Hold) -> dict[str, Any]:
    return {"of_table": hold.table, "of_kind": hold.kind, "lo": hold.lo, "hi": hold.hi, "reason": hold.reason}
