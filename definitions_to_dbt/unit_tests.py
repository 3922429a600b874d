"""dbt unit tests from the examples of a definition: these payloads must become these rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from definitions_to_dbt import names
from definitions_to_dbt.dbt_text import never_rendered
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.source import Example
from definitions_to_dbt.sql import quote_literal


def unit_tests(model: ObjectModel) -> list[dict[str, Any]]:
    """One unit test of the staging view for the examples that say the same columns: dbt compares rows of one shape."""
    shapes: dict[tuple[str, ...], list[Example]] = {}
    for example in model.examples:
        shapes.setdefault(tuple(sorted(example.row)), []).append(example)
    return [_unit_test(model, place, examples) for place, examples in enumerate(shapes.values(), 1)]


def _unit_test(model: ObjectModel, place: int, examples: Sequence[Example]) -> dict[str, Any]:
    expected = [
        {"_raw_seq": number, **{name: _cell(model, name, value) for name, value in example.row.items()}}
        for number, example in enumerate(examples, 1)
    ]
    return {
        "name": f"{names.staging(model)}__examples{'' if place == 1 else f'_{place}'}",
        "description": "The examples of the definition: each payload becomes the row beside it.",
        "model": names.staging(model),
        "given": [
            {
                "input": f"source('{model.module.lower()}', '{names.source_table(model)}')",
                "format": "sql",
                "rows": "\nunion all\n".join(_record(number, example) for number, example in enumerate(examples, 1)),
            }
        ],
        "expect": {"rows": [{name: row[name] for name in expected[0]} for row in expected]},
    }


def _record(raw_seq: int, example: Example) -> str:
    """A claimed raw record, as the staging view reads it."""
    text = _literal(json.dumps(example.payload, ensure_ascii=False))
    raw_id = "null" if example.raw_id is None else _literal(example.raw_id)
    return (
        f"select {raw_seq}::bigint as raw_seq, {raw_id}::text as raw_id, 1::bigint as batch_id, false as processed, "
        f"'2024-01-01 00:00:00+00'::timestamptz as ingested_at, null::uuid as run_id, {text}::json as raw_data"
    )


def _literal(text: str) -> str:
    """An SQL literal that arrives as it is: dbt renders what is given as SQL twice, as YAML and as a model."""
    return never_rendered(never_rendered(quote_literal(text)))


def _cell(model: ObjectModel, name: str, value: Any) -> Any:
    """The value as dbt compares it, which is by text: a numeric with all digits of its scale."""
    if name == "_deleted":
        return value
    scale = model.column(name).pg_type.scale
    if scale is not None and isinstance(value, int | float | str):
        return f"{Decimal(str(value)):.{scale}f}"
    text = json.dumps(value) if isinstance(value, dict | list) else value
    return never_rendered(text) if isinstance(text, str) else text
