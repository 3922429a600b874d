"""How the values of each lake type read as PostgreSQL writes them, and are made from that text. Runs no query.

DuckDB's own casts are not used bare. It takes `'0044-03-15 BC'` for a day after Christ and says nothing, and where it
shows a timestamptz after the year 287,395 it is some milliseconds off. Each pair below is the other's inverse.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from definitions_to_dbt.lake import LakeColumn
from definitions_to_dbt.sql import quote_identifier

_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
# Both engines write these alike, and read what they wrote.
_ALIKE = frozenset(("BOOLEAN", "SMALLINT", "INTEGER", "BIGINT", "UUID", "TIME"))
_OWN = frozenset(("VARCHAR", "BLOB", "DATE", "TIMESTAMP", "TIMESTAMPTZ"))
# Their text is no measure: 0.1 has many neighbours. They travel and are compared as their IEEE bits.
FLOATS = {"FLOAT": ("float4send", 32), "DOUBLE": ("float8send", 64)}

# What the type holds in PostgreSQL but not in the lake, as an aggregate over {c}.
_BEYOND = {
    "DECIMAL": "bool_or({c} = 'NaN')",
    # pandas opens no file with such a date. A file that has dates before Christ keeps them all as dates, for whoever
    # reads them as text in DuckDB would get them after Christ.
    "DATE": "bool_or({c} > '9999-12-31' or {c} = '-infinity')"
    " and not bool_or({c} < '0001-01-01' and {c} > '-infinity')",
    # pandas opens no file with it; Polars reads null, and pyarrow midnight.
    "TIME": "bool_or({c} = '24:00')",
    # DuckDB's last moment is 30 years before PostgreSQL's.
    "TIMESTAMP": "bool_or({c} > '294247-01-10 04:00:54.775806' and {c} < 'infinity')",
    # From here on DuckDB shows another moment than the one it holds.
    "TIMESTAMPTZ": "bool_or({c} >= '287396-01-01 00:00+00' and {c} < 'infinity')",
}


def is_known(lake_type: str) -> bool:
    """True where every value of the lake type reads as PostgreSQL writes it. Others are refused by the preflight."""
    return lake_type in _ALIKE or lake_type in _OWN or lake_type in FLOATS or _DECIMAL.fullmatch(lake_type) is not None


def text_of(value: str, lake_type: str) -> str:
    """The DuckDB expression of PostgreSQL's text of a value. Not for floats."""
    if lake_type == "VARCHAR":
        return value
    if lake_type == "BLOB":
        return f"'\\x' || lower(hex({value}))"
    if lake_type == "DATE":
        return f"replace({value}::varchar, '(BC)', 'BC')"
    if lake_type in ("TIMESTAMP", "TIMESTAMPTZ"):
        return _text_of_moment(value, lake_type)
    decimal = _DECIMAL.fullmatch(lake_type)
    if decimal is not None and decimal[1] == decimal[2]:  # DuckDB leaves out the nought before the point
        return f"regexp_replace({value}::varchar, '^(-?)\\.', '\\10.')"
    return f"{value}::varchar"


def _text_of_moment(value: str, lake_type: str) -> str:
    """PostgreSQL writes `0044-03-15 12:00:00+00 BC` where DuckDB writes `0044-03-15 (BC) 12:00:00`."""
    zone, clock = "", f"{value}::varchar"
    if lake_type == "TIMESTAMPTZ":
        # Not through a time zone: exact for every moment, and four times as fast.
        zone, clock = "+00", f"make_timestamp(epoch_us({value}))::varchar"
    return (
        f"case when not isfinite({value}) then {value}::varchar when contains({clock}, '(BC)')"
        f" then replace({clock}, ' (BC)', '') || '{zone} BC' else {clock} || '{zone}' end"
    )


def value_of(text: str, lake_type: str, *, strict: bool = True) -> str:
    """The DuckDB expression that makes a value from PostgreSQL's text. Raises where it has none.

    Not for floats and moments, which do not travel as texts.

    `strict` raises for all that `beyond` looks for. Once that has been asked, and the columns it names leave as text,
    the others are made without: infinite dates beside dates before Christ stay dates.
    """
    if lake_type == "VARCHAR":
        return text
    if lake_type == "BLOB":
        return f"unhex(substr({text}, 3))"
    raised = f"error('more than {lake_type} holds: ' || {text})"
    if lake_type == "DATE":
        made = f"when suffix({text}, ' BC') then replace({text}, ' BC', ' (BC)')::date"
        return (
            f"case when strlen({text}) = 10 then {text}::date {made} else {raised if strict else f'{text}::date'} end"
        )
    if lake_type == "TIME" and strict:
        return f"case when {text} = '24:00:00' then {raised} else {text}::time end"
    return f"{text}::{lake_type}"


def beyond(columns: Sequence[LakeColumn]) -> dict[str, str]:
    """For each column whose lake type may be too small: a PostgreSQL aggregate that is true where a value shows it."""
    found = {}
    for column in columns:
        condition = _BEYOND.get(column.lake_type.partition("(")[0])
        if condition is not None:
            found[column.name] = f"coalesce({condition.replace('{c}', quote_identifier(column.name))}, false)"
    return found


def as_text(columns: Sequence[LakeColumn], names: Collection[str]) -> tuple[LakeColumn, ...]:
    """The columns with those of these names as text, which holds whatever PostgreSQL holds."""
    return tuple(
        replace(column, lake_type="VARCHAR", expression=f"{quote_identifier(column.name)}::text")
        if column.name in names
        else column
        for column in columns
    )
