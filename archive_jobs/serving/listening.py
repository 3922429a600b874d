"""The socket on which the service listens."""

from __future__ import annotations

import socket

import uvicorn


def listen(config: uvicorn.Config) -> socket.socket:
    """From now on a client waits, and is not refused.

    What is written is sent at once. asyncio sees to that only for sockets that were made by the name of their protocol,
    as uvicorn's are not; else an answer's body waits for the client to acknowledge its head, for forty milliseconds.
    """
    listening = config.bind_socket()
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listening.listen()
    return listening
