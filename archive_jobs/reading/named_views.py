"""The views that a query names: of which table each is, what of it the query needs, and each as DuckDB SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from archive_jobs.planning.tables import Kind
from archive_jobs.reading.needed import Needed, View
from archive_jobs.reading.once_per_model import once_per_model
from archive_jobs.reading.time_column import time_column
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.lake import lake_columns
from definitions_to_dbt.library import Library

if TYPE_CHECKING:
    from archive_jobs.reading.reader import Reader

Part = Literal["both", "cold", "copies"]
# What stands before a table's name: hot and cold as one, what is archived, what is copied beside hot rows.
_KINDS: dict[str, tuple[Part, Kind]] = {
    "history_": ("both", "analytics"),
    "archive_": ("cold", "analytics"),
    "copies_": ("copies", "analytics"),
    "source_": ("both", "source"),
    "archive_source_": ("cold", "source"),
}


@dataclass(frozen=True)
class NamedView:
    """One view, over a table's rows of a kind."""

    model: ObjectModel
    kind: Kind
    part: Part

    def shape(self, platform: bool) -> View:
        """Its columns, and by which its rows lie in time."""
        return _shape(self.model, self.kind, self.kind == "source" or platform)

    def body(self, reader: Reader, needed: Needed) -> str:
        """As DuckDB SQL, of what is needed. The checksums of its files are checked."""
        if self.part == "copies":
            return reader.copies(self.model, self.kind, needed.times)
        if self.part == "cold":
            return reader.cold(self.model, self.kind, needed.times)
        return reader.rows(self.model, self.kind, needed.times, needed.columns)


@once_per_model
def _shape(model: ObjectModel, kind: Kind, platform: bool) -> View:
    return View(lake_columns(model, kind, platform), time_column(model, kind))


def names_of_views(library: Library) -> list[str]:
    """Every view a query may name."""
    return [kind + model.table_name for model in library.objects for kind in _KINDS]


def named_views(library: Library, query: str) -> dict[str, NamedView]:
    """Those whose names stand in the query."""
    found = {}
    for word in dict.fromkeys(word.lower() for word in re.findall(r"\w+", query)):
        for prefix, (part, kind) in _KINDS.items():
            model = library.tables.get(word.removeprefix(prefix)) if word.startswith(prefix) else None
            if model is not None:
                found[word] = NamedView(model, kind, part)
    return found
