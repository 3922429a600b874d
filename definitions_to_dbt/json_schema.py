"""The JSON Schemas that editors use, generated from the pydantic models, which are the truth."""

from __future__ import annotations

import json
from pathlib import Path

from definitions_to_dbt.library import FOLDERS


def write_schemas(folder: Path) -> list[Path]:
    """Write one schema for each kind of definition where it has changed. Returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, part in FOLDERS.items():
        path = folder / f"{name}.schema.json"
        text = json.dumps(part.model_json_schema(), indent=2, sort_keys=True) + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        written.append(path)
    return written
