"""`drop: never`: rows are copied and stay, and no reader counts them twice, whatever becomes of rows and policy."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest
from small_shop import SALE, SCHEMA, TICK, Shop, write_definitions

from archive_jobs import failpoints
from archive_jobs.planning.plan import plan_table
from archive_jobs.reading.read_back import open_reader

NEVER = {"analytics": {"retention": "90 days", "drop": "never"}}


@pytest.fixture
def keeping(connection: psycopg.Connection[Any], tmp_path: Path) -> Shop:
    """Sales and ticks whose rows are copied and never dropped."""
    models = [copy.deepcopy(model) | {"archive": NEVER} for model in (SALE, TICK)]
    shop = Shop(connection, write_definitions(tmp_path / "definitions", *models), tmp_path / "lake")
    shop.make_tables()
    return shop


def history(shop: Shop, table: str, columns: str) -> Counter[tuple[Any, ...]]:
    """What `history_<table>` shows."""
    with open_reader(shop.settings, shop.store) as reader:
        reader.make_views(shop.library, f"history_{table}")
        return Counter(reader.engine.execute(f"select {columns} from history_{table}").fetchall())


def set_drop(shop: Shop, table: str, drop: str) -> None:
    literal = {"table_name": table, "retention_days": 90, "drop": drop}
    status, _, said = shop.invoke(
        "policies", "set", json.dumps(literal), "--yes", "--definitions", str(shop.definitions)
    )
    assert status == 0, said


def units(shop: Shop) -> list[tuple[str, str, int]]:
    query = "select mode, state, row_count from archive_catalog.units order by lo, generation"
    return [tuple(row) for row in shop.execute(query)]


def test_rows_are_copied_and_stay_and_count_once(keeping: Shop) -> None:
    keeping.add_sales(days=2)
    before = keeping.all_rows()

    result = keeping.run("analytics", objects=("SALE",))

    assert [(table.units, table.rows) for table in result.tables] == [(2, 80)]
    assert keeping.value(f"select count(*) from {SCHEMA}.sales") == 80
    assert history(keeping, "sales", "sale_id").total() == 80
    assert keeping.all_rows() == before
    assert keeping.value("select array_agg(distinct also_hot) from archive_catalog.readable_files") == [True]


def test_without_the_guard_that_leaves_copies_out_they_count_twice(keeping: Shop) -> None:
    keeping.add_ticks(days=1, per_day=10)
    keeping.run("analytics", objects=("TICK",))
    failpoints.disabled_guards.add("copies")

    assert history(keeping, "ticks", "at_time").total() == 20


def test_a_copy_that_is_still_what_is_hot_is_not_made_again(keeping: Shop) -> None:
    keeping.add_sales(days=2)
    keeping.run("analytics", objects=("SALE",))
    keeping.execute(f"update {SCHEMA}.sales set note = note where sold_at < '2024-01-02'")

    again = keeping.run("analytics", objects=("SALE",))

    assert [(table.units, table.plan.notes[-1]) for table in again.tables] == [(0, "2 copies are still what is hot")]


def test_the_same_tuples_are_the_same_rows_and_their_content_is_not_asked(keeping: Shop) -> None:
    keeping.add_sales(days=2)
    keeping.run("analytics", objects=("SALE",))
    # Whoever asked the content now would find that it is not what was copied.
    keeping.execute("update archive_catalog.attempts set digest_0 = 1")

    (table,) = keeping.tables("analytics", objects=("SALE",))
    assert plan_table(keeping.connection, table, None).slices == ()
    keeping.execute(f"update {SCHEMA}.sales set note = note where sold_at < '2024-01-02'")
    assert [str(piece.day) for piece in plan_table(keeping.connection, table, None).slices] == ["2024-01-01"]


def test_a_changed_day_is_copied_again_and_the_new_copy_supersedes_the_old(keeping: Shop) -> None:
    keeping.add_sales(days=2)
    keeping.run("analytics", objects=("SALE",))
    keeping.execute(f"update {SCHEMA}.sales set note = 'mended' where sold_at < '2024-01-01 00:01'")
    keeping.execute(f"delete from {SCHEMA}.sales where sold_at > '2024-01-01 00:04' and sold_at < '2024-01-02'")

    keeping.run("analytics", objects=("SALE",))

    left = keeping.value(f"select count(*) from {SCHEMA}.sales where sold_at < '2024-01-02'")
    assert units(keeping) == [("keep", "superseded", 40), ("keep", "active", left), ("keep", "active", 40)]
    with open_reader(keeping.settings, keeping.store) as reader:
        reader.make_views(keeping.library, "copies_sales")
        copies = reader.engine.execute("select count(*), count(*) filter (note = 'mended') from copies_sales")
        assert copies.fetchone() == (left + 40, 8)


def test_a_row_deleted_after_it_was_copied_is_gone_from_history_at_once(keeping: Shop) -> None:
    keeping.add_ticks(days=1, per_day=10)
    keeping.run("analytics", objects=("TICK",))

    keeping.execute(f"delete from {SCHEMA}.ticks where reading < 0.5")

    assert history(keeping, "ticks", "at_time").total() == 7


def test_rows_leave_once_the_policy_lets_them_and_the_copies_count_for_nothing(keeping: Shop) -> None:
    keeping.add_ticks(days=2, per_day=10)
    keeping.run("analytics", objects=("TICK",))
    before = history(keeping, "ticks", "at_time, reading")
    set_drop(keeping, "ticks", "after_retention")

    keeping.run("analytics", objects=("TICK",))

    assert keeping.value(f"select count(*) from {SCHEMA}.ticks") == 0
    assert history(keeping, "ticks", "at_time, reading") == before
    assert Counter(state for _, state, _ in units(keeping)) == {"superseded": 2, "active": 2}
    assert keeping.invoke("verify", "--deep")[0] == 0


def test_files_that_count_and_copies_are_listed_apart(keeping: Shop) -> None:
    keeping.add_sales(days=1)
    keeping.run("analytics", objects=("SALE",))

    words = ("files", "sales", "--json", "--definitions", str(keeping.definitions))
    counting, copies = (json.loads(keeping.invoke(*words, *more)[1]) for more in ((), ("--copies",)))

    assert (len(counting), len(copies)) == (0, 1)


@pytest.mark.parametrize("seed", [1, 2])
def test_history_is_what_the_application_wrote_through_any_sequence_of_changes_and_policies(
    keeping: Shop, seed: int
) -> None:
    """The oracle is a table beside, which gets the same statements of the application and is never archived."""
    chance = random.Random(seed)
    keeping.execute(f"create table beside as select year, at_time, reading from {SCHEMA}.ticks with no data")
    number = 0
    for step in range(12):
        action = chance.choice(["insert", "insert", "double", "update", "delete", "move", "run", "run", "flip"])
        hot = [row[0] for row in keeping.execute(f"select distinct year from {SCHEMA}.ticks order by 1")]
        at = f"timestamp '2024-02-0{chance.randint(1, 3)} 10:00'"
        if action == "insert":
            for _ in range(5):
                number += 1
                _both(keeping, "insert into {} (year, at_time, reading{}) values (%s, " + at + ", 1.5{})", number)
        elif action in ("double", "update", "delete", "move") and hot:
            chosen = chance.choice(hot)
            if action == "double":
                again = f"select year, at_time, reading from {SCHEMA}.ticks where year = {chosen} limit 1"
                keeping.execute(f"insert into beside {again}")
                keeping.execute(
                    f"insert into {SCHEMA}.ticks (year, at_time, reading, _raw_seq, _source_order)"
                    f" select f.*, {10_000 + step}, 0 from ({again}) as f"
                )
            elif action == "delete":
                _both(keeping, "delete from {} where year = %s", chosen)
            else:
                change = "reading = reading + 1" if action == "update" else f"at_time = {at}"
                _both(keeping, "update {} set " + change + " where year = %s", chosen)
        elif action == "run":
            keeping.run("analytics", objects=("TICK",))
        elif action == "flip":
            set_drop(keeping, "ticks", chance.choice(["never", "after_retention"]))
        expected = Counter(tuple(row) for row in keeping.execute("select year, at_time, reading from beside"))
        assert history(keeping, "ticks", "year, at_time, reading") == expected, (seed, step, action)


def _both(shop: Shop, statement: str, number: int) -> None:
    """The application's statement on the table and on the oracle, but not on what has left meanwhile."""
    is_insert = statement.startswith("insert")
    shop.execute(
        statement.format(f"{SCHEMA}.ticks", ", _raw_seq, _source_order", f", {number}, 0")
        if is_insert else statement.format(f"{SCHEMA}.ticks"),
        number,
    )  # fmt: skip
    shop.execute(statement.format("beside", "", "") if is_insert else statement.format("beside"), number)
