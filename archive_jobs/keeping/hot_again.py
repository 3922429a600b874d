"""Hot rows that stand where the archive has them already, as after a backup was put back, and rows that were archived
and hot in the database that is lost. Reads; changes nothing.

Asked by a rebuilt catalogue, of tables and columns that manifests name: their SQL is never run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from archive_jobs.database import Connection
from archive_jobs.lake.store import Store
from definitions_to_dbt.sql import quote_identifier

_COLD = """
select u.table_name, u.kind, u.row_count, u.lo, u.hi, a.predicate, a.manifest_path, a.manifest_sha256
from archive_catalog.units as u
inner join archive_catalog.attempts as a on a.attempt_id = u.active_attempt
where u.schema_name = %s and u.state = 'active' and (u.mode = 'keep') = %s order by u.kind, u.table_name, u.lo
"""
# Their rows were in the lost database, and no unit has taken the range over since. One whose rows were never taken out
# of a table has not: it holds what a restore has left cold, or an erasure has left.
_BACK = """
select u.table_name, u.kind, count(*), sum(u.row_count - coalesce(cold.row_count, 0)), min(u.lo), max(u.hi)
from archive_catalog.units as u
inner join archive_catalog.commits as back on u.unit_id = back.unit_id and back.state = 'restored'
left join archive_catalog.units as cold on u.superseded_by = cold.unit_id
where u.schema_name = %s and u.state = 'restored' and u.kind = 'analytics' and not exists (
    select from archive_catalog.units as n
    inner join archive_catalog.commits as c on n.unit_id = c.unit_id and c.state = 'active'
    inner join archive_catalog.attempts as a on c.attempt_id = a.attempt_id and a.predicate <> 'false'
    where (n.schema_name, n.table_name, n.kind) = (u.schema_name, u.table_name, u.kind)
        and n.lo < u.hi and n.hi > u.lo and c.commit_seq > back.commit_seq
)
group by 1, 2 order by 1, 2
"""
_NUMBERS = re.compile(r"raw_seq between (\d+) and (\d+)")
# A column without a zone of its own may be this far from UTC, either way.
_ZONES = timedelta(hours=14)


def hot_again(connection: Connection, store: Store, schema: str) -> Iterator[str]:
    """The tables with hot rows in ranges that are archived: they may count twice."""
    for table, kind, relation, count, _ in _in_archived_ranges(connection, store, schema, copied=False):
        if count:
            yield (
                f"{schema}.{relation} has {count:,} hot rows in ranges that are archived: they may count"
                f" twice. Compare them with `archive-jobs retrieve {table} --type {kind}` before the next run"
            )


def copied_from_the_lost(connection: Connection, store: Store, schema: str) -> Iterator[str]:
    """The tables of which the lake has copies of rows that stayed hot (`drop: never`), and that are not there now."""
    for table, _, relation, count, rows in _in_archived_ranges(connection, store, schema, copied=True):
        if (count or 0) < rows:
            yield (
                f"{rows:,} rows of {schema}.{relation} were copied and stayed hot, of which {count or 0:,} are there:"
                " the others count nowhere now. Bring them back with a backup, or replay their raw records; until then"
                f" `archive-jobs sql` has the copies as copies_{table}"
            )


def _in_archived_ranges(
    connection: Connection, store: Store, schema: str, *, copied: bool
) -> Iterator[tuple[str, str, str, int | None, int]]:
    """Table, kind, relation, how many rows it has where units are (None: no such table), how many the units have."""
    units: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for table, kind, *unit in connection.execute(_COLD.encode(), (schema, copied)).fetchall():
        units.setdefault((table, kind), []).append(tuple(unit))
    for (table, kind), with_rows in units.items():
        rows, found = sum(unit[0] for unit in with_rows), [unit[1:] for unit in with_rows]
        manifest = json.loads(store.local(found[-1][3], found[-1][4]).read_bytes())
        named = f"{quote_identifier(schema)}.{quote_identifier(manifest['relation'])}"
        column = "raw_seq" if kind == "source" else manifest["bounds"]["time_column"]
        typed = connection.execute(
            "select atttypid::regtype::text from pg_attribute where attrelid = to_regclass(%s) and attname = %s"
            " and not attisdropped",
            (named, column),
        ).fetchone()
        count = None
        if typed is not None:
            has_zone = typed[0] == "timestamp with time zone"
            ranges = _numbers(found) if kind == "source" else _times(found, has_zone)
            count = _count(connection, named, column, ranges, is_source=kind == "source")
        yield table, kind, manifest["relation"], count, rows


def back_in_the_lost(connection: Connection, schema: str) -> Iterator[str]:
    """The tables of which restored rows were hot in the lost database only: no file of theirs counts."""
    for table, kind, units, rows, lo, hi in connection.execute(_BACK.encode(), (schema,)).fetchall():
        yield (
            f"{rows:,} rows of {table} ({kind}) in {units} units between {lo:%Y-%m-%d} and {hi:%Y-%m-%d} were restored"
            " into the lost database: they count nowhere now. Bring them back with a backup of it; their files, as they"
            " were archived, are in the lake, and the catalogue names them"
        )


def _numbers(units: Sequence[tuple[Any, ...]]) -> list[tuple[str, str]]:
    matches = [_NUMBERS.search(predicate) for _, _, predicate, *_ in units]
    return [(found[1], str(int(found[2]) + 1)) for found in matches if found]


def _times(units: Sequence[tuple[Any, ...]], has_zone: bool) -> list[tuple[str, str]]:
    """Adjoining ranges joined; those of a column without a zone narrowed, as its zone is not known here."""
    joined: list[tuple[datetime, datetime]] = []
    for lo, hi, *_ in units:
        if joined and lo <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(hi, joined[-1][1]))
        else:
            joined.append((lo, hi))
    if not has_zone:
        joined = [
            ((lo + _ZONES).replace(tzinfo=None), (hi - _ZONES).replace(tzinfo=None))
            for lo, hi in joined
            if hi - lo > 2 * _ZONES
        ]
    return [(lo.isoformat(), hi.isoformat()) for lo, hi in joined]


def _count(
    connection: Connection, relation: str, column: str, ranges: Sequence[tuple[str, str]], *, is_source: bool
) -> int:
    quoted = quote_identifier(column)
    base = "bigint" if is_source else "timestamptz" if ranges and "+" in ranges[0][0] else "timestamp"
    more = " and archived_in is null" if is_source else ""
    count = 0
    for lo, hi in ranges:
        query = f"select count(*) from {relation} where {quoted} >= %s::{base} and {quoted} < %s::{base}{more}"
        found = connection.execute(query.encode(), (lo, hi)).fetchone()
        count += found[0] if found else 0
    return count
