"""A server to work against: `make up` starts it in `.local/postgres`, `make down` stops it.

It outlives the command, keeps its data, and is durable. Results (the exports) go to stdout, so that
`eval "$(make -s up)"` sets them; everything else goes to stderr.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from definitions_to_dbt.command_line import run_command_line
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

app = typer.Typer(add_completion=False)


@app.command()
def up(
    stop: Annotated[bool, typer.Option("--stop", help="Stop the server; its data stays.")] = False,
    tcp: Annotated[bool, typer.Option("--tcp", help="Listen on 127.0.0.1 too, with a password.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the server and its data live.")] = Path(".local/postgres"),
) -> None:
    """Start the embedded PostgreSQL and print the lines that make libpq find it.

    Starting it twice is the same as once. Touches only the folder and a socket folder in /tmp.
    Exit status: 0 done, 2 refused. Example: eval "$(python -m demo.up)"; psql
    """
    server = EmbeddedPostgres(folder, dies_with_parent=False, tcp=tcp, durable=True)
    if stop:
        was_running = server.address is not None
        server.stop()
        typer.echo(f"stopped; the data is in {folder}" if was_running else "no server was running", err=True)
        return
    for name, value in server.start().environment.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


def main() -> None:
    """Run the command; problems end with exit status 2."""
    run_command_line(app)


if __name__ == "__main__":
    main()
