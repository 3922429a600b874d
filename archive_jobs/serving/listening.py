"""The socket on which the service listens."""

from __future__ import annotations

import logging
import socket

import uvicorn

from definitions_to_dbt.errors import ProblemError


def listen(config: uvicorn.Config) -> socket.socket:
    """From now on a client waits, and is not refused.

    What is written is sent at once. asyncio sees to that only for sockets that were made by the name of their protocol,
    as uvicorn's are not; else an answer's body waits for the client to acknowledge its head, for forty milliseconds.
    """
    try:
        # uvicorn writes the reason into a log of its own, and ends the process with a status of its own.
        logging.getLogger("uvicorn.error").disabled = True
        listening = config.bind_socket()
    except SystemExit as error:
        reason = error.__context__.strerror if isinstance(error.__context__, OSError) else "it cannot be used"
        raise ProblemError(
            f"the service cannot listen on {config.host}:{config.port}: {reason}",
            hint="The service was not started. Give another --host or --port, or end what listens there.",
        ) from None
    finally:
        logging.getLogger("uvicorn.error").disabled = False
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listening.listen()
    return listening
