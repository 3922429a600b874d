"""dbt unit tests from the examples of a definition: these payloads must become these rows."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from definitions_to_dbt import names
from definitions_to_dbt.dbt_text import never_rendered
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.sql import quote_literal


def unit_test(model: ObjectModel) -> dict[str, Any] | None:
    """One unit test of the staging view with every example as a record; None without examples."""
    if not model.examples:
        return None
    expected = [
        {"_raw_seq": place, **{name: _cell(model, name, value) for name, value in example.row.items()}}
        for place, example in enumerate(model.examples, 1)
    ]
    shared = [name for name in expected[0] if all(name in row for row in expected)]
    return {
        "name": f"{names.staging(model)}__examples",
        "description": "The examples of the definition: each payload becomes the row beside it.",
        "model": names.staging(model),
        "given": [
            {
                "input": f"source('{model.module.lower()}', '{names.source_table(model)}')",
                "format": "sql",
                "rows": "\nunion all\n".join(_record(place, e.payload) for place, e in enumerate(model.examples, 1)),
            }
        ],
        "expect": {"rows": [{name: row[name] for name in shared} for row in expected]},
    }


def _record(raw_seq: int, payload: dict[str, Any]) -> str:
    """A claimed raw record, as the staging view reads it."""
    text = never_rendered(quote_literal(json.dumps(payload, ensure_ascii=False)))
    return (
        f"select {raw_seq}::bigint as raw_seq, null::text as raw_id, 1::bigint as batch_id, false as processed, "
        f"'2024-01-01 00:00:00+00'::timestamptz as ingested_at, {text}::json as raw_data"
    )


def _cell(model: ObjectModel, name: str, value: Any) -> Any:
    """The value as dbt compares it, which is by text: a numeric with all digits of its scale."""
    scale = model.column(name).pg_type.scale
    if scale is not None and isinstance(value, int | float | str):
        return f"{Decimal(str(value)):.{scale}f}"
    return json.dumps(value) if isinstance(value, dict | list) else value
