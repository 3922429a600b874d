"""Every row is followed to its records, every record to what became of it; compare says whether they agree."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from platform_under_test import SCHEMA, Platform
from small_library import write_definitions
from traced_shop import NEW, OLD, SHOP, invoke, order, trace, traced_shop

from archive_jobs import retrieve_archived_data, validate_transformation
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.errors import ProblemError


@pytest.fixture(scope="module")
def shop(server: EmbeddedPostgres) -> Iterator[Platform]:
    with tempfile.TemporaryDirectory(prefix="test-compare-") as folder, traced_shop(server, Path(folder)) as made:
        yield made


@pytest.fixture
def undone(shop: Platform) -> Iterator[Platform]:
    """The shop, whose hot rows a test may change."""
    shop.execute("create temp table kept as table analytics_service.orders")
    yield shop
    shop.execute("truncate analytics_service.orders")
    shop.execute("insert into analytics_service.orders table kept")
    shop.execute("drop table kept")


def compare(shop: Platform, *words: str) -> tuple[int, dict[str, Any]]:
    status, found, said = invoke("compare", *words, "--json", "--definitions", str(shop.project.definitions))
    assert status != 2, said
    return status, found


def test_every_record_is_accounted_for(shop: Platform) -> None:
    status, found = compare(shop, "orders")

    assert (status, found["samples"], found["columns"]) == (0, [], {})
    # An old order that came late for an archived one is a row until history leaves it out.
    assert found["counts"] == {
        "records": 17, "equal": 12, "superseded": 1, "duplicate": 1, "rejected": 2, "waiting": 1,
        "missing": 0, "extra": 0, "changed": 0, "accepted now": 0,
    }  # fmt: skip
    assert compare(shop, "ticks")[1]["counts"]["equal"] == 3
    words = ["compare", "orders", "--start", "1990-01-01", "--end", "1990-01-02"]
    nothing = invoke(*words, "--definitions", str(shop.project.definitions))
    assert nothing[:1] == (0,) and "nothing was compared" in nothing[1] and "agree" not in nothing[1]
    assert compare(shop, "customers")[1]["counts"] | {"equal": 1, "superseded": 1, "records": 2} == found["counts"] | {
        "equal": 1, "superseded": 1, "records": 2, "duplicate": 0, "rejected": 0, "waiting": 0,
    }  # fmt: skip


def test_what_was_changed_lost_or_slipped_in_is_named(undone: Platform) -> None:
    undone.execute(f"update {SCHEMA}.orders set amount = 1, status = null where order_id = 10")
    undone.execute(f"delete from {SCHEMA}.orders where order_id = 11")
    slipped_in = "(order_id, ordered_at, version, _raw_seq, _source_order) values (77, %s, 1, 999, 1)"
    undone.execute(f"insert into {SCHEMA}.orders {slipped_in}", NEW)

    status, found = compare(undone, "orders")

    assert status == 1
    assert {name: found["counts"][name] for name in ("missing", "extra", "changed")} == dict.fromkeys(
        ("missing", "extra", "changed"), 1
    )
    assert found["columns"] == {"amount": 1, "status": 1}
    missing, extra, changed = found["samples"]
    assert (missing["order_id"], extra["raw_seq"], changed["order_id"]) == ("11", 999, "10")
    assert changed["columns"] == {
        "amount": {"expected": "12.50", "found": "1.00"}, "status": {"expected": "paid", "found": None},
    }  # fmt: skip


def test_of_a_replayed_record_the_row_that_was_made_last_is_compared(undone: Platform) -> None:
    names = "order_id, ordered_at, version, amount, status, customer_id, _source_order, _quality_issues, _quality_score"
    made = f"({names}, _raw_seq, _loaded_at)"
    same = "1, 12.5, 'paid', 'c1', 1, '{}', 1"
    undone.execute(f"insert into {SCHEMA}.orders {made} values (3, %s, {same}, 3, now())", OLD)
    beside = compare(undone, "orders")
    undone.execute(f"update {SCHEMA}.orders set _loaded_at = 'epoch' where _raw_seq = 3")
    earlier = compare(undone, "orders")
    undone.execute(
        f"insert into {SCHEMA}.orders {made} select 10, %s, {same}, _raw_seq, _loaded_at"
        f" from {SCHEMA}.orders where order_id = 10",
        OLD,
    )
    twice = compare(undone, "orders")

    assert [found["counts"]["equal"] for _, found in (beside, earlier, twice)] == [12, 12, 12]
    # The same row twice is no replay.
    assert [found["counts"]["extra"] for _, found in (beside, earlier, twice)] == [0, 0, 1]


def test_a_range_is_by_event_or_by_arrival(undone: Platform) -> None:
    undone.execute(f"delete from {SCHEMA}.orders where order_id = 11")
    today = ["--start", "2025-01-01", "--end", "2098-12-31"]

    old = compare(undone, "orders", "--start", "2024-05-01", "--end", "2024-05-01")
    late = compare(undone, "orders", "--start", "2099-01-01", "--end", "2099-01-01")
    arrived = compare(undone, "orders", "--by", "ingested", *today)
    nothing = compare(undone, "orders", "--by", "event", *today)

    assert (old[0], old[1]["counts"]["equal"], old[1]["by"]) == (0, 10, "event")
    assert (late[0], late[1]["counts"]["equal"], late[1]["counts"]["missing"]) == (1, 1, 1)
    assert (arrived[0], arrived[1]["counts"]["records"], arrived[1]["counts"]["missing"]) == (1, 17, 1)
    assert (nothing[0], nothing[1]["counts"]["records"]) == (0, 0)


@pytest.mark.usefixtures("shop")
def test_records_that_a_mended_definition_accepts_are_said_apart(tmp_path: Path) -> None:
    mended = json.loads(json.dumps(SHOP[0]))
    mended["table_schema"]["columns"][3]["quality"] = []
    write_definitions(tmp_path, [mended, *SHOP[1:]])

    status, found, _ = invoke("compare", "orders", "--json", "--definitions", str(tmp_path))

    assert (status, found["counts"]["accepted now"], found["counts"]["rejected"]) == (1, 1, 1)
    assert found["samples"][0]["order_id"] == "9"
    # What was a warning then is a column that differs now.
    assert invoke("compare", "orders", "--definitions", str(tmp_path))[1].count("replay orders --rejected") == 1


def test_a_schema_is_compared_with_another(shop: Platform) -> None:
    shop.execute("create schema beside")
    shop.execute(f"create table beside.orders as table {SCHEMA}.orders")
    shop.execute("update beside.orders set amount = 5 where order_id = 10")

    status, found = compare(shop, "orders", "--with-schema", "beside")

    assert (status, found["columns"]) == (1, {"version": 1, "amount": 1, "_raw_seq": 1, "_source_order": 1})
    # Archived rows are this schema's alone; order 2 came late there too, and is the current truth of it.
    assert found["counts"] == {"expected": 10, "found": 4, "equal": 2, "missing": 6, "extra": 0, "changed": 2}
    status, _, said = invoke(
        "compare", "orders", "--with-schema", "nowhere", "--definitions", str(shop.project.definitions)
    )
    assert (status, "expected nowhere.orders, found no such table" in said) == (2, True)


@pytest.mark.parametrize("kind", ["analytics", "source"])
def test_an_archive_is_compared_with_another(shop: Platform, tmp_path: Path, kind: str) -> None:
    lake = Path(os.environ["ARCHIVE_URL"])
    shutil.copytree(lake, tmp_path / "copy")

    same = compare(shop, "orders", "--type", kind, "--with-lake", str(tmp_path / "copy"))
    folder = "orders" if kind == "analytics" else "source_orders"
    for record in (tmp_path / "copy" / SCHEMA / "_commits" / folder).glob("*.json"):
        record.unlink()
    less = compare(shop, "orders", "--type", kind, "--with-lake", str(tmp_path / "copy"))

    assert (same[0], same[1]["counts"]["equal"]) == (0, {"analytics": 8, "source": 12}[kind])
    assert (less[0], less[1]["counts"]["missing"]) == (1, {"analytics": 8, "source": 12}[kind])
    (tmp_path / "copy" / SCHEMA / "_commits" / "source_ticks" / "1.json").write_bytes(b"{}")
    words = ["compare", "orders", "--with-lake", str(tmp_path / "copy"), "--definitions", str(shop.project.definitions)]
    assert "cannot be read as a commit record" in invoke(*words)[2]


def test_records_and_rows_in_python_are_validated_against_each_other(shop: Platform) -> None:
    def retrieved(data_type: str, *columns: str) -> Any:
        return retrieve_archived_data(
            "orders", data_type, columns=columns or None, definitions=shop.project.definitions
        )

    definitions = shop.project.definitions
    rows = retrieved("analytics").read_all()

    whole = validate_transformation(retrieved("source"), rows, table_name="orders", definitions=definitions)
    some = validate_transformation(
        retrieved("source", "raw_data", "raw_id"),
        retrieved("analytics", "order_id", "ordered_at", "amount"),
        definitions=definitions,
    )
    fewer = validate_transformation(retrieved("source"), rows.slice(1).to_pandas(), definitions=definitions)
    one = validate_transformation(
        {"raw_data": order(1, 5)}, [{"order_id": 1, "amount": "12.50", "status": "open"}], definitions=definitions
    )

    # Records that lost have no row in current truth; the one that waits has none yet.
    assert {name: whole.counts[name] for name in ("equal", "changed", "extra")} == {
        "equal": 10,
        "changed": 0,
        "extra": 0,
    }
    assert (some.counts["equal"], some.counts["missing"], some.differs) == (10, 1, True)
    assert fewer.counts["missing"] == whole.counts["missing"] + 1
    assert (one.columns, one.samples[0]["columns"]["status"]) == ({"status": 1}, {"expected": "paid", "found": "open"})
    with pytest.raises(ProblemError, match="expected one object with the columns ordr_id, found none"):
        validate_transformation([{"raw_data": "{}"}], [{"ordr_id": 1}], definitions=definitions)
    with pytest.raises(ProblemError, match="source_data: expected a column raw_data"):
        validate_transformation([{"data": "{}"}], rows, table_name="orders", definitions=definitions)


def test_a_row_is_traced_to_every_record_of_its_key_and_to_what_made_it(shop: Platform) -> None:
    found = trace(shop, "orders", "--key", "order_id=1")

    told = {record["raw_seq"]: (record["outcome"], record["place"], record["beaten_by"]) for record in found["records"]}
    assert told == {
        1: ("loaded", "hot and archived", None), 11: ("superseded", "hot and archived", 1), 13: ("loaded", "hot", None),
    }  # fmt: skip
    rows = {row["raw_seq"]: (row["place"], row["current"], len(row["files"])) for row in found["rows"]}
    assert rows == {1: ("archived", False, 1), 13: ("hot", True, 0)}
    for file in [found["rows"][0]["files"][0], *(record["file"] for record in found["records"][:2])]:
        content = (Path(os.environ["ARCHIVE_URL"]) / file["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert pq.read_table(io.BytesIO(content)).num_rows > file["row_in_file"]
    batch = found["batches"][str(found["records"][0]["batch"])]
    assert batch["definition_is_todays"] and uuid.UUID(batch["invocation_id"]) and batch["dbt_version"]
    assert set(batch["code"]) == {"stg_shop__orders", "rejected_orders", "orders"}
    for model, sha256 in batch["code"].items():
        text = found["sql"][sha256]
        assert (text["model"], hashlib.sha256(text["sql"].encode()).hexdigest()) == (model, sha256)


def test_a_record_is_traced_forward_to_what_became_of_it(shop: Platform) -> None:
    rejected, duplicate, odd, waiting = (trace(shop, "orders", "--raw-seq", str(number)) for number in (9, 2, 10, 17))

    assert [r["reasons"] for r in rejected["records"]] == [["amount: expected at least 0"]]
    assert {r["raw_seq"]: r["outcome"] for r in duplicate["records"]} == {2: "duplicate", 12: "loaded", 14: "loaded"}
    assert [row["raw_seq"] for row in duplicate["rows"] if row["current"]] == [12]
    assert [(r["outcome"], r["raw_data"]) for r in odd["records"]] == [("rejected", "[1]")]
    assert [(r["outcome"], r["place"]) for r in waiting["records"]] == [("waiting", "hot")]
    status, shown, _ = invoke("trace", "orders", "--raw-seq", "2", "--definitions", str(shop.project.definitions))
    assert (status, "raw record 2: duplicate of record 12" in shown) == (0, True)


def test_what_layer_3_has_dropped_is_found_in_the_archive_and_judged_again(undone: Platform) -> None:
    undone.execute(f"create temp table raw as table {SCHEMA}.source_orders")
    undone.execute(f"delete from {SCHEMA}.source_orders where archived_in is not null")

    found = trace(undone, "orders", "--key", "order_id=1")
    unsearched = trace(undone, "orders", "--key", "order_id=1", "--no-search")
    rejected = trace(undone, "orders", "--key", "order_id=9")

    columns = (
        "raw_seq, raw_id, raw_data, raw_bytes, ingested_at, batch_id, processed, outcome, outcome_raw_seq, archived_in"
    )
    undone.execute(
        f"insert into {SCHEMA}.source_orders ({columns}) overriding system value select {columns} from raw"
        " where archived_in is not null"
    )
    told = {r["raw_seq"]: (r["outcome"], r["place"], r["said_by"]) for r in found["records"]}
    assert told[1] == ("loaded", "archived", "its row")
    assert told[11] == ("superseded", "archived", "today's definition")
    assert [r["raw_seq"] for r in unsearched["records"]] == [1, 13]
    assert [(r["outcome"], r["said_by"], r["place"]) for r in rejected["records"]] == [
        ("rejected", "the rejects", "archived")
    ]


def test_sealed_records_are_opened_for_who_has_the_key(shop: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    found = trace(shop, "customers", "--key", "customer_id=c1")
    by_token = trace(shop, "customers", "--key", "email=-", stdin="a@b\n")
    monkeypatch.delenv("ARCHIVE_MASTER_KEY")
    closed = trace(shop, "customers", "--key", "customer_id=c1")

    assert [json.loads(r["raw_data"])["name"] for r in found["records"]] == ["a", "b"]
    assert found["records"] == by_token["records"]
    assert all(r["sealed_key"] and r["version"] for r in found["records"])
    assert [r["outcome"] for r in found["records"]] == ["superseded", "loaded"]
    # Without the key: where it lies and what became of it, and not what it says.
    assert [(r["outcome"], "raw_data" in r) for r in closed["records"]] == [("superseded", False), ("loaded", False)]
    assert "master key" in closed["records"][0]["sealed"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "expected --key COLUMN=VALUE or --raw-seq N, found neither"),
        (["--key", "order_id"], "found --key order_id"),
        (["--key", "order_id=1", "--raw-seq", "1"], "found both"),
        (["--key", "order_id=many"], "--key order_id: expected a integer, found 'many'"),
        (["--key", "orderid=1"], "there is no 'orderid'; did you mean 'order_id'?"),
        (["--key", "order_id=4711"], "no row and no raw record of orders is known of order_id=4711"),
        (["--raw-seq", "4711"], "no row and no raw record of orders is known of raw record 4711"),
    ],
)
def test_what_cannot_be_traced_is_said(shop: Platform, words: list[str], said: str) -> None:
    status, _, problem = invoke("trace", "orders", *words, "--definitions", str(shop.project.definitions))

    assert status == 2
    assert said in problem
