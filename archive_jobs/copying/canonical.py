"""The canonical line of a row: one text, made by PostgreSQL from the row and by DuckDB from the Parquet file.

It is the line that PostgreSQL's `COPY … (FORMAT csv, FORCE_QUOTE *)` writes, with floats as their IEEE bits.
DuckDB's scanner bends some values without a word, so nothing it says about the rows it read proves anything.
Here PostgreSQL writes its text from the row and DuckDB writes its text from the published file; where the sums
of their MD5s agree, no row was lost, doubled or foreign, and no value changed.
"""

from __future__ import annotations

from collections.abc import Sequence

from archive_jobs.copying.lake_values import FLOATS, is_known, text_of
from definitions_to_dbt.lake import LakeColumn
from definitions_to_dbt.sql import quote_identifier

# PostgreSQL takes at most 100 arguments.
_ARGUMENTS = 48
# 15 hexadecimal digits fit a bigint; twice 15 of the 32 are 120 bits.
_HALF = 15
_MD5_HIGH, _MD5_LOW = f"('0x' || left(md5, {_HALF}))::bigint", f"('0x' || right(md5, {_HALF}))::bigint"
_MD5_SUMS = f"sum({_MD5_HIGH}), sum({_MD5_LOW})"


def can_be_proven(column: LakeColumn) -> bool:
    """True where both engines write the same text for every value of the column's lake type."""
    return is_known(column.lake_type)


def postgres_line(columns: Sequence[LakeColumn]) -> str:
    """The SQL expression of the canonical line over columns that already stand under their lake casts."""
    return _line([_postgres_field(column) for column in columns])


def duckdb_line(columns: Sequence[LakeColumn], *, for_restore: bool = False) -> str:
    """The same for DuckDB. `for_restore` writes floats as numbers, which is what COPY reads back."""
    return _line([_duckdb_field(column, for_restore=for_restore) for column in columns])


def postgres_digest(columns: Sequence[LakeColumn], rows: str, *, with_md5: bool) -> str:
    """A query for (rows, digest_0, digest_1[, md5_high, md5_low]) of the subquery `rows`, whatever their order."""
    md5 = f", {_MD5_SUMS}" if with_md5 else ""
    hashed = ", md5(line) as md5" if with_md5 else ""
    return (
        "select count(*), coalesce(sum(hashtextextended(line, 0)), 0),"
        f" coalesce(sum(hashtextextended(line, 1)), 0){md5}\n"
        f"from (\n  select line{hashed} from (\n"
        f'    select {postgres_line(columns)} collate "C" as line from ({rows}) as lake offset 0\n'
        f"  ) as lines\n) as hashed"
    )


def duckdb_digest(columns: Sequence[LakeColumn], rows: str) -> str:
    """A query for (rows, md5_high, md5_low) of a relation or subquery, comparable with PostgreSQL's."""
    return f"select count(*), {_MD5_SUMS}\nfrom (select md5({duckdb_line(columns)}) as md5 from {rows})"


def _line(fields: list[str]) -> str:
    while len(fields) > _ARGUMENTS:
        groups = [fields[start : start + _ARGUMENTS] for start in range(0, len(fields), _ARGUMENTS)]
        fields = [_concat(group) for group in groups]
    return _concat(fields)


def _concat(fields: list[str]) -> str:
    # concat() takes a null for nothing, so an absent value has no quotes and an empty one has two.
    return "concat(" + ", ',', ".join(fields) + ")"


def _postgres_field(column: LakeColumn) -> str:
    text = postgres_text(column)
    if column.lake_type == "VARCHAR":
        text = f"""replace({text}, '"', '""')"""
    return f"""'"' || {text} || '"'"""


def postgres_text(column: LakeColumn) -> str:
    """The SQL expression of one column's canonical text, without its quotes, over its value under its lake cast."""
    name = quote_identifier(column.name)
    if column.lake_type == "VARCHAR":
        return f'{name} collate "C"'
    if column.lake_type in FLOATS:
        send, bits = FLOATS[column.lake_type]
        # A NaN may carry a sign, which PostgreSQL's text does not have and a restore would not give back.
        number = f"('x' || encode({send}({name}), 'hex'))::bit({bits})::text"
        return f"case when {name} = 'NaN' then 'NaN' else {number} end"
    return f"{name}::text"


def duckdb_text(column: LakeColumn, *, for_restore: bool = False) -> str:
    """The DuckDB expression of one column's canonical text, without its quotes."""
    name, lake_type = quote_identifier(column.name), column.lake_type
    if lake_type in FLOATS:
        if for_restore:
            return f"{name}::varchar"
        # 0.1 has neighbours with the same text in some engine: the bits are the value.
        return f"case when isnan({name}) then 'NaN' else {name}::bit::varchar end"
    return text_of(name, lake_type)


def _duckdb_field(column: LakeColumn, *, for_restore: bool) -> str:
    text = duckdb_text(column, for_restore=for_restore)
    if column.lake_type == "VARCHAR":
        text = f"""replace({text}, '"', '""')"""
    return f"""'"' || {text} || '"'"""
