"""Every call by which the archiver touches the world, as a numbered stream that a fault can act upon.

A crossing is one statement to PostgreSQL, one to DuckDB, one call that changes or reads the lake, one request to a
remote store, or one named point. In a child that has installed a watcher, each crossing goes through it: it may call
on, count, kill, fail, or wait. Nothing is installed in the process that tests.
"""

from __future__ import annotations

import builtins
import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import psycopg

from archive_jobs import failpoints


class Call(NamedTuple):
    """One crossing, not made yet."""

    kind: str
    what: str
    do: Callable[[], Any]
    on: Any = None


Watcher = Callable[[Call], Any]

_said = threading.local()


def install(watch: Watcher, root: str) -> None:
    """Send every crossing of this process through `watch`. Files are watched below `root` only."""
    failpoints.watchers.append(lambda point: watch(Call("point", point, lambda: None)))
    _install_postgres(watch)
    _install_duckdb(watch)
    _install_files(watch, root)


def _install_postgres(watch: Watcher) -> None:
    wait, connect = psycopg.Connection.wait, psycopg.Connection.connect.__func__  # type: ignore[attr-defined]

    def watched_wait(self: Any, generator: Any, *given: Any, **named: Any) -> Any:
        text, _said.text = getattr(_said, "text", None), None
        return watch(Call("sql", text or "transaction", lambda: wait(self, generator, *given, **named), self))

    def watched_connect(cls: Any, *given: Any, **named: Any) -> Any:
        return watch(Call("connect", "postgresql", lambda: connect(cls, *given, **named)))

    def saying(method: Any) -> Any:
        def said(self: Any, query: Any, *given: Any, **named: Any) -> Any:
            text = query if isinstance(query, str) else bytes(query).decode() if isinstance(query, bytes) else "?"
            _said.text = " ".join(text.split())[:90]
            return method(self, query, *given, **named)

        return said

    psycopg.Connection.wait = watched_wait  # type: ignore[method-assign]
    psycopg.connect = watched_connect.__get__(psycopg.Connection)  # type: ignore[assignment]
    for name in ("execute", "executemany"):
        setattr(psycopg.Cursor, name, saying(getattr(psycopg.Cursor, name)))


class WatchedDuckDB:
    """A DuckDB session whose statements are crossings. DuckDB's own class cannot be changed."""

    def __init__(self, session: Any, watch: Watcher) -> None:
        self._session, self._watch = session, watch

    def execute(self, query: Any, *given: Any) -> Any:
        """Run a statement."""
        text = " ".join(str(query).split())[:90]
        return self._watch(Call("duckdb", text, lambda: self._session.execute(query, *given)))

    def cursor(self) -> WatchedDuckDB:
        """A further session of the same database."""
        return WatchedDuckDB(self._session.cursor(), self._watch)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def _install_duckdb(watch: Watcher) -> None:
    connect = duckdb.connect
    duckdb.connect = lambda *given, **named: WatchedDuckDB(connect(*given, **named), watch)


class WatchedFile:
    """A file whose reads and writes are crossings."""

    def __init__(self, file: Any, name: str, watch: Watcher) -> None:
        self._file, self._name, self._watch = file, name, watch

    def write(self, content: Any) -> Any:
        """Write through to the disk, so that a kill after it finds it there."""

        def do() -> Any:
            written = self._file.write(content)
            self._file.flush()
            return written

        return self._watch(Call("write", self._name, do, (self._file, content)))

    def read(self, *given: Any) -> Any:
        """Read."""
        return self._watch(Call("read", self._name, lambda: self._file.read(*given), self._file))

    def readinto(self, buffer: Any) -> Any:
        """Read into a buffer."""
        return self._watch(Call("read", self._name, lambda: self._file.readinto(buffer), self._file))

    def __enter__(self) -> WatchedFile:
        self._file.__enter__()
        return self

    def __exit__(self, *why: Any) -> Any:
        return self._file.__exit__(*why)

    def __iter__(self) -> Any:
        return iter(self._file)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _install_files(watch: Watcher, root: str) -> None:
    def inside(path: Any) -> bool:
        return isinstance(path, str | os.PathLike) and str(path).startswith(root)

    def watched(kind: str, call: Any, which: int = 0) -> Any:
        def through(*given: Any, **named: Any) -> Any:
            if given and inside(given[which]):
                return watch(Call(kind, kind_of_file(str(given[which])), lambda: call(*given, **named), given))
            return call(*given, **named)

        return through

    for kind, which in {
        "link": 1, "unlink": 0, "rename": 1, "replace": 1, "mkdir": 0, "chmod": 0, "truncate": 0,
    }.items():  # fmt: skip
        setattr(os, kind, watched(kind, getattr(os, kind), which))
    sync, os_open = os.fsync, os.open
    os.fsync = lambda number: watch(Call("fsync", _name_of(number), lambda: sync(number), number))

    def watched_os_open(path: Any, *given: Any, **named: Any) -> Any:
        if not inside(path):
            return os_open(path, *given, **named)
        return watch(Call("open", kind_of_file(str(path)), lambda: os_open(path, *given, **named), path))

    os.open = watched_os_open
    real_open = io.open

    def watched_open(path: Any, mode: str = "r", *given: Any, **named: Any) -> Any:
        if not inside(path) or "b" not in mode:
            return real_open(path, mode, *given, **named)
        name = kind_of_file(str(path))
        file = watch(Call("open", f"{mode} {name}", lambda: real_open(path, mode, *given, **named), path))
        return WatchedFile(file, name, watch)

    io.open = builtins.open = watched_open


def _name_of(number: int) -> str:
    try:
        return kind_of_file(str(Path(f"/proc/self/fd/{number}").readlink()))
    except OSError:
        return "?"


def kind_of_file(path: str) -> str:
    """What a path in the lake is, without the numbers that differ from run to run."""
    name = path.rpartition("/")[2]
    for part, kind in (
        ("/_manifests/", "manifest"), ("/_commits/", "record"), (".parquet", "parquet"), ("_lake.json", "identity"),
        (".part", "staged"), ("probe-", "probe"), (".json", "object"),
    ):  # fmt: skip
        if part in path and (part.startswith("/") is False or name.endswith(".json")):
            return kind
    return "folder"
