"""Ways to break a generated project, each in an object of its own, and where the self-test must notice."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import yaml
from shares import shared

from definitions_to_dbt.library import Library
from definitions_to_dbt.render import GeneratedFile, render


class Sabotage(NamedTuple):
    """One text of one generated file replaced by another."""

    what: str
    file: str
    old: str
    new: str
    noticed: str
    format: str = "json"


NEWEST, OLDEST = "order by _source_order desc", "order by _source_order asc"
FIRST_END, LAST_END = "min(valid_from) over later", "max(valid_from) over later"
MASKED, CLEAR = "left(email::text, (length(email::text) > 3)::int) || '***'", "email::text"
NOTHING = "nullif(nullif(_payload ->> 'level', ''), '-')"
CLOCK = "(extract(epoch from _changed_at) * 1000000)::bigint"
HAPPENED = "coalesce(_changed_at, _ingested_at)"
CHANGES = ("debezium", "debezium_unwrapped", "change_event", "cloudevents")
SABOTAGES = (
    Sabotage("a bound is left out", "stg_", "between 1 and 9", "between 2 and 9", "outcome"),
    Sabotage("the older record wins", "/{}.sql", NEWEST, OLDEST, "outcome"),
    Sabotage("a late record wins alone", "/{}.sql", "_raw_seq) >= (known.", "_raw_seq) <> (known.", "outcome"),
    Sabotage("a type is narrower", "stg_", "'numeric(8,2)'", "'numeric(8,1)'", "outcome"),
    Sabotage("a zone is forgotten", "stg_", ", 'Europe/Vienna'", "", "column local_at"),
    Sabotage("versions overlap", "_versions.sql", FIRST_END, LAST_END, "valid_to"),
    Sabotage("personal data in the clear", "_read.sql", MASKED, CLEAR, "email of the read model"),
    Sabotage("a warning names another column", "stg_", "'level: expected", "'other: expected", "warnings name"),
    Sabotage("a word for nothing is a value", "stg_", NOTHING, "nullif(_payload ->> 'level', '')", "outcome"),
    Sabotage("a score counts too few rules", "stg_", "::numeric / 2, 2)", "::numeric / 3, 2)", "quality score"),
    Sabotage("the default is another", "stg_", ", '7')", ", '8')", "column stars"),
    Sabotage("an lsn is a text", "stg_", "{{ lsn_order('_lsn') }}", "length(_lsn)::bigint", "outcome", "debezium"),
    Sabotage("the clock beats the log", "stg_", f"coalesce(_lsn_order, {CLOCK})", f"coalesce({CLOCK}, _lsn_order)",
             "outcome", "change_event"),
    Sabotage("a rule is asked of deletes", "stg_", "not _deleted and not (", "not (", "outcome", "change_event"),
    Sabotage("a delete must be whole", "stg_", ", unless='sent._deleted'", "", "outcome", "debezium"),
    Sabotage("a key alone is no delete", "stg_", "when _deleted then _key", "when false then _key",
             "outcome", "change_event"),
    Sabotage("what a delete was filled up with counts", "/{}.sql", "first_value(rank) over same_image", "rank",
             "column rank", "debezium_unwrapped"),
    Sabotage("a closing version is empty", "_versions.sql", "first_value(rank) over same_image", "rank",
             "column rank", "debezium"),
    Sabotage("a tombstone is a version", "_versions.sql", "_has_no_order and _deleted and _follows_delete", "false",
             "a version of the object", "debezium"),
    Sabotage("without an order it is the oldest", "/{}.sql", "max(_source_order) over", "min(_source_order) over",
             "outcome", "debezium"),
    Sabotage("readers see what is gone", "_read.sql", "where not _deleted", "where true",
             "rows of the read model", "cloudevents"),
    Sabotage("a long value is overwritten", "stg_", "not _deleted and jsonb_path_exists", "false and jsonb_path_exists",
             "outcome", "debezium_unwrapped"),
    Sabotage("base64 is not read", "stg_", "json_of_base64(_message ->> 'data_base64')", "json_of_base64('')",
             "outcome", "cloudevents"),
    Sabotage("deleted when it arrived", "stg_", f"{HAPPENED}::timestamptz", "_ingested_at::timestamptz",
             "column deleted_at", "cloudevents"),
    Sabotage("a version begins on arrival", "stg_", f"{HAPPENED} as _valid_from", "_ingested_at as _valid_from",
             "valid_from", "debezium"),
    Sabotage("a second delete keeps the time of the first", "/{}.sql", "when _follows_delete then deleted_at",
             "when false then deleted_at", "column deleted_at", "debezium"),
    Sabotage("a flag is not read", "stg_", " or _envelope ->> '__deleted' = 'true'", "",
             "the row in the table", "debezium_unwrapped"),
)  # fmt: skip


# Those that are built: every other kind of mistake is looked for in the same way.
BUILT = shared(range(len(SABOTAGES)), 3)


def definition(number: int) -> dict[str, Any]:
    """The object of one sabotage."""
    return definition_of(f"BROKEN_{number}", SABOTAGES[number].format)


def definition_of(code: str, told: str) -> dict[str, Any]:
    """An entity with something for each of them to break."""
    source: dict[str, Any] = {"order": "changed_at"}
    if told != "json":
        source = {"format": told, "delete_types": ["gone"] if told == "cloudevents" else []}
    return {
        "code": code,
        "name": "Broken",
        "module": "HOTEL",
        "source": source,
        "table_schema": {
            "table_name": code.lower(),
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
                *([] if told == "json" else [{"name": "deleted_at", "type": "timestamptz"}]),
            ],
        },
    }


def rendered_and_broken(library: Library) -> dict[str, GeneratedFile]:
    """What `render` gives, with each sabotage done to its object, where the library has it."""
    files = render(library)
    for number, sabotage in enumerate(SABOTAGES):
        table = f"broken_{number}"
        if table not in library.tables:
            continue
        sql = [path for path in files if path.startswith("models/") and path.endswith(".sql")]
        names = [path for path in sql if _is_meant(path, sabotage, table)]
        assert len(names) == 1, (sabotage, names)
        file = files[names[0]]
        assert sabotage.old in file.text, (sabotage, file.text)
        files[names[0]] = dataclasses.replace(file, text=file.text.replace(sabotage.old, sabotage.new))
    for path in [path for path in files if path.startswith("models/") and path.endswith(".yml")]:
        files[path] = dataclasses.replace(files[path], text=_without_tests_of_the_broken(files[path].text))
    return files


def _without_tests_of_the_broken(text: str) -> str:
    """Whether their data tests fail is asked by nobody: what landed where must give them away. They are two hundred."""
    content = yaml.safe_load(text)
    for model in [model for model in content.get("models", []) if "broken_" in model["name"]]:
        for tested in (model, *model.get("columns", [])):
            tested.pop("data_tests", None)
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


def _is_meant(path: str, sabotage: Sabotage, table: str) -> bool:
    name = path.rpartition("/")[2]
    if sabotage.file == "stg_":
        return name.startswith("stg_") and name.endswith(f"__{table}.sql")
    return name == (f"{table}.sql" if sabotage.file == "/{}.sql" else f"{table}{sabotage.file}")
