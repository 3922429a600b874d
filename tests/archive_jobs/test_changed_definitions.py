"""Archives written under one definition and read under the next, and days that a zone moves or leaves out."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from small_shop import SALE, SCHEMA, TICK, Shop, write_definitions

from archive_jobs import retrieve_archived_data
from definitions_to_dbt.errors import ProblemError


@pytest.fixture
def sale() -> dict[str, Any]:
    return copy.deepcopy(SALE)


@pytest.fixture
def opened(connection: psycopg.Connection[Any], tmp_path: Path) -> Iterator[Any]:
    """Open a shop of definitions of one's own."""

    def open_shop(model: dict[str, Any]) -> Shop:
        shop = Shop(connection, write_definitions(tmp_path / "definitions", model), tmp_path / "lake")
        shop.make_tables()
        return shop

    yield open_shop


def sell(shop: Shop, *sold_at: str) -> None:
    for number, time in enumerate(sold_at, 1):
        shop.execute(
            f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, _raw_seq, _source_order)"
            f" values ({number}, '{time}', 100, {number}, {number})"
        )


def redefine(shop: Shop, model: dict[str, Any]) -> None:
    (shop.definitions / "object_models" / f"{model['code']}.json").write_text(json.dumps(model))
    shop.execute(f"drop view {SCHEMA}.sales__lake")
    shop.make_tables()


def rows(shop: Shop, start: str | None = None, end: str | None = None) -> list[dict[str, Any]]:
    found = retrieve_archived_data("sales", "analytics", start, end, definitions=shop.definitions)
    return list(found.read_all().to_pylist())


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Tokyo"])
def test_every_hour_of_an_archived_day_is_found_whatever_zone_the_column_names(
    opened: Any, sale: dict[str, Any], zone: str
) -> None:
    sale["table_schema"]["columns"][1]["time_zone"] = zone
    shop = opened(sale)
    sell(shop, *(f"2024-06-10 {hour:02}:30:00+00" for hour in range(24)))

    shop.run("analytics")

    found = [len(rows(shop, f"2024-06-10T{hour:02}:00:00Z", f"2024-06-10T{hour:02}:59:59Z")) for hour in range(24)]
    assert found == [1] * 24


def test_archived_rows_are_read_under_the_new_names_of_their_columns(opened: Any, sale: dict[str, Any]) -> None:
    shop = opened(sale)
    sell(shop, "2024-01-05 10:00:00+00", "2024-01-05 11:00:00+00")
    shop.run("analytics")
    shop.execute(f"alter table {SCHEMA}.sales rename sale_id to receipt_id")
    sale["table_schema"]["columns"][0] |= {"name": "receipt_id", "renamed_from": "sale_id"}

    redefine(shop, sale)

    assert sorted(row["receipt_id"] for row in rows(shop)) == [1, 2]


def test_a_key_that_archived_rows_do_not_have_is_an_error_and_never_one_row_for_all(
    opened: Any, sale: dict[str, Any]
) -> None:
    shop = opened(sale)
    sell(shop, "2024-01-05 10:00:00+00", "2024-01-05 11:00:00+00")
    shop.run("analytics")
    shop.execute(f"alter table {SCHEMA}.sales rename sale_id to receipt_id")
    shop.execute(f"delete from {SCHEMA}.object_tables")  # a platform that did not note what its tables were made as
    sale["table_schema"]["columns"][0]["name"] = "receipt_id"

    redefine(shop, sale)

    with pytest.raises(ProblemError, match="archived rows of sales have no receipt_id"):
        rows(shop)


@pytest.mark.parametrize(("pii", "shown"), [("mask", {"a***", "***", None}), ("tokenize", {"***", None})])
def test_what_was_archived_before_it_was_personal_is_not_read_in_the_clear(
    opened: Any, sale: dict[str, Any], pii: str, shown: set[str | None]
) -> None:
    shop = opened(sale)
    sell(shop, "2024-01-05 10:00:00+00", "2024-01-05 11:00:00+00", "2024-01-05 12:00:00+00")
    shop.execute(f"update {SCHEMA}.sales set note = case sale_id when 1 then 'ann@example.org' when 2 then 'bo' end")
    shop.run("analytics")
    sale["table_schema"]["columns"][3]["pii"] = pii

    redefine(shop, sale)

    assert {row["note"] for row in rows(shop)} == shown


def test_tokens_and_masks_are_read_as_they_were_archived(opened: Any, sale: dict[str, Any]) -> None:
    sale["table_schema"]["columns"][3]["pii"] = "tokenize"
    shop = opened(sale)
    sell(shop, "2024-01-05 10:00:00+00")
    shop.execute(f"update {SCHEMA}.sales set note = 'ann@example.org'")
    token = shop.value(f"select note from {SCHEMA}.sales__lake")

    shop.run("analytics")

    assert [row["note"] for row in rows(shop)] == [token]


def test_a_key_archived_before_it_was_personal_is_an_error_and_never_one_row_for_all(
    opened: Any, sale: dict[str, Any]
) -> None:
    shop = opened(sale)
    sell(shop, "2024-01-05 10:00:00+00", "2024-01-05 11:00:00+00")
    shop.run("analytics")
    sale["table_schema"]["columns"][0]["pii"] = "tokenize"

    redefine(shop, sale)

    with pytest.raises(ProblemError, match="older than the pii of sale_id and hold it in the clear"):
        rows(shop)


def test_a_day_that_its_zone_left_out_stays_hot_and_stops_no_other(opened: Any) -> None:
    tick = copy.deepcopy(TICK)
    (column,) = (c for c in tick["table_schema"]["columns"] if c["name"] == "at_time")
    column["time_zone"] = "Pacific/Apia"
    shop = opened(tick)
    shop.execute(
        f"insert into {SCHEMA}.ticks (year, at_time, _raw_seq, _source_order)"
        " values (1, '2011-12-29 12:00', 1, 1), (2, '2011-12-30 12:00', 2, 2), (3, '2011-12-31 12:00', 3, 3)"
    )

    result = shop.run("analytics", objects=("TICK",))

    assert result.tables[0].units == 2
    assert shop.value(f"select array_agg(year) from {SCHEMA}.ticks") == [2]


@pytest.mark.parametrize("layout", ["plain", "partitions"])
def test_an_archive_written_before_a_change_reads_back_under_the_new_shape_with_equal_sums(
    opened: Any, sale: dict[str, Any], layout: str
) -> None:
    sale["storage"] = {"layout": layout}
    sale["table_schema"]["columns"] += [
        {"name": "pieces", "type": "smallint"},
        {"name": "price", "type": "numeric(10,2)"},
        {"name": "code", "type": "char(5)"},
        {"name": "made_on", "type": "date"},
        {"name": "weights", "type": "integer[]"},
        {"name": "share", "type": "real"},
    ]
    shop = opened(sale)
    for first in ("2024-01-05", "2030-01-05"):
        shop.add_sales(days=2, first=first)
    shop.execute(
        f"update {SCHEMA}.sales set pieces = sale_id % 100, price = sale_id % 1000 / 7.0, code = 'c' || sale_id % 10,"
        " made_on = sold_at::date, weights = array[(sale_id % 10)::int, 2], share = 0.1"
    )
    assert shop.run("analytics").tables[0].units == 2
    before = rows(shop)
    changes: list[dict[str, Any]] = [
        {"name": "pieces", "type": "bigint"},
        {"name": "total", "renamed_from": "price", "type": "numeric(18,6)"},
        {"name": "code", "type": "text"},
        {"name": "made_on", "type": "timestamp"},
        {"name": "weights", "type": "bigint[]"},
        {"name": "share", "type": "double precision"},
        {"name": "remark", "type": "text"},
    ]
    sale["table_schema"]["columns"][4:] = changes

    (shop.definitions / "object_models" / "SALE.json").write_text(json.dumps(sale))
    shop.make_tables()

    after = rows(shop)
    assert len(after) == len(before) == 160
    assert sum(row["total"] for row in after) == sum(row["price"] for row in before) > 0
    assert sum(row["pieces"] for row in after) == sum(row["pieces"] for row in before) > 0
    assert {(r["sale_id"], r["code"], r["weights"], r["made_on"].date(), r["share"], r["remark"]) for r in after} == {
        (r["sale_id"], r["code"], r["weights"], r["made_on"], r["share"], None) for r in before
    }
    # What is hot ages under the new shape, beside what left under the old one.
    shop.execute(f"update {SCHEMA}.sales set sold_at = sold_at - interval '5 years', remark = 'late'")
    shop.run("analytics")
    assert sum(row["total"] for row in rows(shop)) == sum(row["price"] for row in before)
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 0
