"""The policies and settings that users already write: each loads unchanged, into a definition and at run time."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from small_shop import SALE, Shop, write_definitions

from archive_jobs.planning.policy_table import latest_policies
from archive_jobs.settings import FILE_VARIABLE, ArchiveSettings

METRIC = copy.deepcopy(SALE) | {"code": "SCOR_METRIC", "archive": {}}
METRIC["table_schema"]["table_name"] = "scor_metrics"

ANALYTICS_TABLE = {"table_name": "scor_metrics", "retention_days": 90, "archive_format": "parquet",
                   "compression": "snappy", "partition_by": "day"}  # fmt: skip
ANALYTICS_LAYER_2 = {"source_layer": "layer_2", "archive_type": "analytics", "table_name": "scor_metrics",
                     "retention_in_layer_2": "90 days", "archive_after": "90 days", "archive_retention": "7 years",
                     "archive_format": "parquet", "compression": "snappy", "partition_by": "day"}  # fmt: skip
SOURCE_LAYER_3 = {"source_layer": "layer_3", "archive_type": "source", "table_name": "source_scor_metrics",
                  "retention_in_layer_3": "7 days", "archive_after": "immediate", "archive_retention": "7 years",
                  "archive_format": "parquet", "compression": "snappy", "partition_by": "ingestion_date",
                  "preserve_raw_format": True}  # fmt: skip
ANALYTICS_DEFAULT = {"name": "analytics_data_archival", "source_layer": "layer_2", "archive_type": "analytics",
                     "retention_days": 90, "archive_format": "parquet"}  # fmt: skip
SOURCE_DEFAULT = {"layer": "source", "retention_in_timescaledb": "7 days", "archive_to_layer_2a": True,
                  "archive_retention": "7 years", "archive_format": "parquet",
                  "partition_by": "ingestion_date"}  # fmt: skip
LITERALS = [
    (ANALYTICS_TABLE, ("scor_metrics", "analytics"), ("90 days", None, "snappy", "day")),
    (ANALYTICS_LAYER_2, ("scor_metrics", "analytics"), ("90 days", "7 years", "snappy", "day")),
    (SOURCE_LAYER_3, ("scor_metrics", "source"), ("7 days", "7 years", "snappy", "ingestion_date")),
    (ANALYTICS_DEFAULT, ("*", "analytics"), ("90 days", None, "zstd", "day")),
    (SOURCE_DEFAULT, ("*", "source"), ("7 days", "7 years", "zstd", "ingestion_date")),
]
SETTINGS = {"storage_account": "account", "container_name": "timescaledb-archive", "default_format": "parquet",
            "max_concurrent_archival_tasks": 5, "chunk_batch_size": 10, "auto_archival_enabled": True}  # fmt: skip


@pytest.fixture
def metrics(connection: psycopg.Connection[Any], tmp_path: Path) -> Shop:
    """The one object that these policies speak of."""
    shop = Shop(connection, write_definitions(tmp_path / "definitions", METRIC), tmp_path / "lake")
    shop.make_tables()
    return shop


@pytest.mark.parametrize(("literal", "whose", "meant"), LITERALS)
def test_a_policy_that_users_write_is_set_unchanged(
    metrics: Shop, literal: dict[str, Any], whose: tuple[str, str], meant: tuple[str | None, ...]
) -> None:
    words = ("policies", "set", json.dumps(literal), "--yes", "--definitions", str(metrics.definitions))
    # What is in force already is no change: the second literal below is what the first has set.
    assert metrics.invoke(*words)[0] == 0

    found = latest_policies(metrics.connection, "analytics_service")[whose]

    assert found.policy is not None
    spans = [span and span.text for span in (found.policy.retention, found.policy.archive_retention)]
    assert (*spans, found.policy.compression, found.policy.partition_by) == meant


def test_all_of_them_may_stand_in_one_file_that_names_each_table_once(metrics: Shop, tmp_path: Path) -> None:
    file = tmp_path / "policies.json"
    file.write_text(json.dumps([ANALYTICS_LAYER_2, SOURCE_LAYER_3, ANALYTICS_DEFAULT, SOURCE_DEFAULT]))

    status, said, _ = metrics.invoke("policies", "set", str(file), "--yes", "--definitions", str(metrics.definitions))

    assert status == 0, said
    assert set(latest_policies(metrics.connection, "analytics_service")) == {whose for _, whose, _ in LITERALS}


def test_the_settings_that_users_know_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARCHIVE_URL", raising=False)
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(SETTINGS))
    monkeypatch.setenv(FILE_VARIABLE, str(file))

    found = ArchiveSettings()

    assert (found.max_concurrent, found.batch_units) == (5, 10)
    assert (found.default_format, found.auto_archival_enabled) == ("parquet", True)
    assert found.archive_url == "abfs://timescaledb-archive@account.dfs.core.windows.net"


def test_the_environment_outranks_the_file_and_a_flag_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(SETTINGS))
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    monkeypatch.setenv("MAX_CONCURRENT_ARCHIVAL_TASKS", "7")
    monkeypatch.setenv("CHUNK_BATCH_SIZE", "8")
    monkeypatch.setenv("ARCHIVE_URL", "elsewhere")

    found = ArchiveSettings(max_concurrent=2)

    assert (found.max_concurrent, found.batch_units, found.archive_url) == (2, 8, "elsewhere")


def test_without_any_file_the_settings_are_what_users_expect(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (FILE_VARIABLE, "MAX_CONCURRENT_ARCHIVAL_TASKS", "CHUNK_BATCH_SIZE", "AUTO_ARCHIVAL_ENABLED"):
        monkeypatch.delenv(name, raising=False)

    found = ArchiveSettings()

    assert (found.max_concurrent, found.batch_units, found.default_format) == (5, 10, "parquet")
    assert found.auto_archival_enabled and found.container_name == "timescaledb-archive"
