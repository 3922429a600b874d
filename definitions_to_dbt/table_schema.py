"""The table of a business object, in the words that metadata services already emit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from definitions_to_dbt.column import Column
from definitions_to_dbt.parts import Code, Fault, Identifier, Many, Part, Plain, Text, raise_faults
from definitions_to_dbt.sql import RESERVED

MAX_TABLE_NAME = 40
MAX_COLUMNS = 1_500  # PostgreSQL's 1,600 less what the platform adds
# Names that no file may have on Windows, whatever its ending.
WINDOWS_NAMES = frozenset(("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))))
# Names that mean something else inside a dbt model, and tables and macros of the platform itself.
_DBT_NAMES = frozenset(("target", "this", "model"))
_PLATFORM_NAMES = frozenset(
    """ingestion_runs transform_batches transform_sql cold_rows token_key object_tables former_names platform
    archive_catalog data_quality_rules data_quality_results data_quality_scores""".split()  # noqa: SIM905  # a word list reads better as text
)
_PREFIXES = ("pg_", "dbt_", "_", "layer1_")


class Index(Part):
    """An index on the Layer 2 table."""

    name: Identifier
    columns: Many[Identifier] = Field(min_length=1, max_length=32)
    unique: bool = False
    method: Literal["btree", "brin", "gin"] = "btree"
    where: Plain | None = None


class Relationship(Part):
    """How this object stands to another."""

    name: Identifier
    type: Literal["many_to_one", "one_to_many", "one_to_one", "many_to_many"]
    target_entity: Code
    foreign_key: Identifier | None = None
    description: Text = ""


class TableSchema(Part):
    """The table as metadata services emit it."""

    table_name: Identifier
    class_name: Plain | None = None
    description: Text = ""
    columns: Many[Column] = Field(min_length=1, max_length=MAX_COLUMNS)
    indexes: Many[Index] = ()
    relationships: Many[Relationship] = ()

    @model_validator(mode="after")
    def names_fit(self) -> Self:
        """Every derived name fits PostgreSQL's 63 bytes, no name stands twice, and indexes name columns."""
        raise_faults(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        yield from table_name_faults(self.table_name)
        yield from _doubles("/columns", [column.name for column in self.columns], "column")
        yield from _doubles("/indexes", [index.name for index in self.indexes], "index")
        yield from _doubles("/relationships", [link.name for link in self.relationships], "relationship")
        yield from self._rename_faults()
        types = {column.name: column.pg_type for column in self.columns}
        for place, index in enumerate(self.indexes):
            for number, name in enumerate(index.columns):
                at = f"/indexes/{place}/columns/{number}"
                if name not in types:
                    yield Fault(at, "E_REF", f"{self.table_name} has no column {name!r}")
                elif name in index.columns[:number]:
                    yield Fault(at, "E_DUP", f"the column {name!r} stands twice in the index")
                elif not types[name].can_be_indexed(index.method):
                    why = "have no order and" if index.method == "btree" else f"have no {index.method} index: they"
                    yield Fault(at, "E_KEY", f"values of type {types[name].sql} {why} cannot be indexed")

    def _rename_faults(self) -> Iterator[Fault]:
        """A column that still stands was not renamed, and one column did not become two."""
        taken = {column.name for column in self.columns}
        for place, column in enumerate(self.columns):
            if column.renamed_from in taken:
                message = f"{column.renamed_from} is a column of its own, or was renamed to another one already"
                yield Fault(f"/columns/{place}/renamed_from", "E_COLLISION", message)
            elif column.renamed_from is not None:
                taken.add(column.renamed_from)


def table_name_faults(name: str) -> Iterator[Fault]:
    """What is wrong with the name of a table, which is also the name of files, models and macros."""
    if len(name) > MAX_TABLE_NAME:
        message = f"expected a table_name of at most {MAX_TABLE_NAME} bytes, found {len(name)}"
        yield Fault("/table_name", "E_IDENT_LEN", message)
    elif name in RESERVED:
        yield Fault("/table_name", "E_RESERVED", f"{name!r} is reserved by PostgreSQL")
    elif name in _DBT_NAMES or name in _PLATFORM_NAMES or name.startswith(_PREFIXES):
        yield Fault("/table_name", "E_RESERVED", f"{name!r} is reserved: dbt, PostgreSQL or the platform uses it")
    elif name in WINDOWS_NAMES:
        yield Fault("/table_name", "E_RESERVED", f"{name!r} cannot be the name of a file on Windows")


def _doubles(at: str, names: list[str], what: str) -> Iterator[Fault]:
    for place, name in enumerate(names):
        if name in names[:place]:
            yield Fault(f"{at}/{place}/name", "E_DUP", f"the {what} {name!r} stands twice")
