"""Whatever stands in a foreign document: it is read, or refused in one message; and it leads to no file of others."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_import_odcs import CONTRACT
from test_import_schemas import ORDER_RECORD, ORDER_SCHEMA

from definitions_to_dbt.bridges.avro_import import import_avro
from definitions_to_dbt.bridges.fit import fit
from definitions_to_dbt.bridges.imported import Imported
from definitions_to_dbt.bridges.json_schema_import import import_json_schema
from definitions_to_dbt.bridges.odcs_import import import_odcs
from definitions_to_dbt.errors import ProblemError

JUNK: tuple[Any, ...] = (None, True, 5, "x", [1], [[]], {"a": 1}, {"type": 5})
Read = Callable[[Path], Imported]
OWN = {"property": "definition", "value": {"kind": "event", "table_schema": {"description": "x"}}}


def _contract() -> Any:
    contract = yaml.safe_load(CONTRACT)
    contract["schema"][0]["customProperties"] = [copy.deepcopy(OWN)]
    contract["schema"][0]["relationships"] = [{"from": "Sales Order.buyer", "to": "buyers.id"}]
    contract["schema"][0]["properties"][0]["customProperties"] = [{"property": "definition", "value": {"unit": "x"}}]
    return contract


def _places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield way
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from _places(value[key], (*way, key))


def _spoilt(document: Any, way: tuple[Any, ...], junk: Any) -> Any:
    if not way:
        return junk
    found = copy.deepcopy(document)
    inner = found
    for step in way[:-1]:
        inner = inner[step]
    inner[way[-1]] = junk
    return found


@pytest.mark.parametrize(
    ("read", "document"),
    [
        (lambda path: import_odcs(path, "SALES"), _contract()),
        (lambda path: import_json_schema(path, "SALES", ["orderId"]), ORDER_SCHEMA),
        (lambda path: import_avro(path, "SALES", ["orderId"]), ORDER_RECORD),
    ],
    ids=["odcs", "json-schema", "avro"],
)
def test_a_part_of_another_shape_is_read_or_refused_by_message(tmp_path: Path, read: Read, document: Any) -> None:
    file, refused, cases = tmp_path / "foreign.json", 0, 0

    for way in _places(document):
        for junk in JUNK:
            cases += 1
            file.write_text(json.dumps(_spoilt(document, way, junk)), encoding="utf-8")
            try:
                read(file)
            except ProblemError as problem:
                refused += 1
                assert "expected" in str(problem) or "no type is called" in str(problem), (way, junk)

    assert 0 < refused < cases


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"table_schema": {"table_name": "{outside}"}}, ""),
        ({"table_schema": {"table_name": "../../../outside"}}, ""),
        ({"module": "../../.."}, ""),
        ({"code": "../../../outside"}, "code"),
    ],
)
def test_a_contract_cannot_say_where_files_are_written(tmp_path: Path, own: Any, message: str) -> None:
    contract = _contract()
    said = json.loads(json.dumps(own).replace("{outside}", str(tmp_path / "outside")))
    contract["schema"] = [
        {
            "name": "orders",
            "customProperties": [{"property": "definition", "value": said}],
            "properties": [{"name": "id", "logicalType": "string", "primaryKey": True}],
        }
    ]
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(contract), encoding="utf-8")
    definitions = tmp_path / "definitions"
    definitions.mkdir()

    try:
        files = fit(import_odcs(file, "SALES"), definitions)
    except ProblemError as problem:
        assert message and message in str(problem)
    else:
        assert sorted(map(str, files)) == ["modules/SALES.json", "object_models/sales/orders.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["contract.json", "definitions"]
