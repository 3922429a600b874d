"""Units and attempts in the catalogue: planning them, and the states they pass through."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from archive_jobs.copying.tuples import Tuples
from archive_jobs.copying.witness import Sums
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import fail_at, guarded
from archive_jobs.lake.statistics import shape_of
from archive_jobs.monitoring.telling import step
from archive_jobs.moving.events import tell
from archive_jobs.planning.stored_types import type_definitions
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.planning.units import Mode, Slice
from archive_jobs.privacy.sealed_columns import stored_columns
from definitions_to_dbt.lake import LakeColumn

_DESCRIBED = """
select
    string_agg(concat_ws(':', attnum, attname, atttypid, atttypmod, attcollation, attgenerated), ',' order by attnum),
    string_agg(attnum || ':' || pg_get_expr(d.adbin, d.adrelid), ',' order by attnum) filter (where attgenerated <> ''),
    array_agg(distinct atttypid::bigint) filter (where atttypid >= %s)
from pg_attribute as a
left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
where attrelid = %s::regclass and attnum > 0 and not attisdropped
"""
# From this number on, types are made by users and extensions.
_OF_USERS = 16_384

TOOL_VERSION = "archive-jobs 0.1.0"

_INSERT = """
with wanted as (
    select * from unnest(
        %(lo)s::timestamptz[], %(hi)s::timestamptz[], %(day)s::date[], %(predicate)s::text[],
        %(new_unit)s::uuid[], %(attempt)s::uuid[], %(mode)s::text[], %(relations)s::text[]
    ) as w (lo, hi, part_day, predicate, new_unit, attempt_id, mode, relations)
),
waiting as (
    select u.unit_id, u.lo, u.hi, u.generation
    from archive_catalog.units as u
    inner join wanted as w on u.lo = w.lo and u.hi = w.hi
    where (u.schema_name, u.table_name, u.kind) = (%(schema)s, %(table)s, %(kind)s) and u.state = 'open'
),
made as (
    insert into archive_catalog.units (unit_id, schema_name, table_name, kind, lo, hi, part_day, generation)
    select w.new_unit, %(schema)s, %(table)s, %(kind)s, w.lo, w.hi, w.part_day, 1 + coalesce((
        select max(u.generation) from archive_catalog.units as u
        where (u.schema_name, u.table_name, u.kind, u.lo, u.hi) = (%(schema)s, %(table)s, %(kind)s, w.lo, w.hi)
    ), 0)
    from wanted as w
    where not exists (select from waiting as o where o.lo = w.lo and o.hi = w.hi)
    on conflict do nothing
    returning unit_id, lo, hi, generation
),
picked as (select * from waiting union all select * from made),
planned as (
    insert into archive_catalog.attempts (attempt_id, unit_id, state, predicate, mode, relations, fingerprint,
        definition_hash, policy_version, owner_key, tool_version)
    select w.attempt_id, p.unit_id, 'planned', w.predicate, w.mode, string_to_array(nullif(w.relations, ''), chr(10)),
        %(fingerprint)s, %(definition)s, %(policy)s, %(owner)s, %(tool)s
    from wanted as w
    inner join picked as p on w.lo = p.lo and w.hi = p.hi
    on conflict do nothing
    returning attempt_id, unit_id
)
select planned.attempt_id, planned.unit_id, picked.generation
from planned inner join picked on planned.unit_id = picked.unit_id
"""


@dataclass
class Beside:
    """A file that stands beside another one and says the same in another format."""

    staged: Path
    path: str
    bytes: int
    sha256: str


@dataclass
class LakeFile:
    """One file an attempt writes: the rows of one tenant and one day, month or year, whatever the policy cuts by."""

    staged: Path
    # The day of its first row; its folder is made from it.
    day: date
    tenant: str | None = None
    rows: int = 0
    first: str | None = None
    last: str | None = None
    bytes: int = 0
    sha256: str = ""
    content_sha256: str = ""
    path: str = ""
    etag: str = ""
    # Nulls of each column, least and greatest of numbers and times, for the manifest.
    statistics: dict[str, Any] = field(default_factory=dict)
    # The same rows for people, where the policy's format is json.
    beside: Beside | None = None


@dataclass
class Attempt:
    """One try to move one unit, filled in as it goes from step to step."""

    table: ArchivedTable
    attempt_id: uuid.UUID
    unit_id: uuid.UUID
    generation: int
    day: date
    lo: datetime
    hi: datetime
    predicate: str
    fingerprint: str
    policy_version: int | None
    # How its rows leave PostgreSQL, and the partition or chunks that are dropped with them.
    mode: Mode = "delete"
    relations: tuple[str, ...] = ()
    rows: int = 0
    # A compressed chunk has no tuples to be told apart by; its rows are compared by content.
    compressed: bool = False
    expected_rows: int = 0
    # Which tuples went over the wire, and what of them; None and nothing where the rows are compared by content.
    tuples: Tuples | None = None
    digests: tuple[Decimal, Decimal] | None = None
    came: Sums = field(default_factory=Sums)
    snapshot_xid: str = ""
    # Empty where the rows lie in the file as they lay in the table.
    sorted_by: tuple[str, ...] = ()
    snapshot: str = ""
    wal_lsn: str = ""
    server_version: int = 0
    # As the table's, but where a value came that the native lake type cannot hold: that column travels as text.
    columns: tuple[LakeColumn, ...] = ()
    files: list[LakeFile] = field(default_factory=list)
    manifest_path: str = ""
    manifest_sha256: str = ""
    outcome: str = "planned"
    reason: str = ""

    def __post_init__(self) -> None:
        self.columns = self.columns or self.table.columns

    @property
    def name(self) -> str:
        """How messages name the attempt."""
        return f"{self.table.name} {self.day}"

    @property
    def stored_columns(self) -> tuple[LakeColumn, ...]:
        """The columns its files have: of sealed records, what is sealed in the place of the payload."""
        return stored_columns(self.columns) if self.table.is_sealed else self.columns

    @property
    def shape(self) -> str:
        """The digest of these columns' names and types."""
        return shape_of((column.name, column.lake_type) for column in self.stored_columns)

    @property
    def relation(self) -> str:
        """What its rows are read from: of a partition the partition itself.

        Whoever reads the table would keep all its other partitions from being dropped meanwhile.
        """
        return self.relations[0] if len(self.relations) == 1 else self.table.relation

    @property
    def condition(self) -> str:
        """What tells its rows in `relation`: of what is dropped whole every row is one, or must not be dropped."""
        return "true" if self.is_whole else self.predicate

    @property
    def is_whole(self) -> bool:
        """True where its rows are all there are in one partition or chunk."""
        return self.mode in ("partition", "chunk") and len(self.relations) == 1

    @property
    def bytes(self) -> int:
        """What its files take in the lake."""
        return sum(file.bytes for file in self.files)

    @property
    def content_sha256(self) -> str:
        """SHA-256 over the content digests of its files, in their order."""
        return hashlib.sha256("\n".join(file.content_sha256 for file in self.files).encode()).hexdigest()


class UnarchivableError(Exception):
    """This unit cannot be archived now. It stays hot; the message says why."""


def fingerprint(connection: Connection, table: ArchivedTable) -> str:
    """A digest of what the table is and of the casts its columns leave under; it may not change under an attempt.

    A label that is renamed, or an expression of which a column is generated, changes values and no tuple.
    """
    described, generated, made = one_row(connection, _DESCRIBED, (_OF_USERS, table.relation))
    said = [described, table.casts_digest, *([generated] if generated else [])]
    if made:
        types = type_definitions(connection, made)
        require_same_types(table, types)
        said.append(json.dumps(types, sort_keys=True))
    return hashlib.sha256("|".join(said).encode()).hexdigest()


def require_same_types(table: ArchivedTable, types: Mapping[str, Any]) -> None:
    """Raise UnarchivableError where a type is another one than it was when the table was looked at."""
    changed = [name for name, shape in table.travelling.types.items() if types.get(name) != shape]
    if changed and guarded("types"):
        raise UnarchivableError(f"the definition of {', '.join(changed)} has changed since the plan")


@step("plan")
def plan_attempts(
    connection: Connection, slices: Sequence[Slice], owner_key: int, policy_version: int | None
) -> list[Attempt]:
    """Write the attempts down before the first byte is written. A slice another archiver holds is left to it.

    Raises UnarchivableError where the table is another one than it was when it was looked at.
    """
    fail_at("plan.insert.before")
    table = slices[0].table
    mark = fingerprint(connection, table)
    by_attempt = {uuid.uuid4(): piece for piece in slices}
    with connection.transaction():
        found = connection.execute(
            _INSERT.encode(),
            {
                "lo": [piece.lo for piece in slices],
                "hi": [piece.hi for piece in slices],
                "day": [piece.day for piece in slices],
                "predicate": [piece.predicate for piece in slices],
                "new_unit": [uuid.uuid4() for _ in slices],
                "attempt": list(by_attempt),
                "mode": [piece.mode for piece in slices],
                "relations": ["\n".join(piece.relations) for piece in slices],
                "schema": table.schema,
                "table": table.table_name,
                "kind": table.kind,
                "fingerprint": mark,
                "definition": table.model.definition_hash,
                "policy": policy_version,
                "owner": owner_key,
                "tool": TOOL_VERSION,
            },
        ).fetchall()
        attempts = []
        for attempt_id, unit_id, generation in found:
            s = by_attempt[attempt_id]
            attempts.append(
                Attempt(
                    table, attempt_id, unit_id, generation, s.day, s.lo, s.hi, s.predicate, mark, policy_version,
                    s.mode, s.relations, s.rows, compressed=s.compressed, expected_rows=s.rows,
                )
            )  # fmt: skip
        tell(connection, "requested", attempts)
    fail_at("plan.insert.after")
    return sorted(attempts, key=lambda attempt: attempt.lo)


@step("abandon")
def abandon(connection: Connection, attempt: Attempt, reason: str) -> None:
    """Give the attempt up; its rows stay hot and its file will be swept."""
    with connection.transaction():
        connection.execute(
            "update archive_catalog.attempts set state = 'abandoned', reason = %s, finished_at = now()"
            " where attempt_id = %s and state in ('planned', 'prepared')",
            (reason, attempt.attempt_id),
        )
        attempt.reason = reason
        tell(connection, "failed", [attempt])
    attempt.outcome, attempt.reason = "abandoned", reason
