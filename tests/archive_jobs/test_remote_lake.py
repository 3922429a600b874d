"""The whole engine on a lake in Azure (Azurite) or S3 (moto): the same promises as on a disk."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from object_services import AWS, KEY, PLANTED, Fault, Proxy
from people_shop import PERSON, PERSONAL_SALE, sell
from small_shop import SCHEMA, Shop, write_definitions

from archive_jobs import dbt_duckdb_plugin, failpoints
from archive_jobs.lake.objects import StoreError
from archive_jobs.privacy.master_key import new_master_key
from definitions_to_dbt.errors import ProblemError


def everything(shop: Shop) -> tuple[object, ...]:
    """What must come out the same on every lake."""
    at = ("--definitions", str(shop.definitions))
    total = "select count(*) as n, sum(amount) as total from history_sales"
    asked = [
        shop.invoke("verify", "--deep", "--json"),
        shop.invoke("sql", total, *at, "--json"),
        shop.invoke("retrieve", "sales", "--start", "2024-01-01", "--end", "2024-01-01", *at, "--format", "csv"),
        shop.invoke("sql", "select count(*) as n from source_sales", *at, "--json"),
    ]
    verified = json.loads(asked[0][1])
    return (
        [status for status, _, _ in asked],
        verified["files"],
        verified["faults"],
        *(said for _, said, _ in asked[1:]),
    )


def test_rows_leave_are_read_and_verified_as_on_a_disk(shop: Shop, remote_lake: Proxy) -> None:
    shop.add_sales(days=2)
    shop.add_raw(14)
    before = shop.all_rows(), shop.all_rows(kind="source")

    result = shop.run()

    assert [table.kept_hot for table in result.tables if table.kept_hot] == []
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 0
    assert (shop.all_rows(), shop.all_rows(kind="source")) == before
    assert shop.value("select count(*) from archive_catalog.files where etag is null") == 0
    asked = len(remote_lake.seen)
    statuses, files, faults, total, january, raw = everything(shop)
    assert (statuses, files, faults) == ([0, 0, 0, 0], 3, [])
    assert json.loads(str(total))["n"] == 80
    assert (str(january).count("2024-01-01"), json.loads(str(raw))["n"]) == (40, 14)
    assert len(remote_lake.seen) > asked, "verify reads the store, not the copies"
    assert shop.invoke("prove")[0] == 0
    assert shop.invoke("restore", "sales", "--yes", "--definitions", str(shop.definitions))[0] == 0
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 80
    assert (shop.all_rows(), shop.all_rows(kind="source")) == before


def test_a_run_through_a_bad_network_loses_and_doubles_nothing(shop: Shop, remote_lake: Proxy) -> None:
    """Each kind of object meets each kind of fault; each attempt still makes it, once."""
    shop.add_sales(days=2)
    before = shop.all_rows()
    finds = ("_lake", ".parquet", "_manifests", "_commits")
    kinds = ("503", "lost", "reset request")
    remote_lake.faults = [Fault(kind, "PUT", part) for part in finds for kind in kinds]
    remote_lake.faults += [Fault(kind, "GET", ".parquet") for kind in ("404", "reset", "429")]

    result = shop.run("analytics")

    assert remote_lake.faults == []
    assert [table.kept_hot for table in result.tables if table.kept_hot] == []
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 0
    assert shop.all_rows() == before
    assert shop.invoke("verify", "--deep")[0] == 0


def test_bytes_that_are_bent_in_the_store_are_seen_and_the_unit_is_made_again(shop: Shop, remote_lake: Proxy) -> None:
    shop.add_sales(days=1)
    before = shop.all_rows()
    remote_lake.faults = [Fault("bent", "GET", ".parquet")]

    result = shop.run("analytics")

    assert shop.all_rows() == before
    attempts = shop.execute("select state, reason from archive_catalog.attempts order by created_at").fetchall()
    kept = [reason for table in result.tables for reason in table.kept_hot]
    # S3's own checksum of the answer is wrong too, so the store itself asks again.
    assert attempts[-1][0] == "active" or "expected SHA-256" in kept[0]
    assert shop.run("analytics").tables is not None
    assert shop.value("select count(*) from archive_catalog.attempts where state = 'active'") == 1


def test_a_store_that_stays_away_stops_the_run_with_every_row_hot_and_the_next_run_goes_on(
    shop: Shop, remote_lake: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add_sales(days=1)
    before = shop.all_rows()
    monkeypatch.setenv("ARCHIVE_JOBS_STORE_TRIES", "2")
    remote_lake.faults = [Fault("503", "PUT", ".parquet") for _ in range(2)]

    with pytest.raises(ProblemError, match="does not answer as it should, 2 times: 503"):
        shop.run("analytics")

    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 40
    shop.run("analytics")
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 0
    assert shop.all_rows() == before
    counted = {path for (path,) in shop.execute("select path from archive_catalog.readable_files").fetchall()}
    folder = next(iter(counted)).rpartition("/")[0]
    assert set(shop.store.names(folder)) == counted
    assert list(Path(os.environ["ARCHIVE_JOBS_STAGING"]).glob("*.part")) == []


@pytest.mark.parametrize("point", ["publish.link.after", "prepare.after", "commit.after", "sweep.marked.after"])
def test_killed_on_a_remote_lake_the_next_run_finishes(shop: Shop, azure_lake: Proxy, point: str) -> None:
    shop.add_sales(days=1)
    before = shop.all_rows()
    if point.startswith("sweep"):
        shop.die_at("publish.manifest.after", "analytics")
    shop.die_at(point, "analytics")

    shop.run("analytics")

    assert (shop.value(f"select count(*) from {SCHEMA}.sales"), shop.all_rows()) == (0, before)
    counted = {path for (path,) in shop.execute("select path from archive_catalog.readable_files").fetchall()}
    assert set(shop.store.names(next(iter(counted)).rpartition("/")[0])) == counted
    assert azure_lake.seen


def test_another_lake_of_the_same_database_is_not_written_into(shop: Shop, azure_lake: Proxy) -> None:
    shop.add_sales(days=1)
    shop.run("analytics")
    shop.execute("update archive_catalog.lakes set lake_id = gen_random_uuid()")

    with pytest.raises(ProblemError, match=r"abfs://.* is another lake of this database"):
        shop.run("analytics")

    assert azure_lake.seen


def test_credentials_are_in_no_message_log_manifest_or_repr(
    shop: Shop, remote_lake: Proxy, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    shop.add_sales(days=1)
    shop.run("analytics")
    remote_lake.faults = [Fault("403", "GET", ".parquet")]
    said = [str(shop.invoke("verify", "--deep")), str(shop.invoke("status", "--json")), repr(vars(shop.store))]
    remote_lake.faults = [Fault("403", "PUT", "x.json")]
    with pytest.raises(StoreError) as caught:
        shop.store.put("x.json", b"")
    said += [str(caught.value), caught.value.hint, repr(caught.value), caplog.text, *capfd.readouterr()]
    said += [text for (text,) in shop.execute("select record from archive_catalog.commits").fetchall()]
    manifest = shop.value("select manifest_path from archive_catalog.attempts")
    said += [
        shop.store.read(manifest).decode(),
        str(shop.execute("select details from archive_catalog.events").fetchall()),
    ]

    assert "refuses these credentials" in said[0]
    for secret in (KEY, PLANTED, AWS["AWS_ACCESS_KEY_ID"]):
        assert not [text for text in said if secret in text]


def test_whoever_checks_from_outside_restores_or_rebuilds_needs_no_disk_either(shop: Shop, azure_lake: Proxy) -> None:
    shop.add_sales(days=2)
    shop.run("analytics")
    before = shop.all_rows()
    at = ("--definitions", str(shop.definitions))

    proven = shop.invoke("prove", "--json")
    restored = shop.invoke("restore", "sales", "--start", "2024-01-01", "--end", "2024-01-01", *at, "--yes")
    shop.execute("drop schema archive_catalog cascade")
    rebuilt = shop.invoke("catalog", "rebuild", "--yes")

    assert (proven[0], restored[0], rebuilt[0]) == (0, 0, 0), (proven, restored, rebuilt)
    assert shop.all_rows() == before
    assert azure_lake.seen


def test_a_copy_of_the_database_is_refused_before_it_removes_a_row(shop: Shop, azure_lake: Proxy) -> None:
    """Identifier and lake are the original's; only the record that the original has written since tells them apart."""
    shop.add_sales(days=1)
    shop.run("analytics")
    shop.store.put(f"{SCHEMA}/_commits/sales/2.json", b"of the original")
    shop.add_sales(days=1, first="2024-02-01")

    with pytest.raises(ProblemError, match=r"sales/2\.json was not written by this database, whose last .* is 1"):
        shop.run("analytics")

    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 40
    assert azure_lake.seen


def test_without_the_look_ahead_a_copy_of_the_database_removes_rows_before_it_notices(
    shop: Shop, azure_lake: Proxy
) -> None:
    shop.add_sales(days=1)
    shop.run("analytics")
    shop.store.put(f"{SCHEMA}/_commits/sales/2.json", b"of the original")
    shop.add_sales(days=1, first="2024-02-01")
    failpoints.disabled_guards.add("ahead")

    with pytest.raises(ProblemError, match="was not written by this database"):
        shop.run("analytics")

    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 0
    assert azure_lake.seen


def test_models_of_dbt_read_checked_copies(shop: Shop, remote_lake: Proxy) -> None:
    shop.add_sales(days=1)
    shop.run("analytics")
    path, sha256 = shop.execute("select path, sha256 from archive_catalog.readable_files").fetchone()
    with duckdb.connect() as connection:
        dbt_duckdb_plugin.Plugin("archive", {}).configure_connection(connection)

        copy = connection.execute("select archived_file(?, ?)", [path, sha256]).fetchone()
        counted = connection.execute("select count(*) from read_parquet(?)", [copy[0] if copy else ""]).fetchone()
        with pytest.raises(duckdb.Error, match=r"://.* is damaged"):
            connection.execute("select archived_file(?, ?)", [path, "0" * 64])

    assert counted == (40,)
    assert remote_lake.seen


def test_a_remote_archive_is_held_scrubbed_erased_and_let_go(
    connection: psycopg.Connection[Any], azure_lake: Proxy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Keys stand in a container too; faults of the store are waited off; no secret is told."""
    monkeypatch.setenv("ARCHIVE_MASTER_KEY", new_master_key())
    monkeypatch.setenv("ARCHIVE_JOBS_PURGE_GRACE", "immediate")
    delta = {"retention": "90 days", "format": "delta", "archive_retention": "1 year"}
    sale = PERSONAL_SALE | {"archive": {"analytics": delta, "source": {"retention": "7 days"}}}
    shop = Shop(connection, write_definitions(tmp_path / "people", sale, PERSON), tmp_path)
    shop.make_tables()
    at = ("--definitions", str(shop.definitions))
    sell(shop, "Adelheid", "Bo", at="2022-01-01 10:00+00")
    azure_lake.faults = [Fault("503", "PUT", ".keys"), Fault("lost", "PUT", ".keys"), Fault("reset", "GET", ".keys")]

    assert [table.kept_hot for table in shop.run().tables if table.kept_hot] == []
    assert azure_lake.faults == []
    assert shop.invoke("hold", "place", "--table", "sales", "--reason", "court", *at)[0] == 0
    words = ("erase", "--object", "SALE", "--subject", "Adelheid", "--yes", "--json", *at)
    assert "a legal hold is in the way" in shop.invoke(*words)[2]
    hold = shop.value("select hold_id::text from archive_catalog.holds")
    assert shop.invoke("hold", "release", hold)[0] == 0
    assert len(list(shop.store.names(f"{SCHEMA}/_holds"))) == 2

    status, certificate, problem = shop.invoke(*words)

    assert status == 0, problem
    assert json.loads(certificate)["units_rewritten"][0]["rows_left"] == 1
    assert shop.invoke("keys", "check")[0] == 0
    assert [shop.invoke(*check)[0] for check in (("scrub", "--share", "1/1"), ("verify", "--deep"), ("prove",))] == [
        0
    ] * 3
    shop.execute("update archive_catalog.units set active_from = '2022-06-01'")
    expired = [shop.invoke("expire", "--yes", "--json", *at) for _ in range(2)]
    assert [status for status, *_ in expired] == [0, 0]
    assert shop.value("select count(*) from archive_catalog.readable_files where kind = 'analytics'") == 0
    told = shop.invoke("delta", "sales", *at)
    assert told[0] == 0 and shop.invoke("verify")[0] == 0
    assert KEY not in str((certificate, expired, told))
