"""Count what the demo did, each side on its own: files by their lines, outcomes by SQL, the lake by plain DuckDB.

Nothing here asks the code that did the work. What is in the lake is counted in a DuckDB session over the list of
paths that `archive-jobs files` prints, and needs no more than that.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow.parquet as pq
from psycopg import sql

from archive_jobs.copying.engine import postgres_extension
from definitions_to_dbt.sql import quote_identifier, quote_literal

OUTCOMES = ("loaded", "rejected", "superseded", "duplicate")
_MARTS = {
    "mart_daily_sales": {
        "days of stores": "count(*)",
        "orders": "sum(order_count)",
        "order items": "sum(item_count)",
        "gross sales in cents": "sum(gross_sales_cents)",
    },
    "mart_hourly_revenue": {"hours of stores": "count(*)", "gross sales in cents": "sum(gross_sales_cents)"},
    "fct_orders": {
        "orders": "count(*)",
        "versions of customers": "count(distinct customer_version_id)",
        "cents kept": "sum(kept_cents)",
    },
    "fct_order_items": {"order items": "count(*)", "list prices in cents": "sum(list_price_cents)"},
    "mart_customer_features": {"customers": "count(*)", "lifetime value in cents": "sum(lifetime_value_cents)"},
    "mart_scor_scorecard": {"figures": "count(*)", "sum of the figures": "round(sum(metric_value), 6)"},
    "mart_kpi_benchmark": {"figures": "count(*)", "sum of the figures": "round(sum(kpi_value), 6)"},
}
Connection = psycopg.Connection[Any]


def records_in(path: Path, file_format: str) -> int:
    """Records of a file, counted without the code that lands it. CSV: no value of the demo holds a line break."""
    match file_format:
        case "ndjson":
            return sum(1 for line in path.read_bytes().split(b"\n") if line.strip())
        case "csv":
            return len(path.read_bytes().rstrip(b"\n").split(b"\n")) - 1
        case "json":
            return len(json.loads(path.read_bytes()))
        case "parquet":
            return int(pq.read_metadata(path).num_rows)
    raise ValueError(f"expected ndjson, csv, json or parquet, found {file_format}")


def record_digests(path: Path, file_format: str) -> Counter[str]:
    """SHA-256 of each record of an NDJSON or CSV file, its line as it stands there; how often each occurs."""
    lines = path.read_bytes().rstrip(b"\n").split(b"\n")
    return Counter(hashlib.sha256(line).hexdigest() for line in (lines[1:] if file_format == "csv" else lines))


def outcomes(connection: Connection, schema: str, table: str, after: int = 0) -> tuple[Counter[str], int]:
    """Outcomes of raw records that arrived after `raw_seq`, and the last raw_seq. Without an outcome: `none`."""
    found = connection.execute(
        sql.SQL(
            "select coalesce(outcome, 'none'), count(*), max(raw_seq) from {} where raw_seq > %s group by 1"
        ).format(sql.Identifier(schema, f"source_{table}")),
        [after],
    ).fetchall()
    return Counter({outcome: count for outcome, count, _ in found}), max((last for *_, last in found), default=after)


def rows(connection: Connection, schema: str, table: str) -> int:
    """Rows of a table in PostgreSQL."""
    query = sql.SQL("select count(*) from {}").format(sql.Identifier(schema, table))
    found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0


def bytes_in_postgres(connection: Connection, schema: str, tables: Sequence[str]) -> int:
    """Bytes of the tables with their indexes and TOAST."""
    found = connection.execute(
        "select coalesce(sum(pg_total_relation_size(format('%%I.%%I', %s::text, name)::regclass)), 0)"
        " from unnest(%s::text[]) as name",
        [schema, list(tables)],
    ).fetchone()
    return int(found[0]) if found else 0


def bytes_in_folder(folder: Path) -> tuple[int, int]:
    """Files below a folder, manifests and commit records too, and their bytes."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)


def mart_totals(lake_database: Path, schema: str) -> dict[str, object]:
    """Totals of the marts by name, from the DuckDB file that dbt has written."""
    totals: dict[str, object] = {}
    with duckdb.connect(str(lake_database), read_only=True) as marts:
        for mart, columns in _MARTS.items():
            found = marts.execute(f"select {', '.join(columns.values())} from {schema}.{mart}").fetchone()
            totals |= {f"{mart}: {name}": value for name, value in zip(columns, found or (), strict=True)}
    return totals


@dataclass(frozen=True)
class RowPlaces:
    """Where the rows of one table are. `different` counts each (record, mark of deletion) once."""

    hot: int
    cold: int
    different: int

    @property
    def together(self) -> int:
        """Hot and cold rows."""
        return self.hot + self.cold


class Lake:
    """A plain DuckDB session: PostgreSQL attached read-only, and lists of Parquet files."""

    def __init__(self, engine: duckdb.DuckDBPyConnection, schema: str) -> None:
        self._engine, self._schema = engine, schema

    def row_places(self, table: str, files: Sequence[str]) -> RowPlaces:
        """Rows of a Layer 2 table in PostgreSQL and in the lake."""
        both = f"{self._cold(files, '_raw_seq, _deleted')} union all {self._hot(table, '_raw_seq, _deleted')}"
        hot, cold, different = self.one(
            f"select (select count(*) from ({self._hot(table, '_raw_seq, _deleted')})),"
            f" (select count(*) from ({self._cold(files, '_raw_seq, _deleted')})),"
            f" (select count(*) from (select distinct * from ({both})))"
        )
        return RowPlaces(int(hot), int(cold), int(different))

    def current_truth(self, table: str, key: Sequence[str], files: Sequence[str], total: str) -> tuple[int, int]:
        """Keys whose newest row is not a mark of deletion, over hot and cold, and the sum of `total` over them."""
        by = ", ".join(quote_identifier(name) for name in key)
        columns = f"{by}, _source_order, _raw_seq, _deleted, {total} as total"
        cold = f"{self._cold(files, columns)} union all by name " if files else ""
        both = f"{cold}{self._hot(table, columns)}"
        newest = f"row_number() over (partition by {by} order by _source_order desc, _raw_seq desc, _deleted) = 1"
        count, summed = self.one(
            f"select count(*), coalesce(sum(total), 0) from (select * from ({both}) qualify {newest})"
            " where not _deleted"
        )
        return int(count), int(summed)

    def raw_records(self, table: str, files: Sequence[str]) -> tuple[int, int]:
        """Raw records that only PostgreSQL holds, and those in the lake."""
        relation = f"pg.{quote_identifier(self._schema)}.{quote_identifier(f'source_{table}')}"
        (hot,) = self.one(f"select count(*) from {relation} where archived_in is null")
        (cold,) = self.one(f"select count(*) from ({self._cold(files, 'raw_seq')})")
        return int(hot), int(cold)

    def raw_digests(self, source_files: Sequence[Path], files: Sequence[str]) -> Counter[str]:
        """`raw_sha256` of the archived records that came from these files, worked out again from their bytes."""
        names = ", ".join(quote_literal(str(path)) for path in source_files)
        content = "coalesce(sha256(raw_bytes), sha256(raw_data))"
        found = self._engine.execute(
            f"select {content}, count(*) from ({self._cold(files, '*')}) where source_file in ({names}) group by 1"
        ).fetchall()
        return Counter(dict(found))

    def one(self, query: str) -> tuple[Any, ...]:
        """The first row of an answer."""
        found = self._engine.execute(query).fetchone()
        if found is None:
            raise LookupError(f"expected a row from: {query}")
        return found

    def _hot(self, table: str, columns: str) -> str:
        return f"select {columns} from pg.{quote_identifier(self._schema)}.{quote_identifier(table)}"

    @staticmethod
    def _cold(files: Sequence[str], columns: str) -> str:
        if not files:
            nothing = "null::bigint as raw_seq, null::bigint as _raw_seq, null::boolean as _deleted"
            return f"select {columns} from (select {nothing}) where false"
        paths = ", ".join(quote_literal(path) for path in files)
        return f"select {columns} from read_parquet([{paths}], hive_partitioning = false)"


@contextmanager
def open_lake(schema: str) -> Iterator[Lake]:
    """A session of its own, closed afterwards."""
    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": False}) as engine:
        engine.execute("set TimeZone = 'UTC'")
        engine.execute(f"load {quote_literal(str(postgres_extension()))}")
        engine.execute("attach '' as pg (type postgres, read_only)")
        yield Lake(engine, schema)
