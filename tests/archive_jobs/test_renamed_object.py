"""An object gets another table name: its rows, raw records and archive are all found under the new one."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from small_shop import SALE, SCHEMA, Shop

from archive_jobs import retrieve_archived_data
from definitions_to_dbt.errors import ProblemError

SCRIPT = Path(__file__).parents[2] / "docs" / "which_files_count.py"


def define(shop: Shop) -> None:
    renamed: dict[str, Any] = copy.deepcopy(SALE) | {"renamed_from": "sales"}
    renamed["table_schema"]["table_name"] = "receipts"
    (shop.definitions / "object_models" / "SALE.json").write_text(json.dumps(renamed))


def rename(shop: Shop) -> None:
    define(shop)
    shop.make_tables()


def keys(shop: Shop, table: str, kind: str = "analytics") -> list[Any]:
    name = "sale_id" if kind == "analytics" else "raw_seq"
    found = retrieve_archived_data(table, kind, definitions=shop.definitions).read_all()
    return sorted(row[name] for row in found.to_pylist())


def test_a_renamed_object_keeps_its_rows_its_raw_records_and_its_archive(shop: Shop) -> None:
    shop.add_sales(days=2)
    shop.add_sales(days=1, first="2031-01-01")
    shop.add_raw(10)
    shop.run()
    aged, raw = keys(shop, "sales"), keys(shop, "sales", "source")

    rename(shop)

    assert keys(shop, "receipts") == aged
    assert keys(shop, "receipts", "source") == raw
    left = "select relname from pg_class where relname ~ '(^|_)sales(_|$)' and relnamespace = %s::regnamespace"
    assert shop.execute(left, SCHEMA).fetchall() == []
    shop.execute(f"insert into {SCHEMA}.source_receipts (raw_data) values ('{{}}')")
    assert shop.value(f"select max(raw_seq) from {SCHEMA}.source_receipts") == max(raw) + 1
    # The archive goes on under the new name, in one chain with what was written under the old one.
    shop.execute(f"update {SCHEMA}.receipts set sold_at = sold_at - interval '9 years'")
    result = shop.run()
    assert [table.units for table in result.tables if table.units] == [1, 1]
    assert len(keys(shop, "receipts")) == len(aged)
    status, said, _ = shop.invoke("verify", "--deep")
    assert status == 0, said
    listed = subprocess.run(
        [sys.executable, str(SCRIPT), str(shop.lake / SCHEMA), "receipts", "sales"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(listed.stdout.splitlines()) == 3
    misspelt = subprocess.run(
        [sys.executable, str(SCRIPT), str(shop.lake / SCHEMA), "recepits"], capture_output=True, text=True, check=False
    )
    assert (misspelt.returncode, "no commit records of recepits" in misspelt.stderr) == (1, True)


@pytest.mark.parametrize("kind", ["analytics", "source"])
def test_until_the_tables_are_renamed_nobody_is_told_that_there_are_no_rows(shop: Shop, kind: str) -> None:
    shop.add_sales(days=1)
    shop.add_raw(10)
    shop.run()

    define(shop)

    with pytest.raises(ProblemError, match=r"receipts was renamed from sales, .* not renamed yet"):
        keys(shop, "receipts", kind)
    status, _, said = shop.invoke("run", "--yes", "--definitions", str(shop.definitions))
    assert status == 2
    assert "Run `dbt build`" in said


def test_two_tables_under_the_old_and_the_new_name_are_refused(shop: Shop) -> None:
    shop.execute(f"create table {SCHEMA}.receipts (like {SCHEMA}.sales)")

    with pytest.raises(psycopg.errors.RaiseException, match=r"receipts was renamed from sales, .* both stand there"):
        rename(shop)

    assert shop.value(f"select to_regclass('{SCHEMA}.source_sales') is not null")
