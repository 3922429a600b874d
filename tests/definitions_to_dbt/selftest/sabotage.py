"""Ways to break a generated project, each in an object of its own, and where the self-test must notice."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

from definitions_to_dbt.library import Library
from definitions_to_dbt.render import GeneratedFile, render


class Sabotage(NamedTuple):
    """One text of one generated file replaced by another."""

    what: str
    file: str
    old: str
    new: str
    noticed: str


NEWEST, OLDEST = "order by _source_order desc", "order by _source_order asc"
FIRST_END, LAST_END = "min(valid_from) over later", "max(valid_from) over later"
MASKED, CLEAR = "left(email::text, (length(email::text) > 3)::int) || '***'", "email::text"
NOTHING = "nullif(nullif(_payload ->> 'level', ''), '-')"
SABOTAGES = (
    Sabotage("a bound is left out", "stg_", "between 1 and 9", "between 2 and 9", "outcome"),
    Sabotage("the older record wins", "/{}.sql", NEWEST, OLDEST, "outcome"),
    Sabotage("a type is narrower", "stg_", "'numeric(8,2)'", "'numeric(8,1)'", "outcome"),
    Sabotage("a zone is forgotten", "stg_", ", 'Europe/Vienna'", "", "column local_at"),
    Sabotage("versions overlap", "_versions.sql", FIRST_END, LAST_END, "valid_to"),
    Sabotage("personal data in the clear", "_read.sql", MASKED, CLEAR, "email of the read model"),
    Sabotage("a warning names another column", "stg_", "'level: expected", "'other: expected", "warnings name"),
    Sabotage("a word for nothing is a value", "stg_", NOTHING, "nullif(_payload ->> 'level', '')", "outcome"),
    Sabotage("a score counts too few rules", "stg_", "::numeric / 2, 2)", "::numeric / 3, 2)", "quality score"),
    Sabotage("the default is another", "stg_", ", '7')", ", '8')", "column stars"),
)


def definition(number: int) -> dict[str, Any]:
    """An entity with something for each of them to break."""
    return {
        "code": f"BROKEN_{number}",
        "name": "Broken",
        "module": "HOTEL",
        "source": {"order": "changed_at"},
        "table_schema": {
            "table_name": f"broken_{number}",
            "columns": [
                {"name": "id", "type": "integer", "primary_key": True},
                {"name": "changed_at", "type": "timestamptz", "nullable": False},
                {"name": "local_at", "type": "timestamptz", "time_zone": "Europe/Vienna"},
                {"name": "amount", "type": "numeric(8,2)"},
                {"name": "rank", "type": "integer", "quality": [{"rule": "range", "min": 1, "max": 9}]},
                {
                    "name": "level",
                    "type": "integer",
                    "null_values": ["-"],
                    "quality": [{"rule": "range", "min": 0, "max": 5, "severity": "warning"}],
                },
                {"name": "stars", "type": "smallint", "default": 7},
                {"name": "email", "type": "text", "pii": "mask"},
            ],
        },
    }


def rendered_and_broken(library: Library) -> dict[str, GeneratedFile]:
    """What `render` gives, with each sabotage done to its object."""
    files = render(library)
    for number, sabotage in enumerate(SABOTAGES):
        table = f"broken_{number}"
        sql = [path for path in files if path.startswith("models/") and path.endswith(".sql")]
        names = [path for path in sql if _is_meant(path, sabotage, table)]
        assert len(names) == 1, (sabotage, names)
        file = files[names[0]]
        assert sabotage.old in file.text, (sabotage, file.text)
        files[names[0]] = dataclasses.replace(file, text=file.text.replace(sabotage.old, sabotage.new))
    return files


def _is_meant(path: str, sabotage: Sabotage, table: str) -> bool:
    name = path.rpartition("/")[2]
    if sabotage.file == "stg_":
        return name.startswith("stg_") and name.endswith(f"__{table}.sql")
    return name == (f"{table}.sql" if sabotage.file == "/{}.sql" else f"{table}{sabotage.file}")
