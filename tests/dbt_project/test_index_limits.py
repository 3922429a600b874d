"""Records that are too long for an index of their table are rejected: they never fail the batch of all others."""

from __future__ import annotations

import random
from typing import Any

import psycopg
import pytest
from platform_under_test import SCHEMA, Platform
from running import Project
from small_library import Definition

RUN = ("run", "--select", "+papers_read")
PAPER: Definition = {
    "code": "PAPER",
    "name": "Paper",
    "module": "SHOP",
    "kind": "event",
    "time_column": "at_time",
    "table_schema": {
        "table_name": "papers",
        "columns": [
            {"name": "id", "type": "integer", "primary_key": True},
            {"name": "at_time", "type": "timestamptz", "nullable": False},
            {"name": "words", "type": "text[]"},
            {"name": "body", "type": "text"},
            {"name": "codes", "type": "varchar(10)[]"},
            {"name": "tree", "type": "jsonb"},
            {"name": "a", "type": "varchar(400)"},
            {"name": "b", "type": "varchar(400)"},
        ],
        "indexes": [
            {"name": "words", "columns": ["words"], "method": "gin"},
            {"name": "body", "columns": ["body"], "method": "brin"},
            {"name": "codes", "columns": ["codes"]},
            {"name": "tree", "columns": ["tree"], "method": "gin"},
            {"name": "both", "columns": ["a", "b"]},
        ],
    },
}


def noise(length: int, seed: int = 0, first: int = 0x20000, last: int = 0x2A000) -> str:
    """A text that cannot be packed."""
    choice = random.Random(seed)
    return "".join(chr(choice.randrange(first, last)) for _ in range(length))


RECORDS: dict[str, tuple[dict[str, Any], list[str] | None]] = {
    "a long word in a list": ({"words": ["a", noise(5000)]}, ["words: too long for an index"]),
    "a list of many words": ({"words": [noise(20, n) for n in range(500)]}, None),
    "a long text of which a summary is kept": ({"body": noise(5000)}, ["body: too long for an index"]),
    "a list of many short codes": (
        {"codes": [noise(10, n, 97, 123) for n in range(1000)]}, ["codes: too long for an index"],
    ),
    "two texts that are too long together": ({"a": noise(400, 1), "b": noise(400, 2)}, ["a, b: too long for an index"]),
    "two texts that are not": ({"a": noise(400, 1), "b": noise(50, 2)}, None),
    "a long key in a tree": ({"tree": {noise(5000): noise(5000)}}, None),
}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.of(tmp_path_factory.mktemp("papers"), [PAPER])


def test_records_that_are_too_long_for_an_index_are_rejected_alone(project: Project, connection: psycopg.Connection) -> None:
    platform = Platform(project, connection).prepare()
    platform.land("papers", {"id": 0, "at_time": "2024-01-01T00:00:00Z", "body": "x"})
    assert project.dbt(*RUN).success
    platform.execute(
        "select brin_summarize_new_values(index.oid) from pg_class as index inner join pg_am on pg_am.oid = relam"
        f" where amname = 'brin' and relkind = 'i' and relnamespace = '{SCHEMA}'::regnamespace"
    )
    sent = [{"id": n, "at_time": f"2024-01-{n:02}T00:00:00Z", **more} for n, (more, _) in enumerate(RECORDS.values(), 1)]
    numbers = platform.land("papers", *sent)

    ended = project.dbt(*RUN)

    assert ended.success, ended.failed
    reasons = platform.reasons("papers")
    assert [reasons.get(number) for number in numbers] == [expected for _, expected in RECORDS.values()]
    assert platform.counts("papers") == {"loaded": 4, "rejected": 4}
