"""The command `generate`: definitions in, files of the dbt project out. Says what it did and what it left."""

from __future__ import annotations

import gc
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from definitions_to_dbt.fingerprint import CLIENT_VARIABLE
from definitions_to_dbt.skeleton import skeleton_files

if TYPE_CHECKING:
    from definitions_to_dbt.drift import Drift
    from definitions_to_dbt.library import Library
    from definitions_to_dbt.render import GeneratedFile
    from definitions_to_dbt.settings import Settings

Definitions = Annotated[Path, typer.Option("--definitions", metavar="DIR", help="The folder of definitions.")]
Project = Annotated[Path, typer.Option("--project", metavar="DIR", help="The dbt project to write.")]
# Without the flag, what the settings file says.
GivenDefinitions = Annotated[Path | None, typer.Option("--definitions", metavar="DIR", help="The definitions.")]
GivenProject = Annotated[Path | None, typer.Option("--project", metavar="DIR", help="The dbt project to write.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Select = Annotated[
    list[str], typer.Option("--select", metavar="CODE", help="Write this object (code or table) and what is shared.")
]
Check = Annotated[bool, typer.Option("--check", help="Write nothing; print a diff and exit 1 on drift.")]
ForClient = Annotated[
    str | None,
    typer.Option(
        "--client",
        metavar="CODE",
        envvar=CLIENT_VARIABLE,
        help="The project of this client: its modules and overrides.",
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite generated files that were edited by hand.")]


def generate(
    definitions: GivenDefinitions = None,
    project: GivenProject = None,
    select: Select = [],  # noqa: B006  # typer reads it and never changes it
    check: Check = False,
    force: Force = False,
    client: ForClient = None,
    as_json: AsJson = False,
) -> None:
    """Write the dbt project that the definitions describe.

    Touches generated files only: hand-written ones are left alone, hand-edited generated ones are refused.
    Exit status 0: the project is what the definitions say; 1: --check found drift; 2: refused or bad input.

    Example: definitions-to-dbt generate --check
    """
    # What is loaded stays until the end: looking through it for garbage takes a tenth of the time.
    gc.disable()
    from definitions_to_dbt.fingerprint import SETTINGS_FILE, inputs_of
    from definitions_to_dbt.json_schema import schema_texts, write_schemas
    from definitions_to_dbt.library import load_library
    from definitions_to_dbt.only_one import only_one
    from definitions_to_dbt.render import render
    from definitions_to_dbt.settings import read_settings
    from definitions_to_dbt.write import (
        drift_beside,
        find_drift,
        record_beside,
        refuse_edits_beside,
        write_missing,
        write_project,
    )  # fmt: skip
    from definitions_to_dbt.written_models import written_models

    settings = read_settings()
    definitions, project = definitions or Path(settings.definitions), project or Path(settings.folder)
    inputs = inputs_of(
        definitions, Path(SETTINGS_FILE), client
    )  # before they are read: one that changes meanwhile is then seen by the next run
    library = load_library(definitions, lambda: written_models(project), client)
    files = as_package(render(library), settings) if settings.is_embedded else render(library)
    only = paths_of(library, files, select) if select else None
    with only_one(project, writes=not check):
        drift = find_drift(project, files, inputs)
        drift.refuse_another_client(force=force)
        if check:
            stale = drift_beside(schema_texts(definitions / "schema"))
            _report_drift(drift, stale, as_json)
            sys.exit(0 if drift.is_clean and not stale else 1)
        if not force:
            refuse_edits_beside(project, definitions, schema_texts(definitions / "schema"))
        write_project(drift, files, force, only)
        started = [] if settings.is_embedded else write_missing(project, skeleton_files())
        record_beside(project, write_schemas_with_hashes(write_schemas(definitions / "schema"), definitions))
    _report_written(drift, len(files), started, only, as_json)
    gc.freeze()  # and Python looks through all of it once more as it ends


def as_package(files: dict[str, GeneratedFile], settings: Settings) -> dict[str, GeneratedFile]:
    """The files for inside somebody else's project. Raises ProblemError where a name is taken there."""
    from definitions_to_dbt.embedding import embedded, model_names
    from definitions_to_dbt.host_project import read_host, refuse_to_stand_in_the_way

    refuse_to_stand_in_the_way(read_host(Path()), settings, model_names(files))
    return embedded(files, settings)


def paths_of(library: Library, files: dict[str, GeneratedFile], select: list[str]) -> set[str]:
    """The files of the selected objects, and those that speak of several objects. Raises ProblemError."""
    hashes = {library.object(name).definition_hash for name in select}
    return {path for path, file in files.items() if not file.definition_hash or file.definition_hash in hashes}


def write_schemas_with_hashes(paths: list[Path], definitions: Path) -> dict[str, str]:
    """The hash of each file that generate writes beside the definitions."""
    from definitions_to_dbt.fingerprint import sha256_of

    return {path.relative_to(definitions).as_posix(): sha256_of(path) for path in paths}


def _report_written(drift: Drift, count: int, started: list[str], only: set[str] | None, as_json: bool) -> None:
    written = [path for path in drift.changed if only is None or path in only]
    removed = [path for path in drift.orphans if only is None or path in only]
    left = sorted({*drift.changed, *drift.orphans} - {*written, *removed})
    if as_json:
        summary = {"files": count, "written": len(written), "removed": len(removed), "started": started}
        print(json.dumps(summary | ({"left": left} if only is not None else {})))
        return
    print(f"{count} generated files in {drift.project}: {len(written)} written, {len(removed)} removed")
    if left:
        shown = ", ".join(left[:3]) + (", …" if len(left) > 3 else "")
        print(f"{len(left)} files of other objects differ and were left ({shown}); run `definitions-to-dbt generate`")


def _report_drift(drift: Drift, stale: list[Path], as_json: bool) -> None:
    if as_json:
        now = drift.inputs
        print(json.dumps({
            "changed": drift.changed, "orphans": drift.orphans, "edited": drift.edited, "causes": drift.causes,
            "beside": [str(path) for path in stale],
            "definitions_changed": drift.definitions_changed,
            "tool": {
                "changed": drift.tool_changed,
                "recorded": {"version": drift.lock.tool_version, "fingerprint": drift.lock.tool},
                "now": {"version": now.tool_version, "fingerprint": now.tool} if now else {},
            },
        }))  # fmt: skip
        return
    for path in drift.changed:
        print(drift.diff(path), end="")
    for path in drift.orphans:
        print(f"orphan: {path} has no definition any more")
    for schema in stale:
        print(f"{schema} is not the schema that generate writes for editors")
    if drift.is_clean and not stale:
        print(f"{drift.project} is what the definitions say")
        return
    for line in _whose_change(drift):
        print(line)
    print(f"{len(drift.changed)} files differ, {len(drift.orphans)} orphans; run `definitions-to-dbt generate`")


def _whose_change(drift: Drift) -> list[str]:
    """Hand edits one by one, everything else counted by its cause."""
    lines = [f"edited by hand: {path} (generate refuses it; --force gives the edit up)" for path in drift.edited]
    counted = Counter(cause for path, cause in drift.causes.items() if path not in drift.edited)
    lines += [f"{count} of them because: {cause}" for cause, count in sorted(counted.items())]
    if drift.tool_changed and drift.inputs:
        was = f"{drift.lock.tool_version} ({drift.lock.tool[:8]})"
        lines.append(f"tool: {was} then, {drift.inputs.tool_version} ({drift.inputs.tool[:8]}) now")
    if names := drift.definitions_changed:
        lines.append(f"definitions changed: {', '.join(names[:5])}{', …' if len(names) > 5 else ''}")
    return lines
