"""DuckDB SQL over files of which the catalogue knows that they are as if they were written today.

Of others each row is asked: `definitions_to_dbt.lake.archive_select`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from archive_jobs.reading.once_per_model import once_per_model
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.lake import LakeColumn, file_list, lake_columns
from definitions_to_dbt.sql import bare_or_quoted

# What a file of such a column is read as without a word. Times and UUIDs are read otherwise, or as text.
_READ_AS_WRITTEN = re.compile(
    r"VARCHAR|BOOLEAN|SMALLINT|INTEGER|BIGINT|FLOAT|DOUBLE|DATE|TIMESTAMP|TIMESTAMPTZ|BLOB|DECIMAL\(\d+,\d+\)"
)


def plain_select(model: ObjectModel, files: Sequence[str], where: str = "") -> str:
    """The rows of these files, which need no telling what they have.

    Without being told DuckDB knows of a file's least and greatest values, and leaves out filters that all rows pass.
    `can_have_nan`: those values leave NaN out, and DuckDB would take them for the whole truth. No cast that does
    nothing: twelve of them are a sixth of what a question about a small file takes.
    """
    return plain_over(model, file_list(files)) + (f" where {where}" if where else "")


def plain_over(model: ObjectModel, listed: str) -> str:
    """The same over a list of files as SQL text."""
    return f"select {_plain_columns(model)} from read_parquet({listed}, hive_partitioning = false, can_have_nan = true)"


@once_per_model
def _plain_columns(model: ObjectModel) -> str:
    return ", ".join(_plain(column) for column in lake_columns(model, "analytics"))


def _plain(column: LakeColumn) -> str:
    name = bare_or_quoted(column.name)
    if column.value_of_today == name and _READ_AS_WRITTEN.fullmatch(column.lake_type):
        return name
    return f"cast({column.value_of_today} as {column.lake_type}) as {name}"
