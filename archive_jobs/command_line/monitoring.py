"""`archive-jobs metrics`: what Prometheus reads, for whoever collects it in a way of his own."""

from __future__ import annotations

import sys

import typer

from archive_jobs.command_line.options import OPERATOR, settings_of


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command(rich_help_panel=OPERATOR)(metrics)


def metrics() -> None:
    """Print what the catalogue says as Prometheus metrics.

    Reads the catalogue; changes nothing. `archive-jobs worker
    --metrics-port` serves the same over HTTP, with what the worker did.
    ARCHIVE_JOBS_METRICS names a folder in which every command that moves or
    checks something leaves it as *.prom files. Exit status: 0 printed, 1 the
    catalogue does not answer (archive_catalogue_up is 0).

    Example: archive-jobs metrics > /var/lib/node_exporter/archive.prom
    """
    from archive_jobs.monitoring.metrics import of_catalogue

    found = of_catalogue(settings_of(None)).decode()
    sys.stdout.write(found)
    if "archive_catalogue_up 1.0" not in found:
        raise typer.Exit(1)
