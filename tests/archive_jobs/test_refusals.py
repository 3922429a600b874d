"""What is refused, by which message, and that nothing was changed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from object_services import connection_string
from small_shop import SALE, SCHEMA, Shop, write_definitions

from archive_jobs.planning.plan import plan_table

REFUSED = {
    "the trigger gone acts": f"create function {SCHEMA}.f() returns trigger language plpgsql"
    " as 'begin return old; end';"
    f"create trigger gone before delete on {SCHEMA}.sales for each row execute function {SCHEMA}.f()",
    "the rule no_delete": f"create rule no_delete as on delete to {SCHEMA}.sales do instead nothing",
    "the foreign key refunds_sale": f"create table {SCHEMA}.refunds (id bigint, at timestamptz,"
    f" constraint refunds_sale foreign key (id, at) references {SCHEMA}.sales (sale_id, sold_at) on delete cascade)",
    "the publication away publishes deletes": f"create publication away for table {SCHEMA}.sales",
    "the column secret is in no definition": f"alter table {SCHEMA}.sales add secret text",
    "the column amount is numeric(20,8)": f"alter table {SCHEMA}.sales alter amount type numeric(20,8)",
    "other tables inherit": f"create table {SCHEMA}.more () inherits ({SCHEMA}.sales)",
}


@pytest.mark.parametrize("expected", REFUSED)
def test_what_would_lose_rows_is_refused_by_name(shop: Shop, expected: str) -> None:
    if "inherit" in expected:  # only from a plain table can others inherit
        shop.execute(f"drop table {SCHEMA}.sales cascade")
        definition = SALE | {"storage": {"layout": "plain"}}
        (shop.definitions / "object_models" / "SALE.json").write_text(json.dumps(definition))
        shop.make_tables()
    shop.add_sales(days=1)
    if "numeric" in expected:
        shop.execute(f"drop view {SCHEMA}.sales__lake")
    shop.execute(REFUSED[expected])

    status, _, problem = shop.invoke("run", "--yes", "--object", "SALE", "--definitions", str(shop.definitions))

    assert status == 2
    assert expected in problem
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 40
    assert expected in shop.invoke("plan", "--object", "SALE", "--definitions", str(shop.definitions))[1]


def test_row_security_that_hides_rows_is_refused(shop: Shop) -> None:
    shop.execute("drop role if exists half_blind; create role half_blind login")
    shop.execute(f"grant usage on schema {SCHEMA} to half_blind; grant all on {SCHEMA}.sales to half_blind")
    shop.execute(f"alter table {SCHEMA}.sales enable row level security")
    shop.execute("set role half_blind")

    (table,) = shop.tables("analytics", objects=("SALE",))
    # The count itself would raise: row_security is off in the archiver's sessions, and on in this one.
    plan = plan_table(shop.connection, table, None)

    shop.execute("reset role; drop owned by half_blind; drop role half_blind")
    assert any("row security hides rows" in reason for reason in plan.blocked_by)


def test_a_role_without_delete_is_refused(shop: Shop) -> None:
    shop.execute("drop role if exists reader; create role reader")
    shop.execute(f"grant usage on schema {SCHEMA} to reader; grant select on {SCHEMA}.sales to reader")
    shop.execute("set role reader")

    (table,) = shop.tables("analytics", objects=("SALE",))
    plan = plan_table(shop.connection, table, None)

    shop.execute("reset role; drop owned by reader; drop role reader")
    assert plan.blocked_by == (f"this role may not delete here; grant delete on {SCHEMA}.sales to it",)


def test_without_yes_nothing_is_changed(shop: Shop) -> None:
    shop.add_sales(days=2)

    status, printed, told = shop.invoke("run", "--definitions", str(shop.definitions))

    assert status == 0
    assert "add --yes" in told and "80" in printed
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 80
    assert shop.value("select to_regnamespace('archive_catalog')") is None
    assert not shop.lake.exists()


def test_plan_gives_rows_bytes_and_reason(shop: Shop) -> None:
    shop.add_sales(days=2)

    _, printed, _ = shop.invoke(
        "plan", "--object", "SALE", "--type", "analytics", "--definitions", str(shop.definitions), "--json"
    )

    (found,) = json.loads(printed)
    assert (found["units"], found["rows"], found["blocked_by"]) == (2, 80, [])
    assert found["bytes"] > 0
    assert found["reason"] == "sold_at is older than 90 days"


def test_as_of_moves_what_is_old(shop: Shop) -> None:
    shop.add_sales(days=3)
    words = ["plan", "--object", "SALE", "--type", "analytics", "--definitions", str(shop.definitions), "--json"]

    before = json.loads(shop.invoke(*words, "--as-of", "2024-03-01")[1])[0]["units"]
    after = json.loads(shop.invoke(*words, "--as-of", "2024-04-02")[1])[0]["units"]

    assert (before, after) == (0, 2)


def test_a_lake_that_cannot_be_written_is_one_message(shop: Shop, tmp_path: Path) -> None:
    shop.add_sales(days=1)
    blocked = tmp_path / "a-file"
    blocked.write_text("")

    words = ["run", "--yes", "--definitions", str(shop.definitions), "--archive-url", str(blocked / "lake")]
    status, _, problem = shop.invoke(*words)

    assert status == 2
    assert "cannot be written" in problem
    assert shop.value("select to_regnamespace('archive_catalog')") is None


def test_a_store_that_is_not_supported_yet_is_refused(shop: Shop) -> None:
    words = ["run", "--yes", "--definitions", str(shop.definitions), "--archive-url", "gs://bucket/x"]
    status, _, problem = shop.invoke(*words)

    assert status == 2
    assert "found gs://" in problem


def test_a_store_that_does_not_answer_is_one_message(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # nobody listens, and nobody else can
        place = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", connection_string(place))
        monkeypatch.setenv("ARCHIVE_JOBS_STORE_TRIES", "2")
        monkeypatch.setenv("ARCHIVE_JOBS_STORE_WAIT", "0")
        words = ["run", "--yes", "--definitions", str(shop.definitions), "--archive-url", "abfs://box/x"]
        status, _, problem = shop.invoke(*words)

    assert status == 2
    assert "abfs://box/x/" in problem and "the store does not answer as it should, 2 times" in problem
    assert shop.value("select to_regnamespace('archive_catalog')") is None


def test_a_wrong_host_is_one_message(shop: Shop) -> None:
    environment = {**os.environ, "PGHOST": "/no/such/folder"}
    command = [sys.executable, "-m", "archive_jobs.cli", "run", "--yes", "--definitions", str(shop.definitions)]

    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    assert done.returncode == 2
    assert done.stderr.startswith("error: PostgreSQL does not answer at PGHOST=/no/such/folder")
    assert "Traceback" not in done.stderr


def test_an_unknown_object_is_one_message(shop: Shop) -> None:
    status, _, problem = shop.invoke("run", "--yes", "--object", "SAIL", "--definitions", str(shop.definitions))

    assert status == 2
    assert "did you mean 'SALE'" in problem


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 300 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", folder], check=False).returncode
    ):
        pytest.skip("mounting a small disk needs root")
    yield folder
    # A file that a library still holds open must not keep the disk in the way of later runs.
    subprocess.run(["umount", "--lazy", folder], check=False)


def test_a_disk_that_fills_up_stops_the_run_with_every_row_hot(
    shop: Shop, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.execute(
        f"insert into {SCHEMA}.sales (sale_id, sold_at, note, _raw_seq, _source_order)"
        " select n, '2024-01-01 00:00+00',"
        " (select string_agg(md5((n * 100 + k)::text), '') from generate_series(1, 40) k), n, n"
        " from generate_series(1, 2000) n"
    )
    monkeypatch.setattr("archive_jobs.moving.run.require_room", lambda *_: None)
    monkeypatch.setenv("ARCHIVE_URL", str(small_disk / "lake"))

    status, _, problem = shop.invoke("run", "--yes", "--type", "analytics", "--definitions", str(shop.definitions))

    assert status == 2
    assert "cannot be written" in problem and "Every row is still in PostgreSQL" in problem
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 2000
    assert list((small_disk / "lake" / ".staging").glob("*.part")) == []


def test_a_disk_without_room_for_twice_the_rows_is_refused_before_anything_is_written(
    shop: Shop, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add_sales(days=3, per_day=2000)
    monkeypatch.setenv("ARCHIVE_URL", str(small_disk / "lake"))

    status, _, problem = shop.invoke("run", "--yes", "--type", "analytics", "--definitions", str(shop.definitions))

    assert status == 2
    assert "bytes free" in problem
    assert shop.value("select count(*) from archive_catalog.units") == 0


def test_a_copy_of_the_database_may_not_write_into_the_same_lake(shop: Shop) -> None:
    shop.add_sales(days=1)
    shop.run("analytics")
    identity = shop.lake / SCHEMA / "_lake.json"
    identity.chmod(0o644)
    identity.write_text(identity.read_text().replace('system_identifier": "', 'system_identifier": "9'))

    status, _, problem = shop.invoke("run", "--yes", "--definitions", str(shop.definitions))

    assert status == 2
    assert "belongs to another database" in problem


def test_a_refused_command_makes_nothing_where_the_lake_was_or_where_another_is(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shop.add_sales(days=1)
    shop.run("analytics")
    moved, other = tmp_path / "moved", tmp_path / "other"
    foreign = {"lake_id": "5b4d6c2a-0000-4000-8000-000000000000", "schema": SCHEMA, "system_identifier": "1/1"}
    (other / SCHEMA).mkdir(parents=True)
    (other / SCHEMA / "_lake.json").write_text(json.dumps(foreign))
    commands = [
        ["run", "--yes"], ["recall", "sales", "--yes"], ["restore", "sales", "--yes"], ["expire", "--yes"],
        ["reconcile"], ["delta", "sales"], ["handover", "--object", "SALE"],
    ]  # fmt: skip

    for lake, reason in ((moved, "found none"), (other, "belongs to another database")):
        monkeypatch.setenv("ARCHIVE_URL", str(lake))
        for words in commands:
            status, _, problem = shop.invoke(*words, "--definitions", str(shop.definitions))
            assert (status, reason in problem) == (2, True), (words, problem)
            assert not moved.exists(), words
            assert [path.name for path in other.rglob("*")] == [SCHEMA, "_lake.json"], words
    # Where nothing was ever archived, not even a catalogue is made.
    shop.execute("drop schema archive_catalog cascade")
    for words in commands[:2]:
        assert shop.invoke(*words, "--definitions", str(shop.definitions))[0] == 2, words
        assert shop.value("select to_regnamespace('archive_catalog')") is None, words


def test_a_delta_table_of_a_renamed_table_is_refused(shop: Shop, tmp_path: Path) -> None:
    shop.add_sales(days=1)
    archive = {"analytics": {"retention": "90 days", "format": "delta"}}
    model = {**SALE, "archive": archive, "renamed_from": "sells"}
    definitions = write_definitions(tmp_path / "other", model)

    status, _, problem = shop.invoke("run", "--yes", "--object", "SALE", "--definitions", str(definitions))

    assert status == 2
    assert "a Delta table cannot hold files of two folders" in problem


def test_a_setting_that_is_wrong_is_named_by_its_variable(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in (("ARCHIVE_JOBS_MAX_WAL_PER_SECOND", "fast"), ("MAX_CONCURRENT_ARCHIVAL_TASKS", "many")):
        with monkeypatch.context() as patch:
            patch.setenv(variable, value)
            status, _, said = shop.invoke("status")
        assert (status, f"a setting is wrong: {variable}: " in said) == (2, True), said


def test_a_role_without_rights_is_told_what_it_lacks(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.add_sales(days=1)
    shop.run("analytics", objects=("SALE",))
    shop.execute("drop role if exists without_rights; create role without_rights login")
    monkeypatch.setenv("PGUSER", "without_rights")

    for words in (["status"], ["recall", "sales", "--yes", "--definitions", str(shop.definitions)]):
        status, _, said = shop.invoke(*words)
        assert (status, "does not let this role do that: permission denied for schema" in said) == (2, True), said
        assert "Grant the role what is named" in said
