"""Ctrl-C while DuckDB runs a query ends as Ctrl-C does: not as a check that failed, and not in a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

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
