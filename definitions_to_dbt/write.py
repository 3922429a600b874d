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
from typing import Literal

from pydantic import BaseModel, ValidationError

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
    """Compare the project on disk with the rendered files. Writes nothing.

    Raises ProblemError where a path leads out of the project or cannot be read.
    """
    owned = read_lock(project)
    drift = Drift(project)
    for path, file in files.items():
        found = _text_on_disk(project, path)
        if found is None or not _is_same(found, file.text):
            drift.changed[path] = _unified(path, found or "", file.text)
            if found is not None and path not in owned:
                drift.foreign.append(path)
            elif found is not None and not _is_ours(found, owned[path]):
                drift.edited.append(path)
    for path in sorted(set(owned) - set(files)):
        found = _text_on_disk(project, path)
        if found is not None:
            drift.orphans.append(path)
            if not _is_ours(found, owned[path]):
                drift.edited.append(path)
    if drift.is_clean and _lock_text(files) != _text_on_disk(project, LOCK_FILE):
        drift.changed[LOCK_FILE] = f"{LOCK_FILE} is not what generate writes\n"
    return drift


def write_project(drift: Drift, files: Mapping[str, GeneratedFile], force: bool = False) -> None:
    """Write what differs and remove what no definition stands behind any more.

    Raises ProblemError where that would overwrite or remove what a person wrote, unless `force`.
    """
    if drift.is_clean:
        return
    _refuse_hand_edits(drift, force)
    # Old and new hashes first: a run that is killed then leaves nothing that the next one takes for a hand edit.
    _write(drift.project / LOCK_FILE, _lock_text(files, read_lock(drift.project)))
    for path in drift.changed:
        if path != LOCK_FILE:
            _write(_inside(drift.project, path), files[path].text)
    for path in drift.orphans:
        _remove(_inside(drift.project, path), drift.project)
    _write(drift.project / LOCK_FILE, _lock_text(files))


def write_missing(project: Path, skeleton: Mapping[str, str]) -> list[str]:
    """Write the files a project cannot be without, where they are missing. From then on they are the user's."""
    written = [path for path in skeleton if not (project / path).exists()]
    for path in written:
        _write(_inside(project, path), skeleton[path])
    return written


def write_where_changed(path: Path, text: str) -> None:
    """Write the file unless it holds this text already."""
    if _read(path) != text:
        _write(path, text)


def read_lock(project: Path) -> dict[str, dict[str, str]]:
    """What the project's lock file says is generated: path -> hashes. Raises ProblemError where it is broken."""
    path = project / LOCK_FILE
    text = _read(path)
    if text is None:
        return {}
    try:
        return _Lock.model_validate_json(text).files
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        place = "/".join(map(str, found["loc"]))
        raise ProblemError(
            f"{path}: expected the lock file that generate writes, found something else ({place}: {found['msg']})",
            hint="Nothing was changed. Restore the file from version control, or remove it and use --force.",
        ) from None


class _Lock(BaseModel):
    version: Literal[1]
    files: dict[str, dict[str, str]]


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


def _lock_text(files: Mapping[str, GeneratedFile], before: Mapping[str, dict[str, str]] | None = None) -> str:
    """The lock file. With `before`, the one for while files are written: each may still be what it was."""
    entries = {path: {"sha256": _sha256(file.text), "definition": file.definition_hash} for path, file in files.items()}
    for path, entry in (before or {}).items():
        if path in entries:
            entries[path]["before"] = entry.get("sha256", "")
        else:
            entries[path] = entry
    return json.dumps({"version": 1, "files": dict(sorted(entries.items()))}, indent=1) + "\n"


def _is_same(found: str, text: str) -> bool:
    """True also where version control has turned line ends into CRLF on their way to disk."""
    return found == text or ("\r" not in text and found.replace("\r\n", "\n") == text)


def _is_ours(found: str, entry: Mapping[str, str]) -> bool:
    hashes = (entry.get("sha256"), entry.get("before"))
    return _sha256(found) in hashes or _sha256(found.replace("\r\n", "\n")) in hashes


def _inside(project: Path, path: str) -> Path:
    """The path on disk. Raises ProblemError where it, or a link, would lead out of the project."""
    target = project / path
    root = project.resolve()
    if target.is_symlink() or not target.parent.resolve().is_relative_to(root):
        leads = target.resolve() if target.is_symlink() else target.parent.resolve()
        raise ProblemError(
            f"E_PATH: {target} leads to {leads}; expected a plain file below {root}",
            hint="Nothing was written. Remove the link, or the line in the lock file.",
        )
    return target


def _write(path: Path, text: str) -> None:
    """Write through a temporary file, so that a run that is killed leaves the old file or the new one."""
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise ProblemError(
            f"could not write {path}: {error.strerror}",
            hint="Files written before this one are whole. Mend the cause and run generate again.",
        ) from None


def _remove(orphan: Path, project: Path) -> None:
    try:
        orphan.unlink()
        folder = orphan.parent
        while folder != project and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent
    except OSError as error:
        raise ProblemError(
            f"could not remove {orphan}, which no definition stands behind any more: {error.strerror}",
            hint="What was written is whole. Mend the cause and run generate again.",
        ) from None


def _text_on_disk(project: Path, path: str) -> str | None:
    return _read(_inside(project, path))


def _read(path: Path) -> str | None:
    """The text of the file, None where there is none."""
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ProblemError(f"could not read {path}: {error.strerror}") from None


def _unified(path: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"on disk/{path}", f"generated/{path}"
    )
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
