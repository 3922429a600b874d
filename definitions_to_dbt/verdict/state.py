"""Production's manifests: dbt's parse of the commit that production runs, once per commit. Builds nothing."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Collection
from pathlib import Path

import orjson

from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.verdict.dbt_runs import ENGINES, Dbt, profiles_of


def production_state(commit: str, folder: Path, project: Path, schema: str) -> Path:
    """The folder with `<engine>/manifest.json` of a commit's dbt project, made where it is not there yet.

    Raises ProblemError where git knows no such commit, or dbt cannot read what stood there.
    """
    sha = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}").decode().strip()
    place = folder / sha
    if all((place / engine / "manifest.json").is_file() for engine in ENGINES):
        return place
    with tempfile.TemporaryDirectory(prefix="verdict-") as name:
        checkout = Path(name)
        with tarfile.open(fileobj=io.BytesIO(_git("archive", "--format=tar", sha, "--", project.as_posix()))) as tar:
            tar.extractall(checkout, filter="data")
        for engine in ENGINES:
            dbt = Dbt(engine, schema, checkout / "target" / engine, checkout / project, profiles_of(project))
            said = dbt.run("parse")
            if not said.is_good:
                raise ProblemError(
                    f"dbt cannot read the project of {commit}: {'; '.join(said.problems)}",
                    hint="Nothing was built. Name a later commit with --against.",
                )
            (place / engine).mkdir(parents=True, exist_ok=True)
            # Moved at once, so that a run that is stopped leaves no half of it.
            shutil.copy(checkout / "target" / engine / "manifest.json", place / engine / "manifest.json.part")
            (place / engine / "manifest.json.part").rename(place / engine / "manifest.json")
    return place


def state_beside(state: Path, built: Collection[str], schema: str, place: Path) -> Path:
    """A copy of a state in which the nodes that were built stand in `schema`.

    Without it dbt on DuckDB, which built none of PostgreSQL's models, reads each of them where production has it: a
    column that came with the change would be missing.
    """
    manifest = orjson.loads((state / "manifest.json").read_bytes())
    for unique_id in built:
        node = manifest["nodes"].get(unique_id)
        if node is not None and node["relation_name"]:
            node["relation_name"] = node["relation_name"].replace(f'"{node["schema"]}"', f'"{schema}"', 1)
            node["schema"] = schema
    place.mkdir(parents=True, exist_ok=True)
    (place / "manifest.json").write_bytes(orjson.dumps(manifest))
    return place


def _git(*words: str) -> bytes:
    try:
        ended = subprocess.run(["git", *words], capture_output=True, check=False)
    except FileNotFoundError:
        raise ProblemError("expected git on the PATH, found none") from None
    if ended.returncode:
        raise ProblemError(
            f"git {' '.join(words)} failed: {ended.stderr.decode(errors='replace').strip() or 'no such commit'}",
            hint="Nothing was built. Name what production runs with --against: a commit, branch or tag.",
        )
    return ended.stdout
