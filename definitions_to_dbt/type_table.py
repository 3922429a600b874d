"""The table of types as documentation: `python -m definitions_to_dbt.type_table` prints what docs/42_types.md shows."""

from __future__ import annotations

from collections.abc import Iterator

from definitions_to_dbt.pg_type import BASES, PgType
from definitions_to_dbt.types import parse_type

# numeric has one row for each thing that its digits decide.
_NUMERICS = ("numeric(18,6)", "numeric(38,0)", "numeric", "numeric(39,2)", "numeric(5,-2)", "numeric(3,5)")


def table() -> str:
    """One row for all types that travel alike, for the same reason."""
    rows: dict[tuple[str, str], list[str]] = {}
    for pg_type in _types():
        lake_type = pg_type.lake_type if pg_type.lossless else "-"
        rows.setdefault((lake_type, pg_type.why), []).append(pg_type.sql)
    lines = ["| PostgreSQL | in Parquet | why |", "|---|---|---|"]
    lines += [f"| {_listed(names)} | {lake_type} | {why} |" for (lake_type, why), names in rows.items()]
    return "\n".join(lines) + "\n"


def _types() -> Iterator[PgType]:
    for base in BASES:
        if base == "numeric":
            yield from map(parse_type, _NUMERICS)
        else:
            yield parse_type(base)
    yield parse_type("text[]")


def _listed(names: list[str]) -> str:
    return "`" + "`, `".join("any array" if name == "text[]" else name for name in names) + "`"


if __name__ == "__main__":
    print(table(), end="")  # it is for a person who pastes it
