"""What a project was generated from, as hashes: the definitions, the settings and the tool itself.

Imports nothing heavy: a run that finds nothing to do must not pay for one that does.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

VERSION = "0.1.0"
SETTINGS_FILE = "definitions_to_dbt.toml"
CLIENT_VARIABLE = "DEFINITIONS_CLIENT"  # the archiver reads it too: one word for what both must agree on

_NOT_THROUGH_A_LINK = getattr(os, "O_NOFOLLOW", 0)
_PACKAGE = Path(__file__).parent
# A folder of the definitions that generate itself writes.
_WRITTEN_BESIDE = "schema"
_OF_THE_TOOL = (".py", ".sql", ".yml", ".toml", ".csv", ".json")


@dataclass(frozen=True)
class Inputs:
    """What one project is generated from. Equal inputs give equal bytes."""

    tool_version: str
    tool: str
    definitions: dict[str, str]
    client: str = ""

    @property
    def combined(self) -> str:
        """One hash over everything: a merge of two branches cannot come to hold the right one by itself."""
        digest = hashlib.sha256(f"{self.tool}\0{self.client}".encode())
        for path, content in self.definitions.items():
            digest.update(f"\0{path}\0{content}".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()


def inputs_of(definitions: Path, settings: Path | None = None, client: str | None = None) -> Inputs:
    """Hash what is there now. A file that cannot be read is left to whoever reads it for its meaning."""
    found = dict(_definition_files(definitions))
    if settings is not None and settings.is_file():
        found[SETTINGS_FILE] = sha256_of(settings)
    return Inputs(VERSION, _tool(), dict(sorted(found.items())), client or "")


def sha256_of(path: str | Path, *, through_links: bool = True) -> str:
    """The SHA-256 of a file's bytes, empty where it cannot be read, or is a link and may be none."""
    try:
        # Ten thousand files: Path.open takes twice as long.
        descriptor = os.open(path, os.O_RDONLY | (0 if through_links else _NOT_THROUGH_A_LINK))
        with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123  # of a descriptor, as said above
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return ""


def _definition_files(root: Path) -> Iterator[tuple[str, str]]:
    """Path and hash of every definition. The root's name is in the path, for it is written into what is generated."""
    for path in _below(str(root), ".json"):
        relative = path[len(str(root)) + 1 :].replace(os.sep, "/")
        if not relative.startswith(_WRITTEN_BESIDE + "/"):
            yield f"{root.name}/{relative}", sha256_of(path)


def _tool() -> str:
    """The tool's own sources and templates: whoever changes those may change every file."""
    digest = hashlib.sha256()
    for path in sorted(_below(str(_PACKAGE), _OF_THE_TOOL)):
        digest.update(f"{path[len(str(_PACKAGE)) :]}\0{sha256_of(path)}\0".encode())
    return digest.hexdigest()


def _below(folder: str, endings: str | tuple[str, ...]) -> Iterator[str]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _below(entry.path, endings)
        elif entry.name.endswith(endings):
            yield entry.path
