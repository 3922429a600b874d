"""Text to disk: writes what has changed, never over a hand edit, never outside the project. Knows no definitions."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.render import GeneratedFile

LOCK_FILE = ".generated.lock.json"


@dataclass
class Drift:
    """What stands on disk against what the definitions say."""

    project: Path
    changed: dict[str, str] = field(default_factory=dict)  # path -> unified diff
    edited: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """True where nothing is to be written or removed."""
        return not (self.changed or self.orphans)


def find_drift(project: Path, files: Mapping[str, GeneratedFile]) -> Drift:
    """Compare the project on disk with the rendered files. Writes nothing."""
    owned = read_lock(project)
    drift = Drift(project)
    for path, file in files.items():
        found = _text_on_disk(project, path)
        if found == file.text:
            continue
        drift.changed[path] = _unified(path, found or "", file.text)
        if found is not None and path not in owned:
            drift.foreign.append(path)
        elif found is not None and _sha256(found) != owned[path]["sha256"]:
            drift.edited.append(path)
    for path in sorted(set(owned) - set(files)):
        found = _text_on_disk(project, path)
        if found is None:
            continue
        drift.orphans.append(path)
        if _sha256(found) != owned[path]["sha256"]:
            drift.edited.append(path)
    if not drift.changed and not drift.orphans and _lock_text(files) != _text_on_disk(project, LOCK_FILE):
        drift.changed[LOCK_FILE] = f"{LOCK_FILE} is not what generate writes\n"
    return drift


def write_project(drift: Drift, files: Mapping[str, GeneratedFile], force: bool = False) -> None:
    """Write what differs and remove what no definition stands behind any more.

    Raises ProblemError where that would overwrite or remove what a person wrote, unless `force`.
    """
    _refuse_hand_edits(drift, force)
    for path in drift.changed:
        if path != LOCK_FILE:
            _write(_inside(drift.project, path), files[path].text)
    for path in drift.orphans:
        orphan = _inside(drift.project, path)
        orphan.unlink()
        _remove_empty_folders(orphan.parent, drift.project)
    _write(drift.project / LOCK_FILE, _lock_text(files))


def write_missing(project: Path, skeleton: Mapping[str, str]) -> list[str]:
    """Write the files a project cannot be without, where they are missing. From then on they are the user's."""
    written = [path for path in skeleton if not (project / path).exists()]
    for path in written:
        _write(_inside(project, path), skeleton[path])
    return written


def read_lock(project: Path) -> dict[str, dict[str, str]]:
    """What the project's lock file says is generated: path -> hashes. Raises ProblemError where it is broken."""
    path = project / LOCK_FILE
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise ProblemError(
            f"{path}: expected the lock file that generate writes, found something else ({error})",
            hint="Nothing was changed. Restore the file from version control, or remove it and use --force.",
        ) from None


def _refuse_hand_edits(drift: Drift, force: bool) -> None:
    if force or not (drift.edited or drift.foreign):
        return
    listed = "\n".join(
        [f"  {path}: edited by hand since it was generated" for path in drift.edited]
        + [f"  {path}: exists, and was not generated" for path in drift.foreign]
    )
    diffs = "".join(drift.changed.get(path, "") for path in (*drift.edited, *drift.foreign))
    raise ProblemError(
        f"generating would overwrite what a person wrote\n{listed}\n{diffs}",
        hint="Nothing was written. Move the edit into a definition or a file of your own, or use --force.",
    )


def _lock_text(files: Mapping[str, GeneratedFile]) -> str:
    entries = {
        path: {"sha256": _sha256(file.text), "definition": file.definition_hash} for path, file in sorted(files.items())
    }
    return json.dumps({"version": 1, "files": entries}, indent=1) + "\n"


def _inside(project: Path, path: str) -> Path:
    """The path on disk. Raises ProblemError where a link would lead out of the project."""
    target = project / path
    root = project.resolve()
    if not target.parent.resolve().is_relative_to(root) or target.is_symlink():
        raise ProblemError(f"{target} leads out of {root}", hint="Nothing was written there. Remove the link.")
    return target


def _write(path: Path, text: str) -> None:
    """Write through a temporary file, so that a run that is killed leaves the old file or the new one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        raise ProblemError(
            f"could not write {path}: {error.strerror}",
            hint="Files written before this one are whole. Mend the cause and run generate again.",
        ) from None


def _remove_empty_folders(folder: Path, project: Path) -> None:
    while folder != project and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _text_on_disk(project: Path, path: str) -> str | None:
    try:
        return (project / path).read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None


def _unified(path: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"on disk/{path}", f"generated/{path}"
    )
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
