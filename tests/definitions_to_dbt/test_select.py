"""What --select leaves, what a run for a client is, two runs at once, and the lock after a merge."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from shop_of_things import SHELF, THING, THING_FILE, changed
from workspaces import HEAVY, LOCK, SHELF_FILE, THINGS, Workspace


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
        [sys.executable, "-c", HEAVY, "generate"], cwd=workspace.folder, capture_output=True, text=True, check=True
    )

    assert "definitions_to_dbt.render" in ended.stdout.splitlines()[-1]
    assert (workspace.project / LOCK).read_text() == theirs


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
