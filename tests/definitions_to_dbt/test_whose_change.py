"""Whose change a difference is, and what a run without changes costs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from shop_of_things import SHELF, changed
from workspaces import HEAVY, PACKAGE, SHELF_FILE, SHELVES, THINGS, Workspace


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[Path]:
    """Another version of the tool: one template differs."""
    shutil.copytree(PACKAGE, tmp_path / "newer" / "definitions_to_dbt", ignore=shutil.ignore_patterns("__pycache__"))
    template = tmp_path / "newer/definitions_to_dbt/templates/write_model.sql"
    template.write_text(template.read_text() + "-- From the newer tool.\n")
    yield tmp_path / "newer"


def test_a_hand_edit_is_theirs(workspace: Workspace) -> None:
    with (workspace.project / SHELVES).open("a") as file:
        file.write("-- mine\n")

    found = workspace.check()
    status, out, _ = workspace.run("generate", "--check")

    assert found["status"] == status == 1
    assert found["causes"] == {SHELVES: "edited by hand"} and found["edited"] == [SHELVES]
    assert f"edited by hand: {SHELVES}" in out and "--- mine" in out


def test_a_file_that_was_removed_by_hand_is_told_and_put_back(workspace: Workspace) -> None:
    before = (workspace.project / SHELVES).read_text()
    (workspace.project / SHELVES).unlink()

    assert workspace.check()["causes"] == {SHELVES: "removed by hand"}
    assert workspace.run("generate")[0] == 0
    assert (workspace.project / SHELVES).read_text() == before


def test_a_changed_definition_is_neither_an_edit_nor_the_tool(workspace: Workspace) -> None:
    workspace.define({SHELF_FILE: changed(SHELF, "/version", 2)})

    found = workspace.check()

    assert found["status"] == 1 and set(found["causes"].values()) == {"a definition changed"}
    assert found["definitions_changed"] == [f"definitions/{SHELF_FILE}"] and not found["tool"]["changed"]


def test_after_an_upgrade_our_change_is_told_from_theirs(workspace: Workspace, upgraded: Path) -> None:
    with (workspace.project / SHELVES).open("a") as file:
        file.write("-- mine\n")
    newer = Workspace(workspace.folder, upgraded)

    found = newer.check()
    status, out, _ = newer.run("generate", "--check")

    assert found["status"] == status == 1
    assert found["causes"] == {SHELVES: "edited by hand", THINGS: "the tool changed"}
    assert found["tool"]["changed"] and found["definitions_changed"] == []
    assert "1 of them because: the tool changed" in out and "\ntool: 0.1.0 (" in out


def test_after_an_upgrade_a_changed_definition_is_told_by_its_own_hash(workspace: Workspace, upgraded: Path) -> None:
    workspace.define({SHELF_FILE: changed(SHELF, "/version", 2)})

    found = Workspace(workspace.folder, upgraded).check()

    assert found["causes"][SHELVES] == "a definition changed"
    assert found["causes"][THINGS] == "the tool and definitions changed"


def test_an_upgrade_that_changes_no_text_is_no_drift(workspace: Workspace, upgraded: Path) -> None:
    shutil.copy(PACKAGE / "templates/write_model.sql", upgraded / "definitions_to_dbt/templates/write_model.sql")
    (upgraded / "definitions_to_dbt/names.py").open("a").write("# a comment\n")

    assert Workspace(workspace.folder, upgraded).check()["status"] == 0


@pytest.mark.parametrize("words", [("generate",), ("generate", "--check"), ("generate", "--project=dbt_project")])
def test_a_run_without_changes_imports_nothing_heavy(words: tuple[str, ...], workspace: Workspace) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HEAVY, *words], cwd=workspace.folder, capture_output=True, text=True, check=True
    )

    assert ended.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("same_time", [False, True])
def test_an_edit_of_the_same_size_is_seen_whatever_its_time_stamp_says(same_time: bool, workspace: Workspace) -> None:
    for edited in (workspace.project / SHELVES, workspace.folder / "definitions" / SHELF_FILE):
        text, stat = edited.read_text(), edited.stat()
        edited.write_text(text.replace("shelf_id", "shelf_ix"))
        if same_time:
            os.utime(edited, ns=(stat.st_atime_ns, stat.st_mtime_ns))

        assert workspace.run("generate", "--check")[0] in (1, 2)
        edited.write_text(text)
        assert workspace.run("generate", "--check")[0] == 0


def test_a_schema_for_editors_that_is_gone_is_written_again(workspace: Workspace) -> None:
    schema = workspace.folder / "definitions/schema/modules.schema.json"
    schema.unlink()

    workspace.run("generate")

    assert schema.exists()


@pytest.mark.parametrize("change", ["edited", "removed"])
def test_check_sees_a_schema_for_editors_that_is_another(change: str, workspace: Workspace) -> None:
    schema = workspace.folder / "definitions/schema/modules.schema.json"
    schema.write_text("{}") if change == "edited" else schema.unlink()

    status, out, _ = workspace.run("generate", "--check")

    assert status == 1 and "definitions/schema/modules.schema.json is not the schema that generate writes" in out
    assert json.loads(workspace.run("generate", "--check", "--json")[1])["beside"] == [
        "definitions/schema/modules.schema.json"
    ]


def test_a_schema_for_editors_that_was_edited_is_refused_until_force(workspace: Workspace) -> None:
    schema = workspace.folder / "definitions/schema/modules.schema.json"
    schema.write_text("{}")

    status, _, err = workspace.run("generate")

    assert status == 2 and "modules.schema.json: edited by hand" in err and schema.read_text() == "{}"
    assert workspace.run("generate", "--force")[0] == 0 and schema.read_text() != "{}"


@pytest.mark.parametrize("what", ["file", "folder"])
def test_check_sees_a_link_to_the_same_content(what: str, workspace: Workspace, tmp_path: Path) -> None:
    place = workspace.project / (THINGS if what == "file" else "models/layer2_analytics")
    elsewhere = tmp_path / "elsewhere"
    place.rename(elsewhere)
    place.symlink_to(elsewhere)

    for words in (("generate", "--check"), ("generate",)):
        status, _, err = workspace.run(*words)

        assert status == 2 and "E_PATH" in err


def test_an_edit_in_another_encoding_is_shown_in_any_terminal(workspace: Workspace) -> None:
    with (workspace.project / THINGS).open("ab") as file:
        file.write(b"-- caf\xe9\n")

    status, out, _ = workspace.run("generate", "--check")

    assert status == 1 and "-- caf\\udce9" in out
    out.encode()


def test_a_link_to_nowhere_in_place_of_the_project_file_stays(workspace: Workspace) -> None:
    file = workspace.project / "dbt_project.yml"
    file.unlink()
    file.symlink_to("theirs.yml")

    workspace.run("generate", "--force")

    assert file.is_symlink()
