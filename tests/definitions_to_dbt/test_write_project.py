"""Who owns which file: what generate writes, leaves alone, refuses and removes. On a real folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from shop_of_things import KPI, SHELF, THING, THING_FILE, changed, loaded

from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.render import GeneratedFile, render
from definitions_to_dbt.write import LOCK_FILE, find_drift, write_project

SHELVES = "models/layer2_analytics/shop/shelves.sql"
Files = dict[str, GeneratedFile]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return render(loaded(tmp_path_factory.mktemp("rendered") / "definitions"))


@pytest.fixture
def project(tmp_path: Path, files: Files) -> Path:
    """A project as generate has just written it."""
    folder = tmp_path / "project"
    write_project(find_drift(folder, files), files)
    return folder


def _on_disk(project: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path.relative_to(project).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in project.rglob("*")
        if path.is_file()
    }


def _without_shelves(tmp_path: Path) -> Files:
    thing = changed(THING, "/table_schema/relationships", [])
    del thing["table_schema"]["columns"][5]
    changes = {
        THING_FILE: thing,
        "object_models/shop/shelf.json": None,
        "kpis/amount.json": changed(KPI, "/dimensions", []),
    }
    return render(loaded(tmp_path / "fewer" / "definitions", changes))


def test_two_renderings_are_the_same_bytes(tmp_path: Path) -> None:
    first = render(loaded(tmp_path / "a" / "definitions"))
    second = render(loaded(tmp_path / "b" / "definitions"))

    assert first == second


def test_the_order_of_files_and_hash_seeds_do_not_show(tmp_path: Path) -> None:
    loaded(tmp_path / "definitions")
    script = (
        "import sys, hashlib; from definitions_to_dbt.library import load_library; "
        "from definitions_to_dbt.render import render; "
        "print(hashlib.sha256(repr(render(load_library(sys.argv[1]))).encode()).hexdigest())"
    )

    digests = {
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "definitions")],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip

    assert len(digests) == 1


def test_a_second_run_writes_nothing(project: Path, files: Files) -> None:
    before = _on_disk(project)

    drift = find_drift(project, files)
    write_project(drift, files)

    assert drift.is_clean
    assert _on_disk(project) == before


def test_a_changed_definition_writes_only_its_own_files(tmp_path: Path, project: Path) -> None:
    before = _on_disk(project)
    shelf = changed(SHELF, "/description", "A board on a wall.")
    newer = render(loaded(tmp_path / "newer" / "definitions", {"object_models/shop/shelf.json": shelf}))

    write_project(find_drift(project, newer), newer)

    touched = {path for path, state in _on_disk(project).items() if state != before[path]}
    assert touched and all(
        "shelves" in path or path.endswith((".yml", ".csv", "__page.md", LOCK_FILE)) for path in touched
    )


def test_a_hand_edit_is_refused_with_its_diff_and_nothing_is_written(project: Path, files: Files) -> None:
    edited = project / SHELVES
    edited.write_text(edited.read_text() + "-- mine\n")
    (project / "models/layer2_analytics/shop/things.sql").unlink()
    before = _on_disk(project)

    with pytest.raises(ProblemError, match=r"shelves\.sql: edited by hand[\s\S]*--- mine"):
        write_project(find_drift(project, files), files)

    assert _on_disk(project) == before


def test_force_overwrites_a_hand_edit(project: Path, files: Files) -> None:
    (project / SHELVES).write_text("-- mine\n")

    write_project(find_drift(project, files), files, force=True)

    assert (project / SHELVES).read_text() == files[SHELVES].text
    assert find_drift(project, files).is_clean


def test_a_file_somebody_else_put_at_a_generated_path_is_refused(tmp_path: Path, files: Files) -> None:
    project = tmp_path / "project"
    (project / SHELVES).parent.mkdir(parents=True)
    (project / SHELVES).write_text("select 1\n")

    with pytest.raises(ProblemError, match="exists, and was not generated"):
        write_project(find_drift(project, files), files)

    assert [path for path in project.rglob("*") if path.is_file()] == [project / SHELVES]


def test_a_hand_written_file_beside_generated_ones_is_left_alone(tmp_path: Path, project: Path) -> None:
    own = project / "models/layer2_analytics/shop/mine.sql"
    own.write_text("select 1\n")
    fewer = _without_shelves(tmp_path)

    write_project(find_drift(project, fewer), fewer)

    assert own.read_text() == "select 1\n"


def test_what_no_definition_stands_behind_any_more_is_removed(tmp_path: Path, project: Path) -> None:
    fewer = _without_shelves(tmp_path)

    drift = find_drift(project, fewer)
    write_project(drift, fewer)

    assert SHELVES in drift.orphans
    assert not (project / SHELVES).exists()
    assert find_drift(project, fewer).is_clean


def test_an_orphan_that_was_edited_is_not_removed(tmp_path: Path, project: Path) -> None:
    (project / SHELVES).write_text("-- mine\n")
    fewer = _without_shelves(tmp_path)

    with pytest.raises(ProblemError, match="edited by hand"):
        write_project(find_drift(project, fewer), fewer)

    assert (project / SHELVES).read_text() == "-- mine\n"


@pytest.mark.parametrize("what", ["file", "folder", "dangling"])
def test_a_link_that_leads_out_of_the_project_is_refused_before_anything_is_written(
    what: str, tmp_path: Path, files: Files
) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside"
    outside.mkdir()
    place = project / SHELVES if what != "folder" else (project / SHELVES).parent
    place.parent.mkdir(parents=True)
    place.symlink_to(outside / "x.sql" if what != "folder" else outside)
    if what == "file":
        (outside / "x.sql").write_text("secret\n")

    with pytest.raises(ProblemError, match=r"E_PATH.*leads to") as refused:
        write_project(find_drift(project, files), files, force=True)

    assert "secret" not in str(refused.value)
    assert not (project / LOCK_FILE).exists()
    assert {path.name for path in outside.iterdir()} <= {"x.sql"}


@pytest.mark.parametrize("path", ["../outside.sql", "/tmp/outside.sql", "models/../../outside.sql"])
def test_a_lock_file_cannot_point_out_of_the_project(path: str, project: Path, files: Files) -> None:
    outside = project.parent / "outside.sql"
    outside.write_text("mine\n")
    lock = json.loads((project / LOCK_FILE).read_text())
    lock["files"][path] = {"sha256": "x", "definition": ""}
    (project / LOCK_FILE).write_text(json.dumps(lock))

    with pytest.raises(ProblemError, match="E_PATH"):
        write_project(find_drift(project, files), files, force=True)

    assert outside.read_text() == "mine\n"


def test_a_project_may_itself_be_reached_through_a_link(tmp_path: Path, project: Path, files: Files) -> None:
    (tmp_path / "link").symlink_to(project)

    assert find_drift(tmp_path / "link", files).is_clean


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"version": 1, "files": {"a": 5}}', '{"version": 2, "files": {}}', "\0", "[" * 100_000]
)
def test_a_broken_lock_file_is_one_message(text: str, project: Path, files: Files) -> None:
    (project / LOCK_FILE).write_text(text)

    with pytest.raises(ProblemError, match="expected the lock file that generate writes"):
        find_drift(project, files)


def test_a_place_that_cannot_be_written_is_one_message(tmp_path: Path, files: Files) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "models").write_text("a file where a folder should be\n")

    with pytest.raises(ProblemError, match=r"could not (write|read) .*models"):
        write_project(find_drift(project, files), files)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_closed_to_us_is_one_message(tmp_path: Path, files: Files) -> None:
    project = tmp_path / "project"
    project.mkdir(mode=0o500)

    with pytest.raises(ProblemError, match="could not write"):
        write_project(find_drift(project, files), files)


_KILLED = """
import os, sys
from pathlib import Path
from definitions_to_dbt.library import load_library
from definitions_to_dbt.render import render
from definitions_to_dbt.write import find_drift, write_project

writes = 0

def killed_at(event, arguments):
    global writes
    # A file is opened for writing, or takes its place: at the n-th of these moments the process is no more.
    if event == "os.rename" or (event == "open" and str(arguments[0]).endswith(".half-written")):
        writes += 1
        if writes == int(sys.argv[3]):
            os._exit(9)

files = render(load_library(sys.argv[1]))
drift = find_drift(Path(sys.argv[2]), files)
sys.addaudithook(killed_at)
write_project(drift, files)
"""


@pytest.mark.parametrize("moment", [1, 3, 8])
def test_a_run_that_is_killed_leaves_whole_files_and_the_next_one_ends_it(
    moment: int, tmp_path: Path, project: Path, files: Files
) -> None:
    shelf = changed(changed(SHELF, "/name", "Board"), "/version", 2)
    newer = render(loaded(tmp_path / "newer" / "definitions", {"object_models/shop/shelf.json": shelf}))
    newest = render(
        loaded(tmp_path / "newest" / "definitions", {"object_models/shop/shelf.json": changed(shelf, "/version", 3)})
    )

    killed = subprocess.run([sys.executable, "-c", _KILLED, tmp_path / "newer" / "definitions", project, str(moment)])

    assert killed.returncode == 9
    for name in files:
        assert (project / name).read_text() in (files[name].text, newer[name].text)
    # Also where the definitions have changed once more: nothing is taken for a hand edit.
    write_project(find_drift(project, newest), newest)
    assert find_drift(project, newest).is_clean
    assert not list(project.rglob(".*.half-written"))


def test_line_ends_that_version_control_has_turned_are_no_drift(project: Path, files: Files) -> None:
    for path in project.rglob("*.sql"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert find_drift(project, files).is_clean


def test_turned_line_ends_are_no_hand_edit_either(tmp_path: Path, project: Path) -> None:
    path = project / SHELVES
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    newer = render(
        loaded(tmp_path / "newer" / "definitions", {"object_models/shop/shelf.json": changed(SHELF, "/version", 2)})
    )

    write_project(find_drift(project, newer), newer)

    assert path.read_text() == newer[SHELVES].text
