"""A proxy on a socket of its own between the archiver and PostgreSQL that cuts the line around one COMMIT."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from pathlib import Path
from typing import Literal, Self

_COMMIT = b"commit\0"


class CommitProxy:
    """Passes everything on, but for the first `commit` it sees.

    `before`: the server never gets it. `after`: the server's answer never comes back. `running`: the line is cut as
    soon as the server has it, while it is still at work.
    """

    def __init__(self, when: Literal["before", "after", "running"] | str) -> None:
        self.when, self.cut = when, 0
        self.server_folder = os.environ["PGHOST"]
        self._place = tempfile.TemporaryDirectory(prefix="proxy-", dir="/tmp")
        self.folder = self._place.name
        self._listener = socket.socket(socket.AF_UNIX)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        port = os.environ.get("PGPORT", "5432")
        self._listener.bind(str(Path(self.folder) / f".s.PGSQL.{port}"))
        self._listener.listen()
        threading.Thread(target=self._accept, args=(f"{self.server_folder}/.s.PGSQL.{port}",), daemon=True).start()
        return self

    def __exit__(self, *why: object) -> None:
        self._listener.close()
        self._place.cleanup()

    def _accept(self, target: str) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(target)
            line = _Line(client, server)
            threading.Thread(target=self._to_server, args=(line,), daemon=True).start()
            threading.Thread(target=self._to_client, args=(line,), daemon=True).start()

    def _to_server(self, line: _Line) -> None:
        while content := _received(line.client):
            if _COMMIT in content and self._is_first():
                line.is_cut = True
                if self.when != "before":
                    line.server.sendall(content)
                if self.when == "after":
                    # The server has answered when this returns; the answer stays here.
                    line.answered.wait()
                line.hang_up(server_too=self.when != "running")
                return
            line.server.sendall(content)
        line.hang_up(server_too=True)

    def _to_client(self, line: _Line) -> None:
        while content := _received(line.server):
            if line.is_cut:
                line.answered.set()
                continue
            try:
                line.client.sendall(content)
            except OSError:
                break

    def _is_first(self) -> bool:
        with self._lock:
            is_first, self.cut = self.cut == 0, 1
            return is_first


class _Line:
    """One connection, both ends."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client, self.server = client, server
        self.is_cut, self.answered = False, threading.Event()

    def hang_up(self, *, server_too: bool) -> None:
        """Close the archiver's end, and the server's where it shall notice."""
        for end in (self.client, self.server) if server_too else (self.client,):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


def _received(end: socket.socket) -> bytes:
    try:
        return end.recv(65536)
    except OSError:
        return b""
