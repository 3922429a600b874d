"""The lake outlives the database: the catalogue is made again from it, and the archive goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from shares import shared
from small_shop import SCHEMA, Shop

from archive_jobs import failpoints
from archive_jobs.failpoints import REBUILD_POINTS
from archive_jobs.lake.commit_records import record_path

SCRIPT = Path(__file__).parents[2] / "docs" / "prove_from_outside.py"
READABLE = "select to_jsonb(f)::text from archive_catalog.readable_files f order by path"


@pytest.fixture
def archived(shop: Shop) -> Shop:
    """Cold days of both kinds, one of them restored, one late row, one purge begun."""
    shop.add_sales(days=3)
    shop.add_raw(10)
    shop.run(objects=("SALE",))
    shop.execute(f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order)"
                 " values (7, '2024-01-01 23:00+00', 1, 1)")  # fmt: skip
    shop.run("analytics", objects=("SALE",))
    words = ("--start", "2024-01-02", "--end", "2024-01-02", "--yes", "--definitions", str(shop.definitions))
    shop.invoke("restore", "sales", *words)
    return shop


@pytest.fixture
def lose_database(archived: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Shop]]:
    """Go on in another, empty database. The old one still stands, as a lost one may that comes back."""
    opened: list[psycopg.Connection[Any]] = []

    def lose() -> Shop:
        name = f"test_{uuid.uuid4().hex[:12]}"
        archived.execute(f"create database {name} strategy file_copy")
        monkeypatch.setenv("PGDATABASE", name)
        opened.append(psycopg.connect(autocommit=True))
        found = Shop(opened[-1], archived.definitions, archived.lake)
        found.make_tables()
        return found

    yield lose
    for connection in opened:
        name = connection.info.dbname
        connection.close()
        archived.execute(f"drop database {name} with (force)")


def test_the_catalogue_comes_back_as_it_was(archived: Shop, lose_database: Callable[[], Shop]) -> None:
    before = archived.execute(READABLE).fetchall()
    chains = archived.execute("select record, previous_sha256 from archive_catalog.commits order by 1").fetchall()
    rows = archived.all_rows(kind="source")

    found = lose_database()
    dry, printed, _ = found.invoke("catalog", "rebuild", "--json")
    refused, _, message = found.invoke("catalog", "rebuild", "--yes")
    assert found.value("select to_regnamespace('archive_catalog')") is None
    status, _, problem = found.invoke("catalog", "rebuild", "--yes", "--take-over")

    assert (dry, refused, status) == (0, 2, 0), problem
    assert json.loads(printed)["units"] == 5
    assert "belongs to another database" in message
    assert found.execute(READABLE).fetchall() == before
    assert found.execute("select record, previous_sha256 from archive_catalog.commits order by 1").fetchall() == chains
    assert found.value("select keep_until > now() from archive_catalog.units where state = 'restored'")
    assert "40 rows of sales (analytics) in 1 units between 2024-01-02 and 2024-01-03 were restored into" in problem
    assert found.all_rows(kind="source") == rows
    assert found.invoke("verify", "--deep")[0] == 0


def test_legal_holds_come_back_and_hot_rows_in_archived_ranges_are_named(
    archived: Shop, lose_database: Callable[[], Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--table", "sales", "--definitions", str(archived.definitions))
    for reason in ("case 12", "case 13"):
        assert archived.invoke("hold", "place", *words, "--reason", reason)[0] == 0
    of_12 = archived.value("select hold_id::text from archive_catalog.holds where reason = 'case 12'")
    # Released where no lake is at hand: the next command that writes there tells it.
    lake = os.environ["ARCHIVE_URL"]
    monkeypatch.setenv("ARCHIVE_URL", "/proc/nowhere")
    status, _, said = archived.invoke("hold", "release", of_12)
    monkeypatch.setenv("ARCHIVE_URL", lake)
    assert status == 0 and "the lake does not know of it yet" in said
    archived.run("analytics", objects=("SALE",))
    told = "select hold_id, table_name, reason, placed_at, placed_by, released_at from archive_catalog.holds order by 1"
    before = archived.execute(told).fetchall()

    found = lose_database()
    found.add_sales(days=1)  # as a backup of the day before would bring them
    status, printed, problem = found.invoke("catalog", "rebuild", "--yes", "--take-over", "--json")

    assert status == 0, problem
    assert found.execute(told).fetchall() == before
    assert json.loads(printed)["holds"] == 1
    assert f"warning: {SCHEMA}.sales has 40 hot rows in ranges that are archived" in problem
    assert found.invoke("verify")[0] == 0
    (gone,) = (found.lake / SCHEMA / "_holds").glob(f"{of_12}.placed.json")
    gone.unlink()
    assert "a hold that was mirrored is gone" in found.invoke("verify")[1]


def test_the_archive_goes_on_in_the_new_database_and_the_old_one_is_shut_out(
    archived: Shop, lose_database: Callable[[], Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = os.environ["PGDATABASE"]
    found = lose_database()
    found.invoke("catalog", "rebuild", "--yes", "--take-over")
    found.add_sales(days=1, first="2024-02-01")
    before = found.all_rows()

    result = found.run("analytics")

    assert [t.units for t in result.tables] == [1, 0]
    assert found.all_rows() == before
    assert found.invoke("retrieve", "sales", "--definitions", str(found.definitions))[0] == 0
    assert found.invoke("prove")[0] == 0
    monkeypatch.setenv("PGDATABASE", lost)
    status, _, message = archived.invoke("run", "--yes", "--definitions", str(archived.definitions))
    assert (status, "belongs to another database" in message) == (2, True)


def test_a_catalogue_that_stands_is_left_alone(archived: Shop) -> None:
    status, _, message = archived.invoke("catalog", "rebuild", "--yes", "--take-over")

    assert status == 2
    assert "lacks nothing that the lake has: it holds 5 units, 6 commits" in message


def test_a_broken_chain_is_not_built_upon(archived: Shop, lose_database: Callable[[], Shop]) -> None:
    record = archived.lake / record_path(SCHEMA, "sales", 2)
    record.rename(record.with_name("2.json.bak"))

    status, _, message = lose_database().invoke("catalog", "rebuild", "--yes", "--take-over")

    assert status == 2
    assert "cannot be trusted" in message


def test_a_manifest_without_a_record_is_named(shop: Shop) -> None:
    shop.add_sales(days=2)
    shop.run("analytics")
    shop.add_sales(days=1, first="2024-02-01")
    shop.die_at("prepare.after", "analytics")

    _, printed, _ = shop.invoke("catalog", "rebuild", "--json")

    (unknown,) = json.loads(printed)["manifests_without_a_record"]
    assert unknown.startswith(f"{SCHEMA}/_manifests/sales/")


def test_killed_while_rebuilding_it_is_all_or_nothing(lose_database: Callable[[], Shop]) -> None:
    words = ("catalog", "rebuild", "--yes", "--take-over")
    for point in shared(REBUILD_POINTS, 2):
        found = lose_database()
        assert os.WIFSIGNALED(found.die_in(point, lambda dying: dying.invoke(*words))), point
        units = found.value("select count(*) from archive_catalog.units")
        assert units == (5 if point == "rebuild.after" else 0), point
        if not units:
            assert found.invoke("catalog", "rebuild", "--yes", "--take-over")[0] == 0
        assert found.invoke("verify")[0] == 0


def test_the_lake_alone_proves_itself(archived: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PGHOST", str(tmp_path / "nowhere"))

    status, printed, _ = archived.invoke("prove", "--json")

    found = json.loads(printed)
    assert (status, found["faults"], len(found["chains"])) == (0, [], 2)
    heads = [f"{c['folder']}:{c['head']['commit_seq']}:{c['head']['sha256']}" for c in found["chains"]]
    words = [word for head in heads for word in ("--head", head)]
    assert archived.invoke("prove", *words)[0] == 0
    last = archived.lake / record_path(SCHEMA, "sales", 5)
    last.unlink()
    assert archived.invoke("prove")[0] == 0  # a chain that was cut off looks whole from within
    status, printed, _ = archived.invoke("prove", *words)
    assert (status, "the chain was cut off or written anew" in printed) == (1, True)
    for noted, expected in (([], 0), (heads, 1)):
        alone = subprocess.run([sys.executable, SCRIPT, archived.lake / SCHEMA, *noted], capture_output=True, text=True)
        assert alone.returncode == expected, alone.stdout + alone.stderr
    assert "sales:5:" in alone.stdout


def test_a_changed_byte_anywhere_in_the_lake_is_found_from_outside(archived: Shop) -> None:
    for what, said in (
        ("_commits/sales/2.json", "the chain is broken before it"),
        ("_manifests/sales", "not the manifest that was committed"),
        ("analytics/sales", "damaged, expected SHA-256"),
    ):
        place = archived.lake / SCHEMA / what
        file = place if place.is_file() else min(path for path in place.rglob("*") if path.is_file())
        file.chmod(0o644)
        content = file.read_bytes()
        file.write_bytes(content.replace(b"sales", b"Sales", 1) if file.suffix == ".json" else content[:-1] + b"?")

        status, printed, _ = archived.invoke("prove")
        alone = subprocess.run([sys.executable, SCRIPT, archived.lake / SCHEMA], capture_output=True, text=True)

        assert (status, alone.returncode) == (1, 1), what
        assert said in printed, what
        file.write_bytes(content)


def test_where_the_catalogue_was_lost_nothing_is_archived_and_no_short_answer_is_given(archived: Shop) -> None:
    hot = archived.value(f"select count(*) from {SCHEMA}.sales")
    archived.execute("drop schema archive_catalog cascade")
    archived.execute(f"update {SCHEMA}.source_sales set processed = true")
    words = ("--definitions", str(archived.definitions))

    for asked in (("sql", "select count(*) from history_sales", *words), ("run", "--yes", *words)):
        status, _, problem = archived.invoke(*asked)
        assert status == 2
        assert "this database has no catalogue of it" in problem and "Run `archive-jobs catalog rebuild`" in problem

    assert archived.value(f"select count(*) from {SCHEMA}.sales") == hot
    assert archived.invoke("catalog", "rebuild", "--yes")[0] == 0
    assert archived.value("select count(*) from archive_catalog.commits") == 6


def test_without_that_look_the_rows_in_the_lake_are_missing_from_the_answer(archived: Shop) -> None:
    archived.execute("drop schema archive_catalog cascade")
    failpoints.disabled_guards.add("lost catalogue")

    status, _, _ = archived.invoke("sql", "select * from history_sales", "--definitions", str(archived.definitions))

    assert status == 0


def test_holds_are_proven_from_outside_too(archived: Shop) -> None:
    words = ("--table", "sales", "--definitions", str(archived.definitions))
    for reason in ("case 12", "case 13"):
        assert archived.invoke("hold", "place", *words, "--reason", reason)[0] == 0
    of_12 = archived.value("select hold_id::text from archive_catalog.holds where reason = 'case 12'")
    assert archived.invoke("hold", "release", of_12)[0] == 0
    assert "1 legal holds in force; 0 faults" in archived.invoke("prove")[1]
    folder = archived.lake / SCHEMA / "_holds"
    (of_13,) = (name.name for name in folder.glob("*.placed.json") if not name.name.startswith(of_12))
    for name, content in ((of_13, b"{"), (f"{of_12}.placed.json", None)):
        file = folder / name
        before = file.read_bytes()
        file.chmod(0o644)
        file.write_bytes(content) if content else file.unlink()

        status, said, _ = archived.invoke("prove")
        alone = subprocess.run([sys.executable, SCRIPT, archived.lake / SCHEMA], capture_output=True, text=True)

        assert (status, alone.returncode) == (1, 1), said + alone.stdout
        assert name in alone.stdout and (name in said or of_12 in said)
        file.write_bytes(before)
    alone = subprocess.run([sys.executable, SCRIPT, archived.lake / SCHEMA], capture_output=True, text=True)
    assert "1 holds; 0 faults" in alone.stdout


def test_a_catalogue_with_chains_of_its_own_gets_those_that_it_lacks(
    archived: Shop, lose_database: Callable[[], Shop]
) -> None:
    before = archived.execute(READABLE).fetchall()
    found = lose_database()
    assert found.invoke("catalog", "rebuild", "--yes", "--take-over")[0] == 0
    # As a database whose catalogue was lost for one table, and that has archived another one since.
    found.add_ticks()
    assert found.run("analytics", objects=("TICK",)).tables[0].units == 2
    for table in ("files", "commits", "attempts", "units", "table_guards"):
        of_sales = "unit_id in (select unit_id from archive_catalog.units where table_name = 'sales')"
        of_sales = "table_name = 'sales'" if table in ("units", "table_guards", "commits") else of_sales
        found.execute(f"delete from archive_catalog.{table} where {of_sales}")
    ticks = found.execute(READABLE).fetchall()
    found.add_sales(days=1, first="2024-02-01")
    policy = '{"table_name": "sales", "retention_days": 60}'
    found.execute("delete from archive_catalog.policies where table_name = 'sales'")
    assert found.invoke("policies", "set", policy, "--yes", "--definitions", str(found.definitions))[0] == 0
    assert "has no catalogue of it" in str(found.invoke("run", "--yes", "--definitions", str(found.definitions))[2])

    status, _, problem = found.invoke("catalog", "rebuild", "--yes", "--take-over")

    assert status == 0, problem
    after = found.execute(READABLE).fetchall()
    assert sorted(after) == sorted([*before, *ticks])
    assert found.invoke("verify", "--deep")[0] == 0
    assert [t.units for t in found.run("analytics").tables] == [1, 0]
    versions = "select array_agg(version order by version) from archive_catalog.policies where table_name = 'sales'"
    assert found.value(f"{versions} and kind = 'analytics'") == [1, 2]
    # Of one that is known the lake must tell the same.
    found.execute("update archive_catalog.commits set record_sha256 = 'other' where commit_seq = 1 and kind = 'source'")
    status, _, problem = found.invoke("catalog", "rebuild", "--yes")
    assert (status, "commit records of sales (source), the lake 1, and they are not the same" in problem) == (2, True)
