"""Fixtures of the archive tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from small_shop import SALE, TICK, Shop, trusting, write_definitions

from archive_jobs import failpoints


@pytest.fixture(autouse=True, scope="session")
def extensions_of_the_wheel_are_trusted() -> Iterator[None]:
    """DuckDB checks the signature of its 41 MB extension at each load, which takes longer than a small run.

    The demo and the dbt tests load it as production does.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb, "connect", trusting(duckdb.connect))
        yield


@pytest.fixture
def shop(connection: psycopg.Connection[Any], tmp_path: Path) -> Shop:
    """An empty shop."""
    definitions = write_definitions(tmp_path / "definitions", SALE, TICK)
    made = Shop(connection, definitions, Path(os.environ["ARCHIVE_URL"]))
    made.make_tables()
    return made


@pytest.fixture(autouse=True)
def guards_stand_again() -> Iterator[None]:
    """What one test takes away or puts in the way is gone for the next."""
    yield
    failpoints.disabled_guards.clear()
    failpoints.interruptions.clear()
