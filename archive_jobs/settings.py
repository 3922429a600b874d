"""What the archiver is told from outside. libpq reads PGHOST and its like by itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, ByteSize, Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    JsonConfigSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from archive_jobs.lake.lake_url import LakeUrl, parse_lake_url
from definitions_to_dbt.duration import Duration
from definitions_to_dbt.fingerprint import CLIENT_VARIABLE
from landing.settings import SchemaName

FILE_VARIABLE = "ARCHIVE_JOBS_SETTINGS"


def _named(variable: str) -> AliasChoices:
    """A setting that users know by name: the variable, and its name in a file or a call.

    The plain ones (container_name) stand in many an environment that means something else, in capitals.
    """
    return AliasChoices(variable, variable.removeprefix("ARCHIVE_").lower())


class ArchiveSettings(BaseSettings):
    """Flags over environment over file over default. Sizes of memory are DuckDB's own words, times are seconds.

    The file is JSON; ARCHIVE_JOBS_SETTINGS names it.
    """

    model_config = SettingsConfigDict(frozen=True, populate_by_name=True, extra="ignore", case_sensitive=True)

    analytics_schema: SchemaName = Field(default="analytics_service", validation_alias="ANALYTICS_SCHEMA")
    # Whose overrides hold: the client dbt's project was generated for.
    client: str | None = Field(default=None, validation_alias=CLIENT_VARIABLE)
    archive_url: str = Field(default=".local/lake", validation_alias="ARCHIVE_URL")
    # Of each DuckDB: a run has two, one that copies and one that proves.
    memory_limit: str = Field(default="256MB", validation_alias="ARCHIVE_JOBS_MEMORY_LIMIT")
    # Also the streams in which a run reads: one for each unit, and more for a large one while these are not taken.
    duckdb_threads: int = Field(default=2, ge=1, validation_alias="ARCHIVE_JOBS_DUCKDB_THREADS")
    max_concurrent: int = Field(default=5, ge=1, le=64, validation_alias=_named("MAX_CONCURRENT_ARCHIVAL_TASKS"))
    # Units of one table share a snapshot and their catalogue writes, up to so many units or rows.
    batch_units: int = Field(default=10, ge=1, validation_alias=_named("CHUNK_BATCH_SIZE"))
    batch_rows: int = Field(default=250_000, ge=1, validation_alias="ARCHIVE_JOBS_BATCH_ROWS")
    lock_timeout: float = Field(default=2.0, gt=0, validation_alias="ARCHIVE_JOBS_LOCK_TIMEOUT")
    statement_timeout: float = Field(default=3600.0, gt=0, validation_alias="ARCHIVE_JOBS_STATEMENT_TIMEOUT")
    # Of a remote lake: where files are made, and where copies for readers are kept, up to so many bytes.
    staging: Path = Field(default=Path(".local/staging"), validation_alias="ARCHIVE_JOBS_STAGING")
    cache: Path = Field(default=Path(".local/cache"), validation_alias="ARCHIVE_JOBS_CACHE")
    cache_bytes: int = Field(default=10 << 30, ge=0, validation_alias="ARCHIVE_JOBS_CACHE_BYTES")
    store_timeout: float = Field(default=60.0, gt=0, validation_alias="ARCHIVE_JOBS_STORE_TIMEOUT")
    # A request is made so often; the wait before the second is this long, and each further one twice as long.
    store_tries: int = Field(default=8, ge=1, validation_alias="ARCHIVE_JOBS_STORE_TRIES")
    store_wait: float = Field(default=0.2, ge=0, validation_alias="ARCHIVE_JOBS_STORE_WAIT")
    # S3 takes no part below 5 MiB but the last, and at most 10,000 of them.
    store_block_bytes: int = Field(default=8 << 20, ge=5 << 20, validation_alias="ARCHIVE_JOBS_STORE_BLOCK_BYTES")
    commit_tries: int = Field(default=5, ge=1, validation_alias="ARCHIVE_JOBS_COMMIT_TRIES")
    # Files outlive their unit by so much: longer than any reader reads, and than a backup may take the database back.
    purge_grace: Annotated[Duration, NoDecode] = Field(
        default=Duration(7, "day"), validation_alias="ARCHIVE_JOBS_PURGE_GRACE"
    )

    # Personal data. Secrets show as stars wherever settings are printed.
    master_key: SecretStr | None = Field(default=None, validation_alias="ARCHIVE_MASTER_KEY")
    master_key_file: Path | None = Field(default=None, validation_alias="ARCHIVE_MASTER_KEY_FILE")
    previous_master_key: SecretStr | None = Field(default=None, validation_alias="ARCHIVE_PREVIOUS_MASTER_KEY")
    keys_url: str | None = Field(default=None, validation_alias="ARCHIVE_KEYS_URL")
    # Where ARCHIVE_URL says nothing: a container of an Azure storage account.
    storage_account: str | None = Field(default=None, validation_alias=_named("ARCHIVE_STORAGE_ACCOUNT"))
    container_name: str = Field(default="timescaledb-archive", validation_alias=_named("ARCHIVE_CONTAINER_NAME"))
    # What a policy is written in that names no format.
    default_format: Literal["parquet", "delta", "json"] = Field(
        default="parquet", validation_alias=_named("ARCHIVE_DEFAULT_FORMAT")
    )
    # How much of the server a run may use; what is not said is as much as there is.
    niceness: int = Field(default=0, ge=0, le=19, validation_alias="ARCHIVE_JOBS_NICE")
    max_rows_per_second: float | None = Field(default=None, gt=0, validation_alias="ARCHIVE_JOBS_MAX_ROWS_PER_SECOND")
    max_wal_per_second: ByteSize | None = Field(default=None, gt=0, validation_alias="ARCHIVE_JOBS_MAX_WAL_PER_SECOND")
    max_replication_lag: ByteSize | None = Field(default=None, validation_alias="ARCHIVE_JOBS_MAX_REPLICATION_LAG")
    window: str | None = Field(default=None, validation_alias="ARCHIVE_JOBS_WINDOW")
    window_zone: str = Field(default="UTC", validation_alias="ARCHIVE_JOBS_WINDOW_ZONE")
    # False stops `archive-jobs worker` from scheduling anything by itself.
    auto_archival_enabled: bool = Field(default=True, validation_alias=_named("AUTO_ARCHIVAL_ENABLED"))

    # Monitoring: where lines of JSON go (a file, or the word stderr), where *.prom files, where a worker is scraped.
    log: str | None = Field(default=None, validation_alias="ARCHIVE_JOBS_LOG")
    log_level: Literal["debug", "info", "warning"] = Field(default="info", validation_alias="ARCHIVE_JOBS_LOG_LEVEL")
    metrics: Path | None = Field(default=None, validation_alias="ARCHIVE_JOBS_METRICS")
    metrics_host: str = Field(default="127.0.0.1", validation_alias="ARCHIVE_JOBS_METRICS_HOST")
    metrics_port: int | None = Field(default=None, ge=0, le=65535, validation_alias="ARCHIVE_JOBS_METRICS_PORT")

    schedule: str = Field(default="*/5 * * * *", validation_alias="ARCHIVE_JOBS_SCHEDULE")
    # A worker that has shown no sign of life for three heartbeats is dead; its jobs are taken over.
    heartbeat_seconds: float = Field(default=10.0, gt=0, validation_alias="ARCHIVE_JOBS_HEARTBEAT")

    @property
    def stalled_seconds(self) -> float:
        """After how long without a heartbeat a worker counts as dead."""
        return 3 * self.heartbeat_seconds

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # pydantic-settings' signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # pydantic-settings' signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then the environment, then the file."""
        file = os.environ.get(FILE_VARIABLE)
        if not file:
            return (init_settings, env_settings)
        return (init_settings, env_settings, JsonConfigSettingsSource(settings_cls, json_file=file))

    @model_validator(mode="before")
    @classmethod
    def an_account_is_a_lake(cls, given: dict[str, Any]) -> dict[str, Any]:
        """A storage account says where the lake is, unless a URL does."""
        account = given.get("storage_account") or given.get("ARCHIVE_STORAGE_ACCOUNT")
        if not account or {"archive_url", "ARCHIVE_URL"} & given.keys():
            return given
        container = given.get("container_name") or given.get("ARCHIVE_CONTAINER_NAME") or "timescaledb-archive"
        return {**given, "archive_url": f"abfs://{container}@{account}.dfs.core.windows.net"}

    @field_validator("client")
    @classmethod
    def nothing_is_none(cls, client: str | None) -> str | None:
        """An empty variable names no client."""
        return client or None

    @property
    def lake(self) -> LakeUrl:
        """Where the lake is. Raises ProblemError for a URL that names no such place."""
        return parse_lake_url(self.archive_url)
