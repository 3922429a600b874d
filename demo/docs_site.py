"""One docs site for both engines: `make docs` writes target/docs/index.html, which needs no server and no network.

dbt writes a catalogue per target. The DuckDB target's manifest is the canonical one, because only there each model's
relation is where it really stands; what PostgreSQL compiled and knows of its own columns is laid over it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from archive_jobs.keeping.status import TableStatus, status
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.postgres import connect
from demo.command import CheckFailedError, run_dbt
from demo.docs_extras import add_extras
from demo.docs_trim import trim
from landing.settings import checked_settings

SITE = Path("target/docs/index.html")
_TARGETS = {
    "postgres": "--select config.meta.engine:postgres source:*",
    "duckdb": "--select config.meta.engine:duckdb",
}
_COLOURS = {"postgres": "#4a90d9", "duckdb": "#d99a00"}
# dbt draws edges almost in the colour of its background.
_EDGES = {"#027599": "#7fc4d6", "#006f8a": "#7fc4d6"}
# Diagrams in the size they were drawn, to be read; the panel scrolls.
# Folders of the tree that nobody has opened: dbt makes all of them ready, most of the time that opening takes.
_FOLDER = ('<ul ng-if="item.items">', '<ul ng-if="item.items && item.active">')
_STYLE = (
    "<style>.model-markdown { overflow-x: auto } .model-markdown img { max-width: none }"
    # In every table of a module's page the text stands second.
    " [marked] a code { color: inherit } [marked] td:nth-child(2) { min-width: 18em }</style>"
)
_NO_TESTS = "--exclude-resource-type test unit_test"


def write_site(site: Path = SITE, *, targets: Path = Path("target"), options: str = "") -> str:
    """Write the site of the project as it stands on the server that libpq's variables name, and say what is in it.

    `options` are those of the builds before it: other ones would have dbt parse the project anew.
    Raises CheckFailedError when dbt cannot describe the project.
    """
    manifests, catalogs = {}, {}
    for target, selection in _TARGETS.items():
        folder = targets / target
        run_dbt(f"dbt docs generate --target {target} --target-path {folder} {selection} {options}".rstrip())
        manifests[target] = json.loads((folder / "manifest.json").read_bytes())
        catalogs[target] = json.loads((folder / "catalog.json").read_bytes())
    manifest = merged_manifest(manifests)
    beside = add_extras(manifest, Path("definitions"), Path("dbt_project"), _archived())
    site.parent.mkdir(parents=True, exist_ok=True)
    for name, page in beside.items():
        (site.parent / name).write_text(page, encoding="utf-8")
    trim(manifest)
    site.write_text(page_of(manifest, merged_catalog(catalogs)), encoding="utf-8")
    models = sum(node["resource_type"] == "model" for node in manifest["nodes"].values())
    return f"{site}: {models} models, {len(manifest['sources'])} sources, {site.stat().st_size / 1e6:.1f} MB"


def _archived() -> list[TableStatus]:
    """What stands in the lake now, as the catalogue says."""
    settings = checked_settings(ArchiveSettings)
    with closing(connect(application_name="docs")) as connection:
        return status(connection, settings.analytics_schema)


def merged_manifest(manifests: dict[str, Any]) -> dict[str, Any]:
    """DuckDB's manifest with what PostgreSQL compiled, a colour per engine, and nothing about the machine."""
    manifest: dict[str, Any] = manifests["duckdb"]
    compiled = manifests["postgres"]["nodes"]
    for unique_id, node in manifest["nodes"].items():
        engine = node["config"].get("meta", {}).get("engine")
        if engine in _COLOURS:
            node["docs"]["node_color"] = _COLOURS[engine]
        if engine == "postgres" and unique_id in compiled:
            for name in ("compiled", "compiled_code"):
                node[name] = compiled[unique_id].get(name)
        for name in ("root_path", "build_path", "compiled_path"):
            node.pop(name, None)
    # They are how the platform works, and nothing that its readers look for.
    manifest["macros"] = {}
    # Examples of the definitions; in the graph they would stand between the layers.
    manifest["unit_tests"] = {}
    for name in ("user_id", "project_id", "invocation_id", "env"):
        manifest["metadata"].pop(name, None)
    return manifest


def merged_catalog(catalogs: dict[str, Any]) -> dict[str, Any]:
    """Each relation as its own engine describes it."""
    catalog: dict[str, Any] = catalogs["duckdb"]
    for part in ("nodes", "sources"):
        catalog[part] = catalogs["duckdb"][part] | catalogs["postgres"][part]
    for name in ("invocation_id", "env"):
        catalog["metadata"].pop(name, None)
    return catalog


def page_of(manifest: dict[str, Any], catalog: dict[str, Any]) -> str:
    from dbt.task.docs import DOCS_INDEX_FILE_PATH

    page = Path(DOCS_INDEX_FILE_PATH).read_text(encoding="utf-8")
    for faint, clear in _EDGES.items():
        page = page.replace(faint, clear)
    page = page.replace("</head>", f"{_STYLE}</head>", 1).replace(*_FOLDER, 1)
    data: list[str] = []
    for name, content in (("MANIFEST", manifest), ("CATALOG", catalog)):
        place = f'"{name}.JSON INLINE DATA"'
        if place not in page:
            raise ValueError(f"dbt's docs page has no place for {name}: expected {place} in {DOCS_INDEX_FILE_PATH}")
        # Inside a script element, "</" would end it, and "<!--" with a "<script" behind it would keep it from ending.
        text = json.dumps(content, separators=(",", ":")).replace("<", "\\u003c")
        # JSON is read in half the time that JavaScript of the same text takes.
        data.append(f'<script type="application/json" id="{name.lower()}">{text}</script>')
        page = page.replace(place, f'JSON.parse(document.getElementById("{name.lower()}").textContent)', 1)
    return page.replace("</head>", f"{''.join(data)}</head>", 1)


@contextmanager
def _server() -> Iterator[None]:
    """The server that PGHOST names, or an embedded one with every table built and empty."""
    if os.environ.get("PGHOST"):
        connect(application_name="docs").close()  # one clear message where it is wrong
        yield
        return
    folder = Path(tempfile.mkdtemp(prefix="docs-"))
    try:
        with EmbeddedPostgres(folder / "postgres") as server:
            os.environ.update(server.environment)
            os.environ.update(
                ARCHIVE_URL=str(folder / "lake"), LAKE_DB=str(folder / "lake.duckdb"), DBT_LOG_PATH=str(folder / "logs")
            )
            for target in _TARGETS:
                run_dbt(f"dbt build --empty --target {target} --target-path target/{target} {_NO_TESTS}")
            yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Write the site. Exit status 0 written, 1 dbt cannot describe the project, 2 no server."""
    try:
        with _server():
            print(write_site())
    except CheckFailedError as failure:
        print(f"error: {failure}\nhint: The site is as it was.", file=sys.stderr)
        sys.exit(1)
    except ProblemError as problem:
        print(f"error: {problem}\nhint: {problem.hint}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
