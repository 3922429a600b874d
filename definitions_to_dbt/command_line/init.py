"""The command `init`: settles where our package stands inside somebody's dbt project. Edits no file of theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def init(
    definitions: Annotated[str, typer.Option("--definitions", metavar="DIR")] = "definitions",
    folder: Annotated[str, typer.Option("--folder", metavar="DIR", help="Where the package is written.")] = "platform",
    package: Annotated[str, typer.Option("--package", metavar="NAME", help="Name of the package.")] = "platform",
    prefix: Annotated[str, typer.Option("--prefix", help="Before the name of each model; tables keep theirs.")] = "",
    schema: Annotated[
        str, typer.Option("--schema", help="Schema of the tables; {target} is the one of your profile.")
    ] = "{target}_platform",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Settle in the dbt project of this folder as a package of its own, with no file of yours edited.

    Touches definitions_to_dbt.toml, and packages.yml where there is none. The next `generate` writes the package.
    Exit status 0: settled; 2: refused or bad input, nothing was changed.

    Example: definitions-to-dbt init --prefix acme_ --schema analytics
    """
    from definitions_to_dbt.errors import ProblemError
    from definitions_to_dbt.fingerprint import SETTINGS_FILE
    from definitions_to_dbt.host_project import is_listed, read_host, refuse_to_stand_in_the_way
    from definitions_to_dbt.lock import LOCK_FILE
    from definitions_to_dbt.settings import Settings, checked_settings, read_settings
    from definitions_to_dbt.write import write_missing, write_where_changed

    root = Path()
    host = read_host(root)
    settings = checked_settings(Settings(definitions, folder, package, prefix, schema), "init")
    place = root / folder
    if place.exists() and any(place.iterdir()) and not (place / LOCK_FILE).exists():
        raise ProblemError(
            f"{folder} exists and was not generated", hint="Nothing was changed. Name another one with --folder."
        )
    if (root / SETTINGS_FILE).exists() and read_settings(root) != settings and (place / LOCK_FILE).exists():
        raise ProblemError(
            f"{SETTINGS_FILE} holds other settings, and {folder} was generated with them",
            hint=f"Nothing was changed. Edit {SETTINGS_FILE} and run generate, or remove both first.",
        )
    refuse_to_stand_in_the_way(host, settings)
    write_where_changed(root / SETTINGS_FILE, settings.text)
    lines = f"packages:\n  - local: {folder}\n"
    written = [SETTINGS_FILE]
    if host.packages is None:
        written += write_missing(root, {"packages.yml": lines})
    steps = [] if host.packages is None or is_listed(host, settings) else [f"add to packages.yml: - local: {folder}"]
    steps += ["definitions-to-dbt generate", "dbt deps", "dbt build"]
    if as_json:
        print(json.dumps({"written": written, "next": steps, "lines_to_add": "" if host.packages is None else lines}))
        return
    print(f"{', '.join(written)} written; no other file was touched. Next:")
    for step in steps:
        print(f"  {step}")
