"""MetricFlow over a project that is built, on both engines, set up as its command line sets it up."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from dbt.cli.main import dbtRunner
from running import REPOSITORY, Project

ENGINES = ("postgres", "duckdb")


def configurations_of(project: Project) -> dict[str, Any]:
    """What `mf` works with, per engine. Each has its own manifest, because where relations are stands in it."""
    found = {}
    for target in ENGINES:
        _write_semantic_manifest(project, target)
        found[target] = _configuration(project, target)
    return found


def _write_semantic_manifest(project: Project, target: str) -> None:
    paths = ["--project-dir", str(project.folder), "--profiles-dir", str(REPOSITORY)]
    # MetricFlow looks nowhere else. What dbt has read to build need not be read anew.
    folder, read = project.folder / "target", project.target_path / target / "partial_parse.msgpack"
    folder.mkdir(exist_ok=True)
    shutil.copy(read, folder)
    paths += ["--target-path", str(folder), "--log-path", str(project.target_path)]
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(dbtRunner().invoke, ["parse", "--target", target, "--quiet", *paths]).result().success


def _configuration(project: Project, target: str) -> Any:
    """In a thread of its own: dbt walks the stack, and pytest's is deep."""
    from dbt_metricflow.cli.cli_configuration import CLIConfiguration

    configuration = CLIConfiguration()
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as thread:
        patch.setenv("DBT_DEFAULT_TARGET", target)
        patch.setenv("DBT_TARGET_PATH", str(project.target_path / target))
        patch.setenv("DBT_LOG_PATH", str(project.target_path))
        thread.submit(configuration.setup, REPOSITORY, project.folder, configure_file_logging=False).result()
        thread.submit(lambda: configuration.mf).result()
    return configuration


def problems_of(configuration: Any) -> list[str]:
    """What `mf validate-configs` says: of the semantic models, and of the warehouse that must have what they name."""
    from metricflow.validation.data_warehouse_model_validator import DataWarehouseModelValidator
    from metricflow_semantic_interfaces.validations.semantic_manifest_validator import SemanticManifestValidator

    manifest = configuration.dbt_artifacts.semantic_manifest
    found = [SemanticManifestValidator().validate_semantic_manifest(manifest)]
    warehouse = DataWarehouseModelValidator(sql_client=configuration.sql_client)
    for part in ("semantic_models", "dimensions", "entities", "simple_metrics", "metrics"):
        found.append(getattr(warehouse, f"validate_{part}")(manifest, None))
    return [issue.as_readable_str() for result in found for issue in result.all_issues]
