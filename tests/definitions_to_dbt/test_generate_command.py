"""The command line: what it prints, how it exits, and that a user's mistake is a message and no traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest
from shop_of_things import FILES, SHELF, THING, THING_FILE, changed, write_library

from definitions_to_dbt.cli import main
from definitions_to_dbt.json_schema import schema_of
from definitions_to_dbt.library import FOLDERS

REPOSITORY = Path(__file__).parents[2]
COLUMNS = "/table_schema/columns"
SHELF_FILE = "object_models/shop/shelf.json"


class Ended(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run `definitions-to-dbt` with these words, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def command(*words: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["definitions-to-dbt", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
            sys.exit(0)
        return Ended(int(ended.value.code or 0), *capsys.readouterr())

    return command


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "a typo in a key": ({THING_FILE: changed(THING, "/descripton", "x")}, "did you mean 'description'?"),
    "an unknown type": ({THING_FILE: changed(THING, f"{COLUMNS}/4/type", "Strin")}, "did you mean 'string'?"),
    "a dangling foreign key": (
        {THING_FILE: changed(THING, f"{COLUMNS}/5/foreign_key", "shelfs.shelf_id")}, "did you mean 'shelves'?",
    ),
    "two objects with one table": (
        {"object_models/shop/rack.json": changed(SHELF, "/code", "RACK")}, "the table shelves is already defined in",
    ),
    "no JSON": ({THING_FILE: b"{,}"}, "expected a key in double quotes"),
    "no objects": (dict.fromkeys(FILES), "expected object models in"),
}  # fmt: skip


@pytest.mark.parametrize("command", ["validate", "generate"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_bad_input_is_one_message_exits_2_and_writes_nothing(
    mistake: str, command: str, run: Run, tmp_path: Path
) -> None:
    files, said = MISTAKES[mistake]
    root = write_library(tmp_path / "definitions", files)
    root.mkdir(exist_ok=True)
    before = sorted(tmp_path.rglob("*"))

    ended = run(command, *([root] if command == "validate" else ["--definitions", root]))

    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err and "Traceback" not in ended.err
    assert ended.err.startswith("error: ") and ended.err.count("\nhint: ") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_missing_folder_is_named_with_what_to_do(run: Run) -> None:
    for words in (("validate", "nowhere"), ("generate", "--definitions", "nowhere")):
        ended = run(*words)

        assert ended.status == 2
        assert ended.err == (
            "error: expected a folder of definitions, found nothing at nowhere\n"
            "hint: Nothing was changed. Name the folder with --definitions DIR.\n"
        )


def test_a_real_process_shows_no_traceback_either(tmp_path: Path) -> None:
    root = write_library(tmp_path / "definitions", {THING_FILE: changed(THING, f"{COLUMNS}/4/type", "Strin")})

    command = [Path(sys.executable).parent / "definitions-to-dbt", "validate", root]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    line = '            "type": "Strin"'.strip()
    number = next(n for n, text in enumerate((root / THING_FILE).read_text().split("\n"), 1) if line in text)
    assert ended.returncode == 2
    assert ended.stderr == (
        "error: 1 problem in the definitions\n"
        f"{root / THING_FILE}:{number}: E_TYPE_MAP at /table_schema/columns/4/type: "
        "'Strin' is not a type; did you mean 'string'?\n"
        "hint: Nothing was written. Mend the files above, then run `definitions-to-dbt validate` again.\n"
    )


def test_validate_counts_what_it_found_good(run: Run, tmp_path: Path) -> None:
    write_library(tmp_path / "definitions")

    ended = run("validate")

    assert ended == (0, "1 modules, 2 object models, 1 kpis, 0 benchmarks: no problem found\n", "")


def test_validate_as_json_lists_every_problem(run: Run, tmp_path: Path) -> None:
    files = {THING_FILE: changed(changed(THING, "/kind", "x"), "/x", 1)}
    root = write_library(tmp_path / "definitions", files)

    ended = run("validate", root, "--json")

    problems = json.loads(ended.out)["problems"]
    assert ended.status == 2 and ended.err == ""
    assert {(p["code"], p["pointer"], p["file"]) for p in problems} == {
        ("E_ENUM", "/kind", str(root / THING_FILE)), ("E_UNKNOWN_KEY", "/x", str(root / THING_FILE)),
    }  # fmt: skip
    assert all(p["line"] > 1 and p["message"] for p in problems)


def test_validate_as_json_counts_what_is_good(run: Run, tmp_path: Path) -> None:
    write_library(tmp_path / "definitions")

    ended = run("validate", "--json")

    assert json.loads(ended.out) == {"problems": [], "modules": 1, "object_models": 2, "kpis": 1, "benchmarks": 0}


def test_check_prints_a_diff_exits_1_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    write_library(tmp_path / "definitions")
    assert run("generate").status == 0
    write_library(tmp_path / "definitions", {SHELF_FILE: changed(SHELF, f"{COLUMNS}/1/description", "In centimetres.")})
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "dbt_project").rglob("*")}

    ended = run("generate", "--check")

    assert ended.status == 1
    assert "--- on disk/models/layer2_analytics/shop/_shop__layer2.yml" in ended.out
    assert "+++ generated/models/layer2_analytics/shop/_shop__layer2.yml" in ended.out
    assert "\n+" in ended.out and "In centimetres." in ended.out
    assert ended.out.rstrip().endswith("run `definitions-to-dbt generate`")
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "dbt_project").rglob("*")}


def test_check_exits_0_where_nothing_differs_and_tells_of_what_has_no_definition(run: Run, tmp_path: Path) -> None:
    write_library(tmp_path / "definitions")
    run("generate")

    assert run("generate", "--check") == (0, "dbt_project is what the definitions say\n", "")

    rack = changed(changed(SHELF, "/code", "RACK"), "/table_schema/table_name", "racks")
    write_library(tmp_path / "definitions", {"object_models/shop/rack.json": rack})
    run("generate")
    (tmp_path / "definitions/object_models/shop/rack.json").unlink()
    ended = run("generate", "--check")

    assert ended.status == 1
    assert "orphan: models/layer2_analytics/shop/racks.sql has no definition any more" in ended.out


def test_generate_twice_writes_once(run: Run, tmp_path: Path) -> None:
    write_library(tmp_path / "definitions")
    first = run("generate", "--json")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}

    second = run("generate", "--json")

    assert json.loads(first.out)["written"] == json.loads(first.out)["files"] > 0
    assert (json.loads(second.out)["written"], json.loads(second.out)["removed"]) == (0, 0)
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}


def test_a_hand_edit_is_refused_until_force(run: Run, tmp_path: Path) -> None:
    write_library(tmp_path / "definitions")
    run("generate")
    edited = tmp_path / "dbt_project/models/layer2_analytics/shop/shelves.sql"
    edited.write_text("-- mine\n")

    refused = run("generate")
    forced = run("generate", "--force")

    assert refused.status == 2
    assert "shelves.sql: edited by hand" in refused.err and "--- mine" in refused.err
    assert forced.status == 0 and edited.read_text() != "-- mine\n"


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_schemas_for_editors_accept_the_committed_definitions(folder: str) -> None:
    schema = json.loads((REPOSITORY / f"definitions/schema/{folder}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    for path in sorted((REPOSITORY / "definitions" / folder).rglob("*.json")):
        assert [error.message for error in validator.iter_errors(json.loads(path.read_text()))] == [], path


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_committed_schemas_are_those_of_the_code(folder: str) -> None:
    committed = json.loads((REPOSITORY / f"definitions/schema/{folder}.schema.json").read_text())

    assert committed == schema_of(folder, FOLDERS[folder]), "run `definitions-to-dbt schema`"


@pytest.mark.parametrize(
    ("content", "is_good"),
    [
        (THING, True),
        (THING["table_schema"], True),
        ({**THING["table_schema"], "_metadata": {"module": "SHOP"}}, True),
        (changed(THING, "/archive/analytics", {"retention_days": 90, "archive_format": "parquet"}), True),
        (changed(THING, "/archive/analytics", {"retention": "immediate"}), True),  # only the command knows better
        (changed(THING, "/descripton", "x"), False),
        (changed(THING, f"{COLUMNS}/0/name", "a b"), False),
        ({**THING["table_schema"], "_metadata": {"modul": "SHOP"}}, False),
        ({**THING["table_schema"], "colums": []}, False),
    ],
)
def test_the_schema_of_objects_knows_both_shapes_and_the_words_of_policies(content: Any, is_good: bool) -> None:
    validator = jsonschema.Draft202012Validator(schema_of("object_models", FOLDERS["object_models"]))

    assert validator.is_valid(content) == is_good


def test_schema_writes_them_beside_the_definitions(run: Run, tmp_path: Path) -> None:
    write_library(tmp_path / "definitions")

    ended = run("schema")

    assert ended.status == 0
    assert sorted(ended.out.split()) == sorted(f"definitions/schema/{folder}.schema.json" for folder in FOLDERS)


def test_a_schema_that_cannot_be_written_is_one_message(run: Run, tmp_path: Path) -> None:
    write_library(tmp_path / "definitions")
    (tmp_path / "definitions" / "schema").write_text("in the way")

    ended = run("generate")

    assert ended.status == 2
    assert ended.err.startswith("error: could not ")
