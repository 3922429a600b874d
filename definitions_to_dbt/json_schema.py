"""The JSON Schemas that editors use, generated from the pydantic models, which are the truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from definitions_to_dbt.bare_table import Metadata
from definitions_to_dbt.library import FOLDERS
from definitions_to_dbt.table_schema import TableSchema
from definitions_to_dbt.write import write_where_changed


def write_schemas(folder: Path) -> list[Path]:
    """Write one schema for each kind of definition where it has changed. Returns the paths."""
    texts = schema_texts(folder)
    for path, text in texts.items():
        write_where_changed(path, text)
    return list(texts)


def schema_texts(folder: Path) -> dict[Path, str]:
    """The schema of each kind of definition, by the path of its file."""
    return {
        folder / f"{name}.schema.json": json.dumps(schema_of(name, part), indent=2, sort_keys=True) + "\n"
        for name, part in FOLDERS.items()
    }


def schema_of(name: str, part: type[BaseModel]) -> dict[str, Any]:
    """The schema of one kind of definition. An object model may also be the bare table of a metadata service."""
    schema = part.model_json_schema()
    return schema if name != "object_models" else _or_bare(schema)


def _or_bare(schema: dict[str, Any]) -> dict[str, Any]:
    bare = BareTable.model_json_schema()
    parts = schema.pop("$defs") | bare.pop("$defs")
    return {
        "$defs": parts | {"ObjectModel": schema, "BareTable": bare},
        "title": "ObjectModel",
        "if": {"required": ["table_name"]},
        "then": {"$ref": "#/$defs/BareTable"},
        "else": {"$ref": "#/$defs/ObjectModel"},
    }


class BareTable(TableSchema):
    """A table as metadata services emit it, with what they know of the entity behind it."""

    metadata: Metadata = Metadata()

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The key is written with an underscore, which no field of pydantic may have."""
        schema = super().model_json_schema(*args, **kwargs)
        schema["properties"]["_metadata"] = schema["properties"].pop("metadata")
        return schema
