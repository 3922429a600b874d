"""After a database is lost: the key of the tokens, and the ledgers of loads and batches, are those that were there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import psycopg
import pytest
from small_shop import SCHEMA, Shop, write_definitions

from archive_jobs import failpoints
from archive_jobs.database import connect
from archive_jobs.failpoints import TELLING_POINTS
from archive_jobs.keeping.ledger_in_lake import bring_back_ledger
from archive_jobs.privacy.master_key import new_master_key
from archive_jobs.privacy.token_keys import fingerprint, require_same_tokens
from definitions_to_dbt.errors import ProblemError
from landing import LoadResult, load_file

ENTRY = {
    "code": "SALE",
    "name": "Entry",
    "module": "SHOP",
    "description": "Somebody comes in, by a badge that is personal.",
    "kind": "event",
    "time_column": "at_time",
    "archive": {"analytics": {"retention": "90 days"}},
    "table_schema": {
        "table_name": "sales",
        "columns": [
            {"name": "badge", "type": "text", "primary_key": True, "pii": "tokenize"},
            {"name": "at_time", "type": "timestamptz", "primary_key": True},
        ],
    },
}
COUNT = "select count(*) as n, count(distinct badge) as badges from history_sales"


@pytest.fixture
def shop(connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("ARCHIVE_MASTER_KEY", new_master_key())
    monkeypatch.setenv("ARCHIVE_KEYS_URL", str(tmp_path / "keys"))
    made = Shop(connection, write_definitions(tmp_path / "library", ENTRY), Path(os.environ["ARCHIVE_URL"]))
    made.make_tables()
    return made


def come_in(shop: Shop) -> None:
    shop.execute(
        f"insert into {SCHEMA}.sales (badge, at_time, _raw_seq, _source_order)"
        " select 'b' || n, timestamptz '2024-01-01 10:00+00', n, n from generate_series(1, 3) n"
    )


def lose(shop: Shop) -> tuple[int, str, str]:
    """The database is lost, and the catalogue made again; the tables are those that dbt makes."""
    shop.execute(f"drop schema {SCHEMA} cascade; drop schema archive_catalog cascade")
    said = shop.invoke("catalog", "rebuild", "--yes")
    shop.make_tables()
    return said


def history(shop: Shop) -> dict[str, int]:
    found = shop.invoke("sql", COUNT, "--json", "--definitions", str(shop.definitions))
    answer: dict[str, int] = json.loads(found[1])
    return answer


def test_tokens_are_those_of_the_archive_again(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    come_in(shop)
    before = fingerprint(shop.connection, SCHEMA)
    shop.run()
    secret = shop.value(f"select secret from {SCHEMA}.token_key")
    stored = b"".join(path.read_bytes() for path in tmp_path.joinpath("keys").rglob("*.json"))
    assert stored and secret.encode() not in stored

    status, _, warned = lose(shop)

    assert (status, "tokens" in warned, fingerprint(shop.connection, SCHEMA)) == (0, False, before)
    come_in(shop)  # as a replay brings them
    assert history(shop) == {"n": 3, "badges": 3}
    # Wrapped anew with all other keys.
    assert shop.invoke("keys", "check", "--mend")[0] == 0
    monkeypatch.setenv("ARCHIVE_PREVIOUS_MASTER_KEY", os.environ["ARCHIVE_MASTER_KEY"])
    monkeypatch.setenv("ARCHIVE_MASTER_KEY", new_master_key())
    assert shop.invoke("keys", "rotate", "--yes")[0] == 0
    shop.execute(f"update {SCHEMA}.token_key set secret = 'another'")
    assert "the key of the tokens is not the one" in shop.invoke("keys", "check")[1]
    assert shop.invoke("keys", "check", "--mend")[0] == 0
    assert fingerprint(shop.connection, SCHEMA) == before


@pytest.mark.parametrize("guard_stands", [True, False])
def test_under_another_key_nothing_is_archived_or_replayed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, guard_stands: bool
) -> None:
    come_in(shop)
    shop.run()
    monkeypatch.setenv("ARCHIVE_KEYS_URL", str(tmp_path / "none"))

    status, _, warned = lose(shop)

    assert status == 0 and "the key of the tokens in sales is not here, and no copy in" in warned
    come_in(shop)
    if not guard_stands:
        failpoints.disabled_guards.add("tokens")
        shop.run("analytics")
        assert history(shop) == {"n": 6, "badges": 6}, "every row counts twice"
        return
    (table,) = shop.run("analytics").tables
    assert (table.units, shop.value(f"select count(*) from {SCHEMA}.sales")) == (0, 3)
    assert "its tokens are others than those of its archived rows" in str(table.plan.blocked_by)
    with (
        connect(shop.settings) as connection,
        pytest.raises(ProblemError, match="badge is part of its key: every row would count twice"),
    ):
        require_same_tokens(connection, shop.library.object("SALE"), SCHEMA)
    # The copy is found again.
    monkeypatch.setenv("ARCHIVE_KEYS_URL", str(tmp_path / "keys"))
    assert shop.invoke("keys", "check", "--mend")[0] == 0
    assert history(shop) == {"n": 3, "badges": 3}
    assert shop.run("analytics").tables[0].units == 1


def test_a_run_says_that_the_key_of_tokens_has_no_copy(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARCHIVE_MASTER_KEY")
    come_in(shop)

    (table,) = shop.run("analytics").tables

    assert table.units == 1
    assert "the key of its tokens has no copy: set ARCHIVE_MASTER_KEY" in str(table.plan.notes)


def test_what_has_landed_and_by_what_rows_were_made_is_known_again(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "entries.ndjson"
    file.write_text('{"badge": "b1", "at_time": "2024-01-01T10:00:00Z"}\n')

    def land() -> LoadResult:
        return load_file(shop.connection, shop.library.object("SALE"), file)

    first = land()
    shop.execute(
        f"insert into {SCHEMA}.transform_batches (table_name, state, claimed, loaded, closed_at, code, profile)"
        " values ('sales', 'closed', 1, 1, now(), '{\"sales\": \"abc\"}', '{\"badge\": \"b1\"}'), ('sales', 'open', 0,"
        " null, null, '{}', null)"
    )
    shop.execute(f"insert into {SCHEMA}.transform_sql (sha256, model, sql) values ('abc', 'sales', 'select 1')")
    batches = f"select to_jsonb(b) - 'profile' from {SCHEMA}.transform_batches as b where batch_id = 1"
    texts = f"select to_jsonb(t) from {SCHEMA}.transform_sql as t"
    before = shop.execute(batches).fetchall(), shop.execute(texts).fetchall()
    come_in(shop)
    # Killed where the lake is told, the next run tells it, once or twice.
    for point in TELLING_POINTS:
        assert os.WIFSIGNALED(shop.die_in(point, lambda dying: dying.run())), point
    shop.run()
    parts = [path.read_text() for path in (shop.lake / SCHEMA / "_ledger").iterdir()]
    shop.run()
    assert len(list((shop.lake / SCHEMA / "_ledger").iterdir())) == len(parts), "nothing new, no file"
    assert not any("profile" in part for part in parts)

    status, printed, _ = lose(shop)

    assert (status, "3 lines of the ledgers of loads and batches are back" in printed) == (0, True)
    assert (shop.execute(batches).fetchall(), shop.execute(texts).fetchall()) == before
    again = land()
    assert (again.is_new, again.run_id) == (False, first.run_id)
    new = f"insert into {SCHEMA}.transform_batches (table_name) values ('sales') returning batch_id"
    assert shop.value(new) == 2
    assert shop.invoke("verify")[0] == 0
    assert shop.invoke("prove")[0] == 0


class Asking(psycopg.Connection[Any]):
    """A connection that remembers what it was asked."""

    def execute(self, query: Any, *rest: Any, **more: Any) -> psycopg.Cursor[Any]:
        self.asked = [*getattr(self, "asked", []), str(query)]
        return super().execute(query, *rest, **more)


def test_what_columns_the_ledgers_have_is_asked_once_however_many_parts_there_are(shop: Shop) -> None:
    come_in(shop)
    for number in range(3):
        shop.execute(f"insert into {SCHEMA}.transform_sql (sha256, model, sql) values (%s, 'sales', 'x')", f"s{number}")
        shop.run()
    shop.execute(f"delete from {SCHEMA}.transform_sql")

    with Asking.connect(autocommit=True) as asking:
        back = bring_back_ledger(asking, shop.store, SCHEMA)

    assert back.lines == 3
    assert sum("pg_attribute" in query for query in asking.asked) == 1
