"""A standby without the last commits takes over, a server is set back in time, its log's disk is full: no row is lost.

Hot and cold as the new server's catalogue knows them are whole at once. Where the lake goes on after the server's last
commit, a run refuses until an operator has moved those records away, as docs/41_the_lake.md says.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from fault_orders import archive_in_steps
from fault_worlds import DELETE, World
from shares import shared
from small_shop import SCHEMA
from warm_workers import start_speaking

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres, find_binaries
from definitions_to_dbt.embedded_postgres.server_user import give_to_server_user, make_reachable, server_user

# Nobody waits for a standby.
SETTINGS = {"synchronous_standby_names": "", "wal_keep_size": "256MB"}
REFUSED = "was not written by this database"

pytestmark = pytest.mark.skipif(
    not (find_binaries() / "pg_basebackup").exists(), reason="this PostgreSQL comes without pg_basebackup"
)


@pytest.fixture
def primary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedPostgres]:
    """A server that may be lost."""
    with EmbeddedPostgres(tmp_path / "primary", settings=SETTINGS) as server:
        use(server, monkeypatch)
        monkeypatch.setenv("ANALYTICS_SCHEMA", SCHEMA)
        monkeypatch.setenv("ARCHIVE_URL", str(tmp_path / "lake"))
        yield server
    shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture
def world(primary: EmbeddedPostgres, tmp_path: Path) -> World:
    """One cold day on it, and one that is due."""
    assert primary.address
    world = World.make(psycopg.connect(autocommit=True), tmp_path, tmp_path / "lake", DELETE)
    world.add_day()
    world.archive()
    world.add_day()
    return world


def use(server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send everybody to this server."""
    for variable, value in server.environment.items():
        monkeypatch.setenv(variable, value)


def lose(server: EmbeddedPostgres) -> None:
    """The machine is gone, at once."""
    address, process = server.address, server._process
    assert address is not None
    assert process is not None
    os.kill(address.pid, signal.SIGQUIT)
    process.wait()


def copied(server: EmbeddedPostgres, folder: Path, *words: str) -> EmbeddedPostgres:
    """A copy of a running server's data folder, by PostgreSQL's own tool; not started."""
    folder = make_reachable(folder)
    host = server.environment["PGHOST"]
    binaries = server._reachable_binaries(find_binaries())
    command = [str(binaries / "pg_basebackup"), "-D", str(folder / "data"), "-h", host, "-U", "postgres"]
    made = subprocess.run([*command, "-c", "fast", "--no-sync", *words], capture_output=True, text=True, check=False,
                          cwd="/", **server_user())  # fmt: skip
    assert made.returncode == 0, made.stderr
    return EmbeddedPostgres(folder, settings=SETTINGS)


def taken_over(world: World, server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the world's database is on the other server."""
    use(server, monkeypatch)
    world.shop.connection = psycopg.connect(autocommit=True)


def forget_the_future(world: World) -> list[Path]:
    """What the documentation tells an operator to do; returns the files that count for nobody then."""
    last = world.shop.value("select max(last_commit_seq) from archive_catalog.table_guards")
    for record in (world.shop.lake / SCHEMA / "_commits" / "sales").glob("*.json"):
        if int(record.stem) > last:
            record.rename(world.shop.lake.parent / record.name)
    known = {path for (path,) in world.shop.execute("select path from archive_catalog.files").fetchall()}
    return [file for file in world.shop.lake.rglob("*.parquet") if str(file.relative_to(world.shop.lake)) not in known]


def require_whole_again(world: World, forgotten: list[Path]) -> None:
    """Archived on, nothing is lost and the chain is whole; left over is at most what the lost commit had made."""
    ended = world.archive()
    assert (ended.error, world.rows_left_hot()) == (None, 0), ended
    found = world.examine()
    left = set(found.orphans)
    found.orphans.clear()
    assert found.faults == []
    assert {name for name in left if name.endswith(".parquet")} <= {
        str(file.relative_to(world.shop.lake)) for file in forgotten
    }


FAILOVERS = (
    ("plan.insert.before", True), ("prepare.after", True), ("prepare.after", False), ("plan.insert.before", False),
)  # fmt: skip


@pytest.mark.parametrize(("cut", "has_record"), shared(FAILOVERS, 2))
def test_a_standby_that_lacks_the_commit_takes_over(
    world: World, primary: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: str, has_record: bool
) -> None:
    """The standby has all up to a step before the commit. Either the lake has its record, or the run died too."""
    child = start_speaking(archive_in_steps, world.told(), (cut, "commit.after"))
    assert child.said() == cut
    with copied(primary, tmp_path / "standby", "-R") as standby:
        # It follows, and hears nothing any more from here on.
        standby.stop()
        child.tell("go on")
        assert child.said() == "commit.after"
        if has_record:
            child.tell("go on")
        else:
            child.kill()
        child.ended()
        assert world.rows_left_hot() == 0
        lose(primary)
        standby.start()
        taken_over(world, standby, monkeypatch)
        world.shop.execute("select pg_promote()")

        assert (world.examine(settled=False).faults, world.rows_left_hot()) == ([], 20)
        forgotten = []
        if has_record:
            assert REFUSED in str(world.archive().error)
            assert (world.examine(settled=False).faults, world.rows_left_hot()) == ([], 20)
            forgotten = forget_the_future(world)
        else:
            forgotten = list(world.shop.lake.rglob("*.parquet"))
        require_whole_again(world, forgotten)


@pytest.mark.parametrize("has_commit", [True, False])
def test_a_server_set_back_to_just_before_or_just_after_a_commit(
    world: World, primary: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_commit: bool
) -> None:
    earlier = copied(primary, tmp_path / "earlier")
    world.archive()
    assert world.rows_left_hot() == 0
    xid = world.shop.value("select max(commit_xid::text::bigint) from archive_catalog.attempts")
    lose(primary)
    data = earlier.folder / "data"
    (data / "recovery.signal").touch()
    give_to_server_user(data / "recovery.signal")
    target = {
        "restore_command": f"cp {primary.folder}/data/pg_wal/%f %p",
        "recovery_target_xid": str(xid),
        "recovery_target_inclusive": str(has_commit).lower(),
        "recovery_target_action": "promote",
        # Nobody gets in before it is done.
        "hot_standby": "off",
    }
    earlier._settings = earlier._settings | target
    with earlier:
        taken_over(world, earlier, monkeypatch)
        assert world.examine(settled=False).faults == []
        assert world.rows_left_hot() == (0 if has_commit else 20)
        if has_commit:
            require_whole_again(world, [])
            return
        assert REFUSED in str(world.archive().error)
        assert (world.examine(settled=False).faults, world.rows_left_hot()) == ([], 20)
        require_whole_again(world, forget_the_future(world))


FULL_AT = ("export.snapshot.after", "commit.flip.after", "prepare.before", "commit.remove.after")


@pytest.mark.parametrize("point", shared(FULL_AT, 2, 1))
def test_a_full_disk_under_the_servers_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    """PostgreSQL stops with a PANIC when its log cannot grow; it comes back when there is room."""
    server = EmbeddedPostgres(tmp_path / "primary", settings={"max_wal_size": "32MB", "min_wal_size": "32MB"}).start()
    server.stop()
    small = server.folder / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", str(small)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        log, moved = server.folder / "data" / "pg_wal", small / "pg_wal"
        shutil.copytree(log, moved)
        for place in (small, moved, *moved.rglob("*")):
            give_to_server_user(place)
        shutil.rmtree(log)
        log.symlink_to(moved)
        server.start()
        use(server, monkeypatch)
        monkeypatch.setenv("ANALYTICS_SCHEMA", SCHEMA)
        monkeypatch.setenv("ARCHIVE_URL", str(tmp_path / "lake"))
        world = World.make(psycopg.connect(autocommit=True), tmp_path, tmp_path / "lake", DELETE)
        world.add_day()
        child = start_speaking(archive_in_steps, world.told(), (point,))
        assert child.said() == point
        ballast = small / "ballast"
        ballast.write_bytes(b"x" * shutil.disk_usage(small).free)
        process = server._process
        assert process is not None
        with pytest.raises(psycopg.OperationalError):
            while True:
                world.shop.execute("create table if not exists filler (); drop table filler; select pg_switch_wal()")
        process.wait()
        assert "No space left on device" in (server.folder / "log").read_text()
        child.tell("go on")
        ended = child.ended()
        ballast.unlink()
        server.start()
        taken_over(world, server, monkeypatch)

        assert ended.error is not None
        assert (world.examine(settled=False).faults, world.rows_left_hot()) == ([], 20)
        world.wait_for_the_dead()
        world.archive()
        assert (world.examine().faults, world.rows_left_hot()) == ([], 0)
    finally:
        server.stop()
        subprocess.run(["umount", str(small)], check=True)
