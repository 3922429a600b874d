"""What Prometheus is told of the service: counts and times by route and status, never by who asked or for what."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """A registry of its own: two services in one process do not add up."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("archive_api_requests", "Requests answered.", labels, registry=self.registry)
        self.seconds = Histogram(
            "archive_api_request_seconds", "From the request to the last byte of the answer.", ("method", "route"),
            buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self.rows = Counter("archive_api_rows", "Rows sent.", ("data_type",), registry=self.registry)
        self.running = Gauge("archive_api_retrievals_running", "Retrievals at work.", registry=self.registry)

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self.registry)
