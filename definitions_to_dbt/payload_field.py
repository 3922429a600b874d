"""The SQL that takes one column's value out of a payload: as text, or as jsonb for columns of JSON and arrays."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from definitions_to_dbt.column import Column
from definitions_to_dbt.dbt_text import never_rendered
from definitions_to_dbt.source_path import SourcePath, Step, quoted_key
from definitions_to_dbt.sql import quote_literal

_CALL = re.compile(r"[a-z_][a-z0-9_.]*\(.*\)|current_(timestamp|date|time)|localtime(stamp)?", re.IGNORECASE)
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def payload_field(column: Column) -> str:
    """The value as it was sent, null where nothing was."""
    keeps_json = column.pg_type.family in ("json", "array")
    value = _value_at(column.path, as_text=not keeps_json)
    if keeps_json:
        value = f"nullif({value}, 'null')"
    for nothing in _null_values(column):
        sent = json.dumps(nothing, ensure_ascii=False) if keeps_json else nothing
        value = f"nullif({value}, {quote_literal(never_rendered(sent))})"
    if column.default is not None and not keeps_json and not _is_call(column.default):
        value = f"coalesce({value}, {quote_literal(never_rendered(_literal_text(column.default)))})"
    return value


def _value_at(path: SourcePath, as_text: bool) -> str:
    root = "_envelope" if path.from_envelope else "_payload"
    if path.first_every is None:
        return json_step(root, path.steps, as_text)
    # What should be an array and is none goes on as it is, so that the column's type can refuse it.
    container = json_step(root, path.steps[: path.first_every], as_text=False)
    elements = f"jsonb_path_query_array({root}, {quote_literal(_json_path(path.steps))}, '{{}}', true)"
    return f"case jsonb_typeof({container}) when 'array' then {elements} else {container} end"


def json_step(root: str, steps: Sequence[Step], as_text: bool = True) -> str:
    """PostgreSQL's operators for steps that lead to one value."""
    parts = [never_rendered(step) for step in steps if isinstance(step, str)]
    if not steps:
        return root
    if len(parts) < len(steps):
        arrows = ["->"] * (len(steps) - 1) + ["->>" if as_text else "->"]
        written = [str(step) if isinstance(step, int) else quote_literal(never_rendered(str(step))) for step in steps]
        return " ".join([root, *(f"{arrow} {step}" for arrow, step in zip(arrows, written, strict=True))])
    if len(parts) == 1:
        return f"{root} {'->>' if as_text else '->'} {quote_literal(parts[0])}"
    plain = all(part.replace("_", "").isalnum() and part.lower() != "null" for part in parts)
    written_path = "{" + ", ".join(parts) + "}" if plain else "{" + ",".join(map(quoted_key, parts)) + "}"
    return f"{root} {'#>>' if as_text else '#>'} {quote_literal(written_path)}"


def _json_path(steps: Sequence[Step]) -> str:
    text = "$"
    for step in steps:
        if isinstance(step, str):
            key = never_rendered(step)
            text += "." + (key if _PLAIN_KEY.fullmatch(key) else quoted_key(key))
        else:
            text += f"[{step if isinstance(step, int) else '*'}]"
    return text


def _null_values(column: Column) -> tuple[str, ...]:
    """The texts that mean nothing was sent. An empty text is a value only where the column holds text or JSON."""
    own = column.null_values
    return own if column.pg_type.family in ("text", "json") or "" in own else ("", *own)


def _is_call(default: str | int | float | bool) -> bool:
    """True for `now()` and its like: what the sender's own database would have filled in, and no value of a payload."""
    return isinstance(default, str) and _CALL.fullmatch(default.strip()) is not None


def _literal_text(value: str | int | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
