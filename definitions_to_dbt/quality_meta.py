"""What macros must know to take stock of a batch: values that are listed, columns never shown, rules only counted."""

from __future__ import annotations

from typing import Any

from definitions_to_dbt.columns import record_rules
from definitions_to_dbt.dbt_text import never_rendered
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.quality import AcceptedValues

_MOST_VALUES = 30


def profile_meta(model: ObjectModel) -> dict[str, Any]:
    """Entries for the meta of a write model; none where there is nothing to say."""
    personal = personal_columns(model)
    listed = {
        column.name: [never_rendered(str(value)) for value in rule.values]
        for column in model.columns
        for rule in column.quality
        if isinstance(rule, AcceptedValues) and column.name not in personal and len(rule.values) <= _MOST_VALUES
    }
    counted = [{"name": rule.reason, "holds": rule.holds} for rule in record_rules(model) if rule.severity == "info"]
    said = {"listed_values": listed, "only_counted": counted, "never_shown": personal}
    return {name: value for name, value in said.items() if value}


def personal_columns(model: ObjectModel) -> list[str]:
    """Columns whose values no sample of failing rows may hold. Of an object with a subject, that is all of them."""
    if model.subject_column is not None:
        return [column.name for column in model.columns]
    return [column.name for column in model.columns if column.pii != "none"]
