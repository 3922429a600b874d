"""The command `definitions-to-dbt verdict`. Thin: what it does is in the package `verdict`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from definitions_to_dbt.command_line.generate import AsJson, GivenDefinitions, Project

if TYPE_CHECKING:
    from definitions_to_dbt.verdict.judge import Step

Against = Annotated[
    str, typer.Option("--against", metavar="REF", help="What production runs: a commit, branch or tag.")
]
Schema = Annotated[str, typer.Option("--schema", help="The schema to try the change in. Made, and dropped again.")]
Folder = Annotated[Path, typer.Option("--folder", help="Where manifests and dbt's parse are kept from run to run.")]
Sample = Annotated[
    int, typer.Option("--sample", min=0, help="Raw records of production to try each changed object on.")
]
Meant = Annotated[bool, typer.Option("--breaking-is-meant", help="Let a breaking change of a definition pass.")]
Without = Annotated[bool, typer.Option("--without-server", help="Take only the steps that need none.")]
Keep = Annotated[bool, typer.Option("--keep", help="Leave the schema, to look into it.")]


def verdict(
    against: Against,
    definitions: GivenDefinitions = None,
    project: Project = Path("dbt_project"),
    schema: Schema = "ci",
    folder: Folder = Path(".local/verdict"),
    sample: Sample = 1000,
    breaking_is_meant: Meant = False,
    without_server: Without = False,
    keep: Keep = False,
    as_json: AsJson = False,
) -> None:
    """Say whether a change can be merged: check it, and build what it touches in a schema of its own.

    Definitions and generated files are checked, the definitions compared with those that production runs. Then what
    changed, and what stands on it, is built and tested on both engines of the server that libpq's variables name, over
    the newest raw records of production; all else is read where production (ANALYTICS_SCHEMA) has it. Production's
    schema is read only, and so is its lake.
    Exit status 0: good; 1: not, and the step that says why; 2: it could not be tried, such as without a server.

    Example: definitions-to-dbt verdict --against origin/main
    """
    from definitions_to_dbt.settings import read_settings
    from definitions_to_dbt.verdict.judge import Asked, judge, production_schema

    root = definitions or Path(read_settings().definitions)
    asked = Asked(
        against=against,
        definitions=root,
        project=project,
        schema=schema,
        production=production_schema(),
        folder=folder,
        sample=sample,
        breaking_is_meant=breaking_is_meant,
        has_server=not without_server,
        keep=keep,
    )
    found = judge(asked, lambda step: None if as_json else _tell(step))
    seconds = sum(step.seconds for step in found.steps)
    if as_json:
        steps = [
            {"step": s.name, "good": s.is_good, "found": s.found, "seconds": round(s.seconds, 1)} for s in found.steps
        ]
        print(json.dumps({"good": found.is_good, "seconds": round(seconds, 1), "steps": steps}, ensure_ascii=False))
    else:
        print(f"{'good' if found.is_good else 'not good'}, in {seconds:.0f} seconds")
    sys.exit(0 if found.is_good else 1)


def _tell(step: Step) -> None:
    print(f"{step.seconds:5.1f} s  {'' if step.is_good else 'NOT GOOD: '}{step.name}: {step.found}", flush=True)
