"""The definitions as they were: in another folder, or in a commit. Writes only below a folder it is given."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

from definitions_to_dbt.errors import DefinitionsError, ProblemError
from definitions_to_dbt.library import Library, load_library


def earlier_library(against: str, definitions: Path, scratch: Path) -> Library:
    """Load the earlier definitions. Raises ProblemError where there are none, or none that can be read today."""
    folder = Path(against)
    root = folder if folder.is_dir() else _from_git(against, definitions, scratch)
    try:
        return load_library(root)
    except DefinitionsError as errors:
        raise ProblemError(
            f"the definitions of {against} are none that this version of the tool accepts\n{errors}",
            hint="Nothing was compared. Name a later commit, or a folder with --against.",
        ) from None


def _from_git(against: str, definitions: Path, scratch: Path) -> Path:
    if not definitions.is_dir():
        raise ProblemError(f"expected a folder of definitions, found nothing at {definitions}")
    top = _git(definitions, "rev-parse", "--show-toplevel")
    if top is None:
        raise ProblemError(
            f"{against} is no folder, and {definitions} stands in no git repository",
            hint="Nothing was compared. Name a folder with --against.",
        )
    commit = _git(definitions, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{against}^{{commit}}")
    if commit is None:
        raise ProblemError(
            f"{against} is neither a folder nor a commit, branch or tag of the repository around {definitions}",
            hint="Nothing was compared. `git log --oneline` shows what can be named.",
        )
    inside = definitions.resolve().relative_to(Path(top.decode().rstrip("\n")).resolve()).as_posix()
    archive = _git(Path(top.decode().rstrip("\n")), "archive", "--format=tar", commit.decode().strip(), "--", inside)
    if archive is None:
        raise ProblemError(
            f"{against} holds no folder {inside}", hint="Nothing was compared. Name a later commit, or a folder."
        )
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(scratch, filter="data")
    except tarfile.FilterError as error:
        raise ProblemError(
            f"E_PATH: {inside} of {against} holds what leads out of it: {error}",
            hint="Nothing was compared. Name a later commit, or a folder with --against.",
        ) from None
    return scratch / inside


def _git(folder: Path, *words: str) -> bytes | None:
    """What git says, None where it refuses. Raises ProblemError where there is no git."""
    try:
        ended = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, check=False)
    except FileNotFoundError:
        raise ProblemError("expected git on the PATH, found none", hint="Name a folder with --against.") from None
    return ended.stdout if ended.returncode == 0 else None
