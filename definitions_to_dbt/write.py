"""Text to disk: writes what has changed, never over a hand edit, never outside the project. Knows no definitions."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from definitions_to_dbt.drift import Drift, is_ours, same_text
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.fingerprint import Inputs
from definitions_to_dbt.lock import LOCK_FILE, Entry, Lock, read_lock
from definitions_to_dbt.render import GeneratedFile

_NOT_THROUGH_A_LINK = getattr(os, "O_NOFOLLOW", 0)

__all__ = [
    "LOCK_FILE", "Drift", "drift_beside", "find_drift", "read_lock", "record_beside", "refuse_edits_beside",
    "write_missing", "write_project", "write_where_changed",
]  # fmt: skip


def find_drift(project: Path, files: Mapping[str, GeneratedFile], inputs: Inputs | None = None) -> Drift:
    """Compare the project on disk with the rendered files. Writes nothing.

    `inputs` is what the files were rendered from; with it the drift can say whose change each difference is.
    Raises ProblemError where a path leads out of the project or cannot be read.
    """
    lock, folder = read_lock(project), _Folder(project)
    drift = Drift(project, lock, inputs)
    for path, file in files.items():
        found = folder.text(path)
        drift.compare(path, found, file.text, file.definition_hash)
    for path in sorted(set(lock.files) - set(files)):
        found = folder.text(path)
        if found is not None:
            drift.orphans.append(path)
            if not is_ours(found, lock.files[path]):
                drift.edited.append(path)
    if drift.is_clean and _entries(files) != lock.files:
        drift.changed.append(LOCK_FILE)
    return drift


def write_project(
    drift: Drift, files: Mapping[str, GeneratedFile], force: bool = False, only: Collection[str] | None = None
) -> None:
    """Write what differs and remove what no definition stands behind any more; with `only`, of these paths alone.

    Raises ProblemError where that would overwrite or remove what a person wrote, unless `force`.
    """
    scope = set(files) | set(drift.orphans) if only is None else set(only)
    lock = Lock(_entries(files)).with_inputs(drift.inputs)
    if only is not None:
        lock = _lock_of_a_part(drift, lock, scope)
    changed = [path for path in drift.changed if path in scope]
    orphans = [path for path in drift.orphans if path in scope]
    folder = _Folder(drift.project)
    if changed or orphans:
        _refuse_hand_edits(drift, scope, force)
        # Old and new hashes first: a run that is killed leaves nothing that the next one takes for a hand edit.
        under_way = Lock(_both(lock.files, drift.lock.files), client=lock.client or drift.lock.client)
        folder.write(LOCK_FILE, under_way.text)
        for path in changed:
            folder.write(path, files[path].text)
        for path in orphans:
            folder.remove(path)
        for path in drift.lock.files:
            if "before" in drift.lock.files[path]:
                folder.remove_half_written(path)
    final = replace(lock, beside=drift.lock.beside).text
    if folder.text(LOCK_FILE) != final:
        folder.write(LOCK_FILE, final)


def record_beside(project: Path, written: Mapping[str, str]) -> None:
    """Note in the lock the hashes of what generate writes outside the project, so that a later run can look at them."""
    lock = read_lock(project)
    if lock.beside != written:
        _Folder(project).write(LOCK_FILE, replace(lock, beside=dict(written)).text)


def drift_beside(texts: Mapping[Path, str]) -> list[Path]:
    """The files outside the project that are not what generate writes there."""
    return [path for path, text in texts.items() if not same_text(_read(str(path)) or "", text)]


def refuse_edits_beside(project: Path, definitions: Path, texts: Mapping[Path, str]) -> None:
    """Raise ProblemError where a file that is about to be written was edited since a run of ours wrote it."""
    recorded = read_lock(project).beside
    edited = []
    for path in drift_beside(texts):
        found, ours = _read(str(path)), recorded.get(path.relative_to(definitions).as_posix())
        if ours and found is not None and not is_ours(found, {"sha256": ours}):
            edited.append(f"  {path}: edited by hand since it was generated")
    if edited:
        raise ProblemError(
            "generating would overwrite what a person wrote\n" + "\n".join(edited),
            hint="Nothing was written. Keep the edit in a file of your own, or use --force.",
        )


def write_missing(project: Path, skeleton: Mapping[str, str]) -> list[str]:
    """Write the files a project cannot be without, where they are missing. From then on they are the user's."""
    folder = _Folder(project)
    written = [path for path in skeleton if not os.path.lexists(project / path)]
    for path in written:
        folder.write(path, skeleton[path])
    return written


def write_where_changed(path: Path, text: str) -> None:
    """Write the file unless it holds this text already."""
    if _read(str(path)) != text:
        _write(str(path), text)


def _entries(files: Mapping[str, GeneratedFile]) -> dict[str, Entry]:
    return {path: {"sha256": _sha256(file.text), "definition": file.definition_hash} for path, file in files.items()}


def _both(now: Mapping[str, Entry], before: Mapping[str, Entry]) -> dict[str, Entry]:
    """The entries for while files are written: each file may still be what it was."""
    entries = {path: dict(entry) for path, entry in now.items()}
    for path, entry in before.items():
        if path in entries:
            entries[path]["before"] = entry["sha256"]
        else:
            entries[path] = entry
    for entry in entries.values():
        entry.setdefault("before", "")
    return entries


def _lock_of_a_part(drift: Drift, whole: Lock, scope: Collection[str]) -> Lock:
    """The lock after only some paths were written. It stands for the whole only where nothing else differs."""
    left = [path for path in (*drift.changed, *drift.orphans) if path not in scope]
    if not left:
        return whole
    files = {path: entry for path, entry in whole.files.items() if path in scope}
    files |= {path: entry for path, entry in drift.lock.files.items() if path not in scope}
    return replace(drift.lock, files=files, inputs="")


def _refuse_hand_edits(drift: Drift, scope: Collection[str], force: bool) -> None:
    edited = [path for path in drift.edited if path in scope]
    foreign = [path for path in drift.foreign if path in scope]
    if force or not (edited or foreign):
        return
    listed = "\n".join(
        [f"  {path}: edited by hand since it was generated" for path in edited]
        + [f"  {path}: exists, and was not generated" for path in foreign]
    )
    diffs = "".join(drift.diff(path) for path in (*edited, *foreign))
    raise ProblemError(
        f"generating would overwrite what a person wrote\n{listed}\n{diffs}",
        hint="Nothing was written. Move the edit into a definition or a file of your own, or use --force.",
    )


class _Folder:
    """Reads and writes below one folder, and never where a link leads out of it. Strings: it may see many files."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self._good: set[str] = set()

    @cached_property
    def _root(self) -> Path:
        return self.project.resolve()

    def text(self, path: str) -> str | None:
        """The text of the file, None where there is none."""
        return _read(self._inside(path), of_ours=True)

    def write(self, path: str, text: str) -> None:
        """Write the file whole."""
        _write(self._inside(path), text)

    def remove(self, path: str) -> None:
        """Remove an orphan, and the folders that it leaves empty."""
        orphan = Path(self._inside(path))
        try:
            orphan.unlink()
            folder = orphan.parent
            while folder != self.project and not any(folder.iterdir()):
                folder.rmdir()
                folder = folder.parent
        except OSError as error:
            raise ProblemError(
                f"could not remove {orphan}, which no definition stands behind any more: {error.strerror}",
                hint="What was written is whole. Mend the cause and run generate again.",
            ) from None

    def remove_half_written(self, path: str) -> None:
        """Remove what a run that was killed has left beside the file."""
        Path(_half_written(self._inside(path))).unlink(missing_ok=True)

    def _inside(self, path: str) -> str:
        """The path on disk. Raises ProblemError where it, or a folder on the way, would lead out of the project."""
        parent = path.rpartition("/")[0]
        if parent not in self._good or "\0" in path:
            leads = (self.project / path).parent.resolve()
            if not leads.is_relative_to(self._root):
                raise _leads_out(self.project / path, leads, self._root)
            self._good.add(parent)
        return f"{self.project}/{path}"


def _leads_out(path: Path, leads: Path, root: Path) -> ProblemError:
    return ProblemError(
        f"E_PATH: {path} leads to {leads}; expected a plain file below {root}",
        hint="Nothing was written. Remove the link, or the line in the lock file.",
    )


def _half_written(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/.{name}.half-written"


def _write(path: str, text: str) -> None:
    """Write through a second file, so that a run that is killed leaves the old file or the new one."""
    half = _half_written(path)
    try:
        try:
            descriptor = _opened(half)
        except FileNotFoundError:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            descriptor = _opened(half)
        try:
            content = memoryview(text.encode("utf-8", "surrogateescape"))
            while content:
                content = content[os.write(descriptor, content) :]
        finally:
            os.close(descriptor)
        os.replace(half, path)  # noqa: PTH105  # Path.replace makes objects for each of many thousand files
    except OSError as error:
        raise ProblemError(
            f"could not write {path}: {error.strerror}",
            hint="Files written before this one are whole. Mend the cause and run generate again.",
        ) from None


def _opened(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NOT_THROUGH_A_LINK, 0o644)


def _read(path: str, *, of_ours: bool = False) -> str | None:
    """The text, None where there is no file. One of ours is never read through a link."""
    try:
        descriptor = os.open(path, os.O_RDONLY | (_NOT_THROUGH_A_LINK if of_ours else 0))
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            return file.read().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        if of_ours and Path(path).is_symlink():
            raise _leads_out(Path(path), Path(path).resolve(), Path(path).parent.resolve()) from None
        raise ProblemError(f"could not read {path}: {error.strerror}") from None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
