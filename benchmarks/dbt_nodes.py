"""Seconds per node of `dbt build`, beside a project of as many nodes that do nothing: what a node of ours takes.

    make bench-dbt
    python -m benchmarks.dbt_nodes --whole       the whole library instead of the shop; minutes

The floor has as many views of `select 1` as ours has models and seeds, and as many tests of them as ours has tests,
over the same server, profile and threads. Both are built over tables without rows, so that a second is dbt's and the
planner's; and twice, the second time with everything there. Tables go to stdout as Markdown, progress to stderr.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.generator import Run, run
from definitions_to_dbt.command_line import run_command_line
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from demo.main_job import MODULES

_ROOT = Path(__file__).parents[1]
_DBT = _ROOT / ".venv/bin/dbt"
# As the demo says it: a figure of a module that is not built has no table to be asked of.
_KPIS_OF_SHOP = ("--vars", f"{{kpi_modules: [{', '.join(MODULES)}]}}")
_TESTS = ("test", "unit_test")
_ROUNDS = ("empty database", "everything there")


@dataclass(frozen=True)
class Built:
    """One `dbt build`: the command, seconds from its first node to its last, and those of each node by its id."""

    command: Run
    elapsed: float
    nodes: dict[str, float]

    @property
    def tests(self) -> int:
        """How many of the nodes are tests."""
        return sum(name.startswith(_TESTS) for name in self.nodes)

    @property
    def per_node(self) -> float:
        """Milliseconds from first to last, by node."""
        return 1000 * self.elapsed / len(self.nodes)


class Builds:
    """Builds of one project below a folder, in a schema of its own."""

    def __init__(self, project: Path, folder: Path, environment: dict[str, str]) -> None:
        self._project, self._folder = project, folder
        files = {name: str(folder / name) for name in ("lake.duckdb", "lake", "logs")}
        self._environment = environment | {
            "ANALYTICS_SCHEMA": f"nodes_{folder.name}", "LAKE_DB": files["lake.duckdb"], "ARCHIVE_URL": files["lake"],
            "DBT_LOG_PATH": files["logs"],
        }  # fmt: skip

    def build(self, target: str, *words: str) -> Built:
        """Run it, and read what dbt noted of each node."""
        paths = ["--profiles-dir", _ROOT, "--target-path", self._folder / target, "--target", target, "--quiet"]
        done = run([_DBT, "build", *words, *paths], self._project, environment=self._environment)
        noted = json.loads((self._folder / target / "run_results.json").read_bytes())
        nodes = {one["unique_id"]: float(one["execution_time"]) for one in noted["results"]}
        return Built(done, float(noted["elapsed_time"]), nodes)


def write_floor(folder: Path, models: int, tests: int) -> Path:
    """As many views and tests that do nothing."""
    for name in ("models", "tests"):
        (folder / name).mkdir(parents=True)
    for number in range(models):
        (folder / f"models/view_{number:04}.sql").write_text("select 1 as one\n")
    for number in range(tests):
        one = f"{{{{ ref('view_{number % models:04}') }}}}"
        (folder / f"tests/test_{number:04}.sql").write_text(f"select one from {one} where false\n")
    (folder / "dbt_project.yml").write_text("name: floor\nversion: '1.0'\nprofile: platform\n")
    return folder


def kind_of(node: dict[str, Any]) -> str:
    """What a reader calls a node: by what it is, and of a model by its layer and what its name begins or ends with."""
    if node["resource_type"] != "model":
        return str(node["resource_type"]).replace("_", " ")
    layer, name = node["fqn"][1], node["name"]
    if layer == "layer2_analytics":
        ends = next((end for end in ("read", "versions") if name.endswith(f"_{end}")), "write model")
        return "rejected" if name.startswith("rejected_") else ends
    if layer == "layer2a_archive":
        return str(name.partition("_")[0])
    return {"marts": "mart"}.get(layer, layer)


def by_kind(built: Built, manifest: dict[str, Any]) -> list[str]:
    """Milliseconds per node of each kind, the dearest kind first."""
    known = manifest["nodes"] | manifest["unit_tests"]
    kinds: dict[str, list[float]] = defaultdict(list)
    for name, seconds in built.nodes.items():
        if name in known:
            kinds[kind_of(known[name])].append(1000 * seconds)
    dearest = sorted(kinds.items(), key=lambda found: -sum(found[1]))
    return [
        f"| {kind} | {len(found)} | {sum(found) / len(found):.0f} | {max(found):.0f} | {sum(found) / 1000:.1f} |"
        for kind, found in dearest
    ]


def _line(what: str, ours: Built, floor: Built) -> str:
    models = len(ours.nodes) - ours.tests
    return (
        f"| {what} | {models} + {ours.tests} | {ours.command.cells} | {floor.command.cells} "
        f"| {ours.per_node:.0f} | {floor.per_node:.0f} | {ours.per_node / floor.per_node:.1f} "
        f"| {ours.command.cpu / floor.command.cpu:.1f} |"
    )


def main(
    whole: Annotated[bool, typer.Option("--whole", help="Build the whole library, not the shop alone.")] = False,
) -> None:
    """Build on both engines, twice each, and print what a node takes."""
    print(
        "| build | models + tests | seconds | CPU | floor, seconds | CPU | ms per node, first to last | floor, ms "
        "| times the floor | CPU, times |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    kinds: list[str] = []
    with tempfile.TemporaryDirectory() as scratch, EmbeddedPostgres(Path(scratch) / "postgres") as server:
        folder = Path(scratch)
        ours = Builds(_ROOT / "dbt_project", folder / "ours", server.environment)
        for target in ("postgres", "duckdb"):
            part = ["--selector", target] if whole else ["--selector", "shop", *_KPIS_OF_SHOP]
            builds = [ours.build(target, *part) for _ in _ROUNDS]
            of_floor = write_floor(folder / f"floor_{target}", len(builds[0].nodes) - builds[0].tests, builds[0].tests)
            floor = Builds(of_floor, folder / f"of_{target}", server.environment)
            for name, built in zip(_ROUNDS, builds, strict=True):
                print(_line(f"{target}, {name}", built, floor.build(target)), flush=True)
            manifest = json.loads((folder / "ours" / target / "manifest.json").read_bytes())
            kinds += [f"| {target} {line}" for line in by_kind(builds[1], manifest)]
            shutil.rmtree(of_floor)
    print("\n| engine | kind of node | nodes | ms each | longest, ms | seconds together |\n|---|---|---|---|---|---|")
    print("\n".join(kinds))


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    run_command_line(app)
