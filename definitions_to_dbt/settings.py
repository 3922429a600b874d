"""The settings of a project: where definitions stand, where the dbt project is written, and under which names.

They stand in `definitions_to_dbt.toml` beside the definitions; flags win over them. Imports nothing heavy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path

from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.fingerprint import SETTINGS_FILE

_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_PREFIX = re.compile(r"(?:[a-z][a-z0-9_]{0,14})?")
_SCHEMA = re.compile(r"(?:\{target\})?[a-z0-9_]{0,40}")
_FOLDER = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")


@dataclass(frozen=True)
class Settings:
    """With a `package`, the project is one package inside somebody else's; without, it is a project of its own."""

    definitions: str = "definitions"
    folder: str = "dbt_project"
    package: str = ""
    prefix: str = ""
    schema: str = "{target}"

    @property
    def is_embedded(self) -> bool:
        """True where the dbt project around ours belongs to somebody else."""
        return bool(self.package)

    @property
    def text(self) -> str:
        """The settings file."""
        lines = [f'{field.name} = "{getattr(self, field.name)}"' for field in fields(self)]
        return "# What `definitions-to-dbt generate` writes, and where. Flags win over it.\n" + "\n".join(lines) + "\n"


def read_settings(folder: Path = Path()) -> Settings:
    """The settings that hold in a folder. Raises ProblemError where the file says what it cannot."""
    path = folder / SETTINGS_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemError(f"could not read {path}: {error}") from None
    import tomllib

    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProblemError(f"{path}: expected TOML, found something else: {error}") from None
    known = [field.name for field in fields(Settings)]
    for name, value in content.items():
        if name not in known or not isinstance(value, str):
            raise ProblemError(f"{path}: expected texts for {', '.join(known)}; found {name} = {value!r}")
    return checked_settings(Settings(**content), str(path))


def checked_settings(settings: Settings, where: str) -> Settings:
    """The settings. Raises ProblemError for a name that dbt or PostgreSQL would not take."""
    rules = {"folder": _FOLDER, "definitions": _FOLDER, "prefix": _PREFIX, "schema": _SCHEMA}
    if settings.is_embedded:
        rules["package"] = _NAME
    for name, rule in rules.items():
        value = getattr(settings, name)
        if not rule.fullmatch(value) or (name == "schema" and not value):
            raise ProblemError(f"{where}: expected a {name} that fits {rule.pattern}, found {value!r}")
    return settings
