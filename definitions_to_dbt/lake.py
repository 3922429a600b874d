"""How a table travels to the lake and reads back: one list of columns and casts, used by every side.

Renders SQL text only; archive_jobs and dbt run it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from definitions_to_dbt.definition import Column, ObjectModel
from definitions_to_dbt.names import lake_view, source_table
from definitions_to_dbt.platform_columns import LAYER_2, LAYER_3
from definitions_to_dbt.sql import bare_or_quoted, quote_literal
from definitions_to_dbt.types import PgType

Kind = Literal["analytics", "source"]
# Of two rows of one key the one that counts comes first, for whoever ranks.
NEWEST_FIRST = ("_source_order desc", "_raw_seq desc", "_loaded_at desc", "_deleted")
# So many files are listed one by one, for whoever reads the SQL.
_FEW = 10
TOKEN = "tok_[0-9a-f]{32}"


@dataclass(frozen=True)
class LakeColumn:
    """One column on its way: its PostgreSQL type, the expression it leaves under, the DuckDB type it arrives as."""

    name: str
    pg_type: PgType
    expression: str
    lake_type: str
    formerly: str | None = None
    # What may be read of a value in a file, as SQL over {value}.
    shown: str = "{value}"

    @property
    def is_protected(self) -> bool:
        """True for personal data, which leaves as a token or a mask."""
        return self.shown != "{value}"

    def reloaded(self, value: str) -> str:
        """The expression over a restored value: what a digest of restored rows is taken of."""
        if self.lake_type in ("FLOAT", "DOUBLE"):
            return f"{value}::{'real' if self.lake_type == 'FLOAT' else 'double precision'}"
        return self.pg_type.text_cast(value)

    @property
    def value_in_files(self) -> str:
        """What holds the value in a file: the column, or the one it was renamed from."""
        value = bare_or_quoted(self.name)
        if self.formerly is not None:
            value = f"coalesce({value}, {bare_or_quoted(self.formerly)})"
        return self.shown.replace("{value}", value)

    @property
    def value_of_today(self) -> str:
        """The same in a file that has the column by its name of today."""
        return self.shown.replace("{value}", bare_or_quoted(self.name))

    @property
    def written_type(self) -> str:
        """The DuckDB type as it stands in a model: decimal(18, 6)."""
        return self.lake_type.lower().replace(",", ", ")


@dataclass(frozen=True)
class Words:
    """How a name is written, and how a query raises: what engines differ in where the same rows are asked for."""

    name: Callable[[str], str]
    error: Callable[[str], str]


DUCKDB = Words(bare_or_quoted, lambda problem: f"error({quote_literal(problem)})")


def lake_columns(model: ObjectModel, kind: Kind, platform: bool = True) -> tuple[LakeColumn, ...]:
    """The columns that are archived, in order. `platform=False` for a table that somebody else made."""
    if kind == "source":
        return tuple(_as_it_is(column.name, column.pg_type) for column in LAYER_3 if column.is_archived)
    declared = tuple(_declared(model, column) for column in model.columns if column.pii != "drop")
    added = tuple(_as_it_is(column.name, column.pg_type) for column in LAYER_2) if platform else ()
    return declared + added


def _declared(model: ObjectModel, column: Column) -> LakeColumn:
    """A declared column; personal data leaves as a token or a mask, never in the clear."""
    if column.pii in ("tokenize", "mask"):
        text, shown = PgType("text", "text"), _never_in_the_clear(model, column)
        return LakeColumn(column.name, text, protected(column), "VARCHAR", column.renamed_from, shown)
    plain = _as_it_is(column.name, column.pg_type)
    return plain if column.renamed_from is None else replace(plain, formerly=column.renamed_from)


def protected(column: Column, schema: str = "{schema}", relation: str = "") -> str:
    """The expression under which a column with personal data may be shown. `relation` is empty or `orders.`."""
    value = f"{relation}{bare_or_quoted(column.name)}::text"
    return f"{schema}.tokenize({value})" if column.pii == "tokenize" else _masked(column, value)


def _masked(column: Column, value: str) -> str:
    """The first letter of a text; of a short one, or of a number, that would say too much. A mask masked is itself."""
    if column.pg_type.family != "text":
        return f"left({value}, 0) || '***'"
    kept = f"{value}, (length({value}) > 3)::int"
    return f"left({kept}) || '***'" if len(column.name) < 20 else f"left(\n        {kept}\n    ) || '***'"


def _never_in_the_clear(model: ObjectModel, column: Column) -> str:
    """What is read of a value in a file that may be older than the word that it is personal, and hold it as it was.

    A key that reads as *** would make one object of many, so that is an error.
    """
    if column.pii == "mask":
        return _masked(column, "{value}")
    instead = "'***'"
    if column.name in model.primary_key:
        problem = (
            f"archived rows of {model.table_name} are older than the pii of {column.name} and hold it in the clear"
        )
        instead = f"error({quote_literal(problem)})"
    # Null is no token and stays null.
    return (
        f"case\n            when ({{value}} similar to '{TOKEN}') is not false then {{value}}\n"
        f"            else {instead}\n        end"
    )


@cache
def _as_it_is(name: str, pg_type: PgType) -> LakeColumn:
    return LakeColumn(name, pg_type, pg_type.lake_cast(bare_or_quoted(name)), pg_type.lake_type)


def lake_view_body(model: ObjectModel, kind: Kind, schema: str, platform: bool = True) -> str:
    """The SELECT of `<table>__lake`. `schema` is a quoted identifier or a Jinja expression."""
    table = model.table_name if kind == "analytics" else source_table(model)
    columns = ",\n    ".join(_aliased(column, schema) for column in lake_columns(model, kind, platform))
    relation = f"{schema}.{bare_or_quoted(table)}"
    if kind == "source" or not (model.is_cut_by_time or model.ages):
        return f"select\n    {columns}\nfrom {relation}"
    # Hot rows that are not there any more must not be taken for rows that never were.
    return (
        f"select\n    {columns}\nfrom (\n    select * from {relation}\n    union all\n"
        f"    select * from {schema}.missing_parts({quote_literal(table)}, null::{relation})\n"
        f") as {bare_or_quoted(table)}"
    )


def _aliased(column: LakeColumn, schema: str) -> str:
    name = bare_or_quoted(column.name)
    expression = column.expression.replace("{schema}", schema)
    return name if expression == name else f"{expression} as {name}"


def lake_view_ddl(model: ObjectModel, kind: Kind, schema: str, platform: bool = True) -> str:
    """The statement that brings `<table>__lake` up to date. Needs the functions of platform_ddl."""
    table = model.table_name if kind == "analytics" else source_table(model)
    body = lake_view_body(model, kind, schema, platform)
    return f"select {schema}.ensure_view({quote_literal(lake_view(table))}, $view$\n{body}\n$view$);\n"


def archive_select(model: ObjectModel, kind: Kind, files: Sequence[str], platform: bool = True) -> str:
    """DuckDB SQL over exactly these files, each column under today's type; typed and empty without files."""
    if not files:
        columns = lake_columns(model, kind, platform)
        nulls = ",\n    ".join(f"cast(null as {c.written_type}) as {bare_or_quoted(c.name)}" for c in columns)
        return f"select\n    {nulls}\nwhere false"
    return archive_over(model, kind, file_list(files), platform)


def archive_over(model: ObjectModel, kind: Kind, listed: str, platform: bool = True) -> str:
    """The same over a list of files as SQL text."""
    casts, shape = archive_casts(model, kind, platform)
    # Least and greatest value as a file tells them leave NaN out: without a word DuckDB leaves its rows out too.
    read = f"read_parquet({listed}, schema = map {{{shape}}}, can_have_nan = true)"
    return f"select\n    {casts}\nfrom {read}"


def file_list(files: Sequence[str]) -> str:
    """The files as one value. DuckDB takes one long text apart in half the time that a list of literals takes it."""
    if len(files) < _FEW or any("\n" in file for file in files):
        return f"[{', '.join(quote_literal(file) for file in files)}]"
    listed = "\n".join(files)
    return f"string_split({quote_literal(listed)}, chr(10))"


def archive_casts(model: ObjectModel, kind: Kind, platform: bool = True) -> tuple[str, str]:
    """What is selected from files, and what DuckDB is told that they hold, so that it opens none to find out.

    A column that an old file does not have reads as null, unless the file has the one it was renamed from; a file's
    own types never decide.
    """
    columns = lake_columns(model, kind, platform)
    casts = ",\n    ".join(f"{_cast(c)} as {bare_or_quoted(c.name)}" for c in columns)
    told = {name: c.lake_type for c in columns for name in (c.name, c.formerly) if name is not None}
    shape = ",\n        ".join(
        f"{quote_literal(name)}: {{name: {quote_literal(name)}, type: {quote_literal(stored)}, default_value: null}}"
        for name, stored in told.items()
    )
    return casts, shape


def time_in_files(model: ObjectModel) -> dict[str, Any]:
    """By which names files know the time column, its value in them, and as what it is compared."""
    found = next((c for c in lake_columns(model, "analytics") if c.name == model.time_column), None)
    if found is None or found.is_protected:
        return {"times": [], "time": "", "time_type": ""}
    # A date stands for its midnight.
    compared = "timestamptz" if found.pg_type.base == "timestamptz" else "timestamp"
    names = [name for name in (found.name, found.formerly) if name]
    return {"times": names, "time": found.value_in_files, "time_type": compared}


def _cast(column: LakeColumn) -> str:
    value, written = column.value_in_files, column.written_type
    return f"cast(\n        {value} as {written}\n    )" if "\n" in value else f"cast({value} as {written})"


def history_select(model: ObjectModel, cold: str, hot: str, platform: bool = True, guard: str = "") -> str:
    """DuckDB SQL for current truth: per business key the highest source order over hot and cold.

    `cold` and `hot` are relations or subqueries with the columns of `<table>__lake`.
    """
    return current_truth(model, cold, hot_select(model, hot, platform), platform, guard)


def hot_select(model: ObjectModel, hot: str, platform: bool = True) -> str:
    """The hot half as DuckDB reads it: PostgreSQL's values under the casts that cold ones have."""
    names = [(bare_or_quoted(c.name), c.written_type) for c in lake_columns(model, "analytics", platform)]
    casts = ",\n        ".join(f"cast({name} as {written}) as {name}" for name, written in names)
    return f"    select\n        {casts}\n    from {hot}"


def current_truth(
    model: ObjectModel, cold: str, hot_half: str, platform: bool = True, guard: str = "", words: Words = DUCKDB
) -> str:
    """Per business key the highest source order over a cold relation and a SELECT of hot rows.

    Tables without a key are multisets: every row counts. Rows marked as deleted take part in the contest and are then
    left out. `guard` is a condition that raises when the cold half is behind; it stands here too, because an optimizer
    that sees that the cold half is empty never asks the one in there.
    """
    columns = lake_columns(model, "analytics", platform)
    names = ",\n        ".join(words.name(column.name) for column in columns)
    cold_names = ",\n        ".join(never_without_key(model, column.name, words) for column in columns)
    both = f"with everything as (\n    select\n        {cold_names}\n    from {cold}\n    union all\n{hot_half}\n)"
    outer = names.replace("\n        ", "\n    ")
    key = ", ".join(words.name(name) for name in model.primary_key)
    if not key or not platform:
        conditions = [condition for condition in ("not _deleted" if platform else "", guard) if condition]
        kept = f"\nwhere\n    {_and(conditions)}" if conditions else ""
        return f"{both}\n\nselect\n    {outer}\nfrom everything{kept}"
    # A row that only marks the old place of a moved event shares order and record with the one at the new place. So
    # does one that a replay has made of the record of an archived one: it is made later, by the definition of today.
    return (
        f"{both},\n\nranked as (\n    select\n        {names},\n        row_number() over (\n"
        f"            partition by {key}\n            order by {', '.join(NEWEST_FIRST)}\n"
        f"        ) as _place\n    from everything\n)\n\nselect\n    {outer}\nfrom ranked\n"
        f"where\n    {_and(['_place = 1', 'not _deleted', *([guard] if guard else [])])}"
    )


def uncontested_select(model: ObjectModel, cold: str, time_is_there: bool) -> str:
    """DuckDB SQL for current truth over archived rows of which no two have the same key.

    `time_is_there`: every file is known to have the time column. It then needs no guard, through which DuckDB would not
    see which files a filter leaves out.
    """
    names = ",\n    ".join(
        bare_or_quoted(c.name) if time_is_there and c.name == model.time_column else never_without_key(model, c.name)
        for c in lake_columns(model, "analytics")
    )
    return f"select\n    {names}\nfrom {cold}\nwhere not _deleted"


def never_without_key(model: ObjectModel, name: str, words: Words = DUCKDB) -> str:
    """A key column of an archived row. Null would make one object of all rows whose files do not have the column."""
    written = words.name(name)
    if name not in model.primary_key:
        return written
    problem = (
        f"archived rows of {model.table_name} have no {name}; if it was renamed, state renamed_from in the definition"
    )
    return f"coalesce(\n            {written},\n            {words.error(problem)}\n        ) as {written}"


def _and(conditions: Sequence[str]) -> str:
    return "\n    and ".join(conditions)
