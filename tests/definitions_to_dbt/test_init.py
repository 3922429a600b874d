"""Inside somebody else's dbt project: a real one, with models, macros and rules of its own, built with ours in it."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dbt.cli.main import dbtRunner
from dbt.jsonschemas import jsonschemas
from shop_of_things import SHELF, write_library

from definitions_to_dbt.__main__ import main

THEIRS = {
    "dbt_project.yml": "name: their_shop\nversion: '1.0'\nprofile: theirs\nflags: {send_anonymous_usage_stats: false}\n"
    "models:\n  their_shop:\n    +materialized: table\n",
    "profiles.yml": "theirs:\n  target: dev\n  outputs:\n    dev:\n      type: postgres\n      threads: 2\n"
    "      host: \"{{ env_var('PGHOST') }}\"\n      port: \"{{ env_var('PGPORT') | as_number }}\"\n"
    "      user: \"{{ env_var('PGUSER') }}\"\n      password: ''\n      dbname: \"{{ env_var('PGDATABASE') }}\"\n"
    "      schema: their_schema\n",
    "models/things.sql": "select 1 as thing_id\n",
    "models/all_things.sql": "select * from {{ ref('things') }}\n",
    "models/things_of_ours.sql": "select * from {{ ref('acme_things_read') }}\n",
    # Macros of theirs with names that ours have too, and a rule for schemas: none of it may reach into ours.
    "macros/theirs.sql": "{% macro in_open_batch(table) %}this is no SQL{% endmacro %}\n"
    "{% macro prefixed(name) %}this is no name{% endmacro %}\n"
    "{% macro generate_schema_name(custom_schema_name, node) %}their_own_rule{% endmacro %}\n",
    "seeds/colours.csv": "colour\nred\n",
}


@pytest.fixture
def host(tmp_path: Path) -> Path:
    folder = tmp_path / "their_project"
    for path, text in THEIRS.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    deprecated = {**SHELF, "deprecation_date": "2999-12-31"}  # dbt takes it and has nothing to say of it yet
    write_library(folder / "definitions", {"object_models/shop/shelf.json": deprecated})
    return folder


def command(folder: Path, *words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err),
        pytest.MonkeyPatch.context() as patched, pytest.raises(SystemExit) as ended,
    ):  # fmt: skip
        patched.setattr(sys, "argv", ["definitions-to-dbt", *words])
        main()
        sys.exit(0)
    return int(ended.value.code or 0), out.getvalue(), err.getvalue()


def bytes_of_theirs(folder: Path) -> dict[str, bytes]:
    return {path: (folder / path).read_bytes() for path in THEIRS}


def dbt(folder: Path, *words: str) -> tuple[bool, list[str]]:
    said: list[str] = []

    def listen(event: Any) -> None:
        if event.info.level in ("warn", "error") or "Deprecat" in event.info.name:
            said.append(f"{event.info.name}: {event.info.msg}")

    with contextlib.chdir(folder):
        ended = dbtRunner(callbacks=[listen]).invoke([*words, "--quiet", "--no-version-check"])
    return ended.success, said


@pytest.mark.long
def test_a_project_inside_anothers_builds_and_changes_no_byte_of_it(
    host: Path, connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = jsonschemas._JSONSCHEMA_SUPPORTED_ADAPTERS
    monkeypatch.setattr(jsonschemas, "_JSONSCHEMA_SUPPORTED_ADAPTERS", {*known, "postgres"})
    before = bytes_of_theirs(host)

    status, out, err = command(host, "init", "--prefix", "acme_", "--schema", "{target}_acme")
    assert (status, err) == (0, "") and "definitions_to_dbt.toml, packages.yml written" in out
    assert command(host, "generate")[0] == 0
    assert dbt(host, "deps") == (True, [])
    assert dbt(host, "parse", "--show-all-deprecations", "--no-partial-parse") == (True, [])
    assert dbt(host, "build") == (True, [])

    # Twice, with a record between: what was built is also what runs.
    payload = {"thing_id": "00000000-0000-0000-0000-000000000001", "happened_at": "2024-01-01T00:00:00Z",
               "changed_at": "2024-01-01T00:00:00Z", "amount": "1.50", "label": "a"}  # fmt: skip
    connection.execute("insert into their_schema_acme.source_things (raw_data) values (%s)", [json.dumps(payload)])
    assert dbt(host, "build")[0]
    assert connection.execute("select amount from their_own_rule.things_of_ours").fetchall() == [(1.5,)]
    assert connection.execute("select outcome from their_schema_acme.source_things").fetchall() == [("loaded",)]
    assert connection.execute("select thing_id from their_own_rule.all_things").fetchall() == [(1,)]
    assert bytes_of_theirs(host) == before
    status, out, _ = command(host, "generate", "--check")
    assert (status, out) == (0, "platform is what the definitions say\n")


def test_a_model_of_theirs_with_the_same_name_is_refused_and_nothing_is_written(host: Path) -> None:
    assert command(host, "init")[0] == 0

    status, _, err = command(host, "generate")

    assert status == 2
    assert "the project has models, seeds or snapshots of the same name\n  things: models/things.sql" in err
    assert "Set another prefix in definitions_to_dbt.toml" in err
    assert not (host / "platform").exists()


REFUSED = {
    "its own name": (["--package", "their_shop"], "is itself called 'their_shop'"),
    "a folder of models": (["--folder", "models/platform"], "which is one of the project's model-paths"),
    "a folder of theirs": (["--folder", "docs"], "docs exists and was not generated"),
    "a prefix that is no name": (["--prefix", "Acme-"], "expected a prefix that fits"),
    "a schema that is no name": (["--schema", "a b"], "expected a schema that fits"),
    "a folder outside": (["--folder", "../platform"], "expected a folder that fits"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_would_clash_is_refused_and_nothing_is_written(what: str, host: Path) -> None:
    (host / "docs").mkdir()
    (host / "docs/readme.md").write_text("theirs\n")
    words, said = REFUSED[what]

    status, _, err = command(host, "init", *words)

    assert status == 2 and said in err
    assert not (host / "definitions_to_dbt.toml").exists() and not (host / "packages.yml").exists()


def test_a_packages_file_of_theirs_is_not_edited_and_the_line_is_told(host: Path) -> None:
    (host / "packages.yml").write_text("packages:\n  - local: ../other\n")

    _, out, _ = command(host, "init", "--prefix", "acme_")

    assert (host / "packages.yml").read_text() == "packages:\n  - local: ../other\n"
    assert "add to packages.yml: - local: platform" in out


def test_no_dbt_project_no_init(tmp_path: Path) -> None:
    status, _, err = command(tmp_path, "init")

    assert status == 2 and "expected a dbt project in" in err


@pytest.mark.parametrize("text", ["prefix = 5\n", "colour = 'red'\n", "prefix = \n", "package = 'A b'\n", "[[[\n"])
def test_a_settings_file_that_says_what_it_cannot_is_one_message(text: str, host: Path) -> None:
    (host / "definitions_to_dbt.toml").write_text(text)

    status, _, err = command(host, "generate")

    assert status == 2 and "definitions_to_dbt.toml: expected" in err and "Traceback" not in err


def test_another_prefix_leaves_no_file_of_the_old_one_behind(host: Path) -> None:
    command(host, "init", "--prefix", "acme_")
    command(host, "generate")
    settings = host / "definitions_to_dbt.toml"
    settings.write_text(settings.read_text().replace("acme_", "best_"))

    assert command(host, "generate")[0] == 0

    assert not list((host / "platform").rglob("acme_*"))
    assert list((host / "platform").rglob("best_things.sql"))
