"""dbt over the models of one object, in whatever schema: raw records in, rows out."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.names import staging

# Builds an object's staging, rejects, versions and write model in a schema. Raises ProblemError where dbt fails.
Transform = Callable[[ObjectModel, str], None]
_LINES_SHOWN = 15


def selection(model: ObjectModel) -> list[str]:
    """What dbt is told to run: every model that takes part in a batch. A project may have a prefix before names."""
    return [
        "--select",
        f"*{staging(model)}",
        f"config.meta.object_table:{model.table_name},config.materialized:incremental",
    ]


def dbt_of(project: Path, profiles: Path | None, scratch: Path, platform: str) -> Transform:
    """dbt as a process of its own: its profile reads the schema from the environment when it begins."""
    command = shutil.which("dbt", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    missing = "dbt" if command is None else None if (project / "dbt_project.yml").is_file() else "dbt_project.yml"
    if command is None or missing:
        raise ProblemError(
            f"expected dbt and a project in {project}, found no {missing}",
            hint="Nothing was changed. Name the project with --project.",
        )
    # A dbt of another environment is only a command.
    is_own = Path(command).parent == Path(sys.executable).parent and find_spec("dbt") is not None

    def transform(model: ObjectModel, schema: str) -> None:
        words = [*selection(model), "--project-dir", str(project), "--target", "postgres"]
        words += ["--profiles-dir", str(profiles)] if profiles is not None else []
        said = [command, "run", *words, "--no-version-check", "--no-use-colors", "--quiet"]
        if schema != platform:
            # The platform's own schema has dbt's own folder.
            name = f"{schema}-{hashlib.sha256(str(project.resolve()).encode()).hexdigest()[:8]}"
            target = str((scratch / "dbt" / name).resolve())
            if is_own:
                said = [sys.executable, "-m", "archive_jobs.replaying.dbt_beside", platform, schema, target, *words]
            else:
                # Of another schema dbt has to read everything, once.
                said += ["--target-path", target, "--log-path", target]
        done = subprocess.run(
            said,
            env=os.environ | {"ANALYTICS_SCHEMA": schema},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise dbt_failed(model, schema, done.stdout)

    return transform


def dbt_failed(model: ObjectModel, schema: str, said: str) -> ProblemError:
    """dbt's own last words."""
    lines = [line for line in said.strip().splitlines() if line.strip()]
    return ProblemError(
        f"dbt could not build {model.table_name} in {schema}:\n" + "\n".join(lines[-_LINES_SHOWN:]),
        hint="No raw record was lost. A batch that was opened stays open: mend what dbt names, and the next `dbt build`"
        " takes it up.",
    )


def default_profiles(project: Path) -> Path | None:
    """Where profiles.yml is: as dbt looks for it, and beside the project."""
    if "DBT_PROFILES_DIR" in os.environ:
        return Path(os.environ["DBT_PROFILES_DIR"])
    return next((folder for folder in (Path(), project, project.parent) if (folder / "profiles.yml").is_file()), None)
