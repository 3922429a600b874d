"""A shop whose sales are a hypertable with chunks of a day, for whoever has TimescaleDB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from small_shop import SALE, SCHEMA, Shop, write_definitions

LATE = f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order) values (%s, %s, 1, 1)"


def make_shop(connection: psycopg.Connection[Any], folder: Path) -> Shop:
    """Without a row."""
    model = SALE | {"storage": {"layout": "hypertable", "interval": "1 day"}}
    made = Shop(connection, write_definitions(folder / "definitions", model), folder / "lake")
    made.make_tables()
    return made


def chunks(shop: Shop) -> list[str]:
    """The chunks of sales, oldest first."""
    found = shop.execute(
        "select format('%I.%I', chunk_schema, chunk_name) from timescaledb_information.chunks"
        " where hypertable_name = 'sales' order by range_start"
    )
    return [row[0] for row in found]


def compress(shop: Shop, *names: str) -> None:
    """Of no name: only say that chunks may be."""
    shop.execute(f"alter table {SCHEMA}.sales set (timescaledb.compress, timescaledb.compress_orderby = 'sold_at')")
    for name in names:
        shop.execute(f"select compress_chunk('{name}')")
