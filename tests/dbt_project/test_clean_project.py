"""The committed project as dbt reads it: from anywhere, for both targets, without a deprecation."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from dbt.cli.main import dbtRunner
from dbt.jsonschemas import jsonschemas
from running import REPOSITORY


@pytest.fixture
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who has set nothing; and dbt's own schema, which it holds against the YAML of some databases only."""
    for name in os.environ:
        if name.startswith(("PG", "DBT_", "ANALYTICS_", "ARCHIVE_", "LAKE_")):
            monkeypatch.delenv(name)
    known = jsonschemas._JSONSCHEMA_SUPPORTED_ADAPTERS
    monkeypatch.setattr(jsonschemas, "_JSONSCHEMA_SUPPORTED_ADAPTERS", {*known, "postgres", "duckdb"})


@pytest.mark.long
@pytest.mark.usefixtures("nothing_set")
def test_dbt_parses_without_make_and_its_own_schema_deprecates_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # From the root; in dbt_project/ and for PostgreSQL `test_committed_project.py` has dbt read all of it.
    monkeypatch.chdir(REPOSITORY)
    said: list[str] = []

    def listen(event: Any) -> None:
        if event.info.level in ("warn", "error") or "Deprecat" in event.info.name:
            said.append(f"{event.info.name}: {event.info.msg}")

    words = ["parse", "--target", "duckdb", "--show-all-deprecations", "--no-partial-parse", "--no-version-check"]
    paths = ["--target-path", str(tmp_path), "--log-path", str(tmp_path)]
    ended = dbtRunner(callbacks=[listen]).invoke([*words, *paths])

    assert ended.success, ended.exception
    assert said == []
