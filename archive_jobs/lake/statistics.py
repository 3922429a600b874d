"""What a file says of its columns: names and types as one number; least, greatest and nulls from its footer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from definitions_to_dbt.lake import LakeColumn

# Texts may be anybody's name, and a manifest outlives the file it speaks of: of those it has nulls alone.
_TOLD = ("BOOLEAN", "SMALLINT", "INTEGER", "BIGINT", "DECIMAL", "DATE", "TIMESTAMP", "TIME")


def shape_of(columns: Iterable[tuple[str, str]]) -> str:
    """A digest of names and DuckDB types. Files of the same shape need no telling what they have."""
    told = "\n".join(f"{name}\t{lake_type}" for name, lake_type in sorted(columns))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def column_statistics(file: Path, columns: Iterable[LakeColumn], withheld: Iterable[str]) -> dict[str, Any]:
    """Per column its nulls; of numbers and times least and greatest too. What the footer cannot tell is left out."""
    known = [column for column in columns if column.name not in withheld]
    nulls_told, told = ({c.name for c in known}, {c.name for c in known if c.lake_type.startswith(_TOLD)})
    metadata = pq.read_metadata(file)
    found: dict[str, Any] = {}
    for place in range(metadata.num_columns):
        name = metadata.schema.column(place).path
        said = _one(metadata, place, with_bounds=name in told) if name in nulls_told else None
        if said is not None:
            found[name] = said
    return found


def _one(metadata: Any, place: int, *, with_bounds: bool) -> dict[str, Any] | None:
    nulls, low, high = 0, [], []
    for group in range(metadata.num_row_groups):
        statistics = metadata.row_group(group).column(place).statistics
        if statistics is None or not statistics.has_null_count:
            return None
        nulls += statistics.null_count
        if not with_bounds:
            continue
        try:
            if statistics.has_min_max:
                low.append(statistics.min)
                high.append(statistics.max)
            elif statistics.null_count != metadata.row_group(group).num_rows:
                return None
        except (ValueError, OverflowError):
            return None  # a time that Python cannot hold
    if not with_bounds:
        return {"nulls": nulls}
    return {"min": str(min(low)) if low else None, "max": str(max(high)) if high else None, "nulls": nulls}
