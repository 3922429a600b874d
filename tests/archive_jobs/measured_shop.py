"""A shop of two kinds of events: sales, named without their time, and measurements, which are named by it too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from small_shop import SALE, SCHEMA, TICK, Shop, write_definitions

from archive_jobs.reading.read_back import open_reader
from archive_jobs.reading.reader import Reader

MEASURE = {
    **TICK,
    "code": "MEASURE",
    "name": "Measure",
    "table_schema": {
        "table_name": "measures",
        "columns": [
            {"name": "metric", "type": "text", "primary_key": True},
            {"name": "at_time", "type": "timestamptz", "primary_key": True},
            {"name": "value", "type": "numeric(18,6)"},
        ],
    },
}


def make_shop(connection: psycopg.Connection[Any], folder: Path) -> Shop:
    """Three days of each that are old enough to leave; nothing is archived yet."""
    made = Shop(connection, write_definitions(folder / "definitions", SALE, MEASURE), folder / "lake")
    made.make_tables()
    made.add_sales(days=3, per_day=4)
    add_measures(made, "2024-01-01", days=3)
    return made


def make_cold_shop(connection: psycopg.Connection[Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The three days archived, and three measurements of today."""
    monkeypatch.setenv("ARCHIVE_URL", str(folder / "lake"))
    made = make_shop(connection, folder)
    made.run("analytics")
    add_measures(made, "now", days=1)
    return made


def add_measures(shop: Shop, first: str, days: int, value: int = 1, order: int = 1) -> None:
    """Three measurements a day, at its midnight."""
    shop.execute(
        f"insert into {SCHEMA}.measures (metric, at_time, value, _raw_seq, _source_order)"
        " select 'm' || n, %s::timestamptz + d * interval '1 day', %s, %s, %s"
        " from generate_series(0, %s - 1) d, generate_series(1, 3) n",
        first, value, order, order, days,
    )  # fmt: skip


@contextmanager
def reading(shop: Shop) -> Iterator[Reader]:
    """A snapshot of the shop."""
    with open_reader(shop.settings, shop.store) as reader:
        yield reader
