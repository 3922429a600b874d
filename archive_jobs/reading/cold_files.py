"""Which files hold the archived rows of an interval, as the catalogue says in one snapshot. Opens no file."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import guarded
from archive_jobs.lake.statistics import shape_of
from archive_jobs.planning.tables import Kind
from archive_jobs.reading.once_per_model import once_per_model
from archive_jobs.reading.time_column import TimeColumn
from archive_jobs.times import Interval
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.lake import lake_columns

_COLUMNS = """f.path, f.sha256, f.rows, f.bytes, f.unit_id, f.lo, f.hi, f.first_time, f.last_time,
    (f.statistics -> '_source_order' ->> 'min')::bigint, (f.statistics -> '_source_order' ->> 'max')::bigint,
    coalesce(f.statistics ?| %(times)s::text[], false),
    coalesce(f.shape = %(shape)s and f.statistics #>> '{_deleted,max}' = 'False' and %(keys)s::text[] <@ array(
        select s.key from jsonb_each(f.statistics) as s where (s.value ->> 'nulls') = '0'
    ), false)"""
_NOW = f"select {_COLUMNS} from archive_catalog.readable_files as f"
# What counted at a time: each unit's last record until then. Files that went when a person was erased are stood in for
# by those that took their place; of what has expired nobody can say any more what it held.
_CHAIN = """
with recursive told as (
    select distinct on (c.unit_id) c.unit_id, c.attempt_id, c.state
    from archive_catalog.commits as c
    where (c.schema_name, c.table_name, c.kind) = (%(schema)s, %(table)s, %(kind)s) and c.committed_at <= %(known_at)s
    order by c.unit_id asc, c.commit_seq desc
),
over as (
    select u.unit_id, u.superseded_by, exists (
        select from archive_catalog.commits as c
        where c.unit_id = u.unit_id and c.state = 'purging' and c.record::jsonb ->> 'reason' = 'erased'
    ) as is_erased
    from archive_catalog.units as u
    where (u.schema_name, u.table_name, u.kind) = (%(schema)s, %(table)s, %(kind)s) and u.state in ('purging', 'purged')
),
chain as (
    select unit_id, attempt_id from told where state = 'active'
    union
    select after.unit_id, after.active_attempt
    from chain as c
    inner join over as o on c.unit_id = o.unit_id and o.is_erased
    inner join archive_catalog.units as after on o.superseded_by = after.unit_id
),
standing as (
    select
        u.schema_name, u.table_name, u.kind, u.unit_id, f.path, f.row_count as "rows", f.byte_count as "bytes",
        f.sha256, u.lo, u.hi, f.first_time, f.last_time, f.statistics, f.shape, u.mode = 'keep' as also_hot
    from chain as c
    inner join archive_catalog.units as u on c.unit_id = u.unit_id and u.state not in ('purging', 'purged')
    inner join archive_catalog.files as f on c.attempt_id = f.attempt_id
),
gone as (
    select u.lo, u.hi from chain as c
    inner join over as o on c.unit_id = o.unit_id and not o.is_erased
    inner join archive_catalog.units as u on c.unit_id = u.unit_id
)
"""
_GONE = f"""{_CHAIN} select lo from gone where (%(end)s::timestamptz is null or lo < %(end)s)
    and (%(start)s::timestamptz is null or hi > %(start)s) order by lo"""


@dataclass(frozen=True)
class ColdFile:
    """One file that counts, with what the catalogue knows of its rows."""

    path: str
    sha256: str
    rows: int
    bytes: int
    unit_id: uuid.UUID
    lo: datetime
    hi: datetime
    # Texts of its first and last time; of the time column's own type.
    first: str | None
    last: str | None
    # The least and greatest source order of its rows; unknown for files of an older version.
    oldest_order: int | None
    newest_order: int | None
    # Known to have the time column, by its name of today or the one before. Not of files of an older version.
    has_time: bool
    # Known to have today's columns and no others, no null in a key and no mark of deletion.
    is_plain: bool


@dataclass(frozen=True)
class Expected:
    """What a file is known by to be as if it were written today."""

    shape: str = ""
    keys: tuple[str, ...] = ()
    times: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """Of which archive files are wanted, and as it stood when."""

    schema: str
    table: str
    kind: Kind
    known_at: datetime | None = None
    also_hot: bool = False
    # What today's definition expects of a file; nothing is asked of those of which nothing is expected.
    expected: Expected = Expected()


@once_per_model
def expected_of(model: ObjectModel, kind: Kind) -> Expected:
    """What a file of today's definition has. Raw records have no key that could be null, and none is marked."""
    columns = lake_columns(model, kind)
    if kind == "source":
        return Expected()
    times = {name for c in columns if c.name == model.time_column for name in (c.name, c.formerly) if name}
    told = (*model.primary_key, "_deleted")
    return Expected(shape_of((c.name, c.lake_type) for c in columns), told, tuple(times))


@once_per_model
def wanted_of(model: ObjectModel, schema: str, kind: Kind, known_at: datetime | None = None) -> Wanted:
    """All files of the table that count, and which of them are as today's definition expects."""
    return Wanted(schema, model.table_name, kind, known_at, expected=expected_of(model, kind))


def cold_files(
    control: Connection,
    wanted: Wanted,
    interval: Interval,
    time: TimeColumn | None = None,
    *,
    gone_from: Interval | None = None,
) -> list[ColdFile]:
    """The files that may hold rows of the interval, oldest first: by the bounds of their units and by their own times.

    Raises ProblemError where what counted at `known_at` is gone, of the interval or of the one that `gone_from` says.
    """
    query, values = files_query(wanted, interval, time)
    if wanted.known_at is not None:
        _require_past(control, wanted.known_at)
        asked = gone_from or interval
        _require_standing(control, {**values, "start": asked.start, "end": asked.end})
    if interval.is_empty:
        return []
    return [ColdFile(*row) for row in control.execute(query.encode(), values)]


def files_query(wanted: Wanted, interval: Interval, time: TimeColumn | None) -> tuple[str, dict[str, object]]:
    """What the catalogue is asked, and with which values. The words are the same for every day of every table.

    PostgreSQL takes four times as long to plan it as to answer it for one.
    """
    around = time.uncertain if time is not None else timedelta(0)
    values: dict[str, object] = {
        "schema": wanted.schema, "table": wanted.table, "kind": wanted.kind, "known_at": wanted.known_at,
        "start": interval.start and interval.start - around, "end": interval.end and interval.end + around,
        "also_hot": wanted.also_hot, "shape": wanted.expected.shape, "keys": list(wanted.expected.keys),
        "times": list(wanted.expected.times), "from": time and interval.start and time.written(interval.start),
        "until": time and interval.end and time.written(interval.end),
    }  # fmt: skip
    words = _files_words(
        time.compared_as if time is not None else None,
        interval.start is not None,
        interval.end is not None,
        is_now=wanted.known_at is None,
        # As it stood then, hot rows are not read: a copy of rows that stayed counts like any other file.
        tells_copies=(wanted.known_at is None or wanted.also_hot) and guarded("copies"),
    )
    return words, values


@cache
def _files_words(compared_as: str | None, has_start: bool, has_end: bool, *, is_now: bool, tells_copies: bool) -> str:
    conditions = ["(f.schema_name, f.table_name, f.kind) = (%(schema)s, %(table)s, %(kind)s)"]
    if has_start or has_end:
        # PostgreSQL has an index of these spans.
        conditions.append("tstzrange(f.lo, f.hi) && tstzrange(%(start)s::timestamptz, %(end)s::timestamptz)")
    if compared_as and has_start:
        conditions.append(f"(f.last_time is null or f.last_time::{compared_as} >= %(from)s::{compared_as})")
    if compared_as and has_end:
        conditions.append(f"(f.first_time is null or f.first_time::{compared_as} < %(until)s::{compared_as})")
    if tells_copies:
        conditions.append("f.also_hot = %(also_hot)s")
    listed = _NOW if is_now else f"{_CHAIN} select {_COLUMNS} from standing as f"
    return f"{listed} where {' and '.join(conditions)} order by f.lo, f.path"


def _require_past(control: Connection, known_at: datetime) -> None:
    """Of a moment to come nobody can say what will count: asked again then, the answer would be another."""
    if one_row(control, "select %s > clock_timestamp()", (known_at,))[0]:
        raise ProblemError(
            f"expected a time that is over, found {known_at}",
            hint="Nothing was read. A date alone is its first moment, in UTC; leave --known-at out for now.",
        )


def _require_standing(control: Connection, values: dict[str, object]) -> None:
    gone: Sequence[tuple[datetime]] = control.execute(_GONE.encode(), values).fetchall()
    if gone:
        raise ProblemError(
            f"{len(gone)} units of {values['table']} ({values['kind']}) that counted at {values['known_at']} have"
            f" expired since, the first of {gone[0][0]:%Y-%m-%d}: what they held is gone",
            hint="Nothing was read, as it would be short. Ask for an interval that leaves them out, or for a later"
            " --known-at.",
        )
