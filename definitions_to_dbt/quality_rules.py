"""The rules of an object as rows of `data_quality_rules`: what is asked of a record, and what of the table.

`message` is what a record that breaks the rule is told, word for word: by it results find their rule.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Template

from definitions_to_dbt.columns import is_needed, is_required, record_rules
from definitions_to_dbt.definition import Column, ObjectModel
from definitions_to_dbt.model_tests import references
from definitions_to_dbt.quality import RECORD_RULES, FreshnessRule, Reference, Unique

_OF_RECORD = "record"
_OF_TABLE = "table"
_SAID_BY_ITS_KIND = {"rule", "severity", "is_active", "description"}


@dataclass(frozen=True)
class QualityRule:
    """One row. `column` is empty where the rule speaks of the whole record or table."""

    table: str
    column: str
    kind: str
    config: dict[str, Any]
    severity: str
    checked_on: str
    message: str = ""
    is_active: bool = True
    description: str = ""


def rule_rows(models: Iterable[ObjectModel]) -> list[Sequence[Any]]:
    """The rows of the seed, each rule under an id that stays while the rules before it on its column do."""
    rows: list[Sequence[Any]] = []
    for model in models:
        seen: Counter[str] = Counter()
        for rule in _rules(model):
            name = ".".join(part for part in (rule.table, rule.column, rule.kind) if part)
            seen[name] += 1
            rule_id = name if seen[name] == 1 else f"{name}.{seen[name]}"
            config = json.dumps(rule.config, ensure_ascii=False, sort_keys=True)
            active = "true" if rule.is_active else "false"
            rows.append(
                (rule_id, rule.table, rule.column or None, rule.kind.upper(), config, rule.severity.upper(), active,
                 rule.checked_on, rule.message or None, rule.description or None)
            )  # fmt: skip
    return rows


def _rules(model: ObjectModel) -> Iterator[QualityRule]:
    table = model.table_name
    yield QualityRule(table, "", "readable", {"format": model.source.format}, "error", _OF_RECORD)
    for column in model.columns:
        yield from _of_column(model, column)
    yield from _of_table(model)


def _of_column(model: ObjectModel, column: Column) -> Iterator[QualityRule]:
    table, name = model.table_name, column.name
    if is_required(model, column):
        yield QualityRule(table, name, "not_null", {}, "error", _OF_RECORD, f"{name}: missing")
    how = "" if column.time_format == "iso" or column.expression else f" as {column.time_format}"
    said = f"{name}: not {column.pg_type.sql}{how}"
    yield QualityRule(table, name, "type", {"type": column.pg_type.sql}, "error", _OF_RECORD, said)
    messages = iter([_as_said(rule.reason) for rule in record_rules(model) if rule.column == name])
    for rule in column.quality:
        if not is_needed(rule):
            is_judged = isinstance(rule, RECORD_RULES) and rule.is_active
            yield _stated(table, name, rule, next(messages) if is_judged else "")
    if column.unique and not column.primary_key:
        yield QualityRule(table, name, "unique", {}, "error", _OF_TABLE)
    stated = {rule.to for rule in column.quality if isinstance(rule, Reference)}
    for of, to, severity in references(model):
        if of.name == name and to not in stated:
            yield QualityRule(table, name, "reference", {"to": to}, severity, _OF_TABLE)


def _as_said(reason: str) -> str:
    """The reason as dbt renders it."""
    return Template(reason, keep_trailing_newline=True).render() if "{{" in reason else reason


def _stated(table: str, column: str, rule: Any, message: str) -> QualityRule:
    """A rule as the definition words it."""
    config = rule.model_dump(mode="json", exclude=_SAID_BY_ITS_KIND, exclude_none=True)
    on = _OF_TABLE if isinstance(rule, Unique | Reference | FreshnessRule) else _OF_RECORD
    return QualityRule(table, column, rule.rule, config, rule.severity, on, message, rule.is_active, rule.description)


def _of_table(model: ObjectModel) -> Iterator[QualityRule]:
    """What the tests on the table and on the ledger of its batches hold it to."""
    table, source = model.table_name, model.source
    if model.primary_key:
        yield QualityRule(table, "+".join(model.primary_key), "unique", {}, "error", _OF_TABLE)
    limits = {
        "reject_rate": source.reject_rate.model_dump(mode="json"),
        "freshness": source.freshness.model_dump(mode="json", exclude_none=True),
        "volume": source.volume.model_dump(mode="json", exclude_none=True),
    }
    for kind, stated in limits.items():
        if stated:
            severity = "error" if any(name.startswith("error") for name in stated) else "warning"
            yield QualityRule(table, "", kind, stated, severity, _OF_TABLE)
    yield QualityRule(table, "", "outcomes", {}, "error", _OF_TABLE)
    yield QualityRule(table, "", "kept_rules", {}, "error", _OF_TABLE)
    yield QualityRule(table, "", "past", {}, "warning", _OF_TABLE)
    if model.has_versions:
        yield QualityRule(table, "", "versions", {}, "error", _OF_TABLE)
    if model.ages:
        yield QualityRule(table, "", "hot_and_cold", {}, "error", _OF_TABLE)
