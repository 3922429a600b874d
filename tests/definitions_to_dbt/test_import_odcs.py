"""A data contract becomes definitions that hold, and an export comes back as it was."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from definitions_to_dbt.bridges.fit import fit
from definitions_to_dbt.bridges.imported import Imported
from definitions_to_dbt.bridges.odcs_export import export_odcs
from definitions_to_dbt.bridges.odcs_import import import_odcs
from definitions_to_dbt.bridges.write import write_files
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import Library, load_library

LIBRARY = Path(__file__).parents[2] / "definitions"

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: 53581432-6c55-4ba2-a65f-72344a91553a
version: 1.0.0
status: active
description: {purpose: "What is sold; {{ env_var('HOME') }}"}
team: {name: Sales data}
price: {priceAmount: 9.95}
schema:
  - id: sales_obj
    name: Sales Order
    physicalName: so_1
    description: One order.
    tags: [Core Data]
    properties:
      - {name: line, physicalType: int2, primaryKey: true, primaryKeyPosition: 2}
      - {name: order id, physicalName: ORDER_ID, physicalType: serial, primaryKey: true, primaryKeyPosition: 1}
      - {name: select, physicalType: "varchar[2147483647]", logicalType: string}
      - name: code
        physicalType: "varchar[3]"
        required: true
        quality: [{metric: invalidValues, arguments: {validValues: [A, B]}, mustBe: 0, severity: error}]
      - {name: note, physicalType: Name, logicalType: object}
      - {name: flag, physicalType: bpchar, logicalType: string}
      - {name: placed, logicalType: timestamp}
      - name: amount
        logicalType: number
        physicalType: numeric(10,2)
        logicalTypeOptions: {minimum: 0, exclusiveMaximum: 1000}
        classification: restricted
      - name: buyer
        physicalType: uuid
        relationships: [{to: buyers.id}]
        quality: [{type: sql, query: "select 1", mustBe: 0}]
      - {name: agent, physicalType: uuid, relationships: [{to: agents.id}]}
  - name: buyers
    physicalName: buyers_master
    properties:
      - {name: id, physicalType: uuid, primaryKey: true, required: true}
      - {name: since, logicalType: date, unique: true}
"""


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library(LIBRARY)


def contract(folder: Path, text: str = CONTRACT) -> Path:
    path = folder / "contract.odcs.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def taken_over(imported: Imported, definitions: Path) -> Library:
    write_files(definitions, fit(imported, definitions), force=False)
    return load_library(definitions)


def columns(model: ObjectModel) -> dict[str, dict[str, Any]]:
    return {c.name: c.model_dump(mode="json", exclude_defaults=True, exclude={"name"}) for c in model.columns}


def test_a_contract_becomes_a_library_that_validates(tmp_path: Path) -> None:
    imported = import_odcs(contract(tmp_path), "SALES")

    library = taken_over(imported, tmp_path / "definitions")

    assert [model.table_name for model in library.objects] == ["buyers", "sales_order"]
    order = library.object("sales_order")
    assert order.primary_key == ("order_id", "line")
    assert order.tags == ("core-data",)
    assert library.modules[0].owner == "Sales data"
    assert columns(order) == {
        "line": {"type": "smallint", "primary_key": True, "nullable": False},
        "order_id": {
            "type": "integer", "autoincrement": True, "primary_key": True, "nullable": False,
            "source_path": "$.ORDER_ID",
        },
        "select_": {"type": "varchar", "source_path": "$.select"},
        "code": {
            "type": "varchar(3)", "nullable": False,
            "quality": [{"rule": "accepted_values", "values": ["A", "B"]}],
        },
        "note": {"type": "text"},
        "flag": {"type": "text"},
        "placed": {"type": "timestamptz"},
        "amount": {
            "type": "numeric(10,2)",
            "quality": [{"rule": "range", "min": 0}, {"rule": "expression", "sql": "amount < 1000"}],
        },
        "buyer": {"type": "uuid", "foreign_key": "buyers.id"},
        "agent": {"type": "uuid"},
    }  # fmt: skip
    assert columns(library.object("buyers"))["since"] == {"type": "date", "unique": True}


def test_what_the_contract_lacks_is_said_where_it_stands(tmp_path: Path) -> None:
    imported = import_odcs(contract(tmp_path), "SALES")

    said = [str(gap) for gap in imported.gaps]

    assert said == [
        "price: definitions have no place for it; it stays in the contract",
        "team: definitions have no place for it; it stays in the contract",
        "schema/0/properties/4 (sales_order.note): physicalType 'Name' is no type of PostgreSQL (a domain?): "
        "taken as text",
        "schema/0/properties/7 (sales_order.amount): classified as sensitive: say `pii` (tokenize, mask, drop) "
        "where it is",
        "schema/0/properties/8 (sales_order.buyer): the quality check 'sql' is not carried over",
        "schema/0/properties/9 (sales_order.agent): the relationship to 'agents.id' leads to nothing in this contract",
    ]


def test_what_validation_refuses_is_left_out_and_said(tmp_path: Path) -> None:
    text = CONTRACT.replace("logicalTypeOptions: {minimum: 0,", r"logicalTypeOptions: {pattern: '(a+)+$', minimum: 0,")
    imported = import_odcs(contract(tmp_path, text), "SALES")

    library = taken_over(imported, tmp_path / "definitions")

    amount = library.object("sales_order").column("amount")
    assert [rule.rule for rule in amount.quality] == ["range", "expression"]
    left_out = [str(gap) for gap in imported.gaps if "left out" in gap.message]
    assert len(left_out) == 1
    assert left_out[0].startswith("schema/0 (sales_order) column amount, rule pattern: left out: ")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("v3.1.0", "v2.2.2", "expected apiVersion v3.0.x or v3.1.x, found 'v2.2.2'"),
        ("DataContract", "DataProduct", "expected kind: DataContract, found 'DataProduct'"),
        ("status: active", "status: &a active\nname: *a", "contract.odcs.yaml:6: E_YAML_ALIAS"),
        (
            "status: active",
            "status: active\nstatus: draft",
            "contract.odcs.yaml:7: E_YAML_SYNTAX: the key 'status' stan",
        ),
        (
            "status: active",
            "status: !!python/object/apply:os.system [ls]",
            "E_YAML_SYNTAX: could not determine a const",
        ),
        ("schema:", "tables:", "expected a list of tables under schema, found none"),
        ("{name: flag,", "{nome: flag,", "schema/0/properties/5/name: expected a text, found None"),
    ],
)
def test_what_is_no_contract_is_refused(tmp_path: Path, before: str, after: str, message: str) -> None:
    with pytest.raises(ProblemError) as refused:
        import_odcs(contract(tmp_path, CONTRACT.replace(before, after, 1)), "SALES")

    assert message in str(refused.value)


def test_a_definition_that_says_something_else_is_not_replaced(tmp_path: Path) -> None:
    definitions = tmp_path / "definitions"
    taken_over(import_odcs(contract(tmp_path), "SALES"), definitions)
    before = {path: path.read_bytes() for path in definitions.rglob("*.json")}
    imported = import_odcs(contract(tmp_path, CONTRACT.replace("One order.", "Another one.")), "SALES")
    files = fit(imported, definitions)

    with pytest.raises(ProblemError, match=r"already there, and saying something else: .*sales_order\.json"):
        write_files(definitions, files, force=False)

    assert {path: path.read_bytes() for path in definitions.rglob("*.json")} == before
    assert write_files(definitions, files, force=True) == [Path("object_models/sales/sales_order.json")]


def test_a_table_that_another_module_has_is_refused(tmp_path: Path) -> None:
    definitions = tmp_path / "definitions"
    taken_over(import_odcs(contract(tmp_path), "SALES"), definitions)

    with pytest.raises(ProblemError, match=r"sales_order \(SALES_ORDER\) is already defined in .*sales_order\.json"):
        fit(import_odcs(contract(tmp_path), "OTHER"), definitions)

    taken_over(import_odcs(contract(tmp_path), "OTHER", prefix="other "), definitions)


@pytest.mark.parametrize("api_version", ["v3.0.2", "v3.1.0"])
def test_the_library_comes_back_from_its_contracts_as_it_was(
    library: Library, tmp_path: Path, api_version: str
) -> None:
    contracts = export_odcs(library, api_version=api_version)
    imports = []
    for name, text in contracts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        imports.append(import_odcs(tmp_path / name, name.name.partition(".")[0].upper()))

    # All modules at once, for they refer to each other.
    definitions = tmp_path / "definitions"
    for imported in imports:
        for found in imported.objects:
            path = definitions / "object_models" / f"{found.table_name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(found.definition), encoding="utf-8")
        (definitions / "modules").mkdir(exist_ok=True)
        (definitions / "modules" / f"{imported.module['code']}.json").write_text(json.dumps(imported.module))
    for folder in LIBRARY.iterdir():
        if folder.name not in ("object_models", "modules"):
            (definitions / folder.name).symlink_to(folder)

    assert [gap for imported in imports for gap in imported.gaps] == []
    back = load_library(definitions)
    assert back.objects == library.objects
    assert back.modules == library.modules


def test_an_export_is_a_contract_of_the_standard(library: Library) -> None:
    schema = json.loads((resources.files("open_data_contract_standard") / "schema.json").read_text(encoding="utf-8"))

    for text in export_odcs(library).values():
        jsonschema.Draft201909Validator(schema).validate(yaml.safe_load(text))


def test_a_type_that_was_changed_in_the_contract_is_not_lost(library: Library, tmp_path: Path) -> None:
    text = export_odcs(library, "COMMERCE")[Path("commerce.odcs.yaml")]
    changed = text.replace("physicalType: varchar(120)", "physicalType: varchar(200)", 1)

    imported = import_odcs(contract(tmp_path, changed), "COMMERCE")

    assert [gap.message for gap in imported.gaps] == [
        "physicalType was changed after the export: varchar(200) is taken"
    ]


def test_an_export_of_what_is_not_there_is_refused(library: Library) -> None:
    with pytest.raises(ProblemError, match="no module with objects is called 'COMERCE'"):
        export_odcs(library, "COMERCE")
    with pytest.raises(ProblemError, match=r"expected one of the versions v3\.0\.2, v3\.1\.0, found 'v9'"):
        export_odcs(library, api_version="v9")
