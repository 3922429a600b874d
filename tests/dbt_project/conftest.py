"""The small project, generated once per test process, and short ways to land and to look."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from platform_under_test import Platform, fresh_database
from replayed_shop import PERSON, SALE, TICK, mended
from running import Project
from small_library import SMALL_LIBRARY
from trusted_extensions import extensions_are_trusted

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres


@pytest.fixture
def database(server: EmbeddedPostgres, tmp_path: Path) -> Iterator[str]:
    """A database for one test."""
    with fresh_database(server, tmp_path) as name:
        yield name


@pytest.fixture(autouse=True, scope="module")
def extensions_of_the_wheel_are_trusted() -> Iterator[None]:
    """Their signatures are checked in other tests."""
    with extensions_are_trusted():
        yield


@pytest.fixture(scope="session")
def small_project() -> Iterator[Project]:
    """The project of the small library. Nobody may change its files."""
    folder = Path(tempfile.mkdtemp(prefix="test-dbt-"))
    yield Project.of(folder, SMALL_LIBRARY)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def platform(small_project: Project, connection: psycopg.Connection[Any]) -> Platform:
    """The small project over a fresh database in which Layer 3 stands."""
    return Platform(small_project, connection).prepare()


@pytest.fixture(scope="session")
def replayed_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The shop whose records are transformed once more. Who writes over its definitions puts them back."""
    return Project.of(tmp_path_factory.mktemp("before"), [SALE, TICK, PERSON])


@pytest.fixture(scope="session")
def mended_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same with a rule that lets more pass. Nobody may change its files."""
    return Project.of(tmp_path_factory.mktemp("mended"), mended())
