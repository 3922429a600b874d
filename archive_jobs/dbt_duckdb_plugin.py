"""What dbt-duckdb needs of us: the PostgreSQL extension from its wheel, whole files of the archive on the local disk,
and paths that do not depend on the folder.

Named in profiles.yml; dbt imports the class by the name Plugin.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from archive_jobs.copying.engine import ONE_CONNECTION, postgres_extension
from archive_jobs.lake.store import Store
from archive_jobs.lake.stores import open_store
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.sql import quote_literal
from landing.settings import checked_settings


class Plugin(BasePlugin):  # type: ignore[misc]  # dbt-duckdb ships no types
    """Loads the extension offline, and anchors relative paths at the folder of the real profiles.yml."""

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:  # noqa: ARG002  # dbt-duckdb's signature
        """Let `.local/lake.duckdb` mean the same file from the root and from dbt_project/."""
        if creds.path != ":memory:":
            creds.path = str(_anchored(creds.path))
            Path(creds.path).parent.mkdir(parents=True, exist_ok=True)

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Load the extension from its wheel before dbt attaches PostgreSQL; give the macros `archived_file`."""
        conn.execute(f"load {quote_literal(str(postgres_extension()))}; {ONE_CONNECTION}")
        # A store for this connection: a process that runs dbt over two projects has two lakes.
        store = cache(_store)

        def archived_file(path: str, sha256: str) -> str:
            """A local file with exactly the bytes that were archived. What is not whole raises, and the model fails."""
            return str(store().local(path, sha256))

        conn.create_function("archived_file", archived_file, ["VARCHAR", "VARCHAR"], "VARCHAR", side_effects=True)


def _store() -> Store:
    settings = checked_settings(ArchiveSettings)
    # A relative folder is meant from the root, not from dbt_project/.
    anchored: dict[str, Any] = {"cache": _anchored(settings.cache.expanduser())}
    if "://" not in settings.archive_url:
        anchored["archive_url"] = str(_anchored(settings.archive_url))
    return open_store(checked_settings(ArchiveSettings, **anchored), writable=False)


def _anchored(path: str | Path) -> Path:
    profiles = Path("profiles.yml")
    root = profiles.resolve().parent if profiles.exists() else Path.cwd()
    return root / path
