"""A recalled copy is what was archived, counts nowhere, and goes: at its time, or with somebody who is erased."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest
from people_shop import PERSON, PERSONAL_SALE, sell
from small_shop import SCHEMA, Shop, write_definitions

from archive_jobs import failpoints
from archive_jobs.database import connect
from archive_jobs.failpoints import RECALL_POINTS, UNRECALL_POINTS
from archive_jobs.moving.run import open_workshop
from archive_jobs.privacy.master_key import new_master_key
from archive_jobs.replaying.recall import plan_recall
from archive_jobs.replaying.recall import recall as recall_planned
from archive_jobs.times import parse_interval
from definitions_to_dbt.errors import ProblemError


def recall(shop: Shop, *words: str, table: str = "sales") -> tuple[int, str, str]:
    return shop.invoke("recall", table, *words, "--definitions", str(shop.definitions))


def table_rows(shop: Shop, relation: str) -> Counter[str]:
    return Counter(row[0] for row in shop.execute(f"select r::text from {relation} r"))


def copies_there(shop: Shop) -> list[str]:
    return [row[0] for row in shop.execute("select nspname from pg_namespace where nspname like 'recall%' order by 1")]


def expire(shop: Shop) -> None:
    shop.execute("update archive_catalog.recalls set expires_at = now() - interval '1 second'")


def test_a_copy_is_what_was_archived_counts_nowhere_and_goes_at_its_time(shop: Shop) -> None:
    shop.add_sales(days=4)
    hot = table_rows(shop, f"{SCHEMA}.sales")
    shop.run("analytics", objects=("SALE",))
    before = shop.all_rows()

    dry = recall(shop, "--start", "2024-01-02")
    assert (dry[0], copies_there(shop)) == (0, [])
    assert "up to 120 rows of 3 units" in dry[1] and "Nothing was changed" in dry[2]
    status, printed, _ = recall(shop, "--ttl", "7d", "--yes", "--json")
    part = recall(shop, "--start", "2024-01-02T00:00:30Z", "--end", "2024-01-02T00:01:00Z", "--yes")

    assert (status, json.loads(printed)["rows"], json.loads(printed)["relation"]) == (0, 160, "recall_sales.sales")
    assert table_rows(shop, "recall_sales.sales") == hot
    assert "4 rows of" in part[1] and "recall_sales_2.sales" in part[1]
    assert "called recall_sales_2 because recall_sales is taken, by a copy of another range, until" in part[1]
    assert "by a copy of the same range" in recall(shop, "--yes")[1]
    shop.invoke("recalls", "--drop", "recall_sales_3")
    assert shop.value("select count(*) from recall_sales.newest_sales") == 160
    shop.run()
    assert shop.all_rows() == before
    assert shop.invoke("sql", "select count(*) as n from history_sales", "--json", "--definitions",
                       str(shop.definitions))[1] == '{"n":160}\n'  # fmt: skip
    assert copies_there(shop) == ["recall_sales", "recall_sales_2"]
    expire(shop)
    shop.run()
    assert copies_there(shop) == []
    assert json.loads(shop.invoke("recalls", "--json")[1]) == []


def test_raw_records_are_recalled_byte_for_byte(shop: Shop) -> None:
    shop.add_raw(12)
    columns = "raw_seq, raw_id, raw_data::text, raw_bytes, raw_sha256, ingested_at, source_system, source_file, run_id"
    landed = shop.execute(f"select {columns} from {SCHEMA}.source_sales order by 1").fetchall()
    shop.run("source", objects=("SALE",))

    assert recall(shop, "--type", "source", "--into", "bi", "--yes")[0] == 0

    assert shop.execute(f"select {columns} from bi.source_sales order by 1").fetchall() == landed
    refused = recall(shop, "--type", "source", "--into", "bi", "--yes")
    assert refused[0] == 2 and "the schema bi is there already" in refused[2]
    assert shop.invoke("recalls", "--drop", "bi")[0] == 0
    assert "no recalled copy is called bi" in shop.invoke("recalls", "--drop", "bi")[2]
    for name in ("pg_mine", "Bi", "b" * 64):
        status, _, said = recall(shop, "--into", name, "--yes")
        assert (status, f"found '{name}'" in said) == (2, True), said
    assert "such as 12h or 7d, found 'soon'" in recall(shop, "--ttl", "soon")[2]
    assert "such as 7d, found -1d" in recall(shop, "--ttl", "-1d")[2]


def test_nothing_is_archived_from_a_copy_and_no_schema_of_others_is_dropped(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add_sales(days=1)
    shop.run("analytics", objects=("SALE",))
    recall(shop, "--yes")
    with monkeypatch.context() as patch:
        patch.setenv("ANALYTICS_SCHEMA", "recall_sales")
        refused = shop.invoke("run", "--yes", "--definitions", str(shop.definitions))
    assert refused[0] == 2 and "recall_sales is a recalled copy of sales" in refused[2]
    shop.execute("drop schema recall_sales cascade; create schema recall_sales; create table recall_sales.mine ()")
    # One that was given another name and comment is ours all the same.
    recall(shop, "--into", "bi", "--yes")
    shop.execute("alter schema bi rename to recall_bi; comment on schema recall_bi is 'for BI'")
    expire(shop)

    shop.run()

    assert copies_there(shop) == ["recall_sales"]
    assert shop.value("select to_regclass('recall_sales.mine')") is not None
    assert "recall_sales is taken, by a schema that is no copy" in recall(shop)[1]


def test_killed_at_any_point_there_is_a_whole_copy_or_none(shop: Shop) -> None:
    shop.add_sales(days=2)
    shop.run("analytics", objects=("SALE",))
    before = shop.all_rows()
    for point in RECALL_POINTS:
        status = shop.die_in(point, lambda dying: recall(dying, "--yes"))

        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, point
        assert copies_there(shop) == (["recall_sales"] if point == "recall.after" else []), point
        assert shop.value("select count(*) from archive_catalog.recalls") == len(copies_there(shop)), point
    assert shop.value("select count(*) from recall_sales.sales") == 80
    expire(shop)
    for point in UNRECALL_POINTS:
        assert os.WIFSIGNALED(shop.die_in(point, lambda dying: dying.run())), point
    assert copies_there(shop) == []
    shop.run()
    assert shop.all_rows() == before


def test_a_file_that_is_not_what_it_was_makes_no_copy(shop: Shop) -> None:
    shop.add_sales(days=1)
    shop.run("analytics", objects=("SALE",))
    (file,) = shop.lake.rglob("*.parquet")
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-9] + b"tampered!")

    status, _, message = recall(shop, "--yes")

    assert (status, copies_there(shop)) == (2, []), message


@pytest.fixture
def people(connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop of people's sales, sealed."""
    monkeypatch.setenv("ARCHIVE_MASTER_KEY", new_master_key())
    monkeypatch.setenv("ARCHIVE_KEYS_URL", str(tmp_path / "keys"))
    made = Shop(
        connection, write_definitions(tmp_path / "people", PERSONAL_SALE, PERSON), Path(os.environ["ARCHIVE_URL"])
    )
    made.make_tables()
    return made


def erase(shop: Shop, name: str) -> tuple[int, str, str]:
    return shop.invoke("erase", "--subject", name, "--yes", "--definitions", str(shop.definitions))


def test_who_is_erased_is_in_no_copy_old_or_new(people: Shop) -> None:
    sell(people, "Ann", "Bob", "Ann", "Cid")
    people.run()
    for kind in ("source", "analytics"):
        assert recall(people, "--type", kind, "--into", f"recall_{kind}", "--yes")[0] == 0
    payloads = "select count(*) from {}.source_sales where raw_data::text like '%%Ann%%'"
    assert people.value(payloads.format("recall_source")) == 2

    assert erase(people, "Ann")[0] in (0, 1)

    assert copies_there(people) == []
    for kind in ("source", "analytics"):
        assert recall(people, "--type", kind, "--into", f"recall_{kind}", "--yes")[0] == 0
    assert people.value("select count(*) from recall_source.source_sales") == 2
    assert people.value("select array_agg(buyer order by buyer) from recall_analytics.sales") == ["Bob", "Cid"]


def test_an_erasure_that_comes_in_between_is_seen(people: Shop) -> None:
    sell(people, "Ann", "Bob", "Cid")
    people.run()
    failpoints.interruptions["recall.loaded.after"] = lambda: erase(people, "Ann")

    status, _, message = recall(people, "--type", "source", "--yes")

    assert (status, copies_there(people)) == (2, []), message
    assert "while analytics_service.source_sales was recalled" in message
    # Without the second look the copy outlives the person in it.
    failpoints.disabled_guards.add("recall.erasures")
    failpoints.interruptions["recall.loaded.after"] = lambda: erase(people, "Bob")
    assert recall(people, "--type", "source", "--yes")[0] == 0
    payloads = "select count(*) from recall_source_sales.source_sales where raw_data::text like '%%Bob%%'"
    assert people.value(payloads) == 1
    people.execute("update archive_catalog.erasures set state = 'erasing'")
    assert "somebody is being erased" in recall(people, "--type", "source", "--yes")[2]


def test_a_file_that_was_replaced_since_the_copy_was_planned_makes_none(people: Shop) -> None:
    """An erasure that has ended by then is no change any more: only what still counts says that it was there."""
    sell(people, "Ann", "Bob")
    people.run()
    table = people.tables("analytics", objects=("SALE",))[0]
    with connect(people.settings) as connection, open_workshop(connection, people.settings, people.store) as workshop:
        planned = plan_recall(connection, table, parse_interval(None, None), "1 day", None)
        assert erase(people, "Ann")[0] in (0, 1)

        with pytest.raises(ProblemError, match="were replaced or let go while it was recalled"):
            recall_planned(workshop.worker(), planned, lambda *_: None)

    assert copies_there(people) == []


@pytest.mark.parametrize("place", ["archived", "hot"])
def test_the_newest_rows_of_a_copy_leave_out_what_is_newer_elsewhere(shop: Shop, place: str) -> None:
    """An event that moved out of the range is not shown at its old place as if it were there."""
    shop.add_sales(days=2)
    shop.run("analytics", objects=("SALE",))
    shop.execute(
        f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, _raw_seq, _source_order)"
        " values (1461000001, %s, 5, 900, 999)",
        "2024-02-01" if place == "archived" else "2099-01-01",
    )
    if place == "archived":
        shop.run("analytics", objects=("SALE",))

    assert recall(shop, "--end", "2024-01-01", "--yes")[0] == 0
    assert recall(shop, "--into", "everything", "--yes")[0] == 0

    assert shop.value("select count(*) from recall_sales.sales") == 40
    assert shop.value("select count(*) from recall_sales.newest_sales") == 39
    assert shop.execute("select sale_id, _raw_seq from recall_sales.beaten_sales").fetchall() == [(1461000001, 1)]
    assert shop.value("select count(*) from everything.newest_sales") == (80 if place == "archived" else 79)
