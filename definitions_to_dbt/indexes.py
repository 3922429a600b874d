"""The indexes of an object's tables: their names, what they stand on, the statement that makes each. Runs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from definitions_to_dbt.checked_sql import checked
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.sql import bare_or_quoted, quote_literal
from definitions_to_dbt.table_schema import Index

_LAYER_3_INDEXES = ("unclaimed", "claimed", "unarchived", "ingested")
# Summaries of 32 pages find a day of a year without reading a hundredth of the table.
_BRIN_OPTIONS = " with (pages_per_range = 32, autosummarize = on)"


@dataclass(frozen=True)
class TableIndex:
    """One index of a write model: what its name ends in, and what stands behind the table's name."""

    suffix: str
    columns: str
    method: str = "btree"
    where: str = ""

    @property
    def body(self) -> str:
        """What stands behind the table's name, less the brackets of a plain list."""
        if self.method == "btree" and not self.where:
            return self.columns
        method = "" if self.method == "btree" else f"using {self.method} "
        options = _BRIN_OPTIONS if self.method == "brin" else ""
        return f"{method}({self.columns}){options}{f' where {self.where}' if self.where else ''}"


def write_model_indexes(model: ObjectModel) -> list[TableIndex]:
    """None is unique: a broken promise is a failing test, not a failing batch."""
    found = [_stated(model, index) for index in model.table_schema.indexes]
    found += [TableIndex(column.name, bare_or_quoted(column.name)) for column in model.columns if column.index]
    time = model.time_column
    if time and model.physical_key[:1] != (time,) and time not in {index.suffix for index in found}:
        # Events come nearly in the order of their times: a summary of each stretch of pages says as much as a tree,
        # and takes a thousandth of the room. Not where old rows leave a table one by one: new ones come into their
        # pages, of which the summary goes on saying the old times too, until it says nothing.
        leaves_pages = model.ages and not model.is_cut_by_time
        is_summed_up = model.kind == "event" and not leaves_pages
        found.append(TableIndex(time, bare_or_quoted(time), "brin" if is_summed_up else "btree"))
    return list({index.suffix: index for index in found}.values())


def _stated(model: ObjectModel, index: Index) -> TableIndex:
    types = {column.name: column.pg_type for column in model.columns}
    where = checked(index.where, types) if index.where else ""
    return TableIndex(index.name, column_list(index.columns), index.method, where)


def index_names(model: ObjectModel) -> Iterator[tuple[str, str]]:
    """Every index of the object and where the definition asks for it. Indexes share their names with tables."""
    at = "/table_schema/table_name"
    for suffix in _LAYER_3_INDEXES:
        yield plain_index_name(model, suffix), at
    if model.has_versions:
        yield plain_index_name(model, "versions_key"), at
    if not model.physical_key:
        yield plain_index_name(model, "raw_seq"), at
    pointers = {index.name: f"/table_schema/indexes/{n}/name" for n, index in enumerate(model.table_schema.indexes)}
    columns = {column.name: f"/table_schema/columns/{n}/name" for n, column in enumerate(model.columns)}
    named = [index.name for index in model.table_schema.indexes]
    named += [column.name for column in model.columns if column.index or column.name == model.time_column]
    if model.time_column and model.physical_key[:1] == (model.time_column,):
        named = [name for name in named if name != model.time_column or model.column(name).index]
    for suffix in dict.fromkeys(named):
        yield plain_index_name(model, suffix), pointers.get(suffix) or columns[suffix]


def index_statement(
    model: ObjectModel, suffix: str, table: str, body: str, where: str = "", *, unique: bool = False
) -> str:
    """The statement that makes an index where it is missing, or makes it anew where it is stated otherwise now."""
    schema, condition = table.partition(".")[0], f" {where}" if where else ""
    name = quote_literal(plain_index_name(model, suffix))
    written = body if body.startswith(("using ", "(")) else f"({body})"
    only_once = ", true" if unique else ""
    return f"select {schema}.ensure_index({name}, $index${table} {written}{condition}$index${only_once});\n"


def plain_index_name(model: ObjectModel, suffix: str) -> str:
    """The name of an index: what the definition calls it, or one made of the table's and the suffix."""
    name = suffix if suffix.startswith(("ix_", "idx_")) else f"ix_{model.table_name}_{suffix}"
    return name[:63]


def column_list(names: tuple[str, ...] | list[str]) -> str:
    """Column names as SQL needs them."""
    return ", ".join(bare_or_quoted(name) for name in names)
