"""Two objects to land, and short ways to land and to look."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.library import Library, load_library
from landing.cli import main

DEFINITIONS = Path(__file__).parent / "definitions"


class Ended(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


@pytest.fixture(scope="session")
def library() -> Library:
    """All objects: two plain ones, and two of which change events tell."""
    return load_library(DEFINITIONS)


@pytest.fixture(scope="session")
def note(library: Library) -> ObjectModel:
    """An object with the key `id`."""
    return library.object("NOTE")


@pytest.fixture(scope="session")
def reading(library: Library) -> ObjectModel:
    """An object whose key is a top-level text and a number one level down."""
    return library.object("READING")


@pytest.fixture
def raw_rows(connection: psycopg.Connection) -> Callable[[str], Sequence[tuple[str, ...]]]:
    """The rows of a raw table in order of arrival, `raw_data` as its text."""

    def rows(table: str) -> Sequence[tuple[str, ...]]:
        cursor = connection.cursor(row_factory=namedtuple_row)
        cursor.execute(
            f"select *, raw_data::text as text from analytics_service.{table} order by raw_seq"  # type: ignore[arg-type]
        )
        return cursor.fetchall()

    return rows


@pytest.fixture
def landing(database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Run the command `landing` with these words and say how it ended."""

    def run(*words: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["landing", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
            sys.exit(0)
        out, err = capsys.readouterr()
        return Ended(int(ended.value.code or 0), out, err)

    monkeypatch.setenv("PGDATABASE", database)
    monkeypatch.setenv("DEFINITIONS", str(DEFINITIONS))
    return run
