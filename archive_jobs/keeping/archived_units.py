"""Units that were archived, as the catalogue and their manifests describe them. Reads only."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive_jobs.database import Connection
from archive_jobs.lake.commit_records import Change, TableKey
from archive_jobs.lake.store import Store, damaged
from archive_jobs.times import Interval
from definitions_to_dbt.lake import LakeColumn
from definitions_to_dbt.types import stored_type

_UNITS = """
select u.unit_id, u.active_attempt, u.state, u.generation, u.lo, u.hi, u.row_count, u.dropped_rows, u.active_from,
    u.verified_at, u.keep_until, u.purge_not_before, u.superseded_by, a.manifest_path, a.manifest_sha256,
    a.policy_version, u.mode
from archive_catalog.units as u
inner join archive_catalog.attempts as a on u.active_attempt = a.attempt_id
where (u.schema_name, u.table_name, u.kind) = (%(schema)s, %(table)s, %(kind)s) and u.state = any(%(states)s)
    and (%(end)s::timestamptz is null or u.lo < %(end)s) and (%(start)s::timestamptz is null or u.hi > %(start)s)
order by u.lo, u.generation desc, u.active_from desc
"""


@dataclass(frozen=True)
class ArchivedUnit:
    """A unit that counts or has counted, with the attempt that made it."""

    key: TableKey
    unit_id: uuid.UUID
    attempt_id: uuid.UUID
    state: str
    generation: int
    lo: datetime
    hi: datetime
    rows: int
    dropped_rows: int
    active_from: datetime
    verified_at: datetime | None
    keep_until: datetime | None
    purge_not_before: datetime | None
    superseded_by: uuid.UUID | None
    manifest_path: str
    manifest_sha256: str
    policy_version: int | None
    mode: str

    def change(self, state: str, **details: Any) -> Change:
        """What is to become of it."""
        return Change(
            self.unit_id, self.attempt_id, state, self.rows, self.manifest_path, self.manifest_sha256,
            mode=self.mode, **details,
        )  # fmt: skip

    @property
    def name(self) -> str:
        """How messages name it."""
        return f"{self.key[1]} ({self.key[2]}) {self.lo.date()}, generation {self.generation}"

    def as_json(self) -> dict[str, Any]:
        """The unit as plain values."""
        return {
            "schema": self.key[0], "table": self.key[1], "kind": self.key[2], "unit": str(self.unit_id),
            "state": self.state, "generation": self.generation, "lo": self.lo.isoformat(), "hi": self.hi.isoformat(),
            "rows": self.rows,
        }  # fmt: skip


_ANY_TIME = Interval(None, None)


def units_of(
    connection: Connection, key: TableKey, states: Sequence[str], interval: Interval = _ANY_TIME
) -> list[ArchivedUnit]:
    """The table's units in these states that may hold rows of the interval: by time, of one range the newest first."""
    schema, table, kind = key
    values = {
        "schema": schema, "table": table, "kind": kind, "states": list(states),
        "start": interval.start, "end": interval.end,
    }  # fmt: skip
    return [ArchivedUnit(key, *row) for row in connection.execute(_UNITS.encode(), values)]


def read_manifest(store: Store, unit: ArchivedUnit) -> dict[str, Any]:
    """The unit's manifest. Raises ProblemError unless it is the one that was committed."""
    manifest: dict[str, Any] = json.loads(store.local(unit.manifest_path, unit.manifest_sha256).read_bytes())
    if manifest["unit"] != str(unit.unit_id):
        raise damaged(unit.manifest_path, f"the manifest of unit {manifest['unit']}, expected {unit.unit_id}")
    return manifest


def manifest_columns(manifest: dict[str, Any]) -> tuple[LakeColumn, ...]:
    """The columns a manifest speaks of."""
    return tuple(
        LakeColumn(c["name"], stored_type(c["postgresql_type"]), c["cast"], c["lake_type"]) for c in manifest["columns"]
    )
