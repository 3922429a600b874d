"""What the docs site says beyond dbt: where each column comes from, a diagram per module. Changes the site's copy only.

It stands in the site and not in the project's YAML, where dbt would read it on every run.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from definitions_to_dbt.column_lineage import Lineage, column_lineage
from definitions_to_dbt.diagram import diagram
from definitions_to_dbt.diagram_svg import svg
from definitions_to_dbt.library import Library, load_library
from definitions_to_dbt.lineage_graph import Graph
from definitions_to_dbt.mart_lineage import mart_lineage

_MADE = {"expression": "computed from", "token": "token of", "mask": "mask of", "aggregate": "reckoned from"}
_MOST = 4


def add_extras(manifest: dict[str, Any], definitions: Path, project: Path) -> None:
    """Add origins and diagrams to the manifest of the site."""
    library = load_library(definitions)
    lineages = column_lineage(library)
    add_origins(manifest, [*lineages, *(mart.lineage for mart in mart_lineage(library, project, lineages))])
    add_diagrams(manifest, library)


def add_origins(manifest: dict[str, Any], lineages: Sequence[Lineage]) -> None:
    """Say behind each column's description what it is made of."""
    graph = Graph.of(lineages)
    for node in manifest["nodes"].values():
        for name, column in node.get("columns", {}).items():
            if said := origin(graph, f"{node['name']}.{name}"):
                column["description"] = f"{column['description']} {said}".strip()


def origin(graph: Graph, column: str) -> str:
    """One sentence: the columns right behind it, and where the value was received. Empty where nothing is known."""
    sources = graph.sources.get(column, ())
    if not sources:
        return ""
    received = [node for node in graph.reached(column, up=True) if ".$" in node]
    if graph.how[column] == "payload":
        return f"From {_listed(sources)}."
    first = f"{_MADE.get(graph.how[column], 'from')} {_listed(sources)}"
    return f"{first[0].upper()}{first[1:]}; received as {_listed(received)}." if received else f"{first}."


def _listed(nodes: Sequence[str]) -> str:
    shown = ", ".join(f"`{node}`" for node in nodes[:_MOST])
    return f"{shown} and {len(nodes) - _MOST} more" if len(nodes) > _MOST else shown


def add_diagrams(manifest: dict[str, Any], library: Library) -> None:
    """The diagram of a module stands with its source; the first page leads there."""
    links: list[str] = []
    for module in sorted({model.module for model in library.objects}):
        shown = diagram(library, module)
        picture = base64.b64encode(svg(shown).encode()).decode()
        tables = {name: node for name, node in manifest["sources"].items() if node["source_name"] == module.lower()}
        for node in _first(tables):
            node["source_description"] += f"\n\n![The tables of {module}](data:image/svg+xml;base64,{picture})"
        links.append(f"[{module}](#!/source_list/{module.lower()})")
    for block in manifest["docs"].values():
        if block["name"] == "__overview__":
            block["block_contents"] += f"\n\n**Diagrams of the tables**, one per module: {', '.join(links)}.\n"


def _first(tables: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The page of a source shows the description that its first table carries, whichever way _ is sorted."""
    names = (
        {min(tables, key=lambda name: tables[name]["name"].replace("_", mark)) for mark in ("_", " ")} if tables else ()
    )
    return [tables[name] for name in sorted(names)]
