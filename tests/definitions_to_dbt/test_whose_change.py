"""Whose change a difference is, what --select leaves, what a run without changes costs, and two runs at once."""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shop_of_things import SHELF, THING, THING_FILE, changed, write_library

import definitions_to_dbt
from definitions_to_dbt.__main__ import main

PACKAGE = Path(definitions_to_dbt.__file__).parent
SHELF_FILE = "object_models/shop/shelf.json"
SHELVES = "models/layer2_analytics/shop/shelves.sql"
THINGS = "models/layer2_analytics/shop/things.sql"
LOCK = ".generated.lock.json"


class Workspace:
    """A folder with definitions and a project, and the command run in it as a process of its own."""

    def __init__(self, folder: Path, tool: Path = PACKAGE.parent) -> None:
        self.folder, self.project, self.tool = folder, folder / "dbt_project", tool

    def define(self, files: dict[str, Any] | None = None) -> None:
        write_library(self.folder / "definitions", files)

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "definitions_to_dbt", *words], cwd=self.folder, text=True,
            env={**os.environ, "PYTHONPATH": str(self.tool)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *words: str) -> tuple[int, str, str]:
        if self.tool == PACKAGE.parent:
            return self._run_here(*words)
        with self.start(*words) as process:
            out, err = process.communicate()
        return process.returncode, out, err

    def _run_here(self, *words: str) -> tuple[int, str, str]:
        """In this process: a new one takes longer to start than the command to run."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err),
            pytest.MonkeyPatch.context() as patched, pytest.raises(SystemExit) as ended,
        ):  # fmt: skip
            patched.setattr(sys, "argv", ["definitions-to-dbt", *words])
            main()
            sys.exit(0)
        return int(ended.value.code or 0), out.getvalue(), err.getvalue()

    def check(self) -> dict[str, Any]:
        status, out, err = self.run("generate", "--check", "--json")
        assert status in (0, 1), err
        return {"status": status, **json.loads(out)}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    Workspace(folder).define()
    assert Workspace(folder).run("generate")[0] == 0
    return folder


@pytest.fixture
def workspace(generated: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(generated, tmp_path / "work")
    return Workspace(tmp_path / "work")


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


_HEAVY = """
import sys
from definitions_to_dbt.__main__ import main
sys.argv = ["definitions-to-dbt", *sys.argv[1:]]
try:
    main()
finally:
    print(sorted({"pydantic", "jinja2", "yaml", "typer", "sqlglot", "definitions_to_dbt.render"} & set(sys.modules)))
"""


@pytest.mark.parametrize("words", [("generate",), ("generate", "--check"), ("generate", "--project=dbt_project")])
def test_a_run_without_changes_imports_nothing_heavy(words: tuple[str, ...], workspace: Workspace) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _HEAVY, *words], cwd=workspace.folder, capture_output=True, text=True, check=True
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


def test_select_writes_one_object_and_says_what_it_left(workspace: Workspace) -> None:
    workspace.define({
        SHELF_FILE: changed(SHELF, "/version", 2), THING_FILE: changed(THING, "/version", 2)
    })  # fmt: skip
    before = (workspace.project / "models/layer2_analytics/shop/rejected_things.sql").read_text()

    status, out, _ = workspace.run("generate", "--select", "SHELF")

    assert status == 0 and "files of other objects differ and were left" in out
    assert (
        "2 as _definition_version"
        in (workspace.project / "models/layer2_analytics/shop/rejected_shelves.sql").read_text()
    )
    assert (workspace.project / "models/layer2_analytics/shop/rejected_things.sql").read_text() == before
    left = workspace.check()
    assert left["status"] == 1 and all("things" in path for path in left["changed"]) and left["edited"] == []
    assert set(left["causes"].values()) == {"a definition changed"}
    assert workspace.run("generate")[0] == 0 and workspace.check()["status"] == 0


def test_select_of_all_that_changed_leaves_nothing(workspace: Workspace) -> None:
    workspace.define({SHELF_FILE: changed(SHELF, "/version", 2)})

    status, out, _ = workspace.run("generate", "--select", "shelves", "--json")

    assert (status, json.loads(out)["left"]) == (0, [])
    assert workspace.check()["status"] == 0


def test_select_of_what_is_not_there_names_the_nearest(workspace: Workspace) -> None:
    status, _, err = workspace.run("generate", "--select", "SHELV")

    assert status == 2 and "no object or table is called 'SHELV'" in err and "did you mean" in err


def test_select_does_not_care_for_a_hand_edit_elsewhere_and_still_tells_of_it(workspace: Workspace) -> None:
    (workspace.project / THINGS).write_text("-- mine\n")
    workspace.define({SHELF_FILE: changed(SHELF, "/version", 2)})

    assert workspace.run("generate", "--select", "SHELF")[0] == 0
    assert (workspace.project / THINGS).read_text() == "-- mine\n"
    assert workspace.check()["causes"] == {THINGS: "edited by hand"}


def test_a_second_generate_waits_for_the_first(workspace: Workspace) -> None:
    workspace.define({SHELF_FILE: changed(SHELF, "/version", 2)})
    before = (workspace.project / LOCK).read_text()
    holder = os.open(workspace.project, os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)

    with workspace.start("generate") as process:
        assert process.stderr is not None
        assert "another generate is writing dbt_project; waiting for it" in process.stderr.readline()
        assert (workspace.project / LOCK).read_text() == before
        os.close(holder)
        assert process.wait() == 0

    assert workspace.check()["status"] == 0


def test_two_generates_at_once_end_as_one_would(workspace: Workspace) -> None:
    shutil.rmtree(workspace.project)
    running = [workspace.start("generate") for _ in range(3)]

    assert [(process.wait(), process.communicate()[1])[0] for process in running] == [0, 0, 0]

    assert workspace.check()["status"] == 0
    assert not list(workspace.project.rglob(".*.half-written"))


def test_a_lock_file_in_the_middle_of_a_merge_says_what_to_do(workspace: Workspace) -> None:
    lock = workspace.project / LOCK
    lock.write_text("<<<<<<< ours\n" + lock.read_text() + "\n=======\n<<<<<<< \n")

    status, _, err = workspace.run("generate")

    assert status == 2 and "marks of a merge" in err and "Keep either side" in err


def test_a_lock_that_is_a_merge_of_two_is_not_believed(workspace: Workspace) -> None:
    """Both branches changed another definition: each file and its hash merge by line, what they add up to does not."""
    shelf, thing = changed(SHELF, "/version", 2), changed(THING, "/version", 2)
    workspace.define({SHELF_FILE: shelf})
    workspace.run("generate")
    ours = (workspace.project / LOCK).read_text()
    workspace.define({SHELF_FILE: shelf, THING_FILE: thing})
    inputs = next(line for line in ours.splitlines() if '"inputs"' in line)
    workspace.run("generate")
    theirs = (workspace.project / LOCK).read_text()
    merged = "\n".join(inputs if '"inputs"' in line else line for line in theirs.splitlines()) + "\n"
    (workspace.project / LOCK).write_text(merged)

    ended = subprocess.run(
        [sys.executable, "-c", _HEAVY, "generate"], cwd=workspace.folder, capture_output=True, text=True, check=True
    )

    assert "definitions_to_dbt.render" in ended.stdout.splitlines()[-1]
    assert (workspace.project / LOCK).read_text() == theirs


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


ACME = {"clients/acme.json": {
    "code": "ACME", "name": "Acme", "modules": ["SHOP"],
    "overrides": {"THING": {"archive": {"analytics": {"retention": "30 days"}}}},
}}  # fmt: skip


@pytest.fixture
def of_acme(tmp_path: Path) -> Workspace:
    """The project of a client, in a folder of its own."""
    workspace = Workspace(tmp_path)
    workspace.define(ACME)
    assert workspace.run("generate", "--client", "ACME")[0] == 0
    return workspace


def test_the_project_of_a_client_stays_the_clients_until_somebody_says_otherwise(of_acme: Workspace) -> None:
    workspace = of_acme
    before = (workspace.project / LOCK).read_text()

    for words in (["generate"], ["generate", "--check"], ["generate", "--select", "THING"]):
        status, _, error = workspace.run(*words)
        assert (status, (workspace.project / LOCK).read_text()) == (2, before)
        assert "dbt_project holds the project of client ACME; this run would make it that of no client" in error
        assert "Give --client ACME" in error

    assert workspace.run("generate", "--client", "ACME", "--check")[0] == 0
    assert workspace.run("generate", "--force")[0] == 0
    status, _, error = workspace.run("generate", "--client", "ACME")
    assert status == 2 and "would make it that of client ACME" in error


def test_a_run_for_a_client_that_was_killed_leaves_a_folder_that_is_still_the_clients(of_acme: Workspace) -> None:
    workspace = of_acme
    lock = json.loads((workspace.project / LOCK).read_text())
    (workspace.project / THINGS).unlink()
    # What stands in its way ends the run in the middle.
    (workspace.project / THINGS).with_name(".things.sql.half-written").mkdir()

    assert workspace.run("generate", "--client", "ACME")[0] == 2
    assert lock["client"] == json.loads((workspace.project / LOCK).read_text())["client"] == "ACME"


def test_the_client_may_stand_in_the_environment(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.define(ACME)
    assert workspace.run("generate")[0] == 0
    monkeypatch.setenv("DEFINITIONS_CLIENT", "ACME")

    status, _, error = workspace.run("generate")

    assert status == 2 and "would make it that of client ACME" in error
