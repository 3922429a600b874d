"""A PostgreSQL server of our own in a folder, for demo, tests and `selftest`. Never for production."""

from definitions_to_dbt.embedded_postgres.server import EmbeddedPostgres, find_binaries, has_timescaledb

__all__ = ["EmbeddedPostgres", "find_binaries", "has_timescaledb"]
