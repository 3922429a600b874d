"""What every test stands on: one real PostgreSQL per test process, and a fresh database per test.

server       session   the embedded server; `server.environment` for subprocesses
database     function  an empty database; libpq's variables, ANALYTICS_SCHEMA and ARCHIVE_URL point at it
connection   function  an autocommit psycopg connection to it
azure_lake   function  ARCHIVE_URL is an empty container of Azurite instead; s3_lake, remote_lake (both, one by one)
"""

from __future__ import annotations

import functools
import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import typer.testing
from object_services import Proxy, lake_behind_proxy, start_azurite, start_moto

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres, find_binaries, has_timescaledb

# Settings of the machine must not decide whether a test passes.
_FOREIGN_SETTINGS = ("PGSERVICE", "PGPASSWORD", "PGOPTIONS", "PGSSLMODE", "PGHOSTADDR", "PGPASSFILE", "PGTZ")
# Each first drop waits for a checkpoint of 50 ms, the ones right after it do not.
_DATABASES_KEPT = 25
_MEMORY = Path("/dev/shm")
# The longest files, the longest first, so that workers that take file after file end together.
_FIRST = """test_committed_project test_business_marts test_pipeline_marts test_nycflights13 test_views_file
    test_interleavings test_replay_meanwhile test_races test_killed_at_every_point test_what_lands_where
    test_no_state_changes test_hostile_texts test_newest_wins test_shop_marts test_remote_lake test_read_back
    test_failover test_replay test_serve_contract test_analyses test_verdict test_rebuild test_damage
    test_data_tests test_schema_changes test_killed test_changed_definitions test_server_faults
    test_column_lineage test_failing_calls test_lineage test_rebuilt_from_the_lake test_bundles
    test_pipeline_metrics test_run test_two_runs test_erase test_erased_come_back test_guards
    test_partner_central test_clean_project test_remote_store test_dropped_units test_metrics test_select
    test_told_to_stop test_whose_change test_mutations test_archive_run""".split()  # noqa: SIM905  # a word list reads better as text
_ENOUGH_BYTES = 4 << 30
# To put the archiver's commands together takes 45 ms, each time that one is called in a test: they stay as they are.
typer.testing._get_command = functools.cache(typer.testing._get_command)
# Whatever dbt reads makes a million objects that stay: to look through them every 700th time takes as long as to read.
gc.set_threshold(50_000, 50, 100)


def memory_if_there_is_enough() -> Path | None:
    """Where files are made fastest: each database is 300 of them. None for the usual place."""
    is_large = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH_BYTES
    return _MEMORY if is_large and os.access(_MEMORY, os.W_OK) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files of `_FIRST` before all others. With `--no-loadscope-reorder` they are run in this order."""
    items.sort(key=lambda item: _FIRST.index(item.path.stem) if item.path.stem in _FIRST else len(_FIRST))


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedPostgres]:
    """The embedded server. It dies with the test process, also when that is killed."""
    # Not pytest's own folder: that is closed to the user the server runs as, when root tests.
    folder = Path(tempfile.mkdtemp(prefix="test-postgres-", dir=memory_if_there_is_enough()))
    # A database is gone before tidying it up would pay; with dozens of them that is a process every other second.
    with EmbeddedPostgres(folder, settings={"max_wal_size": "512MB", "autovacuum_naptime": "1d"}) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def used_databases() -> list[str]:
    """Databases that tests have left behind, to be dropped many at a time."""
    return []


@pytest.fixture
def template() -> str:
    """The database that a test gets a copy of."""
    return "template1"


@pytest.fixture
def database(
    server: EmbeddedPostgres, used_databases: list[str], template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The name of an empty database that all code reading libpq's variables finds by itself."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    environment = server.environment
    for variable in _FOREIGN_SETTINGS:
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    with psycopg.connect(autocommit=True) as administrator:
        # Copying files takes 15 ms; the default goes through the log and takes three times as long.
        administrator.execute(f"create database {name} template {template} strategy file_copy")
        monkeypatch.setenv("PGDATABASE", name)
        monkeypatch.setenv("ANALYTICS_SCHEMA", "analytics_service")
        monkeypatch.setenv("ARCHIVE_URL", str(tmp_path / "lake"))
        yield name
        used_databases.append(name)
        if len(used_databases) >= _DATABASES_KEPT:
            while used_databases:
                administrator.execute(f"drop database if exists {used_databases.pop()} with (force)")


@pytest.fixture(autouse=True)
def no_server_data_stays_in_var_tmp(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where root tests, a server's folder below tmp_path is a link to one that `nobody` can enter; it goes too."""
    yield
    for found in request.node.funcargs["tmp_path"].iterdir() if "tmp_path" in request.node.funcargs else ():
        if found.is_symlink() and found.readlink().name.startswith("embedded-postgres-"):
            shutil.rmtree(found.readlink(), ignore_errors=True)


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection]:
    """A connection to the test's database in which each statement commits by itself."""
    assert os.environ["PGDATABASE"] == database
    with psycopg.connect(autocommit=True) as open_connection:
        yield open_connection


@pytest.fixture(scope="session")
def azurite() -> Iterator[str]:
    """The URL of an Azurite, started once per process. Where it is missing the test skips and says what is."""
    yield from start_azurite()


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The URL of moto's S3, started once per process."""
    yield from start_moto()


@pytest.fixture
def azure_lake(azurite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """ARCHIVE_URL is a container of its own on Azurite, behind a proxy that can be given faults."""
    yield from lake_behind_proxy("abfs", azurite, tmp_path, monkeypatch)


@pytest.fixture
def s3_lake(moto: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The same on moto's S3."""
    yield from lake_behind_proxy("s3", moto, tmp_path, monkeypatch)


@pytest.fixture(params=["azure_lake", pytest.param("s3_lake", marks=pytest.mark.long)])
def remote_lake(request: pytest.FixtureRequest) -> Proxy:
    """Either of them."""
    lake: Proxy = request.getfixturevalue(request.param)
    return lake


@pytest.fixture(autouse=True)
def timescale(request: pytest.FixtureRequest) -> None:
    """A test marked `timescale` gets a database with the extension, or skips and says what is missing."""
    if request.node.get_closest_marker("timescale") is None:
        return
    if not has_timescaledb(find_binaries()):
        pytest.skip("TimescaleDB is missing: set EMBEDDED_POSTGRES_BIN to the bin folder of a PostgreSQL that has it")
    if "database" in request.fixturenames:
        request.getfixturevalue("database")
        with psycopg.connect(autocommit=True) as administrator:
            administrator.execute("create extension timescaledb")
