"""The committed project as dbt reads it: from anywhere, for both targets, without a deprecation."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from running import REPOSITORY

# dbt checks its YAML against its own schema for some databases only; this adds ours.
STRICT = """
import sys
import dbt.jsonschemas.jsonschemas as jsonschemas
from dbt.cli.main import dbtRunner
jsonschemas._JSONSCHEMA_SUPPORTED_ADAPTERS |= {"postgres", "duckdb"}
sys.exit(0 if dbtRunner().invoke(sys.argv[1:]).success else 1)
"""


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user would, who has set nothing."""
    settings = ("PG", "DBT_", "ANALYTICS_", "ARCHIVE_", "LAKE_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(settings)}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("folder", "target"), [(".", "postgres"), ("dbt_project", "duckdb")])
def test_dbt_parses_without_make_and_its_own_schema_deprecates_nothing(
    tmp_path: Path, folder: str, target: str
) -> None:
    words = ["parse", "--target", target, "--show-all-deprecations", "--no-partial-parse", "--no-use-colors"]
    words += ["--target-path", str(tmp_path), "--log-path", str(tmp_path)]

    ended = run(REPOSITORY / folder, sys.executable, "-c", STRICT, *words)

    assert ended.returncode == 0, ended.stdout
    assert "Performance info" in ended.stdout
    assert "DEPRECAT" not in ended.stdout.upper()
    assert "WARN" not in ended.stdout.upper()
