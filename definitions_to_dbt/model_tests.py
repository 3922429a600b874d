"""The data tests of each model: few nodes, each named for what it promises."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from definitions_to_dbt.columns import is_required, record_rules
from definitions_to_dbt.definition import Column, ObjectModel
from definitions_to_dbt.duration import Duration
from definitions_to_dbt.lake import lake_columns
from definitions_to_dbt.names import archive
from definitions_to_dbt.quality import FreshnessRule, Reference, Unique
from definitions_to_dbt.sql import bare_or_quoted

_RETURN_ROWS = ("unique_and_present", "keeps_its_rules", "refers_to", "one_current_version")
_NEVER = "> 1000000"
_SEVERITY = {"error": "error", "warning": "warn", "info": "warn"}


def staging_tests() -> list[dict[str, Any]]:
    """A raw record becomes one staged row."""
    return [{"unique_and_present": {"arguments": {"columns": ["_raw_seq"]}}}]


def write_model_tests(model: ObjectModel, ageing: Collection[str] = ()) -> list[dict[str, Any]]:
    """Grain, rules, references, and the limits on what a batch may be like."""
    tests: list[dict[str, Any]] = []
    if model.primary_key:
        columns = list(model.primary_key)
        config = {"where": "not _deleted"}
        tests.append({"unique_and_present": {"arguments": {"columns": columns}, "config": config}})
    if rules := _rules(model):
        tests.append({"keeps_its_rules": {"arguments": {"rules": rules}, "config": {"where": "not _deleted"}}})
    tests += [_unique(column, rule) for column in model.columns for rule in _uniqueness(column)]
    for column, to, severity in references(model):
        if to.partition(".")[0] not in ageing:
            tests.append(_reference(column, to, severity))
    tests += [_outcomes_add_up(model), _reject_rate(model), _resembles_its_past(model)]
    tests += _freshness(model) + _volume(model)
    tests += [_newest_is_fresh(c, rule) for c in model.columns for rule in _freshness_rules(c)]
    return [_never_stored(model, test) for test in tests]


def versions_tests(model: ObjectModel) -> list[dict[str, Any]]:
    """One version of each object is the current one."""
    return [_never_stored(model, {"one_current_version": {"arguments": {"key": list(model.primary_key)}}})]


def _never_stored(model: ObjectModel, test: dict[str, Any]) -> dict[str, Any]:
    """The failing rows of a test hold values: `dbt test --store-failures` would lay personal data down in the clear."""
    ((name, body),) = test.items()
    if name not in _RETURN_ROWS or all(column.pii == "none" for column in model.columns):
        return test
    return {name: {**body, "config": {**body.get("config", {}), "store_failures": False}}}


def _rules(model: ObjectModel) -> list[dict[str, str]]:
    """Error rules as conditions by name: also rows that another tool wrote must keep them."""
    rules = [{"name": f"{column.name}: missing", "holds": f"{_q(column)} is not null"} for column in _required(model)]
    rules += [{"name": rule.reason, "holds": rule.holds} for rule in record_rules(model) if rule.severity == "error"]
    return rules


def _rules_of_history(model: ObjectModel) -> list[dict[str, str]]:
    """Error rules that DuckDB can judge of a row from the lake: of values as they are, neither text nor token."""
    as_they_are = {
        column.name
        for column in lake_columns(model, "analytics")
        if not column.is_protected and (column.lake_type != "VARCHAR" or column.pg_type.family == "text")
    }
    rules = [
        {"name": f"{column.name}: missing", "holds": f"{_q(column)} is not null"}
        for column in _required(model)
        if column.pii != "drop"
    ]
    judged = [rule for rule in record_rules(model) if rule.severity == "error" and rule.is_plain]
    return rules + [{"name": rule.reason, "holds": rule.holds} for rule in judged if rule.column in as_they_are]


def _required(model: ObjectModel) -> list[Column]:
    return [c for c in model.columns if is_required(model, c) and c.name not in model.primary_key]


def _q(column: Column) -> str:
    return bare_or_quoted(column.name)


def _uniqueness(column: Column) -> list[str]:
    found = ["error"] if column.unique and not column.primary_key else []
    return found + [rule.severity for rule in column.quality if isinstance(rule, Unique) and rule.is_active]


def _unique(column: Column, severity: str) -> dict[str, Any]:
    where = f"not _deleted and {_q(column)} is not null"
    config = {"where": where, "severity": _SEVERITY[severity]}
    return {"unique_and_present": {"arguments": {"columns": [column.name]}, "config": config}}


def references(model: ObjectModel) -> list[tuple[Column, str, str]]:
    """Column, target and severity of each reference. A parent that ages is tested over history instead."""
    found: list[tuple[Column, str, str]] = []
    for column in model.columns:
        rules = [rule for rule in column.quality if isinstance(rule, Reference) and rule.is_active]
        targets: dict[str, str] = {rule.to: rule.severity for rule in rules}
        if column.foreign_key:
            targets.setdefault(column.foreign_key, "warning")
        found += [(column, to, severity) for to, severity in targets.items()]
    return found


def _reference(column: Column, to: str, severity: str, over: str = "{}") -> dict[str, Any]:
    table, _, field = to.partition(".")
    return {
        "refers_to": {
            "arguments": {"column": column.name, "to": f"ref('{over.format(table)}')", "field": field},
            "config": {"severity": _SEVERITY[severity], "where": "not _deleted"},
        }
    }


def _outcomes_add_up(model: ObjectModel) -> dict[str, Any]:
    return {"outcomes_add_up": {"arguments": {"table": model.table_name}}}


def _reject_rate(model: ObjectModel) -> dict[str, Any]:
    limits = model.source.reject_rate
    config = {
        "fail_calc": "coalesce(max(rejected_per_mille), 0)",
        "warn_if": f"> {round(limits.warn_above * 1000)}",
        "error_if": f"> {round(limits.error_above * 1000)}",
    }
    return {"reject_rate": {"arguments": {"table": model.table_name}, "config": config}}


def _resembles_its_past(model: ObjectModel) -> dict[str, Any]:
    """Limits in units of what is usual between batches: beyond the second a batch is another thing altogether."""
    config = {"fail_calc": "coalesce(max(oddity), 0)", "warn_if": "> 4", "error_if": "> 100"}
    return {"resembles_its_past": {"arguments": {"table": model.table_name}, "config": config}}


def _freshness(model: ObjectModel) -> list[dict[str, Any]]:
    limits = model.source.freshness
    if limits.warn_after is None and limits.error_after is None:
        return []
    config = {
        "fail_calc": "coalesce(max(hours_since_last_batch), 0)",
        "warn_if": f"> {_hours(limits.warn_after or limits.error_after)}",
        "error_if": f"> {_hours(limits.error_after)}" if limits.error_after else _NEVER,
    }
    return [{"hours_since_last_batch": {"arguments": {"table": model.table_name}, "config": config}}]


def _freshness_rules(column: Column) -> list[FreshnessRule]:
    return [rule for rule in column.quality if isinstance(rule, FreshnessRule) and rule.is_active]


def _newest_is_fresh(column: Column, rule: FreshnessRule) -> dict[str, Any]:
    """Of the newest value, where the last batch may be young and bring old things."""
    limit = f"> {_hours(rule.max_age)}"
    config = {"fail_calc": "coalesce(max(hours_old), 0)", "where": "not _deleted", "warn_if": limit}
    config["error_if"] = limit if rule.severity == "error" else _NEVER
    return {"newest_is_fresh": {"arguments": {"column": column.name}, "config": config}}


def _hours(span: Duration | None) -> int:
    return round(span.timedelta.total_seconds() / 3600) if span else 0


def _volume(model: ObjectModel) -> list[dict[str, Any]]:
    limits = model.source.volume
    stated = {name: value for name, value in limits.model_dump().items() if value is not None}
    if not stated:
        return []
    tests = []
    for severity in ("error", "warn"):
        bounds = {name.removeprefix(f"{severity}_"): stated[name] for name in stated if name.startswith(severity)}
        if bounds:
            arguments = {"table": model.table_name, **bounds}
            config = {"severity": severity}
            tests.append({"batch_volume": {"arguments": arguments, "config": config}})
    return tests


def history_tests(model: ObjectModel, ageing: Collection[str] = ()) -> list[dict[str, Any]]:
    """Each business key once over hot and cold, and references to parents that age: never more than a warning."""
    columns = list(model.primary_key) or ["_raw_seq"]
    tests: list[dict[str, Any]] = [{"unique_and_present": {"arguments": {"columns": columns}}}]
    arguments = {"table": model.table_name, "archive": f"ref('{archive(model)}')", "key": columns}
    tests.append({"hot_and_cold_add_up": {"arguments": arguments}})
    if rules := _rules_of_history(model):
        # Whoever changes a rule without a new version hears of the rows it would turn away now; an alarm it is not.
        config = {"where": f"_definition_version = {model.version}", "severity": "warn"}
        tests.append(_never_stored(model, {"keeps_its_rules": {"arguments": {"rules": rules}, "config": config}}))
    for column, to, _ in references(model):
        if to.partition(".")[0] in ageing:
            tests.append(_reference(column, to, "warning", over="history_{}"))
    return tests
