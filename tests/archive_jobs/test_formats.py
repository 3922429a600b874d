"""Formats beside the Parquet: a Delta table over the same files, and gzipped NDJSON for people."""

from __future__ import annotations

import gzip
import hashlib
import json
import signal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import psycopg
import pytest
from deltalake import DeltaTable
from object_services import Fault, Proxy
from small_shop import SALE, SCHEMA, TICK, Shop, write_definitions

from definitions_to_dbt.errors import ProblemError


@pytest.fixture
def shop_of(connection: psycopg.Connection[Any], tmp_path: Path) -> Any:
    """A shop whose sales are archived in a format."""

    def open_shop(format: str) -> Shop:
        archive = {"analytics": {"retention": "90 days", "format": format}}
        definitions = write_definitions(tmp_path / "definitions", {**SALE, "archive": archive}, TICK)
        shop = Shop(connection, definitions, tmp_path / "lake")
        shop.make_tables()
        return shop

    return open_shop


def delta_table(shop: Shop) -> DeltaTable:
    return DeltaTable(str(shop.lake / SCHEMA / "analytics" / "sales"))


def test_spark_and_its_like_read_the_archive_as_a_delta_table(shop_of: Any) -> None:
    shop = shop_of("delta")
    shop.add_sales(days=3)
    shop.run("analytics")
    shop.add_sales(days=1, first="2024-02-01")
    shop.run("analytics")
    wanted = shop.value(f"select count(*) from {SCHEMA}.sales"), 4 * sum(round(n * 1.37, 6) for n in range(1, 41))

    table = delta_table(shop)
    found = duckdb.from_arrow(table.to_pyarrow_table())
    by_duckdb = found.aggregate("count(*), sum(amount)::double").fetchone()
    by_polars = pl.read_delta(str(shop.lake / SCHEMA / "analytics" / "sales"))

    assert (wanted[0], table.version()) == (0, 3)
    assert by_duckdb is not None and (by_duckdb[0], round(by_duckdb[1], 6)) == (160, round(wanted[1], 6))
    assert (by_polars.height, round(float(by_polars["amount"].sum()), 6)) == (160, round(wanted[1], 6))
    counted = {path for (path,) in shop.execute("select path from archive_catalog.readable_files")}
    named = {path.partition(f"{shop.lake}/")[2] for path in table.file_uris()}
    assert named == counted, "no file is copied"


def test_a_unit_that_no_longer_counts_leaves_the_delta_table(shop_of: Any) -> None:
    shop = shop_of("delta")
    shop.add_sales(days=2)
    shop.run("analytics")
    at = ("--definitions", str(shop.definitions))
    words = (
        "sales",
        "--type",
        "analytics",
        "--start",
        "2024-01-01",
        "--end",
        "2024-01-01",
        "--keep-until",
        "2999-01-01",
    )

    assert shop.invoke("restore", *words, *at, "--yes")[0] == 0

    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 40
    assert delta_table(shop).to_pyarrow_table().num_rows == 40


def test_after_a_crash_the_delta_table_is_brought_up_and_never_doubled(shop_of: Any) -> None:
    shop = shop_of("delta")
    shop.add_sales(days=2)

    for point in ("record.after", "delta.after"):
        assert shop.die_at(point, "analytics") == signal.SIGKILL
        shop.add_sales(days=1, first="2024-03-01" if point == "delta.after" else "2024-02-01")
    shop.run("analytics")

    assert delta_table(shop).to_pyarrow_table().num_rows == 160


def test_the_log_can_be_derived_afresh_and_comes_out_the_same(shop_of: Any) -> None:
    shop = shop_of("delta")
    shop.add_sales(days=3)
    shop.run("analytics")
    log = shop.lake / SCHEMA / "analytics" / "sales" / "_delta_log"
    before = {path.name: path.read_bytes() for path in log.iterdir()}
    at = ("--definitions", str(shop.definitions))
    (log / f"{1:020}.json").unlink()
    (log / f"{2:020}.json").unlink()

    assert "version 2, 2 entries written" in shop.invoke("delta", "sales", *at)[1]
    assert {path.name: path.read_bytes() for path in log.iterdir()} == before
    assert "3 entries of the log would be removed" in shop.invoke("delta", "sales", "--rebuild", *at)[2]
    assert "version 2, 3 entries written" in shop.invoke("delta", "sales", "--rebuild", "--yes", *at)[1]
    assert {path.name: path.read_bytes() for path in log.iterdir()} == before


def test_somebody_who_writes_into_the_delta_table_is_named_and_no_row_is_lost(shop_of: Any) -> None:
    shop = shop_of("delta")
    shop.add_sales(days=1)
    shop.run("analytics")
    log = shop.lake / SCHEMA / "analytics" / "sales" / "_delta_log"
    (log / f"{1:020}.json").write_text('{"commitInfo": {"operation": "OPTIMIZE"}}\n')
    shop.add_sales(days=1, first="2024-02-01")
    before = shop.all_rows()

    with pytest.raises(ProblemError, match="was written by somebody else") as caught:
        shop.run("analytics")

    assert "--rebuild --yes" in caught.value.hint
    assert shop.all_rows() == before
    assert shop.invoke("delta", "sales", "--rebuild", "--yes", "--definitions", str(shop.definitions))[0] == 0
    assert delta_table(shop).to_pyarrow_table().num_rows == 80


def test_people_get_a_line_of_json_per_row_and_the_manifest_says_so(shop_of: Any) -> None:
    shop = shop_of("json")
    shop.add_sales(days=1)
    before = shop.all_rows()

    shop.run("analytics")

    manifest = json.loads((shop.lake / shop.value("select manifest_path from archive_catalog.attempts")).read_bytes())
    file = manifest["files"][0]
    (listed,) = file["beside"]
    content = (shop.lake / listed["path"]).read_bytes()
    rows = [json.loads(line) for line in gzip.decompress(content).splitlines()]
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (listed["sha256"], listed["bytes"])
    assert listed["path"] == file["path"].removesuffix(".parquet") + ".ndjson.gz"
    assert len(rows) == 40 and {row["amount"] for row in rows} >= {"1.370000", "2.740000"}
    assert (rows[1]["note"], rows[0]["sale_id"] + 1) == ('say "hi", ok', rows[1]["sale_id"])
    assert shop.all_rows() == before, "the Parquet stays the record"
    assert [path.name for path in (shop.lake / ".staging").glob("*.part")] == []
    assert shop.invoke("verify")[0] == 0
    (shop.lake / listed["path"]).write_bytes(content[:-1] + b"!")
    assert f"{listed['path']}: damaged, expected SHA-256 {listed['sha256']}" in shop.invoke("verify")[1]
    (shop.lake / listed["path"]).unlink()
    assert f"{listed['path']}: missing" in shop.invoke("verify")[1]


def test_an_abandoned_unit_leaves_no_json_behind(shop_of: Any) -> None:
    shop = shop_of("json")
    shop.add_sales(days=1)
    shop.die_at("prepare.before", "analytics")
    assert len(list(shop.lake.rglob("*.ndjson.gz"))) == 1

    shop.run("analytics")

    assert len(list(shop.lake.rglob("*.ndjson.gz"))) == len(list(shop.lake.rglob("*.parquet"))) == 1


def test_formats_on_a_remote_lake(shop_of: Any, s3_lake: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = shop_of("delta")
    shop.add_sales(days=2)
    s3_lake.faults = [Fault("lost", "PUT", "_delta_log"), Fault("503", "PUT", "_delta_log")]

    shop.run("analytics")

    assert s3_lake.faults == []
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    table = DeltaTable(shop.store.url(f"{SCHEMA}/analytics/sales"))
    assert table.to_pyarrow_table().num_rows == 80
    at = ("--definitions", str(shop.definitions))
    urls, local = (json.loads(shop.invoke("files", "SALE", *at, "--json", *more)[1]) for more in ((), ("--local",)))
    assert all(url.startswith("s3://") for url in urls)
    assert duckdb.execute("select count(*) from read_parquet(?)", [local]).fetchone() == (80,)


def test_a_log_that_somebody_asked_for_is_kept_up_whatever_the_format_is(shop_of: Any) -> None:
    shop = shop_of("parquet")
    shop.add_sales(days=1)
    shop.run("analytics")
    assert shop.invoke("delta", "sales", "--definitions", str(shop.definitions))[0] == 0
    shop.add_sales(days=1, first="2024-02-01")

    shop.run("analytics")

    assert delta_table(shop).to_pyarrow_table().num_rows == 80
    assert not (shop.lake / SCHEMA / "analytics" / "ticks" / "_delta_log").exists()
