"""dbt killed at each stage of a batch: the next run leaves every record with one outcome, and no row twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from platform_under_test import SCHEMA, Platform, fresh_database, libpq
from running import Project, is_waiting, kill, wait_until

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

RUN = ("run", "--select", "+customers")


# The stages of a batch of customers, and the first statement of each: there dbt stops and waits to be killed.
STAGES = {
    "claim": "before update on {schema}.source_customers for each statement",
    "rejected": "before insert on {schema}.rejected_customers for each statement",
    "end of rejected": "after insert on {schema}.rejected_customers for each statement",
    "versions": "before insert on {schema}.customers_versions for each statement",
    "end of versions": "after insert on {schema}.customers_versions for each statement",
    "write": "before insert on {schema}.customers for each statement",
    "end of write": "after insert on {schema}.customers for each statement",
    "outcomes": "before update of outcome on {schema}.source_customers for each statement",
    "close": "before update of state on {schema}.transform_batches for each statement",
}
_LOCK = 4711


def customer(key: str, name: str, day: int) -> dict[str, str]:
    return {"customer_id": key, "name": name, "updated_at": f"2024-03-{day:02}T00:00:00Z"}


@pytest.fixture(scope="module")
def prepared(
    server: EmbeddedPostgres, small_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The name of a database in which a batch was closed; a second one, with every outcome in it, waits."""
    folder = tmp_path_factory.mktemp("killed")
    with psycopg.connect(**libpq(server), autocommit=True) as administrator:
        with fresh_database(server, folder) as name:
            with psycopg.connect(autocommit=True) as connection:
                platform = Platform(small_project, connection).prepare()
                platform.land("customers", customer("c1", "A", 1), customer("c2", "B", 2))
                assert platform.project.dbt(*RUN).success
                platform.land(
                    "customers",
                    customer("c1", "A again", 5),
                    customer("c1", "A in between", 3),
                    customer("c2", "B", 2),
                    customer("c3", "C", 1),
                    "{}",
                )
                platform.execute(
                    f"create function {SCHEMA}.stop_here() returns trigger language plpgsql as "
                    f"$$ begin perform pg_advisory_xact_lock({_LOCK}); return null; end $$"
                )
            administrator.execute(f"create database prepared template {name}".encode())
        yield "prepared"
        administrator.execute("drop database prepared")


@pytest.fixture
def waiting(server: EmbeddedPostgres, small_project: Project, prepared: str, tmp_path: Path) -> Iterator[Platform]:
    """A platform of its own in that state."""
    with fresh_database(server, tmp_path, prepared), psycopg.connect(autocommit=True) as connection:
        yield Platform(small_project, connection)


def stop_at(platform: Platform, when: str) -> None:
    kind = "constraint trigger" if "deferred" in when else "trigger"
    platform.execute(f"create {kind} stop_here {when.format(schema=SCHEMA)} execute function {SCHEMA}.stop_here()")


def kill_dbt_there(platform: Platform, *, is_committing: bool = False) -> None:
    """Run dbt until it waits, kill it, and let the server notice, or first finish the commit it was sent."""
    platform.execute("select pg_advisory_lock(%s)", _LOCK)
    process = platform.project.dbt_elsewhere(*RUN)
    wait_until(lambda: is_waiting(platform.connection), "dbt to reach the stage")
    kill(process)
    others = "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    others += " and backend_type = 'client backend'"
    if not is_committing:
        platform.execute(f"select pg_terminate_backend(pid) {others}")
    platform.execute("select pg_advisory_unlock(%s)", _LOCK)
    wait_until(lambda: not platform.value(f"select count(*) {others}"), "the killed run's sessions to end")
    tables = platform.rows(
        "select distinct event_object_table from information_schema.triggers where trigger_name = 'stop_here'"
    )
    for (table,) in tables:
        platform.execute(f"drop trigger stop_here on {SCHEMA}.{table}")


def assert_books_balance(platform: Platform) -> None:
    """The second batch as it must end, whatever happened on the way."""
    outcomes = {raw_seq: found for raw_seq, found in platform.outcomes("customers").items() if raw_seq <= 7}
    assert outcomes == {
        1: ("loaded", None),
        2: ("loaded", None),
        3: ("loaded", None),
        4: ("superseded", 3),
        5: ("duplicate", 2),
        6: ("loaded", None),
        7: ("rejected", None),
    }
    rows = platform.rows(f"select customer_id, name, _raw_seq from {SCHEMA}.customers where _raw_seq <= 7 order by 1")
    assert rows == [("c1", "A again", 3), ("c2", "B", 2), ("c3", "C", 6)]
    versions = f"select name, _raw_seq from {SCHEMA}.customers_versions where customer_id = 'c1' order by valid_from"
    assert platform.rows(versions) == [("A", 1), ("A in between", 4), ("A again", 3)]
    assert list(platform.reasons("customers")) == [7]
    assert platform.rows(f"select distinct state from {SCHEMA}.transform_batches") == [("closed",)]


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_killed_in_this_stage_is_made_good_by_the_next(waiting: Platform, stage: str) -> None:
    stop_at(waiting, STAGES[stage])
    kill_dbt_there(waiting)
    batch = f"select batch_id, claimed from {SCHEMA}.transform_batches where state = 'open'"
    left_open = waiting.rows(batch)
    (newcomer,) = waiting.land("customers", customer("c4", "D", 1))

    assert waiting.project.dbt(*RUN).success

    assert_books_balance(waiting)
    claimed_by = dict(waiting.rows(f"select raw_seq, batch_id from {SCHEMA}.source_customers"))
    if stage == "claim":
        assert left_open == []
        assert claimed_by[newcomer] == claimed_by[3]
    else:
        assert left_open == [(claimed_by[3], 5)]
        assert {claimed_by[raw_seq] for raw_seq in range(3, 8)} == {claimed_by[3]}
        assert claimed_by[newcomer] is None  # it waits for the run after this one


def test_a_run_killed_while_the_server_commits_has_closed_its_batch(waiting: Platform) -> None:
    table = f"after update of state on {SCHEMA}.transform_batches deferrable initially deferred for each row"
    stop_at(waiting, table)
    kill_dbt_there(waiting, is_committing=True)

    closed = waiting.counts("customers")
    assert waiting.project.dbt(*RUN).success

    assert closed == {"loaded": 4, "superseded": 1, "duplicate": 1, "rejected": 1}
    assert_books_balance(waiting)


def test_a_run_killed_before_the_commit_leaves_its_batch_open(waiting: Platform) -> None:
    table = f"after update of state on {SCHEMA}.transform_batches deferrable initially deferred for each row"
    stop_at(waiting, table)
    kill_dbt_there(waiting)

    left = waiting.counts("customers")
    assert waiting.project.dbt(*RUN).success

    assert left == {"loaded": 2, None: 5}
    assert_books_balance(waiting)
