"""The main job, end to end: `make demo`. A shop's year lands, becomes tables, ages into Parquet, and is read back.

Everything happens in `.local/demo`, which is removed at the start, on an embedded PostgreSQL of its own, which is
stopped at the end. In the end every side is counted on its own (`counts.py`) and compared (`sums.py`).
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from definitions_to_dbt.command_line import run_command_line
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.library import load_library
from definitions_to_dbt.postgres import connect
from demo import closing_table
from demo.command import CheckFailedError
from demo.docs_site import write_site
from demo.final_count import count_all
from demo.main_job import KPIS_OF_MODULES, SCHEMA, MainJob
from demo.progress import Steps
from demo.sums import broken

_STEPS = 20
_FOREIGN_SETTINGS = ("PGSERVICE", "PGPASSWORD", "PGOPTIONS", "PGSSLMODE", "PGHOSTADDR", "PGPASSFILE", "PGTZ")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def run(
    folder: Annotated[Path, typer.Option(help="Where server, lake and files live. Removed first.")] = Path(
        ".local/demo"
    ),
) -> None:
    """Watch JSON definitions become a platform: land, build, archive, read back, count.

    Touches only FOLDER, target/ and, where a definition was edited, dbt_project/. Exit status 0: every sum holds;
    1: one does not, or a build failed; 2: refused. Example: python -m demo.run
    """
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGHUP, _end)
    server = EmbeddedPostgres(folder / "postgres")
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)
    steps = Steps(Console(stderr=True), _STEPS)
    with server:
        _point_at(server, folder)
        with closing(connect(application_name="demo")) as connection:
            job = MainJob(folder, load_library(Path("definitions")), connection, steps)
            try:
                main_job(job, steps)
            except CheckFailedError as failure:
                print(f"error: {failure}", file=sys.stderr)
                print(
                    f"hint: The log of dbt is {folder}/logs/dbt.log. The next `make demo` starts fresh.",
                    file=sys.stderr,
                )
                raise typer.Exit(1) from None
            counted = count_all(job)
    (folder / "open.sh").write_text(_how_to_open(folder))
    closing_table.show(job, counted, seconds=steps.seconds)
    if broken(counted.sums):
        raise typer.Exit(1)


def main_job(job: MainJob, steps: Steps) -> None:
    """The order of things."""
    job.make_shop()
    job.generate()
    job.land_past()
    job.archive_raw()
    job.build("Build Layers 1, 3 and 2")
    job.measure_past()
    job.build("Build the figures")
    job.build_marts("Build the marts, all rows still in PostgreSQL")
    job.archive("Archive what has aged")
    job.build_marts("Build the marts again, over PostgreSQL and lake")
    job.land_rest()
    job.build("Build the last weeks")
    job.measure_rest()
    job.build("Build the figures")
    job.archive("Archive again")
    job.build_marts("Build the marts over all of history", months_before=12)
    job.verify()
    job.read_back()
    with steps.step("Write the docs site") as step:
        step.commands.append("make docs")
        step.says(write_site(options=KPIS_OF_MODULES))


def _point_at(server: EmbeddedPostgres, folder: Path) -> None:
    """All commands read these variables; the user's own server and lake are not touched."""
    for name in _FOREIGN_SETTINGS:
        os.environ.pop(name, None)
    os.environ.update(server.environment)
    os.environ.update(
        ANALYTICS_SCHEMA=SCHEMA,
        ARCHIVE_URL=str(folder / "lake"),
        LAKE_DB=str(folder / "lake.duckdb"),
        DBT_LOG_PATH=str(folder / "logs"),
    )


def _how_to_open(folder: Path) -> str:
    return f"""\
# Start the demo's PostgreSQL again and point every command at it and at its lake:  . {folder}/open.sh
eval "$(.venv/bin/python -m demo.up --folder {folder}/postgres)"
export ARCHIVE_URL={folder}/lake LAKE_DB={folder}/lake.duckdb ANALYTICS_SCHEMA={SCHEMA}
export PATH="$PWD/.venv/bin:$PATH"
# To stop it:  .venv/bin/python -m demo.up --stop --folder {folder}/postgres
"""


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    """Ended from outside: leave as by Ctrl-C, which stops the server."""
    raise KeyboardInterrupt


def main() -> None:
    """Run the demo; problems end with exit status 2."""
    run_command_line(app)


if __name__ == "__main__":
    main()
