"""Damage in the lake is found, and the message says what and where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_shop import SCHEMA, Shop

from archive_jobs.lake.commit_records import record_path


@pytest.fixture
def archived(shop: Shop) -> Shop:
    """Two cold days and a batch of raw records."""
    shop.add_sales(days=2)
    shop.add_raw(10)
    shop.run()
    return shop


def test_a_whole_archive_passes_and_the_time_is_noted(archived: Shop) -> None:
    status, printed, _ = archived.invoke("verify", "--deep", "--json")

    assert status == 0
    assert json.loads(printed) | {"bytes": 0} == {
        "files": 3, "bytes": 0, "rows": 90, "commit_records": 3, "deep": True, "faults": [],
    }  # fmt: skip
    assert archived.value("select count(*) from archive_catalog.units where verified_at is null") == 0


def test_a_flipped_bit_is_found(archived: Shop) -> None:
    file = archived.lake / archived.value("select min(path) from archive_catalog.readable_files")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.chmod(0o644)
    file.write_bytes(content)

    status, printed, _ = archived.invoke("verify")

    assert status == 1
    assert f"{file}: damaged, expected SHA-256" in printed


def test_a_missing_file_is_found(archived: Shop) -> None:
    file = archived.lake / archived.value("select min(path) from archive_catalog.readable_files")
    file.unlink()

    status, printed, _ = archived.invoke("verify")

    assert status == 1
    assert f"{file}: missing" in printed


def test_a_changed_manifest_is_found(archived: Shop) -> None:
    manifest = archived.lake / archived.value("select min(manifest_path) from archive_catalog.attempts")
    manifest.chmod(0o644)
    manifest.write_text(manifest.read_text().replace("rows", "rovs"))

    status, printed, _ = archived.invoke("verify")

    assert status == 1
    assert f"{manifest}: damaged" in printed


def test_a_record_taken_out_of_the_chain_is_found(archived: Shop) -> None:
    record = archived.lake / record_path(SCHEMA, "sales", 1)
    record.unlink()

    status, printed, _ = archived.invoke("verify")

    assert status == 1
    assert f"{record}: missing" in printed


def test_a_changed_chain_in_the_catalogue_is_found(archived: Shop) -> None:
    archived.execute("update archive_catalog.commits set previous_sha256 = 'x' where commit_seq = 2")

    status, printed, _ = archived.invoke("verify")

    assert status == 1
    assert "the chain is broken between 1 and 2" in printed


def test_status_says_what_is_cold_and_when_it_was_checked(archived: Shop) -> None:
    archived.invoke("verify")

    _, printed, _ = archived.invoke("status", "--json")

    found = {(one["table"], one["kind"]): one for one in json.loads(printed)}
    assert found["sales", "analytics"]["rows"] == 80
    assert found["sales", "source"]["dropped_rows"] == 10
    assert found["sales", "source"]["verified_at"] is not None
    assert found["sales", "analytics"]["revision"] == 2


def test_a_lake_that_is_not_there_is_one_message(shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shop.add_sales(days=2)
    shop.run("analytics")
    monkeypatch.setenv("ARCHIVE_URL", str(tmp_path / "not mounted"))

    for command in (("verify",), ("scrub", "--share", "1/1")):
        status, said, problem = shop.invoke(*command)

        assert (status, said) == (2, ""), command
        assert f"there is no lake of {SCHEMA} at ARCHIVE_URL={tmp_path / 'not mounted'}" in problem
