"""What the archiver is told from outside. libpq reads PGHOST and its like by itself."""

from __future__ import annotations

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from archive_jobs.lake.lake_url import LakeUrl, parse_lake_url
from definitions_to_dbt.fingerprint import CLIENT_VARIABLE
from landing.settings import SchemaName


class ArchiveSettings(BaseSettings):
    """Flags over environment over default. Sizes of memory are DuckDB's own words, times are seconds."""

    model_config = SettingsConfigDict(frozen=True, populate_by_name=True, extra="ignore")

    analytics_schema: SchemaName = Field(default="analytics_service", validation_alias="ANALYTICS_SCHEMA")
    # Whose overrides hold: the client dbt's project was generated for.
    client: str | None = Field(default=None, validation_alias=CLIENT_VARIABLE)
    archive_url: str = Field(default=".local/lake", validation_alias="ARCHIVE_URL")
    # Of each DuckDB: a run has two, one that copies and one that proves.
    memory_limit: str = Field(default="256MB", validation_alias="ARCHIVE_JOBS_MEMORY_LIMIT")
    duckdb_threads: int = Field(default=2, ge=1, validation_alias="ARCHIVE_JOBS_DUCKDB_THREADS")
    max_concurrent: int = Field(default=5, ge=1, le=64, validation_alias="MAX_CONCURRENT_ARCHIVAL_TASKS")
    # Units of one table share a snapshot and their catalogue writes, up to so many units or rows.
    batch_units: int = Field(default=10, ge=1, validation_alias="CHUNK_BATCH_SIZE")
    batch_rows: int = Field(default=250_000, ge=1, validation_alias="ARCHIVE_JOBS_BATCH_ROWS")
    lock_timeout: float = Field(default=2.0, gt=0, validation_alias="ARCHIVE_JOBS_LOCK_TIMEOUT")
    statement_timeout: float = Field(default=3600.0, gt=0, validation_alias="ARCHIVE_JOBS_STATEMENT_TIMEOUT")
    commit_tries: int = Field(default=5, ge=1, validation_alias="ARCHIVE_JOBS_COMMIT_TRIES")

    @field_validator("client")
    @classmethod
    def nothing_is_none(cls, client: str | None) -> str | None:
        """An empty variable names no client."""
        return client or None

    @property
    def lake(self) -> LakeUrl:
        """Where the lake is. Raises ProblemError for a URL that names no such place."""
        return parse_lake_url(self.archive_url)
