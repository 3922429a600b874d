"""Fixtures of the archive tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from small_shop import SALE, TICK, Shop, write_definitions

from archive_jobs import failpoints


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
