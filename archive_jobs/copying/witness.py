"""What one row is worth as evidence: hashes of what came from PostgreSQL, and of what a file says. Runs no query.

Each column leaves PostgreSQL as what its wire form cannot bend: texts, whole numbers, UUIDs, bytes and IEEE floats as
they are, moments as the number PostgreSQL holds, everything else (numerics, dates, times of day) as its own text.
DuckDB hashes what came before it casts it. Later a reader with a session of its own makes the same forms again from the
Parquet file and hashes those; where the sums agree, every value reads back as PostgreSQL wrote it. The sums are exact
and do not depend on any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from archive_jobs.copying.lake_values import FLOATS, text_of, value_of
from definitions_to_dbt.lake import LakeColumn
from definitions_to_dbt.sql import quote_identifier

# Lake types whose wire form is the value, and the PostgreSQL type each leaves as.
_AS_THEY_ARE = {
    "BOOLEAN": "boolean", "SMALLINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint", "UUID": "uuid",
    "FLOAT": "real", "DOUBLE": "double precision", "BLOB": "bytea", "VARCHAR": "text",
}  # fmt: skip
# Microseconds since 2000, the last and the first number for the infinities: eight bytes, the greatest first, which
# PostgreSQL itself makes a number from 18 on. DuckDB takes a good deal longer to make one.
_MOMENTS = {"TIMESTAMP": ("timestamp", "timestamp_send"), "TIMESTAMPTZ": ("timestamptz", "timestamptz_send")}
_BYTES_ARE_NUMBERS = 180_000
_YEAR_2000 = 946_684_800_000_000
_LAST, _FIRST = 2**63 - 1, -(2**63)
# From the year 287,396 on DuckDB shows another moment than the one it holds.
_FAR = 9_006_227_913_600_000_000
# No column of a table can have these names: they are longer than PostgreSQL permits.
HASHES = tuple(f"__archive hash {place} {'of the row ' * 6}" for place in (1, 2))
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)


@dataclass
class Sums:
    """Rows and the exact sums of their two hashes."""

    rows: int = 0
    first: int = 0
    second: int = 0

    def add(self, first: Any, second: Any) -> None:
        """Add one batch's hashes, as Arrow arrays."""
        self.rows += len(first)
        self.first += exact_sum(first)
        self.second += exact_sum(second)

    def plus(self, other: Sums) -> Sums:
        """Both together."""
        return Sums(self.rows + other.rows, self.first + other.first, self.second + other.second)


def exact_sum(hashes: Any) -> int:
    """The sum of unsigned 64-bit integers, which as a whole does not fit 64 bits. Takes an Arrow array."""
    numbers = hashes.to_numpy(zero_copy_only=False)
    return (int((numbers >> _SHIFT).sum()) << 32) + int((numbers & _LOW).sum())


def sends_numbers(server_version: int) -> bool:
    """True where the server sends moments as numbers, False where as the bytes of them."""
    return server_version >= _BYTES_ARE_NUMBERS


def sent(column: LakeColumn, expression: str, *, numbers: bool) -> str:
    """The PostgreSQL expression under which a column goes over the wire; moments as numbers or as their bytes."""
    if column.lake_type in _MOMENTS:
        kind, send = _MOMENTS[column.lake_type]
        return f"{send}(({expression})::{kind})" + ("::bigint" if numbers else "")
    return f"({expression})::{_AS_THEY_ARE.get(column.lake_type, 'text')}"


def received(column: LakeColumn, came: str, *, strict: bool, numbers: bool) -> str:
    """The DuckDB expression of the lake value from what came. Raises where the lake type cannot hold it."""
    if column.lake_type in _AS_THEY_ARE:
        return f"{came}::{column.lake_type}"
    if column.lake_type in _MOMENTS:
        return _moment(came if numbers else f"{came}::bit::bigint", column.lake_type, strict=strict)
    return value_of(came, column.lake_type, strict=strict)


def _moment(since_2000: str, lake_type: str, *, strict: bool) -> str:
    """A number that is too large for DuckDB overflows, which it raises; its own greatest is its infinity."""
    far = _FAR if strict and lake_type == "TIMESTAMPTZ" else _LAST - _YEAR_2000
    made = f"make_timestamp({since_2000} + {_YEAR_2000})"
    if lake_type == "TIMESTAMPTZ":
        made = f"make_timestamptz({since_2000} + {_YEAR_2000})"
    return (
        f"case when {since_2000} between {_FIRST + 1} and {far - 1} then {made}"
        f" when {since_2000} = {_LAST} then 'infinity'::{lake_type}"
        f" when {since_2000} = ({_FIRST}) then '-infinity'::{lake_type}"
        f" when {since_2000} is not null then error('more than {lake_type} holds') end"
    )


def hashes_of_received(columns: Sequence[LakeColumn], came: Sequence[str], rows: str) -> str:
    """DuckDB SQL: the relation `rows` with two hashes of each row, over what came for the columns."""
    terms = [_term(column, name) for column, name in zip(columns, came, strict=True)]
    return _hashed(terms, rows)


def hashes_of_stored(columns: Sequence[LakeColumn], rows: str, *, numbers: bool) -> str:
    """The same over lake values: equal to the hashes of what came, if every value reads back as it was sent."""
    return _hashed([_term(column, _as_sent(column, numbers=numbers)) for column in columns], rows)


def _as_sent(column: LakeColumn, *, numbers: bool) -> str:
    """The DuckDB expression of what was sent for a lake value."""
    name = quote_identifier(column.name)
    if column.lake_type in _MOMENTS:
        infinite = f"case when {name} = 'infinity' then {_LAST} else ({_FIRST}) end"
        since_2000 = f"case when isfinite({name}) then epoch_us({name}) - {_YEAR_2000} else {infinite} end"
        number = f"({since_2000})::bigint" + ("" if numbers else "::bit::blob")
        return f"case when {name} is not null then {number} end"
    return name if column.lake_type in _AS_THEY_ARE else text_of(name, column.lake_type)


def _term(column: LakeColumn, came: str) -> str:
    # DuckDB hashes 0 and -0 alike.
    return f"hash({came}, signbit({came}))" if column.lake_type in FLOATS else f"hash({came})"


def _hashed(terms: Sequence[str], rows: str) -> str:
    """Each column is hashed once, and the hashes are hashed in both orders: no two columns can change places."""
    places = [f'"__archive term {place}"' for place in range(len(terms))]
    named = ", ".join(f"{term} as {place}" for term, place in zip(terms, places, strict=True))
    first, second = (f'"{name}"' for name in HASHES)
    return (
        f"(select * exclude ({', '.join(places)}), hash({', '.join(places)}) as {first},"
        f" hash({', '.join(reversed(places))}, 0) as {second} from (select *, {named} from {rows}))"
    )
