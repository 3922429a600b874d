"""Ctrl-C ends any command as Ctrl-C does, with one line of what state the data is in; not in a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import typer
from small_shop import SCHEMA, Shop

from archive_jobs.cli import app
from archive_jobs.command_line.interrupted import LEFT, READS
from archive_jobs.monitoring.jobs import interruptible

# The query runs for days; half a second after it began it is said to run. What a shell starts in the background ignores
# Ctrl-C, and so does what that starts, if nothing is said.
_ASKS = """
import duckdb, signal, sys, threading
from archive_jobs.monitoring.jobs import interruptible
signal.signal(signal.SIGINT, signal.default_int_handler)
engine = duckdb.connect(config={"threads": 1})
threading.Timer(0.5, lambda: print("runs", flush=True)).start()
try:
    with interruptible():
        engine.execute("select sum(a.range * b.range) from range(1_000_000) as a, range(1_000_000) as b").fetchall()
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_a_query_that_is_interrupted_ends_as_ctrl_c() -> None:
    asking = subprocess.Popen([sys.executable, "-c", _ASKS], stdout=subprocess.PIPE, text=True)
    assert asking.stdout is not None
    assert asking.stdout.readline() == "runs\n"
    os.kill(asking.pid, signal.SIGINT)

    asking.communicate()
    assert asking.returncode == 130


def test_other_faults_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="another"), interruptible():
        raise RuntimeError("another one")


COMMAND = Path(sys.executable).with_name("archive-jobs")
# Of a test that runs in the background of a shell, what it starts would ignore Ctrl-C.
_HEARS = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
os.execv(sys.argv[1], sys.argv[1:])
"""


def begun(*words: str) -> subprocess.Popen[str]:
    given = [sys.executable, "-c", _HEARS, str(COMMAND), *words]
    environment = os.environ | {"ARCHIVE_JOBS_LOCK_TIMEOUT": "600"}
    return subprocess.Popen(given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def wait_until_it_waits(shop: Shop, asked: subprocess.Popen[str]) -> None:
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    while not shop.value(waiting):
        assert asked.poll() is None, asked.communicate()


@pytest.mark.parametrize(
    ("command", "locked"),
    [
        ("recall sales --yes", "archive_catalog.recalls in share mode"),  # all is copied, and not yet noted
        ("restore sales --yes", f"{SCHEMA}.sales in share mode"),
        pytest.param("verify", "archive_catalog.files in share mode", marks=pytest.mark.long),
        pytest.param("compare sales", f"{SCHEMA}.source_sales", marks=pytest.mark.long),
        ("run --yes", "archive_catalog.events in share mode"),
    ],
)
def test_a_command_that_is_interrupted_says_in_one_line_what_state_the_data_is_in(
    shop: Shop, command: str, locked: str
) -> None:
    shop.add_sales(days=2)
    shop.run("analytics", objects=("SALE",))
    before = shop.all_rows()
    definitions = [] if command == "verify" else ["--definitions", str(shop.definitions)]
    with psycopg.connect() as other:
        other.execute(f"lock table {locked}")
        asked = begun(*command.split(), *definitions)
        wait_until_it_waits(shop, asked)
        asked.send_signal(signal.SIGINT)
        if command.startswith("run"):  # what is at hand is finished
            other.rollback()
        _, said = asked.communicate()

    lines = [line for line in said.splitlines() if not line.startswith(("interval: ", "stopping: "))]
    assert (asked.returncode, len(lines)) == (130, 1), said
    assert lines[0].endswith(LEFT.get(command.split()[0], READS))
    assert shop.all_rows() == before
    assert shop.value("select count(*) from pg_namespace where nspname like 'recall%'") == 0


_LOSES = """
import os, psycopg, signal
from archive_jobs.command_line.interrupted import hearing
signal.signal(signal.SIGINT, signal.default_int_handler)
with hearing("nothing was changed"), psycopg.connect() as connection, connection.transaction():
    with psycopg.connect(autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s, 10000)", (connection.info.backend_pid,))
    os.kill(os.getpid(), signal.SIGINT)
"""


def test_what_the_connection_says_of_its_end_is_not_repeated(shop: Shop) -> None:  # noqa: ARG001  # a database
    ended = subprocess.run([sys.executable, "-c", _LOSES], stderr=subprocess.PIPE, text=True, check=False)

    assert ended.stderr.splitlines()[0] == "interrupted: nothing was changed"
    assert "rollback" not in ended.stderr.partition("Traceback")[0]


def test_interrupted_while_python_reads_the_commands_it_ends_in_silence(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("import sys; print('reads', flush=True); sys.stdin.read()")
    given = [sys.executable, "-c", _HEARS, str(COMMAND), "plan"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    asked = subprocess.Popen(given, **pipes, text=True, env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert asked.stdout is not None and asked.stdout.readline() == "reads\n"
    asked.send_signal(signal.SIGINT)
    _, said = asked.communicate()

    assert (asked.returncode, said) == (-signal.SIGINT, "")


def test_each_line_is_of_a_command_that_there_is() -> None:
    named = {
        f"{name} {one}" if one else name
        for name, command in typer.main.get_group(app).commands.items()
        for one in getattr(command, "commands", [""])
    }
    assert set(LEFT) - named == set()
