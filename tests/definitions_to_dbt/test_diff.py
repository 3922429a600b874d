"""What changed between two states of the definitions: its class, what has to be done, and the status it ends with."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from shop_of_things import KPI, SHELF, THING, THING_FILE, changed, loaded, without, write_library

from definitions_to_dbt.__main__ import main
from definitions_to_dbt.evolution.change import Change, word_of
from definitions_to_dbt.evolution.compare import compare

COLUMNS = "/table_schema/columns"
SHELF_FILE = "object_models/shop/shelf.json"


def between(tmp_path: Path, old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    return compare(loaded(tmp_path / "old", old), loaded(tmp_path / "new", new))


def thing(place: int = 3, **keys: Any) -> dict[str, Any]:
    """THING with other keys for the column `amount`."""
    result = THING
    for key, value in keys.items():
        result = changed(result, f"{COLUMNS}/{place}/{key}", value)
    return {THING_FILE: result}


def label(**keys: Any) -> dict[str, Any]:
    """THING with other keys for the column `label`, which no figure is reckoned from."""
    return thing(4, **keys)


RENAMED = changed(changed(THING, f"{COLUMNS}/4/name", "title"), f"{COLUMNS}/4/renamed_from", "label")
NOTE = {"name": "note", "type": "text"}
RULE = [{"rule": "range", "min": 0}]
LISTED = [{"rule": "accepted_values", "values": ["a"]}]
LISTED_MORE = [{"rule": "accepted_values", "values": ["a", "b"]}]
INTEGER, BIGINT = thing(type="integer"), thing(type="bigint")

# old, new -> class, what is said, what is to be done, backward and forward
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, str, str, str]]] = {
    "int to bigint": (INTEGER, BIGINT, ("widening", "type bigint, was integer", "ALTER TYPE", "BACKWARD")),
    "bigint to int": (BIGINT, INTEGER, ("breaking", "type integer, was bigint", "new model version", "FORWARD")),
    "a wider numeric": (
        {}, thing(type="numeric(18,6)"),
        ("widening", "type numeric(18,6), was numeric(10,2)", "ALTER TYPE", "BACKWARD")),
    "a numeric that would round": (
        {}, thing(type="numeric(9,1)"), ("breaking", "type numeric(9,1)", "not every numeric(10,2) fits", "FORWARD")),
    "another kind of type": ({}, label(type="boolean"), ("breaking", "type boolean", "hold different things", "NONE")),
    "a new column": (
        {}, {THING_FILE: changed(THING, f"{COLUMNS}/-", NOTE)},
        ("additive", "column added (text)", "append column", "FULL")),
    "a new column with a default": (
        {}, {THING_FILE: changed(THING, f"{COLUMNS}/-", {**NOTE, "default": "x"})},
        ("additive", "column added (text)", "backfill", "FULL")),
    "a new column that is required": (
        {}, {THING_FILE: changed(THING, f"{COLUMNS}/-", {**NOTE, "nullable": False})},
        ("breaking", "column added (text), required", "nullable or give it a default", "FORWARD")),
    "a column that is gone": (
        {}, {THING_FILE: without(THING, f"{COLUMNS}/4")},
        ("breaking", "column removed (text)", "new model version", "FULL")),
    "a renamed column": (
        {}, {THING_FILE: RENAMED}, ("rename", "column renamed from label", "state source_path 'label'", "NONE")),
    "a renamed column that the sender still calls so": (
        {}, {THING_FILE: changed(RENAMED, f"{COLUMNS}/4/source_path", "label")},
        ("rename", "column renamed from label", "renames the column", "FULL")),
    "required now": ({}, thing(nullable=False), ("breaking", "required now", "backfill first", "FORWARD")),
    "nullable now": (thing(nullable=False), {}, ("widening", "may be null now", "readers expect null", "BACKWARD")),
    "another key in the payload": (
        {}, thing(source_path="total"), ("meaning", "read from total, was amount", "archive-jobs replay", "NONE")),
    "another unit": ({}, thing(unit="EUR"), ("meaning", "unit EUR, was nothing", "column of its own", "NONE")),
    "other words": ({}, thing(description="x"), ("documentation", "description x, was nothing", "the words", "FULL")),
    "a rule that rejects": ({}, thing(quality=RULE), ("quality", "rule added: range (error)", "rejected", "FORWARD")),
    "a list with one value more": (
        label(quality=LISTED), label(quality=LISTED_MORE),
        ("quality", "rule takes more: accepted_values (error)", "--rejected", "BACKWARD")),
    "a list with one value less": (
        label(quality=LISTED_MORE), label(quality=LISTED),
        ("quality", "rule takes less: accepted_values (error)", "rejected", "FORWARD")),
    "a narrower range": (
        thing(quality=RULE), thing(quality=[{"rule": "range", "min": 1}]),
        ("quality", "rule takes less: range (error)", "rejected", "FORWARD")),
    "other words for a rule": (
        thing(quality=RULE), thing(quality=[{**RULE[0], "description": "x"}]),
        ("documentation", "other words for the rule range (error)", "the words", "FULL")),
    "who may read a module": (
        {}, {"modules/SHOP.json": {"code": "SHOP", "name": "Shop", "readers": ["bi"]}},
        ("policy", "readers changed", "grants", "FULL")),
    "a rule that is gone": (thing(quality=RULE), {}, ("quality", "rule removed: range", "--rejected", "BACKWARD")),
    "personal data": ({}, label(pii="mask"), ("breaking", "pii mask, was none", "archived before", "FULL")),
    "another retention": (
        {}, {THING_FILE: changed(THING, "/archive/analytics/retention", "30 days")},
        ("policy", "archive changed", "archive-jobs", "FULL")),
    "another order": (
        {}, {THING_FILE: changed(THING, "/source/order", "happened_at")},
        ("meaning", "source.order happened_at, was changed_at", "replay", "FULL")),
    "another table": (
        {}, {SHELF_FILE: changed(changed(SHELF, "/table_schema/table_name", "racks"), "/renamed_from", "shelves"),
             THING_FILE: changed(THING, f"{COLUMNS}/5/foreign_key", "racks.shelf_id")},
        ("rename", "table renamed from shelves", "rename", "FULL")),
    "an object": (
        {}, {"object_models/shop/rack.json":
             changed(changed(SHELF, "/code", "RACK"), "/table_schema/table_name", "racks")},
        ("additive", "object added", "nothing to do", "FULL")),
    "a formula": (
        {}, {"kpis/amount.json": changed(KPI, "/formula/numerator/aggregation", "avg")},
        ("meaning", "formula changed", "do not compare", "FULL")),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_change_has_its_class_and_its_action(case: str, tmp_path: Path) -> None:
    old, new, (change_class, said, action, word) = CASES[case]

    found = between(tmp_path, old, new)

    meant = [change for change in found if said in change.what]
    assert len(meant) == 1, found
    assert meant[0].change_class == change_class and action in meant[0].action, meant
    assert word_of(meant) == word


def test_a_renamed_key_order_and_time_are_renamed_and_nothing_else(tmp_path: Path) -> None:
    new = changed(changed(THING, "/source/order", "altered_at"), "/time_column", "occurred_at")
    for place, name in enumerate(("the_id", "occurred_at", "altered_at")):
        column = {
            **THING["table_schema"]["columns"][place],
            "renamed_from": THING["table_schema"]["columns"][place]["name"],
        }
        new = changed(new, f"{COLUMNS}/{place}", {**column, "name": name, "source_path": column["name"]})

    found = between(tmp_path, {}, {THING_FILE: new})

    assert [(change.what, change.change_class) for change in found] == [
        (f"column renamed from {name}", "rename") for name in ("thing_id", "happened_at", "changed_at")
    ]


def test_the_same_definitions_differ_in_nothing(tmp_path: Path) -> None:
    assert between(tmp_path, {}, {}) == []


def test_an_object_that_is_gone_breaks_its_readers(tmp_path: Path) -> None:
    rack = changed(changed(SHELF, "/code", "RACK"), "/table_schema/table_name", "racks")

    found = between(tmp_path, {"object_models/shop/rack.json": rack}, {})

    assert [(change.what, change.change_class) for change in found] == [("object removed", "breaking")]


def test_every_key_of_a_definition_has_a_class_of_its_own() -> None:
    """A key that is added to the format must be thought about here too."""
    from definitions_to_dbt.column import Column
    from definitions_to_dbt.definition import ObjectModel
    from definitions_to_dbt.evolution import compare as objects
    from definitions_to_dbt.evolution import compare_columns as columns
    from definitions_to_dbt.source import Source

    assert set(Column.model_fields) == columns._ELSEWHERE | set(columns._KEYS)
    elsewhere = {"code", "spec_version", "table_schema", "renamed_from", "source"}
    assert set(ObjectModel.model_fields) - elsewhere <= set(objects._OBJECT)
    assert set(Source.model_fields) - {"business_key"} <= set(objects._SOURCE)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Definitions in git: one commit with an integer, and a bigint on disk."""
    write_library(tmp_path / "here/definitions", INTEGER)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    write_library(tmp_path / "here/definitions", BIGINT)
    return tmp_path / "here"


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def run(folder: Path, *words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err),
        pytest.MonkeyPatch.context() as patched, pytest.raises(SystemExit) as ended,
    ):  # fmt: skip
        patched.setattr(sys, "argv", ["definitions-to-dbt", "diff", *words])
        main()
    return int(ended.value.code or 0), out.getvalue(), err.getvalue()


def test_a_link_out_of_an_earlier_commit_is_one_message(repository: Path) -> None:
    (repository / "definitions/modules/OUT.json").symlink_to("/etc/hostname")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "a link")
    (repository / "definitions/modules/OUT.json").unlink()

    status, _, err = run(repository, "--against", "HEAD")

    assert status == 2 and err.startswith("error: E_PATH: ")


def test_against_a_commit_a_widening_exits_0(repository: Path) -> None:
    status, out, err = run(repository, "--against", "HEAD")

    assert (status, err) == (0, "")
    assert out == (
        "THING (BACKWARD)\n  widening      things.amount: type bigint, was integer\n"
        "                ALTER TYPE: the next run widens the column and puts the views on it back; "
        "archives read back widened\nagainst HEAD: 1 widening\n"
    )


def test_what_breaks_exits_1_also_as_json(repository: Path) -> None:
    git(repository, "commit", "-qam", "second")
    write_library(repository / "definitions", label(type="boolean"))

    status, out, _ = run(repository, "--against", "HEAD", "--json")

    found = json.loads(out)
    assert status == 1 and found["breaking"] and found["compatibility"] == {"THING": "NONE"}
    assert found["against"]["HEAD"][0]["class"] == "breaking"


def test_against_several_states_what_holds_is_transitive(repository: Path) -> None:
    git(repository, "commit", "-qam", "second")
    write_library(repository / "definitions", thing(type="numeric(20,0)"))

    assert "THING (BACKWARD_TRANSITIVE)" in run(repository, "--against", "HEAD", "--against", "HEAD~1")[1]


def test_against_a_folder(repository: Path, tmp_path: Path) -> None:
    write_library(tmp_path / "other", BIGINT)

    assert run(repository, "--against", str(tmp_path / "other"))[:2] == (
        0,
        f"against {tmp_path}/other: nothing changed\n",
    )


def test_bad_input_exits_2_with_what_to_do(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    status, _, err = run(repository, "--against", "nowhere")
    assert status == 2 and "nowhere is neither a folder nor a commit" in err

    status, _, err = run(repository, "--against", "--upload-pack=x")
    assert status == 2 and "neither a folder nor a commit" in err

    outside = tmp_path_factory.mktemp("outside")
    write_library(outside / "definitions")
    status, _, err = run(outside, "--against", "HEAD")
    assert status == 2 and "stands in no git repository" in err

    write_library(repository / "later")
    status, _, err = run(repository, "--against", "HEAD", "--definitions", "later")
    assert status == 2 and "HEAD holds no folder here/later" in err

    (repository / "definitions" / THING_FILE).write_text("{")
    git(repository, "commit", "-qam", "broken")
    write_library(repository / "definitions")
    status, _, err = run(repository, "--against", "HEAD")
    assert status == 2 and "none that this version of the tool accepts" in err and "E_JSON_SYNTAX" in err
