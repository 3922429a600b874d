"""What a table's rows stand in: one heap, native partitions or TimescaleDB chunks, and the time range of each.

Says only what PostgreSQL itself enforces. A range that is not written down as a constraint is no range here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from archive_jobs.database import Connection, one_row
from archive_jobs.planning.tables import ArchivedTable
from definitions_to_dbt.sql import quote_identifier, quote_literal

WholeMode = Literal["partition", "chunk"]

# Ranges as pg_get_expr writes them under the pinned settings, for one column with finite bounds.
_BOUND = re.compile(r"FOR VALUES FROM \('([^']+)'\) TO \('([^']+)'\)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:\.\d+)?(?:\+00)?)?")

_KIND = """
select c.relkind::text, coalesce(bool_or(
    cut.partstrat = 'r' and cut.partnatts = 1 and cut.partexprs is null and a.attname = %s
    and (select o.opcdefault from pg_opclass as o where o.oid = cut.partclass[0])
), false)
from pg_class as c
left join pg_partitioned_table as cut on cut.partrelid = c.oid
left join pg_attribute as a on a.attrelid = c.oid and a.attnum = cut.partattrs[0]
where c.oid = %s::regclass
group by c.relkind
"""
_PARTITIONS = """
select c.oid::regclass::text, c.relkind::text, pg_get_expr(c.relpartbound, c.oid), pg_total_relation_size(c.oid),
    i.inhdetachpending, pg_has_role(c.relowner, 'usage'), has_table_privilege(c.oid, 'select'),
    (select string_agg(distinct d.classid::regclass || ' ' || d.objid, ', ') from pg_depend as d
        inner join pg_rewrite as r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
        where d.refobjid = c.oid and d.refclassid = 'pg_class'::regclass and r.ev_class <> c.oid),
    (select string_agg(f.conname || ' of ' || f.conrelid::regclass, ', ') from pg_constraint as f
        where f.contype = 'f' and f.confrelid in (c.oid, i.inhparent) and f.conparentid = 0)
from pg_inherits as i inner join pg_class as c on c.oid = i.inhrelid
where i.inhparent = %s::regclass and (%s::text[] is null or c.oid::regclass::text = any(%s))
order by 1
"""
# Bounds as text: a chunk of infinite times has infinite ones, which Python cannot hold.
_CHUNKS = """
with chunk as (
    select format('%%I.%%I', c.chunk_schema, c.chunk_name) as name, c.range_start, c.range_end
    from timescaledb_information.chunks as c
    where c.hypertable_schema = %(schema)s and c.hypertable_name = %(table)s
)
select name, range_start::text, range_end::text, _timescaledb_functions.chunk_status(name::regclass),
    (select string_agg(f.conname || ' of ' || f.conrelid::regclass, ', ') from pg_constraint as f
        where f.contype = 'f' and f.confrelid = %(relation)s::regclass and f.conparentid = 0)
from chunk
where %(only)s::text[] is null or (range_start, range_end) in (
    select asked.range_start, asked.range_end from chunk as asked where asked.name = any(%(only)s)
)
order by range_start, 1
"""
_COMPRESSED, _FROZEN, _PARTLY = 1, 4, 8


@dataclass(frozen=True)
class Range:
    """A half-open range of the time column: PostgreSQL's own words for it, and the wall times they mean."""

    lo_text: str
    hi_text: str
    lo: datetime
    hi: datetime

    def predicate(self, table: ArchivedTable) -> str:
        """The range as a condition, in literals of the column's own type."""
        column = quote_identifier(table.time_column)
        low, high = (f"{quote_literal(text)}::{table.time_base}" for text in (self.lo_text, self.hi_text))
        return f"{column} >= {low} and {column} < {high}"

    def overlaps(self, lo: datetime, hi: datetime) -> bool:
        """True where the range shares a moment with [lo, hi)."""
        return self.lo < hi and lo < self.hi


@dataclass(frozen=True)
class Leaf:
    """Relations that hold the rows of one range, or all rows of no known range. `mode` is how they go as a whole."""

    names: tuple[str, ...]
    bytes: int
    range: Range | None = None
    mode: WholeMode | None = None
    why_not: str = ""
    compression: Literal["", "compressed", "partly compressed"] = ""
    # False for a partition that this role may read only through its table.
    is_readable: bool = True


@dataclass(frozen=True)
class Tree:
    """The leaves of one table."""

    layout: Literal["plain", "partitions", "hypertable", "unknown"]
    leaves: tuple[Leaf, ...]

    @property
    def bytes(self) -> int:
        """What all of it takes on the disk, with indexes and TOAST."""
        return sum(leaf.bytes for leaf in self.leaves)


def find_tree(connection: Connection, table: ArchivedTable) -> Tree:
    """Look at the catalogue of PostgreSQL, never at a row."""
    hypertable = _chunks(connection, table)
    if hypertable is not None:
        return Tree("hypertable", hypertable)
    relkind, by_time = one_row(connection, _KIND, (table.time_column, table.relation))
    if relkind != "p":
        size = one_row(connection, "select pg_total_relation_size(%s::regclass)", (table.relation,))[0]
        return Tree("plain", (Leaf((table.relation,), size),))
    if not by_time:
        size = one_row(
            connection,
            "select coalesce(sum(pg_total_relation_size(relid)), 0)::bigint from pg_partition_tree(%s::regclass)",
            (table.relation,),
        )[0]
        reason = f"the table is not cut by ranges of {table.time_column} alone"
        return Tree("unknown", (Leaf((table.relation,), size, why_not=reason),))
    return Tree("partitions", tuple(_partitions(connection, table, None)))


def leaf_as_it_is(connection: Connection, table: ArchivedTable, mode: WholeMode, names: Sequence[str]) -> Leaf | None:
    """The partition, or all chunks of the range of these chunks, as they stand now; None where they are no more."""
    if mode == "chunk":
        leaves = _chunks(connection, table, names) or ()
    else:
        leaves = tuple(_partitions(connection, table, names))
    return leaves[0] if len(leaves) == 1 else None


def _partitions(connection: Connection, table: ArchivedTable, only: Sequence[str] | None) -> Iterator[Leaf]:
    asked = None if only is None else list(only)
    for row in connection.execute(_PARTITIONS, (table.relation, asked, asked)).fetchall():
        yield _partition(*row)


def _partition(
    name: str,
    relkind: str,
    bound: str,
    size: int,
    leaving: bool,
    owned: bool,
    readable: bool,
    views: str | None,
    keys: str | None,
) -> Leaf:
    """A partition goes as a whole where its bounds say all about it and nothing else hangs on it."""
    times = _range(bound)
    reasons = (
        ("it has no finite range of its own", times is None),
        ("it is cut further", relkind == "p"),
        ("it is a foreign table", relkind == "f"),
        ("it is being detached", leaving),
        ("this role does not own it", not owned),
        ("a view is made on it", views is not None),
        (f"rows are referred to by the foreign key {keys}", keys is not None),
    )
    why_not = next((reason for reason, holds in reasons if holds), "")
    return Leaf((name,), size, times, None if why_not else "partition", why_not, is_readable=readable)


def _range(bound: str) -> Range | None:
    found = _BOUND.fullmatch(bound)
    return finite_range(*found.groups()) if found else None


def finite_range(lo: str, hi: str) -> Range | None:
    """The range between two moments as PostgreSQL writes them; None where Python cannot hold one of them."""
    if not (_MOMENT.fullmatch(lo) and _MOMENT.fullmatch(hi)):
        return None
    return Range(lo, hi, wall(lo), wall(hi))


def wall(moment: str) -> datetime:
    """A moment as PostgreSQL writes it under the pinned settings, without its zone."""
    return datetime.fromisoformat(moment).replace(tzinfo=None)


def instant(table: ArchivedTable, moment: datetime) -> datetime:
    """The UTC instant of a wall time of the time column."""
    return moment.replace(tzinfo=ZoneInfo(table.time_zone)).astimezone(UTC)


def timescale_schema(connection: Connection) -> str | None:
    """The quoted schema of TimescaleDB's functions; None where the database does not have it."""
    found = connection.execute(
        "select quote_ident(n.nspname) from pg_extension as e join pg_namespace as n on n.oid = e.extnamespace"
        " where e.extname = 'timescaledb'"
    ).fetchone()
    return None if found is None else str(found[0])


def _chunks(connection: Connection, table: ArchivedTable, only: Sequence[str] | None = None) -> tuple[Leaf, ...] | None:
    """The chunks of a hypertable, those of one range together; None where the table is none."""
    home = timescale_schema(connection)
    names = {"schema": table.schema, "table": table.relation_name}
    query = (
        "select column_name from timescaledb_information.dimensions where dimension_number = 1"
        " and hypertable_schema = %(schema)s and hypertable_name = %(table)s"
    )
    cut_by = None if home is None else connection.execute(query, names).fetchone()
    if home is None or cut_by is None:
        return None
    if cut_by[0] != table.time_column:
        size = one_row(connection, f"select {home}.hypertable_size(%s::regclass)", (table.relation,))[0]
        return (Leaf((table.relation,), size or 0, why_not=f"its chunks are cut by {cut_by[0]}"),)
    sizes: dict[str, int] = {}
    if only is None:
        detailed = (
            f"select format('%%I.%%I', chunk_schema, chunk_name), total_bytes from {home}.chunks_detailed_size(%s)"
        )
        sizes = dict(connection.execute(detailed.encode(), (table.relation,)).fetchall())
    together: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    asked = {**names, "relation": table.relation, "only": None if only is None else list(only)}
    for row in connection.execute(_CHUNKS.encode(), asked).fetchall():
        together.setdefault((row[1], row[2]), []).append(row)
    return tuple(_chunk(table, lo, hi, rows, sizes) for (lo, hi), rows in together.items())


def _chunk(table: ArchivedTable, lo: str, hi: str, rows: list[tuple[Any, ...]], sizes: dict[str, int]) -> Leaf:
    """Chunks of one range, which TimescaleDB drops together where the table is cut by space too."""
    statuses, keys = [row[3] for row in rows], rows[0][4]
    times = finite_range(_in_words_of(table, lo), _in_words_of(table, hi))
    reasons = (
        ("it has no finite range of its own", times is None),
        ("it is frozen", any(status & _FROZEN for status in statuses)),
        (f"rows are referred to by the foreign key {keys}", keys is not None),
    )
    why_not = next((reason for reason, holds in reasons if holds), "")
    compressed = all(status & _COMPRESSED and not status & _PARTLY for status in statuses)
    partly = any(status & _COMPRESSED for status in statuses)
    return Leaf(
        tuple(row[0] for row in rows),
        sum(sizes.get(row[0], 0) for row in rows),
        times,
        None if why_not else "chunk",
        why_not,
        "compressed" if compressed else "partly compressed" if partly else "",
    )


def _in_words_of(table: ArchivedTable, moment: str) -> str:
    """TimescaleDB tells every bound as a timestamptz; what the column holds may have no zone, or no time of day."""
    if table.time_base == "timestamptz":
        return moment
    return moment.removesuffix("+00") if table.time_base == "timestamp" else moment.removesuffix(" 00:00:00+00")
