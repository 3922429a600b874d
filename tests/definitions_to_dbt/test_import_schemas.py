"""JSON Schemas and Avro schemas become definitions: nested fields are columns, what has no shape is kept as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from definitions_to_dbt.bridges.avro_import import import_avro
from definitions_to_dbt.bridges.fit import fit
from definitions_to_dbt.bridges.imported import Imported
from definitions_to_dbt.bridges.json_schema_import import import_json_schema
from definitions_to_dbt.errors import ProblemError

ORDER_SCHEMA: dict[str, Any] = {
    "title": "SalesOrder",
    "description": "One order.",
    "required": ["orderId", "amount", "customer"],
    "properties": {
        "orderId": {"type": "string", "format": "uuid", "description": "Names the order."},
        "amount": {"type": "number", "minimum": 0},
        "quantity": {"type": "integer", "minimum": 1, "maximum": 1000, "exclusiveMaximum": 1000},
        "status": {"enum": ["new", "paid", None]},
        "customer": {"$ref": "#/$defs/person"},
        "shipTo": {"anyOf": [{"$ref": "#/$defs/address"}, {"type": "null"}]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "lines": {"type": "array", "items": {"type": "object"}},
        "select": {"type": "string", "maxLength": 20, "pattern": "[A-Z]"},
        "extra": {"oneOf": [{"type": "string"}, {"type": "number"}]},
        "placedAt": {"type": ["string", "null"], "format": "date-time"},
        "remote": {"$ref": "https://example.com/x.json"},
    },
    "$defs": {
        "person": {
            "allOf": [{"properties": {"name": {"type": "string", "minLength": 1}}, "required": ["name"]}],
            "properties": {"parent": {"$ref": "#/$defs/person"}},
        },
        "address": {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}},
    },
}

ORDER_RECORD: dict[str, Any] = {
    "type": "record",
    "name": "Order",
    "namespace": "com.example",
    "doc": "One order.",
    "fields": [
        {"name": "orderId", "type": {"type": "string", "logicalType": "uuid"}},
        {"name": "placedAt", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "day", "type": ["null", {"type": "int", "logicalType": "date"}], "default": None},
        {"name": "total", "type": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}},
        {"name": "status", "type": {"type": "enum", "name": "Status", "symbols": ["NEW", "PAID"]}, "default": "NEW"},
        {"name": "before", "type": ["null", "Status"]},
        {"name": "buyer", "type": {"type": "record", "name": "Buyer", "fields": [
            {"name": "name", "type": "string"}, {"name": "referred_by", "type": ["null", "com.example.Buyer"]}]}},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "attributes", "type": {"type": "map", "values": "string"}},
        {"name": "either", "type": ["string", "long"]},
        {"name": "sum", "type": "double", "aliases": ["total_sum"], "doc": "All of it."},
    ],
}  # fmt: skip


def written(folder: Path, value: Any, name: str = "order.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def columns(imported: Imported) -> dict[str, dict[str, Any]]:
    found = imported.objects[0].definition["table_schema"]["columns"]
    return {column["name"]: {key: value for key, value in column.items() if key != "name"} for column in found}


def test_a_json_schema_becomes_a_flat_table(tmp_path: Path) -> None:
    imported = import_json_schema(written(tmp_path, ORDER_SCHEMA), "SALES", ["orderId"])

    assert columns(imported) == {
        "order_id": {
            "type": "uuid", "description": "Names the order.", "primary_key": True, "nullable": False,
            "source_path": "$.orderId",
        },
        "amount": {"type": "numeric", "nullable": False, "quality": [{"rule": "range", "min": 0}]},
        "quantity": {
            "type": "smallint",
            "quality": [{"rule": "range", "min": 1, "max": 1000}, {"rule": "expression", "sql": "quantity < 1000"}],
        },
        "status": {"type": "text", "quality": [{"rule": "accepted_values", "values": ["new", "paid"]}]},
        "customer_name": {
            "type": "text", "nullable": False, "source_path": "$.customer.name",
            "quality": [{"rule": "length", "min": 1}],
        },
        "customer_parent": {"type": "jsonb", "source_path": "$.customer.parent"},
        "ship_to_city": {"type": "text", "source_path": "$.shipTo.city"},
        "tags": {"type": "text[]"},
        "lines": {"type": "jsonb"},
        "select_": {
            "type": "varchar(20)", "source_path": "$.select", "quality": [{"rule": "pattern", "regex": ".*[A-Z].*"}],
        },
        "extra": {"type": "jsonb"},
        "placed_at": {"type": "timestamptz", "source_path": "$.placedAt"},
        "remote": {"type": "jsonb"},
    }  # fmt: skip
    assert [gap.where for gap in imported.gaps] == [
        "/properties/customer/properties/parent", "/properties/extra", "/properties/remote",
    ]  # fmt: skip
    assert fit(imported, tmp_path / "definitions")


def test_an_avro_schema_becomes_a_flat_table(tmp_path: Path) -> None:
    imported = import_avro(written(tmp_path, ORDER_RECORD), "SALES", ["orderId"])

    assert columns(imported) == {
        "order_id": {"type": "uuid", "primary_key": True, "nullable": False, "source_path": "$.orderId"},
        "placed_at": {
            "type": "timestamptz", "time_format": "epoch_milliseconds", "nullable": False,
            "source_path": "$.placedAt",
        },
        "day": {"type": "date", "time_format": "epoch_days"},
        "total": {"type": "numeric(10,2)", "nullable": False},
        "status": {
            "type": "text", "default": "NEW", "nullable": False,
            "quality": [{"rule": "accepted_values", "values": ["NEW", "PAID"]}],
        },
        "before": {"type": "text", "quality": [{"rule": "accepted_values", "values": ["NEW", "PAID"]}]},
        "buyer_name": {"type": "text", "nullable": False, "source_path": "$.buyer.name"},
        "buyer_referred_by": {"type": "jsonb", "source_path": "$.buyer.referred_by"},
        "tags": {"type": "text[]", "nullable": False},
        "attributes": {"type": "jsonb", "nullable": False},
        "either": {"type": "jsonb", "nullable": False},
        "sum": {
            "type": "double precision", "renamed_from": "total_sum", "description": "All of it.", "nullable": False,
        },
    }  # fmt: skip
    assert [gap.where for gap in imported.gaps] == [
        "/fields/3", "/fields/6/fields/1", "/fields/9",
    ]  # fmt: skip
    assert fit(imported, tmp_path / "definitions")


def test_a_table_without_a_key_says_so(tmp_path: Path) -> None:
    imported = import_json_schema(written(tmp_path, ORDER_SCHEMA), "SALES", ["order_no"])

    said = [gap.message for gap in imported.gaps if gap.where == "/"]

    assert said == [
        "the key 'order_no' is none of its fields",
        "no key (--key): rows are kept as they come, nothing is deduplicated",
    ]


@pytest.mark.parametrize(
    ("read", "value", "message"),
    [
        (import_json_schema, [], "expected a JSON Schema, found no object"),
        (import_json_schema, {"type": "string"}, "expected a schema with properties at the top, found none"),
        (import_avro, {"type": "string"}, "expected an Avro record (or a list of them), found none"),
        (
            import_avro,
            {"type": "record", "name": "A", "fields": [{"name": "x", "type": "Nothing"}]},
            "/fields/0: no type is called 'Nothing'",
        ),
        (
            import_avro,
            {"type": "record", "name": "A", "fields": ["x"]},
            "/fields/0: expected a field with name and type",
        ),
    ],
)
def test_what_is_no_schema_is_refused(tmp_path: Path, read: Any, value: Any, message: str) -> None:
    with pytest.raises(ProblemError) as refused:
        read(written(tmp_path, value), "SALES", [])

    assert message in str(refused.value)


def test_a_document_with_a_key_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "twice.json"
    path.write_text('{"properties": {}, "properties": {}}', encoding="utf-8")

    with pytest.raises(ProblemError, match="E_DUP_KEY"):
        import_json_schema(path, "SALES", [])
