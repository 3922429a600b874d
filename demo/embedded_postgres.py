"""The launcher moved to `definitions_to_dbt.embedded_postgres`; this name goes once nothing imports it."""

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

__all__ = ["EmbeddedPostgres"]
