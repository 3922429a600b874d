"""The command itself, with dbt as a process of its own: what the other tests do in theirs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from platform_under_test import SCHEMA
from replayed_shop import ReplayedShop, failpoints_as_they_were, record, shop_of
from running import REPOSITORY, Project


@pytest.fixture(autouse=True)
def guards_stand_again() -> Iterator[None]:
    """What one test takes away or puts in the way is gone for the next."""
    yield from failpoints_as_they_were()


@pytest.mark.long
@pytest.mark.parametrize("dbt_is_own", [True, False])
def test_the_command_transforms_beside_and_in_the_platform(
    replayed_project: Project,
    mended_project: Project,
    connection: psycopg.Connection[object],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    dbt_is_own: bool,
) -> None:
    """With a dbt of another environment, which is only a command, dbt reads the project for the schema beside."""
    shop: ReplayedShop = shop_of(replayed_project, connection)
    shop.land_on("2024-01-06", "sales", record(1, 1, -5), record(2, 1, 7))
    shop.build()
    shop.archive()
    if not dbt_is_own:
        monkeypatch.setattr("archive_jobs.replaying.transform.find_spec", lambda _: None)
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "target"))
    monkeypatch.setenv("ARCHIVE_JOBS_STAGING", str(tmp_path / "staging"))
    where = ("--project", str(mended_project.folder), "--definitions", str(mended_project.definitions),
             "--profiles-dir", str(REPOSITORY))  # fmt: skip

    dry = shop.invoke("replay", "sales", *where, "--json")
    done = shop.invoke("replay", "sales", "--rejected", "--yes", *where, "--json")

    assert (dry[0], json.loads(dry[1])["outcomes"]) == (0, {"loaded": 2}), dry
    assert (done[0], json.loads(done[1])["outcomes"]["loaded"]) == (0, 1), done
    assert shop.rows(f"select sale_id, amount::int from {SCHEMA}.sales") == [(1, -5)]
    assert shop.rows("select nspname from pg_namespace where nspname like 'replay%%'") == []
    read_for_it = list((tmp_path / "staging").glob("**/partial_parse.msgpack"))
    assert (read_for_it == []) is dbt_is_own
