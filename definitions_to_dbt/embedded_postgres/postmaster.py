"""Which server runs on a data folder, by its `postmaster.pid` and its socket. Starts and stops nothing."""

from __future__ import annotations

import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

SOCKET_PREFIX = "pg-"


@dataclass(frozen=True)
class Address:
    """Where a running server listens. `host` is the socket's folder, or 127.0.0.1."""

    pid: int
    socket_folder: Path
    port: int
    listens_on_tcp: bool


def running_server(data: Path) -> Address | None:
    """Read `postmaster.pid`; a server counts as running only if its socket answers.

    The file outlives a crash and its process id may be another program's by now: nothing is ever
    stopped on the word of the file alone.
    """
    lines = _pid_file(data)
    if len(lines) < 8 or lines[7].strip() != "ready" or not is_alive(int(lines[0])):
        return None
    address = Address(int(lines[0]), Path(lines[4]), int(lines[3]), listens_on_tcp=bool(lines[5].strip()))
    with socket.socket(socket.AF_UNIX) as probe:
        answers = probe.connect_ex(str(address.socket_folder / f".s.PGSQL.{address.port}")) == 0
    return address if answers else None


def forget_killed_server(data: Path) -> None:
    """Remove the socket folder of a server that did not get to stop by itself."""
    lines = _pid_file(data)
    if len(lines) > 4 and Path(lines[4]).name.startswith(SOCKET_PREFIX):
        shutil.rmtree(lines[4], ignore_errors=True)


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []


def is_alive(pid: int) -> bool:
    """Say whether the process runs. One that has ended and that nobody asked about (a zombie) does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:  # no /proc, or gone since
        return not Path("/proc/self").exists()
