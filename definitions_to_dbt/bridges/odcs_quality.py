"""Quality checks and type options of a contract's property as quality rules of a column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from definitions_to_dbt.bridges.imported import Definition, Imported
from definitions_to_dbt.sql import bare_or_quoted

_SEVERITIES = {"error": "error", "critical": "error", "warning": "warning", "warn": "warning", "info": "info"}


def quality_rules(
    said: Mapping[str, Any], name: str, sql_type: str, imported: Imported, where: str
) -> Iterator[Definition]:
    """The rules of one property: its type's options, then its checks. What none can say becomes a gap."""
    yield from _of_options(said.get("logicalTypeOptions") or {}, name, sql_type, imported, where)
    for check in said.get("quality") or ():
        if isinstance(check, dict):
            yield from _of_check(check, imported, where)


def _of_options(
    options: Mapping[str, Any], name: str, sql_type: str, imported: Imported, where: str
) -> Iterator[Definition]:
    """An option is part of the type, so a value outside it is an error."""
    if "minLength" in options or "maxLength" in options:
        yield _bounds("length", options.get("minLength"), options.get("maxLength"))
    if "pattern" in options:
        yield {"rule": "pattern", "regex": str(options["pattern"])}
    if "minimum" in options or "maximum" in options:
        yield _bounds("range", options.get("minimum"), options.get("maximum"))
    column = bare_or_quoted(name)
    for key, sign in (("exclusiveMinimum", ">"), ("exclusiveMaximum", "<")):
        if isinstance(options.get(key), int | float):
            yield {"rule": "expression", "sql": f"{column} {sign} {options[key]}"}
    multiple = options.get("multipleOf")
    if isinstance(multiple, int | float) and multiple > 0:
        if sql_type in ("smallint", "integer", "bigint") or sql_type.startswith("numeric"):
            yield {"rule": "expression", "sql": f"{column} % {multiple} = 0"}
        else:
            imported.gap(where, "multipleOf is not carried over: the type is not exact")


def _bounds(rule: str, least: Any, most: Any) -> Definition:
    bounds = {"min": least, "max": most}
    return {"rule": rule} | {key: value for key, value in bounds.items() if value is not None}


def _of_check(check: Mapping[str, Any], imported: Imported, where: str) -> Iterator[Definition]:
    """A check of the standard's library. Where it says no severity it is a warning: nothing is rejected."""
    metric = check.get("metric") or check.get("rule")
    arguments = check.get("arguments") if isinstance(check.get("arguments"), dict) else {}
    severity = _SEVERITIES.get(str(check.get("severity") or "").lower(), "warning")
    found: Definition | None = None
    if metric in ("nullValues", "nullCheck", "missingValues") and _allows_none(check):
        found = {"rule": "not_null"}
    elif metric in ("duplicateValues", "duplicateCount", "unique") and _allows_none(check):
        found = {"rule": "unique"}
    elif metric in ("invalidValues", "validValues") and _allows_none(check):
        values = (arguments or {}).get("validValues") or check.get("validValues")
        if isinstance(values, list) and values:
            found = {"rule": "accepted_values", "values": values}
        elif isinstance((arguments or {}).get("pattern"), str):
            found = {"rule": "pattern", "regex": (arguments or {})["pattern"]}
    if found is None:
        imported.gap(where, f"the quality check {metric or check.get('type') or 'text'!r} is not carried over")
        return
    found["severity"] = severity
    if isinstance(check.get("description"), str):
        found["description"] = check["description"]
    yield found


def _allows_none(check: Mapping[str, Any]) -> bool:
    """True where the check wants not one such value: any other limit is no rule of a record."""
    limits = {key: value for key, value in check.items() if key.startswith("must")}
    return limits in ({}, {"mustBe": 0}, {"mustBeLessThan": 1}, {"mustBeLessOrEqualTo": 0})
