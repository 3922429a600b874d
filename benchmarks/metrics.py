"""Every KPI of the library asked by MetricFlow on both engines, and compared with the mart and with plain SQL.

    make check-metrics                  all KPIs, hot and then archived; minutes
    make check-metrics MODULES=FINANCE  those of one module

Records are made from the definitions, over more than a year. Each number is asked for by the KPI's period, and once
more by its dimensions. Then `archive-jobs run` takes away what has aged, and all are asked again: DuckDB must say
the same, PostgreSQL the same or that it cannot tell. Exit status 0: no number differs; 1: one does, or a KPI has none.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from asked_figures import Asked, asked_figures, build_marts
from figures import stated_kpis
from metricflow_engines import problems_of

from definitions_to_dbt.command_line import run_command_line
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

_HEADING = (
    "| rows | KPIs | numbers compared | mismatches | PostgreSQL cannot tell | seconds |\n|---|---|---|---|---|---|"
)

app = typer.Typer(add_completion=False)


@app.command()
def check(
    modules: Annotated[list[str] | None, typer.Argument(help="Modules whose KPIs are asked for; all of them.")] = None,
    rows: Annotated[int, typer.Option(help="Records per object.")] = 40,
) -> None:
    """Compare every KPI's number by MetricFlow on both engines, by the mart and by plain SQL."""
    kpis = stated_kpis(modules or ())
    lines, wrong = [_HEADING], []
    with (
        tempfile.TemporaryDirectory() as name,
        tempfile.TemporaryDirectory() as place,
        EmbeddedPostgres(place) as server,
    ):
        os.environ |= server.environment
        with asked_figures(server, Path(name), kpis, rows) as figures:
            build_marts(figures.flow)
            for target, configuration in figures.configurations.items():
                wrong += [f"mf validate-configs on {target}: {said}" for said in problems_of(configuration)]
            for where in ("in PostgreSQL", "archived as they age"):
                began = time.monotonic()
                asked = figures.ask()
                lines.append(_line(where, len(kpis), asked, time.monotonic() - began))
                wrong += [*asked.unlike, *(f"{name} has no number to compare" for name in set(asked.says_nothing))]
                if where == "in PostgreSQL":
                    figures.archive()
    print("\n".join(lines))
    print("\n".join(wrong), file=sys.stderr)
    if wrong:
        raise typer.Exit(1)


def _line(where: str, kpis: int, asked: Asked, seconds: float) -> str:
    return (
        f"| {where} | {kpis} | {asked.compared:,} | {len(asked.unlike)} | {len(asked.refused)} KPIs | {seconds:.0f} |"
    )


if __name__ == "__main__":
    run_command_line(app)
