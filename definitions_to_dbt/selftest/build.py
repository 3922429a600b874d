"""The project of a library, generated, built and fed on an empty PostgreSQL of its own; what really landed where.

The only part of the self-test that knows the generator: it runs it, as `generate` and `dbt build` would.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import yaml
from psycopg import sql

from definitions_to_dbt import names
from definitions_to_dbt.ddl import layer3_ddl, platform_ddl
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import Library
from definitions_to_dbt.render import render
from definitions_to_dbt.selftest.synthesise import Record
from definitions_to_dbt.skeleton import skeleton_files
from definitions_to_dbt.write import find_drift, write_missing, write_project

SCHEMA = "selftest"
# Parents of what was chosen are built, and fed nothing.
_NO_BATCHES: tuple[list[Record], list[Record]] = ([], [])
Say = Callable[[str], None]
# Words of dbt for a node that did what it should. Tests may fail on bad payloads, they may not break.
_DONE = ("success", "pass", "no-op")
# The tests that hold whatever was sent.
MUST_PASS = ("outcomes_add_up", "has_a_reason", "one_current_version", "keeps_its_rules")


@dataclass
class Found:
    """What stands in the database for one object."""

    raw: dict[int, tuple[str | None, int | None]] = field(default_factory=dict)
    ingested: dict[int, datetime] = field(default_factory=dict)
    reasons: dict[int, list[str]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    versions: list[dict[str, Any]] = field(default_factory=list)
    read: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Built:
    """What came of the whole build."""

    objects: dict[str, Found] = field(default_factory=dict)
    seqs: dict[str, list[list[int]]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)


def build(library: Library, batches: Mapping[str, Sequence[Sequence[Record]]], say: Say) -> Built:
    """Generate, land each batch and build it, then look. Leaves nothing behind.

    Raises ProblemError where there is no server to start, or dbt cannot read the project.
    """
    built = Built()
    with tempfile.TemporaryDirectory(prefix="selftest-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        say("starting an empty PostgreSQL")
        with _server() as connection:
            say(f"generating and parsing the project of {len(library.objects)} objects")
            dbt = _Dbt(library, folder)
            for role in sorted(_readers(library)):
                # Somebody has made them where the platform runs; here nobody has.
                connection.execute(sql.SQL("create role {}").format(sql.Identifier(role)))
            connection.execute(platform_ddl(SCHEMA).encode())
            for model in library.objects:
                connection.execute(layer3_ddl(model, SCHEMA).encode())
            for number in range(max(map(len, batches.values()), default=0)):
                for model in library.objects:
                    records = batches.get(model.code, _NO_BATCHES)[number]
                    built.seqs.setdefault(model.code, []).append(_land(connection, model, records))
                say(f"building batch {number + 1}")
                built.broken |= dbt.run(first=number == 0)
            say("running the data tests")
            built.broken |= dbt.test()
            for model in library.objects:
                built.objects[model.code] = _look(connection, model)
    return built


def _readers(library: Library) -> set[str]:
    """The roles that the definitions let read."""
    of_objects = {role for model in library.objects for role in model.readers}
    return of_objects | {role for module in library.modules for role in module.readers}


@contextmanager
def _server() -> Iterator[psycopg.Connection[Any]]:
    """An empty server that dies with this process, known to the profile by a socket, and a connection to it."""
    before = {name: value for name, value in os.environ.items() if name.startswith("PG")}
    for name in before:
        del os.environ[name]
    try:
        # Not in the folder of the files: the server's user must be able to enter its own.
        place = tempfile.TemporaryDirectory(prefix="selftest-postgres-", ignore_cleanup_errors=True)
        with place as name, EmbeddedPostgres(name) as server:
            os.environ |= server.environment
            with psycopg.connect(autocommit=True) as connection:
                connection.execute("set time zone 'UTC'")
                yield connection
    finally:
        for name in [name for name in os.environ if name.startswith("PG")]:
            del os.environ[name]
        os.environ |= before


class _Dbt:
    """dbt in this process: it is parsed once, and run per batch."""

    def __init__(self, library: Library, folder: Path) -> None:
        self.folder = folder
        files = render(library)
        write_project(find_drift(folder / "project", files), files)
        write_missing(folder / "project", skeleton_files())
        (folder / "profiles").mkdir()
        (folder / "profiles" / "profiles.yml").write_text(yaml.safe_dump(_profile()))
        self.manifest: Any = None
        parsed = self._invoke("parse")
        self.manifest = parsed.result

    def run(self, first: bool) -> dict[str, str]:
        """Take one batch from claim to close, with the unit tests of the examples once. What did not work, and why."""
        kinds = ["--exclude-resource-type", "seed", "--exclude-resource-type", "test"]
        kinds += [] if first else ["--exclude-resource-type", "unit_test"]
        return _broken(self._invoke("build", "--select", "config.meta.engine:postgres", *kinds), tests_may_fail=False)

    def test(self) -> dict[str, str]:
        """Run every data test of the tables. What broke, and what failed that no payload may make fail."""
        return _broken(
            self._invoke(
                "test",
                "--select",
                "config.meta.engine:postgres,test_type:data,path:models",
                "--indirect-selection",
                "cautious",
            )
        )

    def _invoke(self, *words: str) -> Any:
        from dbt.cli.main import dbtRunner

        said: list[str] = []
        folders = ["--project-dir", str(self.folder / "project"), "--profiles-dir", str(self.folder / "profiles")]
        folders += ["--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "logs")]
        quiet = [
            "--quiet",
            "--log-level",
            "none",
            "--log-level-file",
            "none",
            "--no-use-colors",
            "--no-version-check",
            "--no-write-json",
        ]
        runner = dbtRunner(self.manifest, callbacks=[lambda event: _listen(event, said)])
        # In a thread of its own, because dbt walks the whole stack several times.
        with ThreadPoolExecutor(1) as thread:
            result = thread.submit(runner.invoke, [*words, *folders, *quiet]).result()
        for name in [name for name in logging.root.manager.loggerDict if name.startswith("dbt")]:
            logging.getLogger(name).handlers.clear()
        if result.exception is not None or (words[0] == "parse" and not result.success):
            raise ProblemError(f"dbt {words[0]} could not read the project: {result.exception or ' '.join(said)}")
        return result


def _listen(event: Any, said: list[str]) -> None:
    if event.info.level in ("warn", "error"):
        said.append(event.info.msg)


def _profile() -> dict[str, Any]:
    connection = {"host": os.environ["PGHOST"], "port": int(os.environ["PGPORT"]), "user": os.environ["PGUSER"]}
    output = {"type": "postgres", **connection, "password": "", "dbname": os.environ["PGDATABASE"], "schema": SCHEMA}
    return {"platform": {"target": "postgres", "outputs": {"postgres": {**output, "threads": os.cpu_count() or 1}}}}


def _broken(result: Any, tests_may_fail: bool = True) -> dict[str, str]:
    found = {}
    for one in getattr(result.result, "results", None) or []:
        status, name = str(one.status), getattr(one.node, "name", "hook")
        is_test = tests_may_fail and status in ("fail", "warn") and not name.startswith(MUST_PASS)
        if status not in _DONE and not is_test:
            found[name] = f"{status}: {one.message or 'skipped'}"
    return found


def _land(connection: psycopg.Connection[Any], model: ObjectModel, records: Sequence[Record]) -> list[int]:
    """Insert the records as any tool may; what is no JSON goes in as bytes. Returns their raw_seq."""
    table = sql.Identifier(SCHEMA, names.source_table(model))
    found = []
    with connection.transaction(), connection.cursor() as cursor:
        for record in records:
            column = sql.Identifier("raw_data" if isinstance(record.text, str) else "raw_bytes")
            insert = sql.SQL("insert into {} (raw_id, {}) values (%s, %s) returning raw_seq").format(table, column)
            found.append(cursor.execute(insert, [record.raw_id, record.text]).fetchone()[0])  # type: ignore[index]  # returning
    return found


def _look(connection: psycopg.Connection[Any], model: ObjectModel) -> Found:
    found = Found()

    def rows(statement: LiteralString, table: str) -> list[Any]:
        query = sql.SQL(statement).format(table=sql.Identifier(SCHEMA, table))
        return connection.execute(query).fetchall()

    for seq, outcome, winner, at in rows(
        "select raw_seq, outcome, outcome_raw_seq, ingested_at from {table}", names.source_table(model)
    ):
        found.raw[seq], found.ingested[seq] = (outcome, winner), at
    if not _exists(connection, model.table_name) or not _exists(connection, names.read_model(model)):
        return found
    found.reasons = dict(rows("select _raw_seq, reasons from {table}", names.rejected(model)))
    declared = [column.name for column in model.columns]
    platform = ["_raw_seq", "_deleted", "_quality_issues", "_quality_score"]
    found.rows = _as_rows(connection, model, model.table_name, declared, platform)
    shown = [column.name for column in model.columns if column.pii != "drop"]
    found.read = _as_rows(connection, model, names.read_model(model), shown, ["_quality_issues", "_quality_score"])
    if model.has_versions:
        added = [*platform, "valid_from", "valid_to", "is_current"]
        found.versions = _as_rows(connection, model, names.versions(model), declared, added)
    return found


def _exists(connection: psycopg.Connection[Any], name: str) -> bool:
    row = connection.execute("select to_regclass(format('%%I.%%I', %s::text, %s::text))", [SCHEMA, name]).fetchone()
    return row is not None and row[0] is not None


def _as_rows(
    connection: psycopg.Connection[Any], model: ObjectModel, table: str, declared: list[str], added: list[str]
) -> list[dict[str, Any]]:
    """Each row with the declared columns as PostgreSQL's own text, arrays as lists of it."""
    arrays = {column.name for column in model.columns if column.pg_type.element is not None and column.pii == "none"}
    parts: list[sql.Composable] = []
    for name in declared:
        column = sql.Identifier(name)
        text = (
            "case when {c} is not null then array(select e::text from unnest({c}) as e) end"
            if name in arrays
            else "{c}::text"
        )
        parts.append(sql.SQL(text).format(c=column))
    parts += [sql.Identifier(name) for name in added]
    query = sql.SQL("select {} from {}").format(sql.SQL(", ").join(parts), sql.Identifier(SCHEMA, table))
    return [dict(zip([*declared, *added], row, strict=True)) for row in connection.execute(query).fetchall()]
