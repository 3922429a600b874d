"""A database of its own for a test, and a platform in it: a project, Layer 3, and short ways to land and to look."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from running import Project

from definitions_to_dbt.ddl import layer3_ddl, platform_ddl
from definitions_to_dbt.library import load_library
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

SCHEMA = "analytics_service"


@contextmanager
def fresh_database(server: EmbeddedPostgres, folder: Path, template: str = "template1") -> Iterator[str]:
    """A copy of the template that always has the same name: dbt parses anew when the name changes."""
    name = "test_dbt"
    with pytest.MonkeyPatch.context() as patch, psycopg.connect(**libpq(server), autocommit=True) as administrator:
        for variable in ("PGSERVICE", "PGPASSWORD", "PGOPTIONS", "PGSSLMODE", "PGHOSTADDR", "PGPASSFILE", "PGTZ"):
            patch.delenv(variable, raising=False)
        for variable, value in server.environment.items():
            patch.setenv(variable, value)
        patch.setenv("PGDATABASE", name)
        patch.setenv("ANALYTICS_SCHEMA", SCHEMA)
        patch.setenv("ARCHIVE_URL", str(folder / "lake"))
        patch.setenv("LAKE_DB", str(folder / "lake.duckdb"))
        administrator.execute(f"drop database if exists {name} with (force)")
        administrator.execute(f"create database {name} template {template}")
        yield name
        administrator.execute(f"drop database if exists {name} with (force)")


def libpq(server: EmbeddedPostgres) -> dict[str, str]:
    """How to reach the server's own database, in psycopg's words."""
    found = server.environment
    return {"host": found["PGHOST"], "port": found["PGPORT"], "user": found["PGUSER"], "dbname": found["PGDATABASE"]}


@dataclass
class Platform:
    """A project and its database."""

    project: Project
    connection: psycopg.Connection[Any]

    def prepare(self) -> Platform:
        """Make Layer 3, as landing does."""
        self.connection.execute(platform_ddl(SCHEMA).encode())
        for model in load_library(self.project.definitions).objects:
            self.connection.execute(layer3_ddl(model, SCHEMA).encode())
        return self

    def land(self, table: str, *payloads: Any) -> list[int]:
        """Insert records as any tool may; a str is the record's own text. Returns their raw_seq."""
        texts = [payload if isinstance(payload, str) else json.dumps(payload) for payload in payloads]
        with self.connection.transaction():
            insert = f"insert into {SCHEMA}.source_{table} (raw_data) values (%s) returning raw_seq"
            return [self.value(insert, text) for text in texts]

    def execute(self, query: str, *parameters: Any) -> psycopg.Cursor[Any]:
        return self.connection.execute(query.encode(), parameters or None)

    def rows(self, query: str, *parameters: Any) -> list[Any]:
        return self.execute(query, *parameters).fetchall()

    def value(self, query: str, *parameters: Any) -> Any:
        row = self.execute(query, *parameters).fetchone()
        return row[0] if row else None

    def outcomes(self, table: str) -> dict[int, tuple[str | None, int | None]]:
        """Outcome and winner of every raw record."""
        query = f"select raw_seq, outcome, outcome_raw_seq from {SCHEMA}.source_{table} order by raw_seq"
        return {raw_seq: (outcome, winner) for raw_seq, outcome, winner in self.rows(query)}

    def counts(self, table: str) -> Counter[str | None]:
        """How many raw records have each outcome."""
        return Counter(outcome for outcome, _ in self.outcomes(table).values())

    def reasons(self, table: str) -> dict[int, list[str]]:
        """Why each rejected record was rejected."""
        return dict(self.rows(f"select _raw_seq, reasons from {SCHEMA}.rejected_{table}"))

    def contents(self, schema: str = SCHEMA) -> dict[str, str]:
        """A digest of the rows of every table, all columns included; what runs have checked stands in a book apart."""
        tables = self.rows(
            "select relname from pg_class where relkind in ('r', 'p') and relnamespace = %s::regnamespace", schema
        )
        digest = "select md5(coalesce(string_agg(t::text, chr(10) order by t::text), '')) from {} t"
        names = sorted(name for (name,) in tables if name != "data_quality_results")
        return {name: self.value(digest.format(f'{schema}."{name}"')) for name in names}
