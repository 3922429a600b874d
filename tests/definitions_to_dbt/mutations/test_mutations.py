"""Of random changes to good definitions each is refused at the right place, or gives a project that dbt takes.

The few hundred of this file stop at what dbt parses; `make soak-generator` builds thousands and compares what lands.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import sqlglot
from dbt.cli.main import dbtRunner
from dbt.jsonschemas import jsonschemas
from mutate import mutants, properties_at
from mutation_bulk import Judged, judged, meaning, renamed, write, write_seeds
from mutation_pointers import is_right
from mutation_seeds import SEEDS
from sqlglot import exp

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.library import FOLDERS, Library, load_library
from definitions_to_dbt.platform_columns import LAYER_2, LAYER_3, REJECTED, VERSIONS
from definitions_to_dbt.render import GeneratedFile, render
from definitions_to_dbt.skeleton import skeleton_files
from definitions_to_dbt.write import find_drift, write_missing, write_project

SEEDS_OF_CI = 200
REPOSITORY = Path(__file__).parents[3]
CANARY = "canary-91c2-that-nobody-may-see"


class Bulk(NamedTuple):
    """All mutants, and the accepted ones in one library."""

    judged: list[Judged]
    library: Library
    files: dict[str, GeneratedFile]
    folder: Path


@pytest.fixture(scope="module")
def bulk(tmp_path_factory: pytest.TempPathFactory) -> Bulk:
    folder = tmp_path_factory.mktemp("mutations")
    found = list(judged(write_seeds(folder / "one"), mutants(SEEDS_OF_CI)))
    root = write_seeds(folder / "definitions")
    meanings = {meaning(one): one.mutant for one in found if one.library is not None}
    for number, mutant in enumerate(meanings.values()):
        if mutant.file.startswith(("object_models/", "kpis/")):
            write(root, *renamed(mutant, number))
    library = load_library(root)
    return Bulk(found, library, render(library), folder)


@pytest.mark.xdist_group("mutations")
def test_every_mutant_is_refused_at_the_place_or_at_what_refers_to_it(bulk: Bulk) -> None:
    wrong = [
        (one.mutant, str(problem))
        for one in bulk.judged
        for file, problem in one.problems
        if not is_right(problem, one.mutant, file, SEEDS)
    ]

    assert wrong == []


@pytest.mark.xdist_group("mutations")
def test_some_mutants_are_refused_and_some_are_accepted(bulk: Bulk) -> None:
    accepted = sum(one.library is not None for one in bulk.judged)

    assert SEEDS_OF_CI / 5 < accepted < SEEDS_OF_CI * 4 / 5


@pytest.mark.xdist_group("mutations")
def test_accepted_mutants_render_the_same_bytes_twice(bulk: Bulk) -> None:
    assert render(bulk.library) == bulk.files


@pytest.mark.long
@pytest.mark.xdist_group("mutations")
def test_dbt_takes_the_accepted_mutants_under_its_strict_schema_and_prints_no_secret(bulk: Bulk) -> None:
    said: list[str] = []
    project = bulk.folder / "dbt_project"
    write_project(find_drift(project, bulk.files), bulk.files)
    write_missing(project, skeleton_files())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("X", CANARY)
        patch.setenv("PGPASSWORD", CANARY)
        supported = jsonschemas._JSONSCHEMA_SUPPORTED_ADAPTERS | {"postgres"}
        patch.setattr(jsonschemas, "_JSONSCHEMA_SUPPORTED_ADAPTERS", supported)
        folders = ["--project-dir", str(project), "--profiles-dir", str(REPOSITORY)]
        folders += ["--target-path", str(bulk.folder / "target"), "--log-path", str(bulk.folder / "logs")]
        result = dbtRunner(callbacks=[lambda event: said.append(f"{event.info.level}: {event.info.msg}")]).invoke(
            ["parse", "--quiet", "--no-use-colors", "--no-version-check", *folders]
        )
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("dbt")]:
        logging.getLogger(name).handlers.clear()

    assert result.success, result.exception
    assert [line for line in said if line.startswith(("warn", "error"))] == []
    assert [line for line in said if CANARY in line] == []
    left = [path for path in bulk.folder.rglob("*") if path.is_file()]
    assert any(path.name == "manifest.json" for path in left)
    assert [path for path in left if CANARY.encode() in path.read_bytes()] == []


@pytest.mark.xdist_group("mutations")
def test_generated_sql_reads_no_table_and_no_column_that_is_not_declared(bulk: Bulk) -> None:
    declared = {column.name for model in bulk.library.objects for column in model.columns}
    platform = {column.name for column in (*LAYER_2, *LAYER_3, *REJECTED, *VERSIONS)} | {"unnamed"}
    # What jsonb_each calls its two columns.
    platform |= {"key", "value"}
    tables = {name for model in bulk.library.objects for name in _tables_of(model)} | {"unnamed"}
    trees = {
        path: sqlglot.parse_one(_without_jinja(file.text), dialect="postgres")
        for path, file in bulk.files.items()
        if path.startswith(("models/staging/", "models/layer2_analytics/")) and path.endswith(".sql")
    }
    staged = {alias.alias for path, tree in trees.items() if "/staging/" in path for alias in tree.find_all(exp.Alias)}

    for path, tree in trees.items():
        aliases = {alias.alias for alias in tree.find_all(exp.Alias, exp.CTE, exp.Subquery, exp.Lateral)}
        named = {column.name for column in tree.find_all(exp.Column) if not isinstance(column.this, exp.Star)}
        assert named <= declared | platform | aliases | {name for name in staged if name.startswith("_")}, path
        assert {table.name for table in tree.find_all(exp.Table)} <= aliases | tables, path


def _tables_of(model: ObjectModel) -> Iterator[str]:
    table = model.table_name
    yield from (table, f"source_{table}", f"stg_shop__{table}", f"rejected_{table}", f"{table}_versions")


def _without_jinja(text: str) -> str:
    """The SQL with a name in place of each ref and source, and null in place of everything else that dbt fills in."""
    # The settings at the top hold Jinja of their own.
    text = text.partition("\n}}\n")[2] if text.startswith("{{\n") else re.sub(r"\A\{\{ config\(.*\) \}\}", "", text)
    text = re.sub(r"\{%.*?%\}|\{#.*?#\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{\{\s*(?:ref|source)\((?:'[^']*', )?'([^']*)'\)\s*\}\}", r"\1", text)
    return re.sub(r"\{\{.*?\}\}", "unnamed", text, flags=re.DOTALL)


def test_every_kind_of_definition_and_every_key_can_be_spoilt() -> None:
    spoilt: dict[str, set[str]] = {}
    for mutant in mutants(12_000):
        spoilt.setdefault(mutant.file.partition("/")[0], set()).add(mutant.pointer.rpartition("/")[2])

    assert set(spoilt) == set(FOLDERS)
    for file in SEEDS:
        assert set(properties_at(file, "")) <= spoilt[file.partition("/")[0]] | {"metadata", "spec_version"}, file
    assert set(properties_at("object_models/shop/thing.json", "/table_schema/columns/0")) <= spoilt["object_models"]
