"""Raw records about people are archived sealed, proven in the clear, read with the key, and dropped as any others."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from people_shop import PERSON, PERSONAL_SALE, sell
from small_shop import SCHEMA, Shop, write_definitions

from archive_jobs.privacy.master_key import new_master_key


@pytest.fixture
def people(connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shop:
    """The shop with buyers, and a master key."""
    monkeypatch.setenv("ARCHIVE_MASTER_KEY", new_master_key())
    definitions = write_definitions(tmp_path / "people", PERSONAL_SALE, PERSON)
    made = Shop(connection, definitions, Path(os.environ["ARCHIVE_URL"]))
    made.make_tables()
    return made


def retrieved(shop: Shop, *words: str) -> tuple[int, str, str]:
    return shop.invoke(
        "retrieve", "sales", "--type", "source", "--format", "json", "--definitions", str(shop.definitions), *words
    )


def test_payloads_leave_sealed_and_come_back_as_they_were(people: Shop) -> None:
    sell(people, "Ada", "Bo", None, "Ada")
    people.execute(f"update {SCHEMA}.source_sales set ingested_at = now() where raw_seq = 4")
    before = [json.loads(line) for line in retrieved(people)[1].splitlines()]

    result = people.run("source")

    assert [(r.rows, r.dropped, r.kept_hot) for r in result.tables] == [(0, 0, []), (4, 3, [])]
    after = [json.loads(line) for line in retrieved(people)[1].splitlines()]
    assert sorted(after, key=lambda row: row["raw_seq"]) == before
    written = b"".join(path.read_bytes() for path in people.lake.rglob("*") if path.is_file())
    assert b"secret" not in written and b"Ada" not in written
    assert people.invoke("verify", "--deep")[0] == 0


def test_raw_records_that_were_edited_after_sealing_are_not_dropped(people: Shop) -> None:
    sell(people, "Ada", "Bo", processed=False)
    people.run("source")
    people.execute(f"update {SCHEMA}.source_sales set processed = true, raw_data = '{{}}' where raw_seq = 1")

    result = people.run("source")

    assert "they were edited after they landed" in str([table.kept_hot for table in result.tables])
    assert people.value(f"select count(*) from {SCHEMA}.source_sales") == 2


def test_without_the_master_key_the_rest_is_read_and_the_payload_refused(
    people: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell(people, "Ada", "Bo")
    people.run("source")
    monkeypatch.delenv("ARCHIVE_MASTER_KEY")

    status, found, _ = retrieved(people, "--columns", "raw_seq,ingested_at")
    refused, nothing, problem = retrieved(people)

    assert status == 0 and len(found.splitlines()) == 2
    assert (refused, nothing) == (2, "")
    assert "reading sealed payloads needs the master key" in problem
    assert people.invoke("verify", "--deep")[0] == 0
    with duckdb.connect() as anybody:
        files = [str(path) for path in people.lake.rglob("*.parquet")]
        assert anybody.execute("select count(*), count(ingested_at) from read_parquet(?)", [files]).fetchone() == (2, 2)


def test_without_the_master_key_nothing_is_archived(people: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sell(people, "Ada")
    monkeypatch.delenv("ARCHIVE_MASTER_KEY")

    status, _, problem = people.invoke("run", "--yes", "--type", "source", "--definitions", str(people.definitions))

    assert status == 2
    assert "sealing payloads of an object with a subject_column needs the master key" in problem
    assert people.value(f"select count(*) from {SCHEMA}.source_sales where archived_in is null") == 1
