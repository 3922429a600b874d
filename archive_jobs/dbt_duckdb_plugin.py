"""What dbt-duckdb needs of us: the PostgreSQL extension from its wheel, and paths that do not depend on the folder.

Named in profiles.yml; dbt imports the class by the name Plugin.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from archive_jobs.copying.engine import postgres_extension
from definitions_to_dbt.sql import quote_literal


class Plugin(BasePlugin):  # type: ignore[misc]  # dbt-duckdb ships no types
    """Loads the extension offline, and anchors relative paths at the folder of the real profiles.yml."""

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:  # noqa: ARG002  # dbt-duckdb's signature
        """Let `.local/lake.duckdb` mean the same file from the root and from dbt_project/."""
        if creds.path != ":memory:":
            creds.path = str(_anchored(creds.path))
            Path(creds.path).parent.mkdir(parents=True, exist_ok=True)

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Load the extension from its wheel before dbt attaches PostgreSQL."""
        conn.execute(f"load {quote_literal(str(postgres_extension()))}")

    def configure_cursor(self, cursor: DuckDBPyConnection) -> None:
        """Tell the macros where the lake is."""
        cursor.execute(f"set variable lake_url = {quote_literal(_lake_url())}")


def _lake_url() -> str:
    url = os.environ.get("ARCHIVE_URL", ".local/lake")
    return url if "://" in url and not url.startswith("file://") else str(_anchored(url.removeprefix("file://")))


def _anchored(path: str) -> Path:
    profiles = Path("profiles.yml")
    root = profiles.resolve().parent if profiles.exists() else Path.cwd()
    return root / path
