"""DuckDB SQL over an explicit list of files, each column under today's type. Opens nothing while it is planned.

`schema` tells DuckDB the columns beforehand. With `union_by_name` it opens every footer of the list to find them out,
also those of files that a filter then leaves out. `can_have_nan`: the least and the greatest value that a file tells of
itself leave NaN out, and DuckDB would take them for the whole truth.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from archive_jobs.planning.tables import Kind
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.lake import LakeColumn, archive_select, lake_columns
from definitions_to_dbt.sql import bare_or_quoted, quote_literal


def files_select(model: ObjectModel, kind: Kind, files: Sequence[str], platform: bool = True, where: str = "") -> str:
    """The rows of exactly these files; typed and empty without files.

    A column that an old file does not have reads as null, unless the file has the one it was renamed from; a value that
    today's type cannot hold raises.
    """
    if not files:
        return archive_select(model, kind, (), platform)
    columns = lake_columns(model, kind, platform)
    shape = {name: c.lake_type for c in columns for name in (c.name, c.formerly) if name is not None}
    told = ", ".join(
        f"{quote_literal(name)}: {{name: {quote_literal(name)}, type: {quote_literal(stored)}, default_value: null}}"
        for name, stored in shape.items()
    )
    selected = ", ".join(f"cast({c.value_in_files} as {c.lake_type}) as {bare_or_quoted(c.name)}" for c in columns)
    listed = ", ".join(quote_literal(file) for file in files)
    condition = f" where {where}" if where else ""
    return f"select {selected} from read_parquet([{listed}], schema = map {{{told}}}, can_have_nan = true){condition}"


# What a file of such a column is read as without a word. Times and UUIDs are read otherwise, or as text.
_READ_AS_WRITTEN = re.compile(
    r"VARCHAR|BOOLEAN|SMALLINT|INTEGER|BIGINT|FLOAT|DOUBLE|DATE|TIMESTAMP|TIMESTAMPTZ|BLOB|DECIMAL\(\d+,\d+\)"
)


def plain_select(model: ObjectModel, files: Sequence[str], where: str = "") -> str:
    """The same over files that are known to have today's columns, which needs no telling what they have.

    Without being told DuckDB knows of a file's least and greatest values, and leaves out filters that all rows pass.
    A cast that does nothing takes a question about a small file a third of its time.
    """
    selected = ", ".join(_plain(column) for column in lake_columns(model, "analytics"))
    listed = ", ".join(quote_literal(file) for file in files)
    condition = f" where {where}" if where else ""
    read = f"read_parquet([{listed}], hive_partitioning = false, can_have_nan = true)"
    return f"select {selected} from {read}{condition}"


def _plain(column: LakeColumn) -> str:
    name = bare_or_quoted(column.name)
    if column.value_of_today == name and _READ_AS_WRITTEN.fullmatch(column.lake_type):
        return name
    return f"cast({column.value_of_today} as {column.lake_type}) as {name}"
