"""Quoting of SQL names and values, valid for PostgreSQL and DuckDB alike. The only place that quotes."""

from __future__ import annotations

import re
from functools import cache

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")

# pg_get_keywords() of PostgreSQL 18, category R: never a column or table name without quotes.
RESERVED = frozenset(
    """all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
    current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc
    distinct do else end except false fetch for foreign from grant group having in initially intersect into lateral
    leading limit localtime localtimestamp not null offset on only or order placing primary references returning
    select session_user some symmetric system_user table then to trailing true union unique user using variadic
    when where window with""".split()  # noqa: SIM905  # a word list reads better as text
)

# Categories T and C of PostgreSQL, and what DuckDB 1.5 adds: legal in places, so quoted to be legal everywhere.
_QUOTED = RESERVED | frozenset(
    """authorization between bigint binary bit boolean char character coalesce collation concurrently cross
    current_schema dec decimal exists extract float freeze full greatest grouping ilike inner inout int integer
    interval is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query
    json_scalar json_serialize json_table json_value least left like merge_action national natural nchar none
    normalize notnull nullif numeric out outer overlaps overlay position precision real right row setof similar
    smallint substring tablesample time timestamp treat trim values varchar verbose xmlattributes xmlconcat
    xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
    anti asof at by columns describe generated glob grouping_id lambda map pivot pivot_longer pivot_wider
    positional qualify semi show struct summarize try_cast unpack unpivot""".split()  # noqa: SIM905  # a word list reads better as text
)


def quote_identifier(name: str) -> str:
    """Return the name in double quotes, with quotes inside it doubled."""
    return '"' + name.replace('"', '""') + '"'


@cache
def bare_or_quoted(name: str) -> str:
    """Return the name as a person would type it: quoted only where one of the two engines needs it."""
    if _PLAIN.fullmatch(name) and name not in _QUOTED:
        return name
    return quote_identifier(name)


def quote_literal(text: str) -> str:
    """Return the text as a standard string literal (backslashes are plain characters)."""
    return "'" + text.replace("'", "''") + "'"
