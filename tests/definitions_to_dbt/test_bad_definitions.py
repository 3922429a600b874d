"""What a definition may not say: one row per case, with the code, the place and the line a reader is sent to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from bad_cases import COLUMNS, LABEL, Case, identifier_cases, json_cases, schema_cases
from bad_meanings import meaning_cases, sql_cases
from bad_reading import personal_data, shown_names
from shop_of_things import FILES, SHELF, THING, THING_FILE, changed, problems_in, write_library

# What nothing that exists can get wrong yet, and where that will be tested.
NOT_APPLICABLE = {
    95: "tenancy is not built: a tenant_column is checked to exist (case 89), nothing turns tenancy on",
    97: "definitions name no packages; the key itself is refused (case 98)",
}
# Texts that are carried unharmed: test_hostile_texts.py, which also holds 71 and 72. Paths: test_write_project.py.
# YAML, which only imports read: test_import_odcs.py.
ELSEWHERE = {*range(57, 74), 99, 100}
CASES = [case for layer in (json_cases, schema_cases, identifier_cases, sql_cases, meaning_cases) for case in layer()]
CASES += [Case(*case) for cases in (shown_names, personal_data) for case in cases()]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.number}: {case.what}" for case in CASES])
def test_a_bad_definition_is_refused_with_its_code_and_place(case: Case, tmp_path: Path) -> None:
    root = write_library(tmp_path / "definitions", case.files)

    problems = problems_in(root)

    found = [problem for problem in problems if problem.code == case.code and problem.pointer == case.pointer]
    assert found, [str(problem) for problem in problems]
    assert case.said in found[0].message
    assert found[0].line == (case.line or _line_of(found[0].file, case.pointer))


def _line_of(file: Path, pointer: str) -> int:
    """Where the place stands in a file with one part per line, counted without the reader under test."""
    lines, value, at = file.read_text(encoding="utf-8").split("\n"), json.loads(file.read_text(encoding="utf-8")), 0
    for step in pointer.split("/")[1:]:
        if isinstance(value, list):
            at += sum(json.dumps(part, indent=1).count("\n") + 1 for part in value[: int(step)]) + 1
            value = value[int(step)]
        elif step in value:
            keys = list(value)[: list(value).index(step)]
            at += sum(json.dumps(value[key], indent=1).count("\n") + 1 for key in keys) + 1
            value = value[step]
    assert at < len(lines)
    return at + 1


def test_every_case_of_the_list_is_tested_or_says_why_not() -> None:
    tested = {case.number for case in CASES} | ELSEWHERE

    assert tested | set(NOT_APPLICABLE) == set(range(1, 101))
    assert not tested & set(NOT_APPLICABLE)


def test_the_library_the_cases_spoil_is_good(tmp_path: Path) -> None:
    assert problems_in(write_library(tmp_path)) == ()


@pytest.mark.parametrize(
    "content",
    [lambda text: b"\xef\xbb\xbf" + text, lambda text: text.replace(b"\n", b"\r\n"), lambda text: text + b"\n\n"],
    ids=["one byte order mark", "CRLF", "empty lines at the end"],
)
def test_a_file_may_come_from_another_editor(content: Callable[[bytes], bytes], tmp_path: Path) -> None:
    text = json.dumps(FILES[THING_FILE], indent=1).encode()

    assert problems_in(write_library(tmp_path, {THING_FILE: content(text)})) == ()


def test_all_problems_of_all_files_are_found_in_one_run(tmp_path: Path) -> None:
    thing = changed(changed(changed(THING, "/kind", "x"), f"{LABEL}/type", 5), "/nme", "x")
    shelf = changed(SHELF, f"{COLUMNS}/1/name", "select")

    problems = problems_in(write_library(tmp_path, {THING_FILE: thing, "object_models/shop/shelf.json": shelf}))

    assert {(p.code, p.pointer) for p in problems} == {
        ("E_ENUM", "/kind"), ("E_TYPE", f"{LABEL}/type"), ("E_UNKNOWN_KEY", "/nme"),
        ("E_RESERVED", f"{COLUMNS}/1/name"),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["model", "target", "aux", "year", "month", "day", "timestamp", "dbt_x"])
def test_a_column_may_have_a_name_that_only_files_and_models_may_not(name: str, tmp_path: Path) -> None:
    column = {"name": name, "type": "text"}

    assert problems_in(write_library(tmp_path, {THING_FILE: changed(THING, f"{COLUMNS}/-", column)})) == ()


def test_tables_may_refer_to_each_other_in_a_circle(tmp_path: Path) -> None:
    column = {"name": "best_thing", "type": "uuid", "foreign_key": "things.thing_id"}
    own = {"name": "lower_shelf", "type": "integer", "foreign_key": "shelves.shelf_id"}
    shelf = changed(changed(SHELF, f"{COLUMNS}/-", column), f"{COLUMNS}/-", own)

    assert problems_in(write_library(tmp_path, {"object_models/shop/shelf.json": shelf})) == ()


@pytest.mark.parametrize("made", ["folder", "hidden", "link"])
def test_a_file_that_cannot_be_read_is_a_problem_and_no_traceback(made: str, tmp_path: Path) -> None:
    root = write_library(tmp_path / "definitions")
    path = root / "object_models" / "shop" / "other.json"
    if made == "folder":
        path.mkdir()
    elif made == "link":
        path.symlink_to(tmp_path / "nothing.json")
    else:
        path.symlink_to(path)

    problems = problems_in(root)

    assert [(p.code, p.file) for p in problems] == [("E_READ", path)]


@pytest.mark.parametrize("name", ["{{ 7*7 }}.json", "a\nb.json", "é.json"])
def test_a_path_that_would_stand_in_generated_sql_is_refused(name: str, tmp_path: Path) -> None:
    root = write_library(tmp_path / "definitions", {f"object_models/{name}": changed(SHELF, "/code", "OTHER")})

    assert [problem.code for problem in problems_in(root)] == ["E_PATH"]
