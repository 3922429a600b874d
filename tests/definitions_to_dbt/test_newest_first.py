"""Of a record that was transformed twice the row that was made last is the truth, also where it says: gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from definitions_to_dbt.lake import history_select, lake_columns
from definitions_to_dbt.library import load_library

KEY = "00000000-0000-0000-0000-000000000001"
LIBRARY = load_library(Path(__file__).parents[2] / "definitions")


def rows(*said: tuple[str, bool]) -> str:
    """Rows of one order, as a subquery: when each was made, and whether it says that the order is gone."""
    order = LIBRARY.object("ORDER")
    values: dict[str, Any] = {"_source_order": "1", "_raw_seq": "7"} | dict.fromkeys(order.primary_key, f"'{KEY}'")
    selects = []
    for loaded_at, deleted in said:
        given = values | {"_loaded_at": f"'{loaded_at}'", "_deleted": str(deleted)}
        columns = lake_columns(order, "analytics")
        casts = (f"cast({given.get(c.name, 'null')} as {c.written_type}) as {c.name}" for c in columns)
        selects.append(f"select {', '.join(casts)}")
    return f"({' union all '.join(selects)})"


@pytest.mark.parametrize(
    ("cold", "hot", "living"),
    [
        ([("2024-01-01", False)], [("2024-02-01", True)], 0),  # a mended definition deletes what is archived
        ([("2024-01-01", True)], [("2024-02-01", False)], 1),
        ([("2024-01-01", False)], [("2024-01-01", True)], 1),  # a move: its mark is made with its row
    ],
)
def test_the_row_made_last_decides(cold: list[tuple[str, bool]], hot: list[tuple[str, bool]], living: int) -> None:
    query = history_select(LIBRARY.object("ORDER"), rows(*cold), rows(*hot))

    assert len(duckdb.connect().execute(query).fetchall()) == living
