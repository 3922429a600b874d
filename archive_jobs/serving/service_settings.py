"""What the service is told from outside, on top of what every command is told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import ByteSize, Field, SecretStr, field_validator, model_validator

from archive_jobs.settings import ArchiveSettings

_MIB = 1 << 20
_SHORTEST_SECRET = 32


class ServiceSettings(ArchiveSettings):
    """Limits hold for each process of the service. Times are seconds."""

    # Signs dry runs and cursors, and keys the tokens by which tenants see personal data. Without one, each process
    # makes its own: what it signed ends with it, and two processes do not know each other's.
    secret: SecretStr | None = Field(default=None, validation_alias="ARCHIVE_API_SECRET")

    # Tokens of somebody else's making: all three, or none. The keys are a JWKS, as a URL or as a file.
    jwt_issuer: str | None = Field(default=None, validation_alias="ARCHIVE_API_JWT_ISSUER")
    jwt_audience: str | None = Field(default=None, validation_alias="ARCHIVE_API_JWT_AUDIENCE")
    jwt_keys: str | None = Field(default=None, validation_alias="ARCHIVE_API_JWT_KEYS")
    jwt_tenant_claim: str = Field(default="tenant", validation_alias="ARCHIVE_API_JWT_TENANT_CLAIM")

    # Of one retrieval: until its first rows are there, or the next ones; and with all of them sent.
    engines: int = Field(default=4, ge=1, le=64, validation_alias="ARCHIVE_API_ENGINES")
    spill_bytes: ByteSize = Field(default=ByteSize(1024 * _MIB), validation_alias="ARCHIVE_API_SPILL_BYTES")
    query_seconds: float = Field(default=60.0, gt=0, validation_alias="ARCHIVE_API_QUERY_SECONDS")
    stream_seconds: float = Field(default=900.0, gt=0, validation_alias="ARCHIVE_API_STREAM_SECONDS")
    # How long a request waits for an engine that others are at.
    wait_seconds: float = Field(default=5.0, gt=0, validation_alias="ARCHIVE_API_WAIT_SECONDS")
    max_days: int = Field(default=400, ge=1, validation_alias="ARCHIVE_API_MAX_DAYS")
    max_rows: int = Field(default=5_000_000, ge=1, validation_alias="ARCHIVE_API_MAX_ROWS")
    max_bytes: ByteSize = Field(default=ByteSize(2048 * _MIB), validation_alias="ARCHIVE_API_MAX_BYTES")

    # Of one tenant, or of all tokens of no tenant together.
    max_at_once: int = Field(default=2, ge=1, validation_alias="ARCHIVE_API_MAX_AT_ONCE")
    max_per_minute: int = Field(default=600, ge=1, validation_alias="ARCHIVE_API_MAX_PER_MINUTE")
    # Tokens that are nobody's, of one address.
    max_wrong_per_minute: int = Field(default=600, ge=1, validation_alias="ARCHIVE_API_MAX_WRONG_PER_MINUTE")
    max_waiting_jobs: int = Field(default=20, ge=1, validation_alias="ARCHIVE_API_MAX_WAITING_JOBS")
    # Retrievals as jobs: so many at once, of as many tenants.
    exports: int = Field(default=2, ge=1, le=16, validation_alias="ARCHIVE_API_EXPORTS")
    # Answers of jobs are kept here for so long.
    results: Path = Field(default=Path(".local/results"), validation_alias="ARCHIVE_API_RESULTS")
    results_bytes: ByteSize = Field(default=ByteSize(20_480 * _MIB), validation_alias="ARCHIVE_API_RESULTS_BYTES")
    results_seconds: float = Field(default=86_400.0, gt=0, validation_alias="ARCHIVE_API_RESULTS_SECONDS")

    four_eyes: bool = Field(default=True, validation_alias="ARCHIVE_API_FOUR_EYES")
    dry_run_seconds: float = Field(default=900.0, gt=0, validation_alias="ARCHIVE_API_DRY_RUN_SECONDS")
    sample_seconds: float = Field(default=900.0, gt=0, validation_alias="ARCHIVE_API_SAMPLE_SECONDS")

    # The role under which rows are read; libpq's own where none is named.
    database_role: str | None = Field(default=None, validation_alias="ARCHIVE_API_DATABASE_ROLE")

    @field_validator("secret")
    @classmethod
    def is_no_guess(cls, secret: SecretStr | None) -> SecretStr | None:
        """What is sealed under a short secret tells whoever tries words which one it is."""
        if secret is not None and len(secret.get_secret_value()) < _SHORTEST_SECRET:
            raise ValueError(f"expected at least {_SHORTEST_SECRET} characters, as of `openssl rand -base64 32`")
        return secret

    @model_validator(mode="after")
    def leaves_room(self) -> Self:
        """One tenant alone must not have every engine."""
        if 1 < self.engines <= self.max_at_once:
            raise ValueError("ARCHIVE_API_MAX_AT_ONCE must be less than ARCHIVE_API_ENGINES")
        return self

    @property
    def longest(self) -> timedelta:
        """The longest range that a request may ask for."""
        return timedelta(days=self.max_days)
