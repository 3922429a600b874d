"""Definitions as data contracts of the open data contract standard, one for each module. Writes nothing.

What the standard can say stands in its own words. What only a definition can say stands beside them in one custom
property, exactly as the definition has it: on the way back it wins, so nothing is lost and nothing is said twice
in two ways.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from definitions_to_dbt.bridges.odcs_words import DEFINITION
from definitions_to_dbt.column import Column
from definitions_to_dbt.dbt_text import as_yaml
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import Library
from definitions_to_dbt.metadata import Module
from definitions_to_dbt.quality import AcceptedValues, NotNull, Pattern, Unique

NOTICE = "Exported from the definitions: edit those, not this file."
API_VERSIONS = ("v3.0.2", "v3.1.0")
# The contract of a module is the same one for ever, wherever it was exported.
_NAMESPACE = uuid.UUID("6c1f3a0e-6f2e-5d0b-9c53-2f1d5b8f0a44")
_LOGICAL = {
    "boolean": "boolean", "integer": "integer", "numeric": "number", "float": "number", "text": "string",
    "date": "date", "json": "object", "array": "array",
}  # fmt: skip
# What the standard's own words give back exactly. `type` and its sizes are compared before they are left out.
_SAID_OF_COLUMNS = ("name", "description", "primary_key", "unique")


def export_odcs(library: Library, module: str | None = None, api_version: str = "v3.1.0") -> dict[Path, str]:
    """Return one contract as YAML for each module, by the name of its file.

    Raises ProblemError for a version of the standard that is not known, or a module that the library does not have.
    """
    if api_version not in API_VERSIONS:
        raise ProblemError(
            f"expected one of the versions {', '.join(API_VERSIONS)}, found {api_version!r}",
            hint="Nothing was written.",
        )
    modules = {entry.code: entry for entry in library.modules}
    used = {model.module for model in library.objects}
    if module is not None and module not in used:
        raise ProblemError(
            f"no module with objects is called {module!r}; known: {', '.join(sorted(used))}",
            hint="Nothing was written.",
        )
    chosen = sorted(used) if module is None else [module]
    return {
        Path(f"{code.lower()}.odcs.yaml"): as_yaml(_contract(library, code, modules.get(code), api_version), NOTICE)
        for code in chosen
    }


def _contract(library: Library, code: str, module: Module | None, api_version: str) -> dict[str, Any]:
    models = library.of_module(code)
    contract: dict[str, Any] = {
        "apiVersion": api_version,
        "kind": "DataContract",
        "id": str(uuid.uuid5(_NAMESPACE, code)),
        "version": f"{max(model.version for model in models)}.0.0",
        "status": "active",
        "domain": code,
    }
    if module:
        contract["dataProduct"] = module.name
        if module.description:
            contract["description"] = {"purpose": module.description}
        if module.owner and api_version != "v3.0.2":
            contract["team"] = {"name": module.owner}
        contract["customProperties"] = _custom(module.model_dump(mode="json", exclude_defaults=True))
    tables = {model.table_name for model in models}
    contract["schema"] = [_table(model, tables, api_version) for model in models]
    return contract


def _custom(value: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"property": DEFINITION, "value": value}]


def _table(model: ObjectModel, tables: set[str], api_version: str) -> dict[str, Any]:
    table: dict[str, Any] = {
        "name": model.table_name, "physicalName": model.table_name, "physicalType": "table",
        "businessName": model.name,
    }  # fmt: skip
    if model.description:
        table["description"] = model.description
    if model.tags:
        table["tags"] = list(model.tags)
    own = model.model_dump(mode="json", exclude_defaults=True)
    own["table_schema"] = {
        key: value for key, value in own["table_schema"].items() if key not in ("table_name", "columns")
    }
    said = ("name", "module", "description", "tags")
    table["customProperties"] = _custom({key: value for key, value in own.items() if value != {} and key not in said})
    keys = [column.name for column in model.columns if column.primary_key]
    table["properties"] = [_property(column, keys, tables, api_version) for column in model.columns]
    return table


def _property(column: Column, keys: list[str], tables: set[str], api_version: str) -> dict[str, Any]:
    pg_type = column.pg_type
    logical = _LOGICAL.get(pg_type.family, "string")
    if pg_type.family == "instant":
        # The older version has no word for a moment but the one for a day.
        logical = "date" if api_version == "v3.0.2" else "timestamp"
    said: dict[str, Any] = {"name": column.name, "logicalType": logical, "physicalType": pg_type.sql}
    if column.description:
        said["description"] = column.description
    if column.primary_key:
        said |= {"primaryKey": True, "primaryKeyPosition": keys.index(column.name) + 1}
    if not column.nullable:
        said["required"] = True
    if column.unique:
        said["unique"] = True
    if column.foreign_key and column.foreign_key.partition(".")[0] in tables and api_version != "v3.0.2":
        said["relationships"] = [{"type": "foreignKey", "to": column.foreign_key}]
    if checks := list(_checks(column, api_version)):
        said["quality"] = checks
    if own := _own_words(column):
        said["customProperties"] = _custom(own)
    return said


def _own_words(column: Column) -> dict[str, Any]:
    """What of the column the standard's words do not give back exactly."""
    own = column.model_dump(mode="json", exclude_defaults=True)
    if own["type"] == column.pg_type.sql and not {"length", "precision", "scale"} & own.keys():
        del own["type"]
    return {key: value for key, value in own.items() if key not in (*_SAID_OF_COLUMNS, "nullable")} | (
        # Said where a reader of the standard's words would take the opposite.
        {"nullable": own["nullable"]} if own.get("nullable") is True else {}
    )


def _checks(column: Column, api_version: str) -> Iterator[dict[str, Any]]:
    """The rules that the standard's library knows, for its readers; the definition's own words stand beside them."""
    word = "rule" if api_version == "v3.0.2" else "metric"
    for rule in column.quality:
        check: dict[str, Any] | None = None
        if isinstance(rule, NotNull):
            check = {word: "nullCheck" if word == "rule" else "nullValues", "dimension": "completeness"}
        elif isinstance(rule, Unique):
            check = {word: "duplicateCount" if word == "rule" else "duplicateValues", "dimension": "uniqueness"}
        elif isinstance(rule, AcceptedValues) and word == "metric":
            check = {word: "invalidValues", "arguments": {"validValues": list(rule.values)}, "dimension": "conformity"}
        elif isinstance(rule, Pattern) and word == "metric":
            check = {word: "invalidValues", "arguments": {"pattern": rule.regex}, "dimension": "conformity"}
        if check and rule.is_active:
            described = {"description": rule.description} if rule.description else {}
            yield {"type": "library", **check, "mustBe": 0, "severity": rule.severity, **described}
