"""`archive-jobs delta`: the Delta table over a table's archive, for engines that read nothing else."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from archive_jobs.command_line import show
from archive_jobs.command_line.options import AsJson, Definitions, ForClient, Url, settings_of

_DEFAULT = Path("definitions")


def delta(
    table: Annotated[str, typer.Argument(help="Table name or object code.")],
    type: Annotated[Literal["analytics", "source"], typer.Option("--type", help="Which archive.")] = "analytics",
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Remove the table's log and derive it afresh.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Really remove it; without, it is only said.")] = False,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Bring the Delta table of an archive up to date, and print where it is.

    From then on `run` keeps it up by itself, whatever the policy's format is;
    with format delta also without this command. It names the archive's own
    Parquet files, copies of rows that stay hot (drop: never) included, and
    copies nothing. Writes the lake's folder _delta_log. Exit status: 0 done, 2
    somebody else wrote into it, bad input, or no server.

    Example: archive-jobs delta orders --rebuild --yes
    """
    from archive_jobs.commands.delta import bring_up

    state, removed = bring_up(settings_of(archive_url, client=client), definitions, table, type, rebuild and yes)
    if as_json:
        show.print_json({**asdict(state), "removed": removed})
    else:
        print(f"{state.url}: version {state.version}, {state.written} entries written")
    if rebuild and not yes:
        print(
            f"{state.version + 1} entries of the log would be removed and derived afresh; add --yes.", file=sys.stderr
        )
