"""What one row is worth as evidence: hashes of what came from PostgreSQL, and of what a file says. Runs no query.

Each column leaves PostgreSQL as what its wire form cannot bend: texts, whole numbers, UUIDs, bytes and IEEE floats as
they are, everything else (numerics, dates, times) as PostgreSQL's own text. DuckDB hashes what came before it casts
it. Later a reader with a session of its own makes the same texts again from the Parquet file and hashes those; where
the sums agree, every value reads back as PostgreSQL wrote it. The sums are exact and do not depend on any order.
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


def sent(column: LakeColumn, expression: str) -> str:
    """The PostgreSQL expression under which a column goes over the wire."""
    return f"({expression})::{_AS_THEY_ARE.get(column.lake_type, 'text')}"


def received(column: LakeColumn, came: str, *, strict: bool) -> str:
    """The DuckDB expression of the lake value from what came. Raises where the lake type cannot hold it."""
    if column.lake_type in _AS_THEY_ARE:
        return f"{came}::{column.lake_type}"
    return value_of(came, column.lake_type, strict=strict)


def hashes_of_received(columns: Sequence[LakeColumn], came: Sequence[str], rows: str) -> str:
    """DuckDB SQL: the relation `rows` with two hashes of each row, over what came for the columns."""
    terms = [_term(column, name) for column, name in zip(columns, came, strict=True)]
    return _hashed(terms, rows)


def hashes_of_stored(columns: Sequence[LakeColumn], rows: str) -> str:
    """The same over lake values: equal to the hashes of what came, if every value reads back as it was sent."""
    return _hashed([_term(column, as_sent(column)) for column in columns], rows)


def as_sent(column: LakeColumn) -> str:
    """The DuckDB expression of what was sent for a lake value."""
    name = quote_identifier(column.name)
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
