"""What a column inherits from the shared attribute it names, written into the column before that is checked.

Works on JSON as it was read, whatever stands in it: what is no column is left for the checks that follow.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from definitions_to_dbt.errors import meant
from definitions_to_dbt.parts import Fault
from definitions_to_dbt.types import UnknownTypeError, parse_type

Json = dict[str, Any]

_OF_TYPE = ("type", "length", "precision", "scale")
_INHERITED = (*_OF_TYPE, "description", "unit", "pii")
# A column may word its own description; of the rest it may say nothing else than the attribute does.
_AGREED = ("unit", "pii")


@dataclass
class Inherited:
    """An object whose columns are filled in."""

    value: Json
    # Where inherited parts stand in the file: at the word that names the attribute.
    moved: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    # Columns that name no attribute known: what they lack for it is no problem of theirs.
    unknown: list[str] = field(default_factory=list)


def with_attributes(value: Json, attributes: Mapping[str, Json], faulty: Collection[str], table_at: str) -> Inherited:
    """Return the object with each column that names an attribute filled in.

    `faulty` are attributes with problems of their own, `table_at` is where the file holds the table.
    """
    result = Inherited(value)
    table = value.get("table_schema")
    columns = table.get("columns") if isinstance(table, dict) else None
    if not isinstance(table, dict) or not isinstance(columns, list):
        return result
    filled = list(columns)
    for place, column in enumerate(columns):
        code = column.get("attribute") if isinstance(column, dict) else None
        if not isinstance(code, str):
            continue
        at = f"/table_schema/columns/{place}"
        if code in attributes:
            rules = _more_rules(column, attributes[code])
            filled[place] = inherited = _filled(column, attributes[code], rules)
            in_file = f"{table_at}/columns/{place}"
            taken = [key for key in inherited if key not in column and key != "quality"]
            taken += [f"quality/{number}" for number in range(len(rules))]
            result.moved |= {f"{at}/{part}": f"{in_file}/attribute" for part in taken}
            for number in range(len(inherited.get("quality", ())) - len(rules) if rules else 0):
                result.moved[f"{at}/quality/{len(rules) + number}"] = f"{in_file}/quality/{number}"
            result.faults += [
                Fault(at + fault.at, fault.code, fault.message)
                for fault in _contradictions(column, attributes[code], len(rules))
            ]
        else:
            filled[place] = {"type": "text", **column}
            result.unknown.append(at)
            if code not in faulty:
                result.faults.append(
                    Fault(f"{at}/attribute", "E_REF", f"attributes has no {code!r}{meant(code, attributes)}")
                )
    result.value = {**value, "table_schema": {**table, "columns": filled}}
    return result


def _more_rules(column: Json, attribute: Json) -> list[Any]:
    """The rules of the attribute that the column does not repeat. Where it holds no list, that is said elsewhere."""
    own = column.get("quality", [])
    demanded = [_demand(rule) for rule in own] if isinstance(own, list) else None
    return [r for r in attribute.get("quality", ()) if demanded is not None and _demand(r) not in demanded]


def _filled(column: Json, attribute: Json, rules: list[Any]) -> Json:
    """The column with all it does not say itself. Rules add up: the attribute's come first."""
    taken = {key: attribute[key] for key in _INHERITED if key in attribute and key not in column}
    if "type" in column:  # a type that the column states is the whole type
        taken = {key: value for key, value in taken.items() if key not in _OF_TYPE}
    added = {"quality": [*rules, *column.get("quality", [])]} if rules else {}
    return {**taken, **column, **added}


def _demand(rule: Any) -> str:
    """What a rule asks for, without how a breach is taken."""
    if isinstance(rule, dict):
        rule = {key: value for key, value in rule.items() if key not in ("severity", "is_active", "description")}
    return json.dumps(rule, sort_keys=True)


def _contradictions(column: Json, attribute: Json, rules_before: int) -> Iterator[Fault]:
    code = attribute["code"]
    if (types := _two_types(column, attribute)) and types[0] != types[1]:
        stated = next(key for key in _OF_TYPE if key in column)
        yield Fault(f"/{stated}", "E_ATTRIBUTE", f"{code} is {types[1]}, the column says {types[0]}")
    for key in _AGREED:
        if key in column and key in attribute and column[key] != attribute[key]:
            message = f"{code} says {attribute[key]!r}, the column {column[key]!r}"
            yield Fault(f"/{key}", "E_ATTRIBUTE", message)
    shared = {_demand(rule): rule.get("severity", "error") for rule in attribute.get("quality", ())}
    own = column.get("quality")
    for place, rule in enumerate(own if isinstance(own, list) else ()):
        expected = shared.get(_demand(rule))
        if expected is not None and (found := rule.get("severity", "error")) != expected:
            message = f"{code} says that this rule is of severity {expected!r}, the column {found!r}"
            yield Fault(f"/quality/{rules_before + place}/severity", "E_ATTRIBUTE", message)


def _two_types(column: Json, attribute: Json) -> tuple[str, str] | None:
    """The type that the column states and the attribute's. None where it states none, or what no type is."""
    stated = {key: column[key] for key in _OF_TYPE if key in column}
    if not stated:
        return None
    base = {} if "type" in stated else {key: attribute[key] for key in _OF_TYPE if key in attribute}
    try:
        return _type_of(base | stated), _type_of(attribute)
    except (UnknownTypeError, TypeError):
        return None


def _type_of(words: Json) -> str:
    sizes = [words.get(key) for key in _OF_TYPE[1:]]
    if not isinstance(words["type"], str) or not all(size is None or type(size) is int for size in sizes):
        raise TypeError(words)
    return parse_type(words["type"], *sizes).sql
