"""Tell what becomes of units: requested, started, archived, failed. On archive_catalog.events and to whoever listens.

Each is told in the transaction that makes it true, so nobody hears of what was rolled back.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from archive_jobs.database import Connection

if TYPE_CHECKING:
    from archive_jobs.moving.attempt import Attempt

UnitEvent = Literal["requested", "started", "archived", "failed"]

_TELL = """
select archive_catalog.note_event(%s, %s, %s, %s, told.unit_id, told.attempt_id, told.details)
from unnest(%s::uuid[], %s::uuid[], %s::jsonb[]) as told (unit_id, attempt_id, details)
"""


def tell(connection: Connection, event: UnitEvent, attempts: Sequence[Attempt], **also: Any) -> None:
    """Tell one thing of each of these attempts, which are of one table."""
    if not attempts:
        return
    connection.execute(
        _TELL.encode(),
        (
            event, *attempts[0].table.key,
            [attempt.unit_id for attempt in attempts],
            [attempt.attempt_id for attempt in attempts],
            [json.dumps({**_described(attempt), **also}) for attempt in attempts],
        ),
    )  # fmt: skip


def _described(attempt: Attempt) -> dict[str, Any]:
    return {
        "lo": attempt.lo.isoformat(),
        "hi": attempt.hi.isoformat(),
        "generation": attempt.generation,
        "rows": attempt.rows,
        "bytes": attempt.bytes,
        "reason": attempt.reason or None,
    }
