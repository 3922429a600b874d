"""The database is lost. From the lake alone: the catalogue, the raw records, and Layer 2 as it was."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from platform_under_test import SCHEMA
from replayed_shop import PERSON, SALE, TICK, ReplayedShop, record, shop_of
from running import Project

TABLES = {
    "sales": "sale_id, sold_at, version, amount, note::text",
    "ticks": "at_time, reading",
    "customers": "customer_id, name, level, updated_at, email, phone, born_on",
    "customers_versions": "customer_id, name, updated_at, valid_from, valid_to, is_current",
    "rejected_sales": "raw_id, reasons, ingested_at",
}


def what_stands(shop: ReplayedShop) -> dict[str, list[Any]]:
    """Every column that does not tell of the run that wrote the row."""
    return {
        name: shop.rows(f"select _raw_seq, {columns} from {SCHEMA}.{name} order by 1, 2") for name, columns in TABLES.items()
    }


def test_layer_2_is_made_again_from_the_lake_alone_as_it_was(
    connection: psycopg.Connection[Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    shop = shop_of(Project.of(tmp_path_factory.mktemp("lost"), [SALE, TICK, PERSON]), connection)
    shop.land_on("2024-01-06", "sales", record(1, 1, 5), record(2, 2, 8), record(2, 1, 7), record(3, 1, -1))
    shop.land_on("2024-01-06", "ticks", *[{"at_time": "2024-01-05T10:00Z", "reading": 1.5}] * 2)
    people = [
        {"customer_id": "c1", "name": n, "updated_at": f"2024-01-0{d}T00:00Z", "email": "a@b", "born_on": "1990-01-01"}
        for d, n in enumerate("abc", 1)
    ]
    shop.land_on("2024-01-06", "customers", *people)
    shop.build()
    shop.archive()
    # Some rows stay hot; their raw records are in the lake all the same.
    shop.land("sales", record(4, 1, 3, day="2099-01-01"), record(2, 1, 6))
    shop.land("ticks", {"at_time": "2099-01-05T10:00Z", "reading": 2.5})
    shop.build()
    shop.archive()
    before, numbers = what_stands(shop), {table: shop.raw_counts(table) for table in ("sales", "ticks", "customers")}
    history = [shop.history("sales", "sale_id, version, _raw_seq"), shop.history("ticks", "at_time, _raw_seq")]

    shop.execute(f"drop schema {SCHEMA} cascade; drop schema archive_catalog cascade")
    assert shop.invoke("catalog", "rebuild", "--yes")[0] == 0
    shop.build()
    # What lands before anybody replays gets no number that a record has had.
    (landed,) = shop.land("sales", record(9, 1, 1, day="2099-01-01"))
    assert landed > max(numbers["sales"])
    shop.execute(f"delete from {SCHEMA}.source_sales where raw_seq = %s", landed)
    for table in ("sales", "ticks", "customers"):
        done = shop.replay(table, really=True)
        assert (done.records, done.from_files) == (len(numbers[table]),) * 2

    assert what_stands(shop) == before
    assert [shop.history("sales", "sale_id, version, _raw_seq"), shop.history("ticks", "at_time, _raw_seq")] == history
    shop.archive()
    assert {table: shop.raw_counts(table) for table in numbers} == numbers
    assert what_stands(shop) == before
