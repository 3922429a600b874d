"""Which engines are there to be tested: PySpark with Java, and Sail as a server of its own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path

import pytest
from spark_side import SparkSide

_SAIL = """
import sys
from pysail.spark import SparkConnectServer
SparkConnectServer("127.0.0.1", int(sys.argv[1])).start(background=False)
"""


def missing(engine: str) -> str:
    """What is missing for it, in words; empty where nothing is."""
    if find_spec("pyspark") is None or find_spec("dbt.adapters.spark") is None:
        return "the dependency group spark is missing: run `make test-spark`"
    if engine == "sail":
        return "" if find_spec("pysail") else "pysail is missing: run `make test-spark`"
    return "" if shutil.which("java") else "Java is missing: PySpark needs a Java 17 on the PATH"


@contextmanager
def sail_server(**environment: str) -> Iterator[str]:
    """The URL of a Sail server that lives as long as this."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    import os

    server = subprocess.Popen(
        [sys.executable, "-c", _SAIL, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None and time.monotonic() < deadline, "the Sail server did not come up"
            time.sleep(0.05)
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


@contextmanager
def side_on(engine: str, folder: Path) -> Iterator[SparkSide]:
    """PySpark's or Sail's side; skips the test where the engine is not there."""
    if why := missing(engine):
        pytest.skip(why)
    with sail_server() if engine == "sail" else nullcontext() as url:
        side = SparkSide(folder, url)
        yield side
        side.close()
