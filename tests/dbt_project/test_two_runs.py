"""Two dbt runs at once, and a batch that one run leaves to the next."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from platform_under_test import SCHEMA, Platform
from running import Project, is_waiting, kill, status_of, wait_until
from small_library import CUSTOMER

RUN = ("run", "--select", "+customers")


def customer(key: str, name: str = "A", day: int = 1) -> dict[str, str]:
    return {"customer_id": key, "name": name, "updated_at": f"2024-03-{day:02}T00:00:00Z"}


def stop_at(platform: Platform, when: str) -> None:
    """Whoever comes there waits for the lock that this session takes."""
    platform.execute("select pg_advisory_lock(1)")
    platform.execute(
        f"create function {SCHEMA}.stop_here() returns trigger language plpgsql as "
        "$$ begin perform pg_advisory_xact_lock(1); return null; end $$"
    )
    platform.execute(f"create trigger stop_here {when} for each statement execute function {SCHEMA}.stop_here()")


def waiting_sessions(platform: Platform) -> int:
    return int(platform.value("select count(*) from pg_stat_activity where wait_event_type = 'Lock'"))


@pytest.mark.parametrize("table", ["rejected_customers", "customers_versions", "customers"])
def test_two_runs_at_once_take_turns_with_the_batch(platform: Platform, table: str) -> None:
    assert platform.project.dbt(*RUN).success
    platform.execute(f"drop view {SCHEMA}.stg_shop__customers")  # they take turns with that too
    stop_at(platform, f"before insert on {SCHEMA}.{table}")
    platform.land("customers", customer("c1"), customer("c1", "B", 2), customer("c2"), "{}", customer("c2"))
    runs = [platform.project.dbt_elsewhere(*RUN) for _ in range(2)]
    wait_until(lambda: waiting_sessions(platform) == 2, "both runs to meet")

    platform.execute("select pg_advisory_unlock(1)")

    assert [status_of(run) for run in runs] == [0, 0]
    assert platform.counts("customers") == {"loaded": 2, "superseded": 1, "duplicate": 1, "rejected": 1}
    assert platform.rows(f"select customer_id, name from {SCHEMA}.customers order by 1") == [("c1", "B"), ("c2", "A")]
    assert platform.value(f"select count(*) from {SCHEMA}.customers_versions") == 4
    assert platform.rows(f"select state, claimed from {SCHEMA}.transform_batches") == [("closed", 5)]


def test_a_run_that_was_overtaken_leaves_the_batch_of_the_other_alone(platform: Platform) -> None:
    """Rejects and versions had nothing to do; before its write model another run opens a batch."""
    assert platform.project.dbt(*RUN).success
    platform.execute("select pg_advisory_lock(2)")
    platform.execute(
        f"create function {SCHEMA}.stop_the_versions() returns event_trigger language plpgsql as $$ begin "
        "if current_query() like '%customers_versions__dbt_tmp%' then perform pg_advisory_xact_lock(2); end if; end $$"
    )
    platform.execute(
        "create event trigger stop_the_versions on ddl_command_start when tag in ('CREATE TABLE AS')"
        f" execute function {SCHEMA}.stop_the_versions()"
    )
    overtaken = platform.project.dbt_elsewhere(*RUN)
    wait_until(lambda: is_waiting(platform.connection), "the run to reach its versions")
    platform.execute("drop event trigger stop_the_versions")
    with ThreadPoolExecutor() as threads, psycopg.connect() as other:
        # Granted when the versions are committed, before the write model can look for a batch.
        locking = threads.submit(other.execute, f"lock table {SCHEMA}.transform_batches in exclusive mode".encode())
        wait_until(lambda: waiting_sessions(platform) == 2, "the lock to be asked for")
        platform.execute("select pg_advisory_unlock(2)")
        locking.result()
        claim_by_hand(Platform(platform.project, other), customer("c1"), customer("c2"))
        wait_until(lambda: waiting_sessions(platform) == 1, "the run to reach its write model")
        other.commit()
    assert status_of(overtaken) == 0

    before = platform.counts("customers")
    assert platform.project.dbt(*RUN).success

    assert before == {None: 2}
    assert platform.counts("customers") == {"loaded": 2}
    assert platform.value(f"select count(*) from {SCHEMA}.customers_versions") == 2


def test_a_write_model_closes_no_batch_that_was_opened_after_it_had_read(platform: Platform) -> None:
    """It found nothing to do; while it waits to close, another run claims a newer record and takes it in."""
    platform.land("customers", customer("c1", "A", 1))
    assert platform.project.dbt(*RUN).success
    stop_at(platform, f"before insert on {SCHEMA}.customers")
    idle = platform.project.dbt_elsewhere(*RUN)
    wait_until(lambda: is_waiting(platform.connection), "the run to reach its write model")
    with psycopg.connect() as other:
        # What close_batch takes first: the run comes to it with its rows written and its batch chosen.
        other.execute(f"select pg_advisory_lock(hashtextextended('raw:{SCHEMA}.customers', 0))".encode())
        platform.execute("select pg_advisory_unlock(1)")
        closing = "locktype = 'advisory' and not granted and objsubid = 1 and (classid, objid) <> (0, 1)"
        wait_until(lambda: platform.value(f"select count(*) from pg_locks where {closing}") == 1, "the run to close")
        claim_by_hand(platform, customer("c1", "B", 2))
        taken_in = "taken_in_by = array['rejected_customers', 'customers_versions']"
        platform.execute(f"update {SCHEMA}.transform_batches set {taken_in} where state = 'open'")
        other.rollback()
        other.execute("select pg_advisory_unlock_all()")
    assert status_of(idle) == 0

    before = platform.outcomes("customers")[2]
    platform.execute(f"drop trigger stop_here on {SCHEMA}.customers")
    assert platform.project.dbt(*RUN).success

    assert before == (None, None)
    assert platform.outcomes("customers")[2] == ("loaded", None)
    assert platform.rows(f"select name from {SCHEMA}.customers") == [("B",)]


def claim_by_hand(platform: Platform, *payloads: dict[str, str]) -> None:
    """What another run does first."""
    platform.land("customers", *payloads)
    batch = f"insert into {SCHEMA}.transform_batches (table_name, claimed) values ('customers', %s) returning batch_id"
    claim = f"update {SCHEMA}.source_customers set batch_id = %s where batch_id is null"
    platform.execute(claim, platform.value(batch, len(payloads)))


def test_a_load_in_progress_holds_up_no_run_and_its_records_wait_for_the_next(platform: Platform) -> None:
    platform.land("customers", customer("c1"))
    with psycopg.connect() as loading:
        loading.execute("begin")
        Platform(platform.project, loading).land("customers", customer("c2"))

        assert platform.project.dbt(*RUN).success

        assert platform.outcomes("customers") == {1: ("loaded", None)}
        loading.commit()
    assert platform.outcomes("customers") == {1: ("loaded", None), 2: (None, None)}
    assert platform.project.dbt(*RUN).success
    assert platform.counts("customers") == {"loaded": 2}


@pytest.fixture
def redefined(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The customers again, where a level is needed but a name is not."""
    changed = copy.deepcopy(CUSTOMER)
    columns = {column["name"]: column for column in changed["table_schema"]["columns"]}
    columns["level"]["nullable"] = False
    columns["name"]["nullable"] = True
    return Project.of(tmp_path_factory.mktemp("redefined"), [changed])


def test_a_batch_that_was_left_open_is_judged_by_the_definition_of_the_run_that_closes_it(
    platform: Platform, redefined: Project
) -> None:
    platform.land("customers", {**customer("c1", "first"), "level": 1})
    assert platform.project.dbt(*RUN).success
    nameless = {"customer_id": "c2", "level": 1, "updated_at": "2024-03-01T00:00:00Z"}
    platform.land("customers", nameless, customer("c1", "no level", 2))
    stop_at(platform, f"before insert on {SCHEMA}.customers")
    killed = platform.project.dbt_elsewhere(*RUN)
    wait_until(lambda: is_waiting(platform.connection), "the run to have made rejects and versions")
    kill(killed)
    ours = "pid <> pg_backend_pid() and datname = current_database()"
    platform.execute(f"select pg_terminate_backend(pid) from pg_stat_activity where {ours}")
    platform.execute(f"drop trigger stop_here on {SCHEMA}.customers")

    ended = redefined.dbt(*RUN)

    assert ended.success, ended.failed
    assert platform.outcomes("customers") == {1: ("loaded", None), 2: ("loaded", None), 3: ("rejected", None)}
    assert platform.reasons("customers") == {3: ["level: missing"]}
    versions = f"select customer_id, name, is_current, valid_to from {SCHEMA}.customers_versions order by 1"
    assert platform.rows(versions) == [("c1", "first", True, None), ("c2", None, True, None)]
