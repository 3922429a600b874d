"""The run that finds nothing to do: hashes everything, renders nothing. Imports nothing heavy.

Every definition, every generated file and the tool itself are read and hashed each time. No time stamp is trusted, so
neither a hand edit nor a changed definition can hide.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.fingerprint import CLIENT_VARIABLE, SETTINGS_FILE, inputs_of, sha256_of
from definitions_to_dbt.lock import Lock, read_lock
from definitions_to_dbt.settings import read_settings


@dataclass
class Words:
    """The words after `generate`, where they are of those that a run without changes can answer."""

    definitions: Path | None = None
    project: Path | None = None
    check: bool = False
    as_json: bool = False


def answer_if_unchanged(words: list[str]) -> bool:
    """Answer `generate` where nothing has changed. False, with nothing said, where the full run must decide."""
    given = _understood(words)
    if given is None or os.environ.get(CLIENT_VARIABLE):
        return False
    try:
        settings = read_settings()
        project = given.project or Path(settings.folder)
        lock = read_lock(project)
    except ProblemError:
        return False
    definitions = given.definitions or Path(settings.definitions)
    if not lock.files or not is_unchanged(lock, definitions, project, Path(SETTINGS_FILE)):
        return False
    print(said_of_no_change(lock, project, check=given.check, as_json=given.as_json))
    return True


def is_unchanged(lock: Lock, definitions: Path, project: Path, settings: Path | None = None) -> bool:
    """True where definitions, settings, tool and every file are those that the lock was written for."""
    if not lock.inputs or inputs_of(definitions, settings).combined != lock.inputs:
        return False
    folder, beside = f"{project}/", f"{definitions}/"
    if any(sha256_of(beside + path) != content for path, content in lock.beside.items()):
        return False
    return not _leads_through_a_link(folder, lock.files) and all(
        "before" not in entry and sha256_of(folder + path, through_links=False) == entry["sha256"]
        for path, entry in lock.files.items()
    )


def _leads_through_a_link(root: str, paths: Iterable[str]) -> bool:
    """True where a folder on the way is a link: whether it may be one is for the full run to say."""
    folders = {path.rpartition("/")[0] for path in paths}
    ways = {folder[:end] for folder in folders for end, letter in enumerate(f"{folder}/") if letter == "/"}
    return any(os.path.islink(root + way) for way in ways if way)  # noqa: PTH114  # of hundreds of folders: Path.is_symlink takes four times as long


def said_of_no_change(lock: Lock, project: Path, *, check: bool, as_json: bool) -> str:
    """What `generate` prints where nothing was to be done."""
    if check:
        nothing: dict[str, object] = {"changed": [], "orphans": [], "edited": [], "causes": {}, "beside": []}
        return json.dumps(nothing) if as_json else f"{project} is what the definitions say"
    if as_json:
        return json.dumps({"files": len(lock.files), "written": 0, "removed": 0, "started": []})
    return f"{len(lock.files)} generated files in {project}: 0 written, 0 removed"


def _understood(words: list[str]) -> Words | None:
    """None where a word is not one of the four that this can answer: the full command line knows them all."""
    given, rest = Words(), list(words)
    while rest:
        word, _, value = rest.pop(0).partition("=")
        if word in ("--definitions", "--project"):
            if not value and not rest:
                return None
            setattr(given, word[2:], Path(value or rest.pop(0)))
        elif value:
            return None
        elif word == "--check":
            given.check = True
        elif word == "--json":
            given.as_json = True
        else:
            return None
    return given
