"""Fixtures of the archive tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from people_shop import PERSON, PERSONAL_SALE
from small_shop import SALE, TICK, Shop, write_definitions
from trusted_extensions import extensions_are_trusted

from archive_jobs import failpoints
from archive_jobs.privacy.master_key import new_master_key
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres


@pytest.fixture(autouse=True, scope="module")
def extensions_of_the_wheel_are_trusted() -> Iterator[None]:
    """Their signatures are checked in other tests."""
    with extensions_are_trusted():
        yield


@pytest.fixture(scope="session")
def shops_template(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database in which the tables of `shop` stand: to make them takes 60 ms, to copy them none."""
    name, folder = "template_of_shops", tmp_path_factory.mktemp("shop")
    where = {"host": server.environment["PGHOST"], "user": server.environment["PGUSER"], "autocommit": True}
    with psycopg.connect(**where, dbname="postgres") as administrator:
        administrator.execute(f"create database {name}")
    with psycopg.connect(**where, dbname=name) as connection:
        Shop(connection, write_definitions(folder / "definitions", SALE, TICK), folder).make_tables()
    return name


@pytest.fixture
def template(request: pytest.FixtureRequest) -> str:
    """That one for a test of `shop` as it is below; an empty one where a file has a shop of its own, or none."""
    if "shop" not in request.fixturenames or hasattr(request.module, "shop") or hasattr(request.cls, "shop"):
        return "template1"
    made: str = request.getfixturevalue("shops_template")
    return made


@pytest.fixture
def shop(connection: psycopg.Connection[Any], tmp_path: Path) -> Shop:
    """An empty shop."""
    definitions = write_definitions(tmp_path / "definitions", SALE, TICK)
    made = Shop(connection, definitions, Path(os.environ["ARCHIVE_URL"]))
    if made.value("select to_regclass('analytics_service.sales')") is None:
        made.make_tables()
    return made


@pytest.fixture
def people(connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shop:
    """The shop with buyers, a master key, and no grace for readers of purged files."""
    monkeypatch.setenv("ARCHIVE_MASTER_KEY", new_master_key())
    monkeypatch.setenv("ARCHIVE_JOBS_PURGE_GRACE", "immediate")
    definitions = write_definitions(tmp_path / "people", PERSONAL_SALE, PERSON)
    made = Shop(connection, definitions, Path(os.environ["ARCHIVE_URL"]))
    made.make_tables()
    return made


@pytest.fixture(autouse=True)
def guards_stand_again() -> Iterator[None]:
    """What one test takes away or puts in the way is gone for the next."""
    yield
    failpoints.disabled_guards.clear()
    failpoints.interruptions.clear()
