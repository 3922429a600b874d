"""A worker's own port for Prometheus: GET /metrics, and nothing else. The service has a route of its own instead."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError


@contextmanager
def answering_prometheus(settings: ArchiveSettings) -> Iterator[None]:
    """Answer on the port of the settings as long as the worker works. Raises ProblemError where it is taken."""
    if settings.metrics_port is None:
        yield
        return
    from archive_jobs.monitoring.metrics import CONTENT_TYPE, count, exposition

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # http.server's name
            found = exposition(settings) if self.path.partition("?")[0] == "/metrics" else None
            self.send_response(200 if found is not None else 404)
            self.send_header("Content-Type", CONTENT_TYPE if found is not None else "text/plain")
            self.end_headers()
            self.wfile.write(found if found is not None else b"only /metrics\n")

        def log_message(self, *_: object) -> None:
            """A scrape every few seconds is no news."""

    try:
        server = ThreadingHTTPServer((settings.metrics_host, settings.metrics_port), Answer)
    except OSError as error:
        raise ProblemError(
            f"metrics cannot be served on {settings.metrics_host}:{settings.metrics_port}: {error.strerror}",
            hint="Nothing was begun. Choose another --metrics-port, or 0 for a free one.",
        ) from None
    count()
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    print(f"metrics: http://{settings.metrics_host}:{server.server_port}/metrics", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
