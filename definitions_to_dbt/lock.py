"""The lock file of a generated project: which files are ours, what we wrote, and what it came from.

One line per file, so that version control merges what can be merged. Imports nothing heavy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.fingerprint import Inputs

LOCK_FILE = ".generated.lock.json"
Entry = dict[str, str]


@dataclass(frozen=True)
class Lock:
    """What stands in the lock file. `inputs` is empty while a run is under way and after one of single objects."""

    files: dict[str, Entry] = field(default_factory=dict)
    inputs: str = ""
    tool_version: str = ""
    tool: str = ""
    definitions: dict[str, str] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)
    client: str = ""

    def with_inputs(self, inputs: Inputs | None) -> Lock:
        """The same files, made from these inputs."""
        if inputs is None:
            return self
        return Lock(
            self.files, inputs.combined, inputs.tool_version, inputs.tool, inputs.definitions, self.beside,
            inputs.client,
        )  # fmt: skip

    @property
    def text(self) -> str:
        """The file as it is written, the same bytes for the same content."""
        tool = {"version": self.tool_version, "fingerprint": self.tool}
        parts = [f' "version": 2,\n "tool": {json.dumps(tool)},\n "inputs": {json.dumps(self.inputs)}']
        if self.client:
            parts.append(f' "client": {json.dumps(self.client)}')
        for name in ("definitions", "beside", "files"):
            lines = ",\n".join(f"  {json.dumps(k)}: {_line(v)}" for k, v in sorted(getattr(self, name).items()))
            parts.append(f' "{name}": {{\n{lines}\n }}' if lines else f' "{name}": {{}}')
        return "{\n" + ",\n".join(parts) + "\n}\n"


def _line(value: str | Mapping[str, str]) -> str:
    """json.dumps for what holds hashes only, at a fifth of the time."""
    if isinstance(value, str):
        return json.dumps(value)
    return "{" + ", ".join(f'"{name}": "{content}"' for name, content in value.items()) + "}"


def read_lock(project: Path) -> Lock:
    """Read the lock of a project, empty where there is none. Raises ProblemError where it is broken."""
    path = project / LOCK_FILE
    try:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return Lock()
    except OSError as error:
        raise ProblemError(f"could not read {path}: {error.strerror}") from None
    try:
        return _parsed(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if "\n<<<<<<< " in text:
            raise ProblemError(
                f"{path} holds the marks of a merge that was not resolved",
                hint="Nothing was changed. Keep either side of it, then run `definitions-to-dbt generate`.",
            ) from None
        raise ProblemError(
            f"{path}: expected the lock file that generate writes, found something else ({error})",
            hint="Nothing was changed. Restore the file from version control, or remove it and use --force.",
        ) from None


def _parsed(content: Any) -> Lock:
    """Raises ValueError and its like where the content is none of ours."""
    if content["version"] not in (1, 2):
        raise ValueError(f"version {content['version']!r}")
    if not isinstance(content["files"], dict):
        raise TypeError("files is no object")
    for path, entry in content["files"].items():
        if not isinstance(entry.get("sha256"), str) or not isinstance(entry.get("definition"), str):
            raise TypeError(f"files/{path}")
    if content["version"] == 1:
        return Lock(content["files"])
    tool = content["tool"]
    definitions, beside = ({str(k): str(v) for k, v in content[name].items()} for name in ("definitions", "beside"))
    made_by = (str(tool["version"]), str(tool["fingerprint"]))
    client = str(content.get("client", ""))
    return Lock(content["files"], str(content["inputs"]), *made_by, definitions, beside, client)
