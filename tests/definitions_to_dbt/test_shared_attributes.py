"""What a column has from the attribute it names, and what it may say itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from shop_of_things import THING, THING_FILE, changed, loaded, problems_in, write_library

from definitions_to_dbt.definition import Column

CENTS = {
    "code": "CENTS",
    "name": "Cents",
    "description": "An amount in cents.",
    "type": "numeric",
    "precision": 12,
    "scale": 0,
    "unit": "EUR cents",
    "pii": "none",
    "quality": [{"rule": "range", "min": 0}, {"rule": "not_null", "severity": "warning"}],
}
FILE = "attributes/money/cents.json"
AT = "/table_schema/columns/6"


def _files(column: dict[str, Any], attribute: dict[str, Any] = CENTS) -> dict[str, Any]:
    price = {"name": "price", "attribute": "CENTS", **column}
    return {FILE: attribute, THING_FILE: changed(THING, "/table_schema/columns/-", price)}


def _column(root: Path, column: dict[str, Any]) -> Column:
    return loaded(root, _files(column)).object("THING").column("price")


def _problems(root: Path, column: dict[str, Any], attribute: dict[str, Any] = CENTS) -> list[tuple[str, str]]:
    return [(p.code, p.pointer) for p in problems_in(write_library(root, _files(column, attribute)))]


def test_a_column_has_from_its_attribute_what_it_does_not_say(tmp_path: Path) -> None:
    column = _column(tmp_path, {})

    assert (column.pg_type.sql, column.unit, column.description) == (
        "numeric(12,0)",
        "EUR cents",
        "An amount in cents.",
    )
    assert [(rule.rule, rule.severity) for rule in column.quality] == [("range", "error"), ("not_null", "warning")]


def test_its_own_words_and_the_same_type_in_other_words_are_no_contradiction(tmp_path: Path) -> None:
    column = _column(tmp_path, {"description": "What it costs.", "type": "Decimal(12, 0)", "unit": "EUR cents"})

    assert (column.pg_type.sql, column.description) == ("numeric(12,0)", "What it costs.")


def test_its_own_rules_are_added_and_a_repeated_one_counts_once(tmp_path: Path) -> None:
    column = _column(tmp_path, {"quality": [{"rule": "range", "min": 0}, {"rule": "range", "max": 100}]})

    assert [rule.model_dump(exclude_defaults=True) for rule in column.quality] == [
        {"rule": "not_null", "severity": "warning"}, {"rule": "range", "min": 0}, {"rule": "range", "max": 100},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "at"),
    [
        ({"type": "bigint"}, "/type"),
        ({"scale": 2}, "/scale"),
        ({"unit": "USD cents"}, "/unit"),
        ({"pii": "mask"}, "/pii"),
        ({"quality": [{"rule": "range", "min": 1}, {"rule": "not_null"}]}, "/quality/1/severity"),
    ],
)
def test_a_contradiction_is_a_problem_where_the_column_says_it(column: dict[str, Any], at: str, tmp_path: Path) -> None:
    assert ("E_ATTRIBUTE", f"{AT}{at}") in _problems(tmp_path, column)


def test_a_fault_of_its_own_rule_is_shown_at_its_own_place(tmp_path: Path) -> None:
    rules = [{"rule": "range", "max": 9}, {"rule": "pattern", "regex": "x"}]

    assert _problems(tmp_path, {"quality": rules}) == [("E_TYPE", f"{AT}/quality/1/rule")]


def test_what_is_wrong_with_an_inherited_part_is_shown_at_the_word_that_brought_it(tmp_path: Path) -> None:
    text = {**CENTS, "type": "json", "precision": None, "scale": None, "quality": []}

    assert _problems(tmp_path, {"primary_key": True}, text) == [("E_KEY", f"{AT}/primary_key")]
    key = changed(THING, "/table_schema/columns/0", {"name": "thing_id", "attribute": "SECRET", "primary_key": True})
    secret = {"code": "SECRET", "name": "Secret", "type": "text", "pii": "mask"}
    root = write_library(tmp_path / "key", {THING_FILE: key, "attributes/secret.json": secret})
    assert [(p.code, p.pointer) for p in problems_in(root)] == [("E_PII", "/table_schema/columns/0/attribute")]


def test_an_attribute_that_is_not_known_is_one_problem_beside_all_others_of_the_file(tmp_path: Path) -> None:
    thing = changed(_files({"attribute": "CENT", "quality": [{"rule": "range", "min": 0}]})[THING_FILE], "/kind", "x")

    problems = problems_in(write_library(tmp_path, {FILE: CENTS, THING_FILE: thing}))

    assert {(p.code, p.pointer) for p in problems} == {("E_REF", f"{AT}/attribute"), ("E_ENUM", "/kind")}
    assert "did you mean 'CENTS'" in next(p.message for p in problems if p.code == "E_REF")


def test_a_faulty_attribute_is_a_problem_of_its_own_file_only(tmp_path: Path) -> None:
    root = write_library(tmp_path, _files({}, {**CENTS, "type": "numbr"}))

    assert [(p.code, p.file.name, p.pointer) for p in problems_in(root)] == [("E_TYPE_MAP", "cents.json", "/type")]


@pytest.mark.parametrize(
    ("rule", "at", "code"),
    [
        ({"rule": "expression", "sql": "price > 0"}, "/rule", "E_ATTRIBUTE"),
        ({"rule": "reference", "to": "shelves.shelf_id"}, "/rule", "E_ATTRIBUTE"),
        ({"rule": "pattern", "regex": "x"}, "/rule", "E_TYPE"),
    ],
)
def test_a_rule_that_fits_no_column_is_refused_in_the_attribute(
    rule: dict[str, Any], at: str, code: str, tmp_path: Path
) -> None:
    assert _problems(tmp_path, {}, {**CENTS, "quality": [rule]}) == [(code, f"/quality/0{at}")]
