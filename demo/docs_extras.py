"""What the docs site says beyond dbt: where each column comes from and goes, and what stands in the lake. Changes the
site's copy only.

It stands in the site and not in the project's YAML, where dbt would read it on every run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from archive_jobs.keeping.status import TableStatus
from definitions_to_dbt.column_lineage import Lineage, column_lineage
from definitions_to_dbt.library import load_library
from definitions_to_dbt.lineage_graph import Graph
from definitions_to_dbt.mart_lineage import mart_lineage
from demo.docs_archive import add_archive
from demo.docs_modules import add_modules
from demo.lineage_page import LINEAGE_PAGE, lineage_page

_MADE = {"expression": "computed from", "token": "token of", "mask": "mask of", "aggregate": "reckoned from"}
_MOST = 4
_CODE = re.compile(r"(?<!\[)`([a-z][a-z0-9_]*)`")


def add_extras(
    manifest: dict[str, Any], definitions: Path, project: Path, archived: Sequence[TableStatus] = ()
) -> dict[str, str]:
    """Add all of it to the manifest of the site. Returns the pages that stand beside it, by name."""
    library = load_library(definitions)
    lineages = column_lineage(library)
    marts = [mart.lineage for mart in mart_lineage(library, project, lineages)]
    pages = addresses(manifest)
    add_origins(manifest, [*lineages, *marts], pages)
    add_modules(manifest, library, archived)
    add_archive(manifest, library, archived)
    for block in manifest["docs"].values():
        block["block_contents"] = linked(block["block_contents"], pages)
    return {LINEAGE_PAGE: lineage_page([*lineages, *marts], library, pages)}


def addresses(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The address of the page of each model, seed, source, metric and exposure, by its name."""
    kinds = ("nodes", "sources", "metrics", "exposures")
    shown = ("model", "seed", "source", "metric", "exposure", "analysis")
    return {
        node["name"]: f"#!/{node['resource_type']}/{unique_id}"
        for kind in kinds
        for unique_id, node in manifest.get(kind, {}).items()
        if node["resource_type"] in shown
    }


def linked(text: str, pages: Mapping[str, str]) -> str:
    """The text with every name in it that has a page leading there."""
    return _CODE.sub(lambda found: f"[{found[0]}]({pages[found[1]]})" if found[1] in pages else found[0], text)


def add_origins(manifest: dict[str, Any], lineages: Sequence[Lineage], pages: Mapping[str, str]) -> None:
    """Say behind each column's description what it is made of, and lead to all of its lineage."""
    graph = Graph.of(lineages)
    for node in manifest["nodes"].values():
        for name, column in node.get("columns", {}).items():
            if said := origin(graph, f"{node['name']}.{name}", pages):
                column["description"] = f"{column['description']} {said}".strip()


def origin(graph: Graph, column: str, pages: Mapping[str, str]) -> str:
    """The columns right behind it, where the value was received, and the way to its lineage. Empty where unknown."""
    sources = graph.sources.get(column, ())
    if not sources:
        return ""
    lineage = f"[Lineage]({LINEAGE_PAGE}#{column})"
    received = [node for node in graph.reached(column, up=True) if ".$" in node]
    if graph.how[column] == "payload":
        return f"From {_listed(sources, pages)}. {lineage}"
    first = f"{_MADE.get(graph.how[column], 'from')} {_listed(sources, pages)}"
    said = f"{first[0].upper()}{first[1:]}"
    return f"{said}; received as {_listed(received, pages)}. {lineage}" if received else f"{said}. {lineage}"


def _listed(nodes: Sequence[str], pages: Mapping[str, str]) -> str:
    shown = ", ".join(_with_page(node, pages) for node in nodes[:_MOST])
    return f"{shown} and {len(nodes) - _MOST} more" if len(nodes) > _MOST else shown


def _with_page(node: str, pages: Mapping[str, str]) -> str:
    page = pages.get(node.partition(".")[0])
    return f"[`{node}`]({page})" if page else f"`{node}`"
