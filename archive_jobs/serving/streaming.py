"""Answers that stop when nobody waits for them any more: whatever is being computed for them is interrupted."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack
from contextvars import copy_context
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

T = TypeVar("T")
CLIENT_GONE = "client"


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def watched(receive: Receive, threads: Executor, work: Callable[[], T], stop: Callable[[str], None]) -> T:
    """Do blocking work in a thread; when the client goes, stop it and wait until it has stopped."""
    loop = asyncio.get_running_loop()
    # In the context of the request, whose id each line of the log carries.
    working = loop.run_in_executor(threads, copy_context().run, work)
    leaving = asyncio.ensure_future(_until_gone(receive))
    try:
        waiting: list[asyncio.Future[Any]] = [working, leaving]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            # In a thread of its own: stopping asks PostgreSQL, and that may take a moment.
            await loop.run_in_executor(None, stop, CLIENT_GONE)
        return await working
    except asyncio.CancelledError:
        threads.submit(stop, CLIENT_GONE)
        with contextlib.suppress(BaseException):
            await working
        raise
    finally:
        leaving.cancel()
        with contextlib.suppress(BaseException):
            await leaving


class Streamed(Response):
    """Chunks as they come. Holds what they are made from, and gives it back whatever happens."""

    def __init__(
        self, chunks: Iterator[bytes], held: ExitStack, stop: Callable[[str], None], threads: Executor,
        media_type: str, headers: dict[str, str], seconds: float,
    ) -> None:  # fmt: skip
        self._chunks, self._held, self._stop, self._threads = chunks, held, stop, threads
        self._seconds = seconds
        super().__init__(None, 200, headers, media_type)
        # How long it will be nobody knows yet.
        self.raw_headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # Starlette's signature
        """Send the answer. A fault in its middle breaks it off: the client sees that it is not whole."""
        loop = asyncio.get_running_loop()
        try:
            # Also of a client that takes nothing: as long as it lives, it holds an engine and a snapshot.
            async with asyncio.timeout(self._seconds):
                await self._send_all(receive, send)
        except TimeoutError:
            await loop.run_in_executor(self._threads, self._stop, "time")
            raise
        finally:
            await loop.run_in_executor(self._threads, self._held.close)

    async def _send_all(self, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        while True:
            chunk = await watched(receive, self._threads, lambda: next(self._chunks, None), self._stop)
            if chunk is None:
                break
            if chunk:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
