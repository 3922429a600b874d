"""One line of JSON on stderr for each request: which route, how it ended, how long it took, by which token."""

from __future__ import annotations

import sys

import structlog


def log_to_stderr() -> None:
    """For the process that serves. Routes and numbers are logged; paths, queries and values are not."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
