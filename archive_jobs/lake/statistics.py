"""The least and greatest value of each column of a file, from its footer, for the manifest. Reads the footer only."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from definitions_to_dbt.lake import LakeColumn

# Texts may be anybody's name, and a manifest outlives the file it speaks of.
_TOLD = ("BOOLEAN", "SMALLINT", "INTEGER", "BIGINT", "DECIMAL", "DATE", "TIMESTAMP", "TIME")


def column_statistics(file: Path, columns: Iterable[LakeColumn], withheld: Iterable[str]) -> dict[str, Any]:
    """Per column of numbers or times: least, greatest, nulls. What the footer cannot tell is left out."""
    told = {column.name for column in columns if column.lake_type.startswith(_TOLD)} - set(withheld)
    metadata = pq.read_metadata(file)
    found: dict[str, Any] = {}
    for place in range(metadata.num_columns):
        name = metadata.schema.column(place).path
        if name in told:
            said = _one(metadata, place)
            if said is not None:
                found[name] = said
    return found


def _one(metadata: Any, place: int) -> dict[str, Any] | None:
    nulls, low, high = 0, [], []
    for group in range(metadata.num_row_groups):
        statistics = metadata.row_group(group).column(place).statistics
        if statistics is None or not statistics.has_null_count:
            return None
        nulls += statistics.null_count
        try:
            if statistics.has_min_max:
                low.append(statistics.min)
                high.append(statistics.max)
            elif statistics.null_count != metadata.row_group(group).num_rows:
                return None
        except (ValueError, OverflowError):
            return None  # a time that Python cannot hold
    return {"min": str(min(low)) if low else None, "max": str(max(high)) if high else None, "nulls": nulls}
