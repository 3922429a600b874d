"""Hot rows that stand where the archive has them already, as after a backup was put back, and rows that were hot again
in the database that is lost. Reads; changes nothing.

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
select u.schema_name, u.table_name, u.kind, u.lo, u.hi, a.predicate, a.manifest_path, a.manifest_sha256
from archive_catalog.units as u
inner join archive_catalog.attempts as a on a.attempt_id = u.active_attempt
where u.schema_name = %s and u.state = 'active' and u.mode <> 'keep' order by u.kind, u.table_name, u.lo
"""
# Their rows were in the lost database, and no unit that counts has taken the range over since.
_BACK = """
select u.table_name, u.kind, count(*), sum(u.row_count), min(u.lo), max(u.hi)
from archive_catalog.units as u
where u.schema_name = %s and u.state = 'restored' and u.kind = 'analytics' and not exists (
    select from archive_catalog.units as n
    where (n.schema_name, n.table_name, n.kind) = (u.schema_name, u.table_name, u.kind) and n.state = 'active'
        and n.lo < u.hi and n.hi > u.lo and n.generation > u.generation
)
group by 1, 2 order by 1, 2
"""
_NUMBERS = re.compile(r"raw_seq between (\d+) and (\d+)")
# A column without a zone of its own may be this far from UTC, either way.
_ZONES = timedelta(hours=14)


def hot_again(connection: Connection, store: Store, schema: str) -> Iterator[str]:
    """The tables with hot rows in ranges that are archived: they may count twice."""
    units: dict[tuple[str, str, str], list[tuple[Any, ...]]] = {}
    for schema_name, table, kind, *unit in connection.execute(_COLD.encode(), (schema,)).fetchall():
        units.setdefault((schema_name, table, kind), []).append(tuple(unit))
    for (_, table, kind), found in units.items():
        manifest = json.loads(store.local(found[-1][3], found[-1][4]).read_bytes())
        named = f"{quote_identifier(schema)}.{quote_identifier(manifest['relation'])}"
        column = "raw_seq" if kind == "source" else manifest["bounds"]["time_column"]
        typed = connection.execute(
            "select atttypid::regtype::text from pg_attribute where attrelid = to_regclass(%s) and attname = %s"
            " and not attisdropped",
            (named, column),
        ).fetchone()
        if typed is None:
            continue
        ranges = _numbers(found) if kind == "source" else _times(found, typed[0] == "timestamp with time zone")
        if count := _count(connection, named, column, ranges, is_source=kind == "source"):
            yield (
                f"{schema}.{manifest['relation']} has {count:,} hot rows in ranges that are archived: they may count"
                f" twice. Compare them with `archive-jobs retrieve {table} --type {kind}` before the next run"
            )


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
