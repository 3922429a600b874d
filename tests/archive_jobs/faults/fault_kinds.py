"""The faults: what is done at a crossing. Each can be pickled, so that a child can be told of it."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psycopg
import pyarrow.compute as pc
import pyarrow.parquet as pq
from fault_calls import Call

_lock = threading.Lock()


class Fault:
    """Lets everything pass. Subclasses act at one crossing."""

    def __call__(self, call: Call) -> Any:
        """Make the call, or do something else."""
        return call.do()


@dataclass
class Record(Fault):
    """Note every crossing."""

    seen: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, call: Call) -> Any:
        """Note it and call."""
        with _lock:
            self.seen.append((call.kind, call.what))
        return call.do()


@dataclass
class AtPoint(Fault):
    """Act when a named point is passed for the n-th time."""

    point: str
    times: int = 1
    signal: int = signal.SIGKILL
    passed: int = 0

    def __call__(self, call: Call) -> Any:
        """Send the signal at the point."""
        if call.kind == "point" and call.what == self.point:
            self.passed += 1
            if self.passed == self.times:
                os.kill(os.getpid(), self.signal)
        return call.do()


@dataclass
class PowerCut(Fault):
    """The power goes at a named point: names that no fsync of their folder has made last are gone, so is the run."""

    point: str
    names: dict[str, set[str]] = field(default_factory=dict)

    def __call__(self, call: Call) -> Any:
        """Remember what is not lasting yet; at the point, take it away and die."""
        if call.kind == "point" and call.what == self.point:
            for name in (name for names in self.names.values() for name in names):
                shutil.rmtree(name) if Path(name).is_dir() else Path(name).unlink(missing_ok=True)
            os.kill(os.getpid(), signal.SIGKILL)
        folder = os.readlink(f"/proc/self/fd/{call.on}") if call.kind == "fsync" else ""  # noqa: PTH115 - not a file
        done = call.do()
        if call.kind in ("link", "mkdir"):
            name = str(call.on[1 if call.kind == "link" else 0])
            self.names.setdefault(str(Path(name).parent), set()).add(name)
        elif call.kind == "fsync":
            self.names.pop(folder, None)
        return done


@dataclass
class Tamper(Fault):
    """Somebody changes the newest file of a kind while the run stands at a point."""

    point: str
    how: Literal["bit", "row", "value"]
    pattern: str
    lake: str

    def __call__(self, call: Call) -> Any:
        """Spoil the file at the point."""
        if call.kind == "point" and call.what == self.point:
            file = max(Path(self.lake).rglob(self.pattern), key=lambda found: found.stat().st_ctime_ns)
            file.chmod(0o644)
            self._spoil(file)
        return call.do()

    def _spoil(self, file: Path) -> None:
        if self.how == "bit":
            content = bytearray(file.read_bytes())
            content[len(content) // 2] ^= 1
            file.write_bytes(content)
            return
        table = pq.ParquetFile(file).read()
        if self.how == "row":
            table = table.slice(1)
        else:
            place = table.schema.get_field_index("sale_id")
            table = table.set_column(place, table.schema.field(place), pc.add(table.column("sale_id"), 1))
        pq.write_table(table, file)


@dataclass
class LoseReply(Fault):
    """The server has committed and the reply is lost."""

    def __call__(self, call: Call) -> Any:
        """Raise what a broken connection raises."""
        if (call.kind, call.what) == ("point", "commit.reply.lost"):
            raise ConnectionError(call.what)
        return call.do()


@dataclass
class AtCall(Fault):
    """Act at the n-th crossing (from 0) of the kinds given, or of all."""

    number: int
    kinds: tuple[str, ...] = ()
    counted: int = -1
    happened: bool = False

    def __call__(self, call: Call) -> Any:
        """Count, and act at the one that is meant."""
        if self.kinds and call.kind not in self.kinds:
            return call.do()
        with _lock:
            self.counted += 1
            due = self.counted == self.number
        if not due:
            return call.do()
        self.happened = True
        return self.act(call)

    def act(self, call: Call) -> Any:
        """What happens there."""
        return call.do()


@dataclass
class KillBefore(AtCall):
    """Die before the call."""

    def act(self, call: Call) -> Any:  # noqa: ARG002 - it is not made
        """SIGKILL."""
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class KillAfter(AtCall):
    """Die when the call is done and nobody has been told."""

    def act(self, call: Call) -> Any:
        """Call, then SIGKILL, also where the call has raised."""
        try:
            return call.do()
        finally:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class FailCall(AtCall):
    """The call does not happen; the kernel says why."""

    number_of_error: int = errno.EIO
    halfway: bool = False

    def act(self, call: Call) -> Any:
        """Raise OSError, after half of a write where that is asked for."""
        if self.halfway and call.kind == "write":
            file, content = call.on
            file.write(content[: len(content) // 2])
            file.flush()
        raise OSError(self.number_of_error, os.strerror(self.number_of_error))


@dataclass
class EndServerProcess(AtCall):
    """PostgreSQL ends the session's process before it gets the statement."""

    def act(self, call: Call) -> Any:
        """Terminate it from another session, wait until it is gone, then call."""
        if call.on is not None and not call.on.closed:
            with psycopg.Connection.connect(autocommit=True) as other:
                other.execute("select pg_terminate_backend(%s, 5000)", (call.on.info.backend_pid,))
        return call.do()
