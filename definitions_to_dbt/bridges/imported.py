"""What an import found: definitions as plain JSON values, and every gap between the source and what they can say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Definition = dict[str, Any]


@dataclass(frozen=True, order=True)
class Gap:
    """Something the source does not say, or no definition can: where it stands, and what became of it."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@dataclass
class ImportedObject:
    """One object model, and where in the source it stands."""

    definition: Definition
    where: str

    @property
    def table_name(self) -> str:
        """The table of the object."""
        return str(self.definition["table_schema"]["table_name"])


@dataclass
class Imported:
    """Everything that one source gave."""

    module: Definition
    objects: list[ImportedObject] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def gap(self, where: str, message: str) -> None:
        """Note what the source lacks; once for each place and message."""
        gap = Gap(where, message)
        if gap not in self.gaps:
            self.gaps.append(gap)


def module_definition(code: str, description: str, name: str = "", owner: str | None = None) -> Definition:
    """The module that imported objects belong to, where the library has none of that code."""
    module: Definition = {
        "code": code, "name": name or code.replace("_", " ").capitalize(), "description": description
    }  # fmt: skip
    return module | ({"owner": owner} if owner else {})
