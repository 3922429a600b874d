"""A program hands over raw records: they land and are archived at once, byte for byte, and nothing else happens."""

from __future__ import annotations

from typing import Any

import pytest
from small_shop import SCHEMA, Shop

from archive_jobs import archive_source_data, retrieve_archived_data
from definitions_to_dbt.errors import ProblemError


def test_the_call_that_users_know_lands_and_archives(shop: Shop) -> None:
    shop.add_raw(3)
    record = {"id": "c1", "näme": "Ann", "big": 12345678901234567890}
    row = {"raw_id": "r9", "raw_data": {"x": None}, "source_system": "till"}
    told: list[Any] = ['{"a": 1,  "a": 2}', b"\xff\x00", row]

    one = archive_source_data("source_sales", data=record, archive_type="source", definitions=shop.definitions)
    more = archive_source_data(table_name="sales", data=told, definitions=shop.definitions)

    assert list(one["archived_in"]) == [4] and list(more["archived_in"]) == [5, 6, 7]
    assert None not in {*one["archived_in"].values(), *more["archived_in"].values()}
    assert sum(shop.all_rows(kind="source").values()) == 7
    # Nothing that was there already is dropped by a call that only brings something.
    assert shop.value(f"select count(*) from {SCHEMA}.source_sales") == 7
    rows = retrieve_archived_data("sales", "source", definitions=shop.definitions).read_all().to_pylist()
    found = {row["raw_seq"]: row for row in rows}
    assert found[4]["raw_data"] == '{"id": "c1", "näme": "Ann", "big": 12345678901234567890}'
    assert (found[5]["raw_data"], found[6]["raw_bytes"]) == ('{"a": 1,  "a": 2}', b"\xff\x00")
    assert (found[7]["raw_id"], found[7]["source_system"], found[7]["raw_data"]) == ("r9", "till", '{"x": null}')


def test_what_makes_no_sense_is_refused_and_nothing_lands(shop: Shop) -> None:
    calls: list[tuple[dict[str, Any], str]] = [
        ({"data": {}, "archive_type": "analytics"}, "expected archive_type 'source', found 'analytics'"),
        ({"data": {"raw_data": {}, "processed": True}}, "has no processed"),
        ({"data": {"x": float("nan")}}, "the record is no JSON"),
        ({"data": [{"a": 1}, {"raw_data": {}, "ingested_at": "soon"}]}, "does not take the record"),
        ({"data": {}, "table_name": "source_nothing"}, "source_nothing|nothing"),
    ]
    for given, message in calls:
        with pytest.raises(ProblemError, match=message):
            archive_source_data(**{"table_name": "source_sales", "definitions": shop.definitions, **given})
    assert shop.value(f"select count(*) from {SCHEMA}.source_sales") == 0
