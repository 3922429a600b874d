"""PostgreSQL ends sessions, crashes, answers COMMIT late or never: the run learns what became of it, no row is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from commit_proxy import CommitProxy
from fault_kinds import EndServerProcess, Record
from fault_orders import archive_in_steps
from fault_worlds import DELETE, MARK, Mode, World
from shares import shared
from small_shop import SCHEMA
from warm_workers import start_speaking

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

MakeWorld = Callable[[Mode], World]


def test_a_session_ended_before_any_statement_costs_a_run_at_most(make_world: MakeWorld) -> None:
    world = make_world(DELETE)
    world.add_day()
    world.archive()
    world.add_day()
    calls = [call for call in world.archive(Record()).value["seen"] if call[0] == "sql"]

    for number, call in shared(list(enumerate(calls)), 8):
        world.add_day()

        ended = world.archive(EndServerProcess(number, ("sql",)))

        assert ended.error is None or ended.error.startswith(("ProblemError", "AdminShutdown", "OperationalError")), (
            call, ended.error)  # fmt: skip
        assert world.examine(settled=False).faults == [], call
        world.archive()
        assert (world.examine().faults, world.rows_left_hot()) == ([], 0), call


@pytest.fixture
def own_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedPostgres]:
    """A server that a test may crash."""
    with EmbeddedPostgres(tmp_path / "postgres") as server:
        for variable, value in server.environment.items():
            monkeypatch.setenv(variable, value)
        monkeypatch.setenv("ANALYTICS_SCHEMA", SCHEMA)
        monkeypatch.setenv("ARCHIVE_URL", str(tmp_path / "lake"))
        yield server


def crash(server: EmbeddedPostgres) -> None:
    """`pg_ctl stop -m immediate`, and start it again: it recovers from its log."""
    address = server.address
    assert address is not None
    os.kill(address.pid, signal.SIGQUIT)
    server._process.wait()  # type: ignore[union-attr]  # it runs
    server.start()


def test_a_crash_of_the_server_at_any_step_leaves_both_or_neither(
    own_server: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = psycopg.connect(autocommit=True)
    world = World.make(connection, tmp_path, tmp_path / "lake", DELETE)
    for point in ("export.snapshot.after", "prepare.after", "commit.remove.after", "commit.flip.after", "commit.after"):
        world.add_day()
        child = start_speaking(archive_in_steps, world.told(), (point,))
        assert child.said() == point

        crash(own_server)
        for variable, value in own_server.environment.items():
            monkeypatch.setenv(variable, value)
        child.tell("go on")
        ended = child.ended()
        world.shop.connection = psycopg.connect(autocommit=True)

        assert ended.exit_code == 0
        assert world.examine(settled=False).faults == [], point
        world.archive()
        assert (world.examine().faults, world.rows_left_hot()) == ([], 0), point


@pytest.mark.parametrize("mode", [DELETE, MARK], ids=["delete", "mark"])
@pytest.mark.parametrize("when", ["before", "after", "running"])
def test_a_commit_whose_reply_is_lost_is_looked_up(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, mode: Mode, when: str
) -> None:
    """Cut before the server has seen COMMIT, after it has answered, and while it is still at it."""
    world = make_world(mode)
    if when == "running":
        world.shop.execute(
            f"create function {SCHEMA}.wait() returns trigger language plpgsql as"
            " 'begin perform pg_sleep(0.3); return null; end';"
            "create constraint trigger wait after insert on archive_catalog.commits deferrable initially deferred"
            f" for each row execute function {SCHEMA}.wait()"
        )
    world.add_day()
    with CommitProxy(when) as proxy:
        monkeypatch.setenv("PGHOST", proxy.folder)
        ended = world.archive()
        monkeypatch.setenv("PGHOST", proxy.server_folder)

    assert proxy.cut == 1
    committed = when != "before"
    if committed:
        assert (ended.error, ended.value["units"]) == (None, 1)
    else:
        assert "closed the connection before the commit" in str(ended.error)
    assert world.examine(settled=False).faults == []
    world.archive()
    assert (world.examine().faults, world.rows_left_hot()) == ([], 0)
